import { distribution } from '../../catalog/distributions.ts';
import { minor } from '../../catalog/version.ts';
import type { Draft } from '../draft.ts';
import { BUS_ASIDE, keepDir } from './keep.ts';
import { type Controllers, others } from './topology.ts';

const SOURCE = '000; research/lab.md 2';

/** What the target ships, to the minor version: security updates of it are as good. */
const newBus = (roll: Controllers): string => minor(distribution(roll.to.os).ships.rabbitmq ?? '');

function setAside(draft: Draft, node: string, needs: readonly string[]): string {
  return draft.add({
    id: `${node}/rabbitmq/set-aside`,
    kind: 'rabbitmq.set-aside',
    on: [node],
    params: { aside: BUS_ASIDE },
    title: `Put the old RabbitMQ state on ${node} aside`,
    why: 'with it, the new server tries to join members of another version and does not start',
    source: SOURCE,
    needs,
    return: 'reversible',
    estimate: 1,
  });
}

/**
 * The bus moves: a new cluster of one, filled with users and queues while it is closed to clients, is opened and the
 * old members leave theirs. From the first `stop-app` to the clients' return is the bus's outage.
 */
export function cutover(draft: Draft, roll: Controllers, needs: readonly string[]): readonly string[] {
  const node = roll.lead;
  const dir = keepDir(roll);
  const bus = roll.facts.nodes[node]?.rabbitmq;
  const rest = others(roll, node).filter((name) => roll.facts.nodes[name]?.rabbitmq);
  const vhosts = [...new Set(bus?.queues.map(({ vhost }) => vhost))];
  const aside = setAside(draft, node, needs);
  const alone = draft.add({
    id: `${node}/rabbitmq/start-alone`,
    kind: 'rabbitmq.start-alone',
    on: [node],
    params: { node, version: newBus(roll) },
    title: `Start the new RabbitMQ on ${node}, alone and closed to clients`,
    why: 'a client that came now would be on another bus than the rest',
    source: SOURCE,
    needs: [aside],
    return: 'reversible',
    estimate: 15,
    timeout: 300,
  });
  let last = alone;
  for (const vhost of vhosts.length > 0 ? vhosts : ['/']) {
    last = draft.add({
      id: `${node}/rabbitmq/import${vhost === '/' ? '' : `-${vhost.replace(/\W+/g, '-')}`}`,
      kind: 'rabbitmq.import',
      on: [node],
      params: {
        path: `${dir}/definitions-pruned.json`,
        users: bus?.users ?? [],
        queues:
          bus?.queues.filter((queue) => queue.vhost === vhost && queue.durable).map(({ name }) => name) ?? [],
        vhost,
      },
      title: `Give it the users, permissions and queues of ${vhost}`,
      why: 'before anyone is moved: a client without a user is refused',
      source: SOURCE,
      needs: [last],
      return: 'reversible',
      estimate: 5,
    });
  }
  const admitted = draft.add({
    id: `${node}/rabbitmq/admit`,
    kind: 'rabbitmq.admit',
    on: [node],
    params: {},
    title: `Open the new RabbitMQ on ${node} to clients`,
    why: 'from here until the old members leave, both clusters serve: it must be short',
    source: SOURCE,
    needs: [last],
    return: 'reversible',
    estimate: 2,
    impact: { bus: 'degraded' },
    guards: rest.slice(0, 1).map((ask) => ({
      kind: 'rabbitmq.backlog',
      params: { node: ask, vhosts: vhosts.length > 0 ? vhosts : ['/'], max: roll.cluster.policy.busBacklog },
      title: 'what waits in the old cluster may be lost',
    })),
  });
  const left = rest.map((name) =>
    draft.add({
      id: `${name}/rabbitmq/stop-app`,
      kind: 'rabbitmq.stop-app',
      on: [name],
      params: {},
      title: `Let ${name}'s clients go: they come to ${node}`,
      why: 'all old members leave at once, so that nobody hops from one to the next',
      source: SOURCE,
      needs: [admitted],
      return: 'reversible',
      estimate: 4,
      class: 'bus',
      impact: { bus: 'down' },
    }),
  );
  const held = rest.map((name) =>
    draft.add({
      id: `${name}/rabbitmq/hold`,
      kind: 'systemd.hold',
      on: [name],
      params: { units: ['rabbitmq-server'] },
      title: `Stop and mask the old RabbitMQ on ${name}`,
      why: 'nothing may bring the old cluster back under clients that have left it',
      source: SOURCE,
      needs: left,
      return: 'reversible',
      estimate: 6,
      class: 'bus',
      impact: { bus: 'degraded' },
    }),
  );
  return held.length > 0 ? held : [admitted];
}

/** A later controller's RabbitMQ starts empty, joins the new cluster, and gets copies of the quorum queues. */
export function join(draft: Draft, roll: Controllers, node: string, needs: readonly string[]): string {
  const sole =
    roll.done.length === 0 ? node === roll.order[1] : roll.done.length === 1 && node === roll.order[0];
  const aside = setAside(draft, node, needs);
  const joined = draft.add({
    id: `${node}/rabbitmq/join`,
    kind: 'rabbitmq.join',
    on: [node],
    params: { node, to: roll.lead },
    title: `Join ${node}'s RabbitMQ to ${roll.lead}`,
    why: 'a fresh member: it has no users until it has joined, so no client can get lost on it',
    source: SOURCE,
    needs: [aside],
    return: 'reversible',
    estimate: 25,
    timeout: 400,
  });
  return draft.add({
    id: `${node}/rabbitmq/grow`,
    kind: 'rabbitmq.grow',
    on: [node],
    params: { node, ...(sole ? { sole: roll.lead } : {}) },
    title: `Give the quorum queues a copy on ${node}`,
    why: 'joining alone gives them none',
    source: SOURCE,
    needs: [joined],
    return: 'reversible',
    estimate: 3,
    timeout: 300,
  });
}
