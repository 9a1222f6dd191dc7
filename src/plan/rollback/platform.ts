import { Chain, type Draft } from '../draft.ts';
import { vhostsOf } from '../os-roll/bus.ts';
import { BUS_ASIDE } from '../os-roll/keep.ts';
import { named, serversOf } from '../os-roll/topology.ts';
import { type Disks, lastMember } from './disks.ts';
import type { Past } from './past.ts';
import type { Scope } from './scope.ts';

const SOURCE = 'docs/rollback.md; research/lab.md 2';

/** Where the state goes that the first node's bus had before it left the old cluster. */
export const LEFT_BUS = `${BUS_ASIDE}-back`;

function giveDatabase(chain: Chain, { roll }: Scope, node: string): void {
  const sql = serversOf(roll, node).filter((server) => server.sql);
  if (sql.length === 0) return;
  chain.step({
    id: `${node}/haproxy/enable-sql`,
    kind: 'haproxy.enable',
    on: roll.balancers,
    params: { socket: roll.socket, servers: named(sql) },
    title: `Give ${node}'s database back to every balancer`,
    why: 'down until a check has passed, then UP',
    source: '001',
    return: 'reversible',
    estimate: 8,
    settle: 180,
  });
}

/**
 * Members that were off come back one after the other: to those that went on, which have everything; or, where none did,
 * to the one that was stopped last, which starts the cluster anew.
 */
function returnDatabase(
  draft: Draft,
  scope: Scope,
  disks: Disks,
  needs: readonly string[],
): readonly string[] {
  const { back, held, live } = disks;
  const chain = new Chain(draft, needs, { class: 'cutover' });
  const off = [...held, ...back].filter((node) => scope.roll.facts.nodes[node]?.galera);
  const first = live.length === 0 && off.length > 1 ? lastMember(disks, scope.request.past) : undefined;
  if (first !== undefined) {
    chain.step({
      id: `${first}/mariadb/bootstrap`,
      kind: 'galera.bootstrap',
      on: [first],
      params: { unit: 'mariadb', others: off.filter((node) => node !== first) },
      title: `Start the database anew from ${first}`,
      why: 'it was stopped last: whatever is on another kept disk is on this one too',
      source: SOURCE,
      return: 'reversible',
      estimate: 20,
      timeout: 900,
      settle: 600,
      impact: { sql: 'down' },
    });
    giveDatabase(chain, scope, first);
  }
  for (const [at, node] of off.filter((one) => one !== first).entries()) {
    chain.step({
      id: `${node}/mariadb/rejoin`,
      kind: 'galera.rejoin',
      on: [node],
      params: { unit: 'mariadb', size: live.length + (first === undefined ? 0 : 1) + at + 1 },
      title: `Start MariaDB on ${node} and wait until it is in sync`,
      why: 'by a short catch-up where another member still has what it missed, else by a whole copy',
      source: SOURCE,
      return: 'reversible',
      estimate: 30,
      timeout: 3600,
      settle: 3600,
      impact: { sql: 'degraded' },
    });
    giveDatabase(chain, scope, node);
  }
  return chain.last;
}

/** Where every member has left its cluster: the one that was told to last. They may have left in the same moment. */
function lastToLeave(members: readonly string[], { on, started }: Past): string | undefined {
  const leaving = (node: string): string | undefined =>
    [`${node}/rabbitmq/stop-app`, `${node}/rabbitmq/hold`].find((step) => on.has(step));
  const left = members.flatMap((node) => {
    const step = leaving(node);
    return step === undefined ? [] : [{ node, at: started.get(step) ?? 0 }];
  });
  if (members.length < 2 || left.length < members.length) return undefined;
  return left.reduce((best, one) => (one.at > best.at ? one : best)).node;
}

/** It was told to leave its clients, and its server still runs: systemd would call it started. */
const leftHanging = (node: string, { on, finished }: Past): boolean =>
  on.has(`${node}/rabbitmq/stop-app`) && !finished.has(`${node}/rabbitmq/hold`);

const endServer = (draft: Draft, node: string, needs: readonly string[]): string =>
  draft.add({
    id: `${node}/rabbitmq/end`,
    kind: 'systemd.stop',
    on: [node],
    params: { units: ['rabbitmq-server'] },
    title: `Stop ${node}'s RabbitMQ, which serves nobody`,
    why: 'it has left its clients and runs on: a start would do nothing',
    source: SOURCE,
    needs,
    return: 'reversible',
    estimate: 8,
    timeout: 300,
    class: 'bus',
  });

const startFirst = (draft: Draft, node: string, needs: readonly string[]): string =>
  draft.add({
    id: `${node}/rabbitmq/force-boot`,
    kind: 'rabbitmq.force-boot',
    on: [node],
    params: {},
    title: `Let ${node}'s RabbitMQ start without the others`,
    why: 'the members left in the same moment: each would wait for the other',
    source: SOURCE,
    needs,
    return: 'reversible',
    estimate: 3,
    class: 'bus',
  });

/**
 * The old bus, from the state that its members have kept. The first node's, once the others were told to forget its
 * copies of quorum queues, would not fit to theirs any more: it is put aside, and the node comes to them as a fresh one.
 */
function returnBus(draft: Draft, scope: Scope, disks: Disks, needs: readonly string[]): readonly string[] {
  const { roll, request } = scope;
  const { lead } = disks.forward;
  const members = roll.all.filter((node) => roll.facts.nodes[node]?.rabbitmq);
  const rest = members.filter((node) => node !== lead);
  const [ask] = rest;
  const forgotten =
    request.past.applied.some(({ kind }) => kind === 'rabbitmq.shrink') &&
    disks.back.includes(lead) &&
    members.includes(lead);
  const kept = forgotten && ask !== undefined ? rest : members;
  const first = lastToLeave(kept, request.past);
  const ended = kept
    .filter((node) => !disks.back.includes(node) && leftHanging(node, request.past))
    .map((node) => endServer(draft, node, needs));
  const off = [...needs, ...ended];
  const start = (node: string, why: string, after: readonly string[]): string =>
    draft.add({
      id: `${node}/rabbitmq/start`,
      kind: 'systemd.release',
      on: [node],
      params: { units: ['rabbitmq-server'] },
      title: `Start the old RabbitMQ on ${node}`,
      why,
      source: SOURCE,
      needs: after,
      return: 'reversible',
      estimate: 20,
      timeout: 900,
      settle: 600,
      class: 'bus',
      impact: { bus: 'down' },
    });
  const alone =
    first === undefined
      ? undefined
      : start(first, 'it has what all had when they left', [startFirst(draft, first, off)]);
  const others = kept
    .filter((node) => node !== first)
    .map((node) =>
      alone === undefined
        ? start(node, 'all together: each waits for those that were stopped after it', off)
        : start(node, `it comes to ${first}`, [alone]),
    );
  const started = alone === undefined ? others : [alone, ...others];
  if (!forgotten || ask === undefined) return started.length > 0 ? started : needs;
  const chain = new Chain(draft, started, { class: 'bus' });
  chain.step({
    id: `${lead}/rabbitmq/forget`,
    kind: 'rabbitmq.forget',
    on: [ask],
    params: { node: lead },
    title: `Let the old cluster forget ${lead}`,
    why: 'it comes back as a fresh member',
    source: SOURCE,
    return: 'reversible',
    estimate: 3,
  });
  chain.step({
    id: `${lead}/rabbitmq/set-aside`,
    kind: 'rabbitmq.set-aside',
    on: [lead],
    params: { aside: LEFT_BUS },
    title: `Put ${lead}'s state of the old bus aside`,
    why: 'its copies of quorum queues are no members any more',
    source: SOURCE,
    return: 'reversible',
    estimate: 1,
  });
  chain.step({
    id: `${lead}/rabbitmq/join`,
    kind: 'rabbitmq.join',
    on: [lead],
    params: { node: lead, to: ask },
    title: `Join ${lead}'s RabbitMQ to ${ask}`,
    why: 'users, queues and policies are there',
    source: SOURCE,
    return: 'reversible',
    estimate: 25,
    timeout: 400,
  });
  chain.step({
    id: `${lead}/rabbitmq/grow`,
    kind: 'rabbitmq.grow',
    on: [lead],
    params: { node: lead, vhosts: [...vhostsOf(roll)] },
    title: `Give the quorum queues a copy on ${lead}`,
    why: 'joining alone gives them none',
    source: SOURCE,
    return: 'reversible',
    estimate: 3,
    timeout: 300,
  });
  return chain.last;
}

/** Database and bus are whole again. */
export function returnPlatform(
  draft: Draft,
  scope: Scope,
  disks: Disks,
  needs: readonly string[],
): readonly string[] {
  draft.phase('platform', 'Bring the old database and the old bus back');
  const database = returnDatabase(draft, scope, disks, needs);
  const bus = returnBus(draft, scope, disks, needs);
  return [...new Set([...database, ...bus])];
}
