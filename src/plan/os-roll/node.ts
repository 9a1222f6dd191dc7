import type { Draft } from '../draft.ts';
import { cutover, join } from './bus.ts';
import { POLICY_RC } from './keep.ts';
import { targetSources } from './prepare.ts';
import { bringBack } from './services.ts';
import { type Controllers, others, targetCodename, unitsOn } from './topology.ts';

const POLICY_RC_CONTENT = `#!/bin/sh
# Written by Windlass while packages are exchanged: nothing is started or restarted by them. SSH may, because a
# running sshd of bookworm cannot serve new connections once the files of trixie's are in place.
case "$1" in
  ssh | ssh.* | sshd | sshd.*) exit 0 ;;
esac
exit 101
`;

/** One controller: emptied, upgraded, booted, and taken back, each part guarded by the live state of the others. */
export function rollNode(draft: Draft, roll: Controllers, node: string, after: readonly string[]): string {
  const { facts, balancers, socket } = roll;
  const mine = facts.nodes[node];
  const rest = others(roll, node);
  const ask = rest[0] ?? node;
  const spare = mine?.pacemaker ? [spareGuard(roll, node, ask)] : [];
  const first = node === roll.lead && roll.done.length === 0;
  draft.phase(`roll-${node}`, `Upgrade ${node}`);
  let last = leaveVips(draft, roll, node, after);
  const chain = (id: string): void => {
    last = [id];
  };

  const servers = roll.servers.filter((server) => server.node === node);
  for (const [sql, title] of [
    [false, 'APIs'],
    [true, 'database'],
  ] as const) {
    const part = servers
      .filter((server) => server.sql === sql)
      .map(({ backend, server }) => ({ backend, server }));
    if (part.length === 0) continue;
    chain(
      draft.add({
        id: `${node}/haproxy/drain-${sql ? 'sql' : 'apis'}`,
        kind: 'haproxy.drain',
        on: balancers,
        params: { socket, servers: part, mode: sql ? 'maint' : 'drain' },
        title: `Drain ${node}'s ${title} on every balancer`,
        why: sql
          ? 'open sessions move to another member before this one stops'
          : 'requests under way end; no new ones come',
        source: '001; research/lab.md 2',
        needs: last,
        return: 'reversible',
        estimate: 3,
        settle: 120,
        impact: sql ? { sql: 'degraded' } : { apis: part.map(({ backend }) => backend) },
        guards: [
          {
            kind: 'haproxy.others-up',
            params: {
              nodes: balancers,
              socket,
              server: part[0]?.server ?? node,
              backends: part.map(({ backend }) => backend),
            },
            title: 'every backend has another server UP',
          },
          ...(sql && rest.some((name) => facts.nodes[name]?.galera) ? [galeraGuard(roll, node)] : []),
        ],
      }),
    );
  }

  if (mine?.pacemaker) {
    chain(
      draft.add({
        id: `${node}/pacemaker/standby`,
        kind: 'pacemaker.standby',
        on: [node],
        params: { node },
        title: `Let ${node} run no resource`,
        why: 'no VIP may land on a node that is being upgraded',
        source: '000; research/lab.md 2',
        needs: last,
        return: 'reversible',
        estimate: 2,
        guards: [
          ...roll.vips.map(({ resource }) => ({
            kind: 'pacemaker.elsewhere',
            params: { ask, resource, node },
            title: `${resource} is elsewhere`,
          })),
          ...spare,
        ],
      }),
    );
  }
  if (mine?.rabbitmq && !draft.has(`${node}/rabbitmq/hold`)) {
    chain(
      draft.add({
        id: `${node}/rabbitmq/hold`,
        kind: 'systemd.hold',
        on: [node],
        params: { units: ['rabbitmq-server'] },
        title: `Stop and mask RabbitMQ on ${node}`,
        why: 'unmasked, its package would start 4.0 on the old state, fail, and leave dpkg half configured',
        source: '000; research/lab.md 2',
        needs: last,
        return: 'reversible',
        estimate: 8,
        impact: { bus: 'degraded' },
        guards: [
          {
            kind: 'rabbitmq.others-running',
            params: { nodes: rest, min: roll.done.length > 0 ? 1 : rest.length },
            title: 'the bus goes on without it',
          },
        ],
      }),
    );
  }
  if (mine?.galera) {
    chain(
      draft.add({
        id: `${node}/mariadb/hold`,
        kind: 'galera.hold',
        on: [node],
        params: { unit: 'mariadb' },
        title: `Stop and mask MariaDB on ${node}`,
        why: 'stopped cleanly it keeps its position and comes back by a short catch-up (IST)',
        source: '000; research/lab.md 2',
        needs: last,
        return: 'reversible',
        estimate: 6,
        impact: { sql: 'degraded' },
        guards: [galeraGuard(roll, node)],
      }),
    );
  }

  chain(
    draft.add({
      id: `${node}/policy-rc.d/write`,
      kind: 'file.write',
      on: [node],
      params: { path: POLICY_RC, mode: '0755', content: POLICY_RC_CONTENT, before: null },
      title: `Let packages start nothing on ${node}`,
      why: 'services come back when the plan says so; masking would break keystone’s postinst',
      source: 'research/lab.md 4 (2), 5 (1)',
      needs: last,
      return: 'reversible',
      estimate: 1,
    }),
  );
  const files = targetSources(roll, node);
  if (files.length > 0) {
    chain(
      draft.add({
        id: `${node}/sources/switch`,
        kind: 'apt.sources',
        on: [node],
        params: { files },
        title: `Point ${node}'s apt at ${targetCodename(roll)}`,
        why: files.map(({ path }) => path).join(', '),
        source: '000',
        needs: last,
        return: 'reversible',
        estimate: 1,
      }),
    );
  }
  chain(
    draft.add({
      id: `${node}/os/upgrade`,
      kind: 'apt.dist-upgrade',
      on: [node],
      params: { codename: targetCodename(roll) },
      title: `Upgrade ${node} to ${targetCodename(roll)}`,
      why: 'the operating system and, with it, the OpenStack release it ships',
      source: '000',
      needs: last,
      return: 'irreversible',
      estimate: 240,
      timeout: 7200,
      impact: { bus: 'degraded', sql: 'degraded' },
      guards: [...spare, ...(mine?.galera ? [galeraGuard(roll, node)] : [])],
    }),
  );
  const held = roll.services.flatMap((service) => unitsOn(roll, node, service));
  if (held.length > 0) {
    chain(
      draft.add({
        id: `${node}/openstack/hold`,
        kind: 'systemd.hold',
        on: [node],
        params: { units: held },
        title: `Hold ${held.join(', ')} on ${node} over the boot`,
        why: 'new code must not serve before its database and its bus are ready for it',
        source: '001; research/lab.md 4',
        needs: last,
        return: 'reversible',
        estimate: 3,
      }),
    );
  }
  chain(
    draft.add({
      id: `${node}/policy-rc.d/remove`,
      kind: 'file.remove',
      on: [node],
      params: { paths: [POLICY_RC] },
      title: `Let ${node}'s services start again`,
      why: 'the package work is over; what must not start yet is masked',
      source: 'research/lab.md 4 (2)',
      needs: last,
      return: 'reversible',
      estimate: 1,
    }),
  );
  chain(
    draft.add({
      id: `${node}/os/reboot`,
      kind: 'node.reboot',
      on: [node],
      params: {},
      title: `Reboot ${node}`,
      why: 'kernel, libc and every process from before the upgrade',
      source: '000',
      needs: last,
      return: 'irreversible',
      estimate: 20,
      timeout: 60,
      settle: 900,
      guards: spare,
    }),
  );
  if (servers.length > 0 && balancers.includes(node)) {
    chain(
      draft.add({
        id: `${node}/haproxy/drain-again`,
        kind: 'haproxy.drain',
        on: [node],
        params: {
          socket,
          servers: servers.map(({ backend, server }) => ({ backend, server })),
          mode: 'maint',
        },
        title: `Drain ${node} again on its own balancer`,
        why: 'a restart makes HAProxy forget what was drained',
        source: 'research/lab.md 2',
        needs: last,
        return: 'reversible',
        estimate: 2,
      }),
    );
  }
  if (mine?.pacemaker) {
    chain(
      draft.add({
        id: `${node}/pacemaker/online`,
        kind: 'pacemaker.online',
        on: [node],
        params: { node, members: roll.all.length },
        title: `Take ${node} back into the cluster`,
        why: 'right after a boot everything looks OFFLINE for a while: it is waited for',
        source: '000; research/lab.md 2',
        needs: last,
        return: 'reversible',
        estimate: 10,
        settle: 300,
      }),
    );
  }
  if (mine?.galera) {
    chain(
      draft.add({
        id: `${node}/mariadb/rejoin`,
        kind: 'galera.rejoin',
        on: [node],
        params: { unit: 'mariadb', size: roll.all.filter((name) => facts.nodes[name]?.galera).length },
        title: `Start MariaDB on ${node} and wait until it is in sync`,
        why: 'the start returns before the member is Synced',
        source: '000; research/lab.md 2',
        needs: last,
        return: 'reversible',
        estimate: 16,
        timeout: 600,
        settle: 600,
      }),
    );
  }
  if (mine?.rabbitmq) last = first ? cutover(draft, roll, last) : [join(draft, roll, node, last)];
  chain(bringBack(draft, roll, node, last));
  return last[0] ?? '';
}

/** VIPs leave for the node that was upgraded first (or any other), before work starts on their carrier. */
function leaveVips(
  draft: Draft,
  roll: Controllers,
  node: string,
  after: readonly string[],
): readonly string[] {
  let last = after;
  const backends = [...new Set(roll.servers.map(({ backend }) => backend))];
  const to = node === roll.lead ? (others(roll, node).at(-1) ?? node) : roll.lead;
  for (const { resource, address, at } of roll.vips) {
    if (at !== node) continue;
    last = [
      draft.add({
        id: `${node}/${resource}/move`,
        kind: 'pacemaker.move',
        on: [node],
        params: { resource, from: node, to, address },
        title: `Move ${resource} from ${node} to ${to}`,
        why: 'package work restarts networkd, which drops the address; the constraint a move leaves is cleared',
        source: '000; research/lab.md 2',
        needs: last,
        return: 'reversible',
        estimate: 5,
        impact: { vip: 'moves' },
        guards:
          backends.length === 0
            ? []
            : [
                {
                  kind: 'haproxy.others-up',
                  params: { nodes: [to], socket: roll.socket, server: node, backends },
                  title: `${to}'s balancer has servers UP`,
                },
              ],
      }),
    ];
  }
  return last;
}

export function galeraGuard(roll: Controllers, node: string) {
  const nodes = others(roll, node).filter((name) => roll.facts.nodes[name]?.galera);
  return {
    kind: 'galera.others-synced',
    params: { nodes },
    title: 'every other database member is Synced, now',
  };
}

function spareGuard(roll: Controllers, node: string, ask: string) {
  return {
    kind: 'pacemaker.spare',
    params: { ask, node, total: roll.all.length },
    title: 'the cluster keeps its quorum without it',
  };
}
