import { Chain, type Draft } from '../draft.ts';
import { closeSql, orRests } from '../os-roll/drain.ts';
import { older } from '../os-roll/pacemaker-apart.ts';
import { codename, daemonsOn, hasRole, serversOf } from '../os-roll/topology.ts';
import { type Disks, keptAs } from './disks.ts';
import type { Scope } from './scope.ts';

const SOURCE = 'docs/rollback.md';

/** Providers are asked whether they have every disk that is wanted, before anything is stopped. */
export function askDisks(draft: Draft, scope: Scope, disks: Disks): void {
  for (const node of disks.back) {
    const kept = keptAs(scope.request.past, node);
    if (kept === undefined) continue;
    draft.add({
      ...kept,
      id: `${node}/disk/has`,
      kind: 'disk.has',
      title: `See that ${node}'s disk is kept`,
      why: 'nothing is stopped for a way back that is not there',
      needs: [],
      return: 'reversible',
      estimate: 2,
      class: 'read',
    });
  }
}

/** Nodes whose disks go back leave cluster, bus and database in good order: who stays must not take it for a failure. */
export function leavePlatform(
  draft: Draft,
  scope: Scope,
  disks: Disks,
  needs: readonly string[],
): readonly string[] {
  const { roll } = scope;
  const { back, live, together } = disks;
  draft.phase('leave', 'Take the nodes whose disks go back out of cluster, bus and database');
  const chain = new Chain(draft, needs, { class: 'cutover' });
  const [ask] = roll.all.filter((node) => !back.includes(node));
  for (const node of back) {
    const facts = roll.facts.nodes[node];
    if (facts?.pacemaker && !together && ask !== undefined) {
      chain.step({
        id: `${node}/pacemaker/standby`,
        kind: 'pacemaker.standby',
        // Asked of one that stays: the node itself may be in a state from which it cannot.
        on: [ask],
        params: { node, ...older(disks.forward) },
        title: `Let ${node} run no resource`,
        why: 'no VIP may be on a node that is turned off',
        source: SOURCE,
        return: 'reversible',
        estimate: 3,
        impact: { vip: 'moves' },
      });
    }
    if (facts?.pacemaker && together) {
      chain.step({
        id: `${node}/pacemaker/stop`,
        kind: 'systemd.stop',
        on: [node],
        params: { units: ['pacemaker', 'corosync'] },
        title: `Stop Pacemaker and Corosync on ${node}`,
        why: 'an old member must find no cluster of new ones: it would be given a configuration it cannot read',
        source: SOURCE,
        return: 'reversible',
        estimate: 10,
        timeout: 600,
        impact: { vip: 'moves' },
      });
    }
    const sql = serversOf(roll, node).filter((server) => server.sql);
    if (sql.length > 0 && !together) {
      chain.step({
        id: `${node}/haproxy/drain-sql`,
        ...orRests(closeSql(roll, sql)),
        title: `Drain ${node}'s database on every balancer`,
        why: 'sessions move to a member that stays',
        source: '001',
        estimate: 3,
      });
    }
    for (const [thing, unit] of [
      ['rabbitmq', 'rabbitmq-server'],
      ['mariadb', 'mariadb'],
    ] as const) {
      if (!facts?.[thing === 'mariadb' ? 'galera' : thing]) continue;
      chain.step({
        id: `${node}/${thing}/stop`,
        kind: 'systemd.stop',
        on: [node],
        params: { units: [unit] },
        title: `Stop ${unit} on ${node}`,
        why:
          thing === 'mariadb'
            ? 'a member that says goodbye takes no quorum with it; one of the new release must not feed one of the old'
            : 'the new bus ends with its members',
        source: 'research/lab.md 2',
        return: 'reversible',
        estimate: 6,
        impact: thing === 'mariadb' ? { sql: together ? 'down' : 'degraded' } : { bus: 'down' },
        guards:
          thing === 'mariadb' && live.length > 0
            ? [
                {
                  kind: 'galera.others-synced',
                  params: { nodes: [...live] },
                  title: 'every member that stays is Synced, now',
                },
              ]
            : [],
      });
    }
  }
  return chain.last;
}

/** Somebody else carries every VIP, where somebody is left to; asked of one that stays. */
function carried({ roll }: Scope, { back, forward, together }: Disks, node: string) {
  const [ask] = roll.all.filter((one) => !back.includes(one));
  if (together || ask === undefined || !roll.facts.nodes[node]?.pacemaker) return [];
  return roll.vips.map(({ resource }) => ({
    kind: 'pacemaker.elsewhere',
    params: { ask, resource, node, ...older(forward) },
    title: `${resource} is elsewhere`,
  }));
}

/** One node's disk, and the node up on it again with nothing of OpenStack running. */
function oneBack(chain: Chain, scope: Scope, disks: Disks, node: string): void {
  const { roll } = scope;
  const old = codename(scope.request.past.plan.from.os);
  const kept = keptAs(scope.request.past, node);
  if (kept !== undefined) {
    chain.step({
      ...kept,
      id: `${node}/disk/restore`,
      kind: 'disk.restore',
      title: `Put ${node}'s disk back as it was kept`,
      why: 'the system with all it had, from before it was changed; the node is turned off for it and on again',
      return: 'irreversible',
      estimate: 60,
      settle: 900,
      impact: { guests: hasRole(roll, node, 'network') ? 'network' : 'none' },
      guards: carried(scope, disks, node),
    });
  }
  chain.step({
    id: `${node}/node/returned`,
    kind: 'node.returned',
    on: [node],
    params: { codename: old },
    title: `Wait until ${node} is up on ${old}`,
    why: 'its database and its bus are masked, as they were when the disk was kept',
    source: SOURCE,
    return: 'reversible',
    estimate: 20,
    settle: 900,
  });
  const units = daemonsOn(roll, node);
  if (units.length === 0) return;
  chain.step({
    id: `${node}/openstack/stop-again`,
    kind: 'systemd.stop',
    on: [node],
    params: { units, until: 'release' },
    title: `Stop what ${node} started of OpenStack at its boot`,
    why: 'it comes when database and bus are there, with all others',
    source: SOURCE,
    return: 'reversible',
    estimate: 5,
  });
}

function online(chain: Chain, scope: Scope, disks: Disks, node: string): void {
  const { roll } = scope;
  if (!roll.facts.nodes[node]?.pacemaker) return;
  chain.step({
    id: `${node}/pacemaker/online`,
    kind: 'pacemaker.online',
    on: [node],
    params: { node, members: roll.all.length, ...older(disks.forward) },
    title: `Take ${node} back into the cluster`,
    why: 'it was in standby when its disk was kept, or when it left',
    source: 'research/lab.md 2',
    return: 'reversible',
    estimate: 10,
    settle: 300,
  });
}

/**
 * Disks go back. While controllers are left that did not change, one node after the other: the cluster keeps its quorum,
 * and the VIPs stay where they are. Where none is left, all at once: an old member is not let into a cluster of new ones.
 */
export function restoreDisks(
  draft: Draft,
  scope: Scope,
  disks: Disks,
  needs: readonly string[],
): readonly string[] {
  const { back, held, together } = disks;
  if (back.length > 0) draft.phase('disks', 'Put the disks back');
  const chain = new Chain(draft, needs, { class: 'cutover' });
  if (together) {
    const ends = back.flatMap((node) => {
      const lane = new Chain(draft, needs, { class: 'cutover' });
      oneBack(lane, scope, disks, node);
      return lane.last;
    });
    if (ends.length > 0) chain.after(ends);
  } else {
    for (const node of back) {
      oneBack(chain, scope, disks, node);
      online(chain, scope, disks, node);
    }
  }
  const late = [...(together ? back : []), ...held].filter((node) => scope.roll.facts.nodes[node]?.pacemaker);
  if (late.length > 0) draft.phase('cluster', 'Take the nodes back into the cluster');
  for (const node of late) online(chain, scope, disks, node);
  return chain.last;
}
