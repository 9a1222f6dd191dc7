import { Chain, type Draft } from '../draft.ts';
import { newBus, newBusCan, oldBusCan } from './bus-versions.ts';
import { beforeWork } from './configure.ts';
import { BUS_ASIDE, keepDir } from './keep.ts';
import { type Controllers, others, servicesOn, unitsAfter } from './topology.ts';

const SOURCE = '000; research/lab.md 2';

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

/** Two clusters whose members have the same names must not find each other's queues. */
function forgetCopies(draft: Draft, roll: Controllers, node: string, ask: string, after: string): string {
  if (!oldBusCan(roll, 'quorum')) return after;
  return draft.add({
    id: `${ask}/rabbitmq/shrink`,
    kind: 'rabbitmq.shrink',
    on: [ask],
    params: { node, vhosts: [...vhostsOf(roll)] },
    title: `Let the old cluster's quorum queues forget ${node}`,
    why: 'they are found by name: the old leaders would take the new queues there for their own copies and overwrite them',
    source: 'seen in the lab, docs/measured.md',
    needs: [after],
    return: 'reversible',
    estimate: 3,
    timeout: 600,
  });
}

/** The new server runs, and no client can come to it: by itself where it can, else the node refuses them. */
function startAlone(draft: Draft, roll: Controllers, node: string, needs: readonly string[]): string {
  const closes = newBusCan(roll, 'maintenance');
  const closed = closes
    ? needs
    : [
        draft.add({
          id: `${node}/rabbitmq/close`,
          kind: 'rabbitmq.close-older',
          on: [node],
          params: {},
          title: `Close ${node}'s RabbitMQ to clients before it starts`,
          why: 'this version cannot close its own listeners; a rule of the packet filter does it from the first moment, and is taken away without a restart',
          source: SOURCE,
          needs,
          return: 'reversible',
          estimate: 1,
        }),
      ];
  return draft.add({
    id: `${node}/rabbitmq/start-alone`,
    kind: closes ? 'rabbitmq.start-alone' : 'rabbitmq.start-older',
    on: [node],
    params: { node, version: newBus(roll) },
    title: `Start the new RabbitMQ on ${node}, alone and closed to clients`,
    why: 'a client that came now would be on another bus than the rest',
    source: SOURCE,
    needs: closed,
    return: 'reversible',
    estimate: 15,
    timeout: 300,
  });
}

/** Users, permissions and queues of the old bus; queues only where the old one's tools could say them. */
function fill(
  draft: Draft,
  roll: Controllers,
  node: string,
  vhosts: readonly string[],
  after: string,
): string {
  const dir = keepDir(roll);
  const bus = roll.facts.nodes[node]?.rabbitmq;
  if (!oldBusCan(roll, 'definitions')) {
    return draft.add({
      id: `${node}/rabbitmq/import`,
      kind: 'rabbitmq.give-older',
      on: [node],
      params: { path: `${dir}/definitions.term`, users: bus?.users ?? [] },
      title: 'Give it the users, permissions and policies of the old one',
      why: 'before anyone is moved: a client without a user is refused. Not by the configurer, which might restart services onto this bus too early',
      source: SOURCE,
      needs: [after],
      return: 'reversible',
      estimate: 5,
    });
  }
  let last = after;
  for (const vhost of vhosts) {
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
  return last;
}

/** Those with queues, by what discovery saw on any member. */
export function vhostsOf(roll: Controllers): readonly string[] {
  const said = roll.all.flatMap((name) => roll.facts.nodes[name]?.rabbitmq?.queues ?? []);
  return said.length > 0 ? [...new Set(said.map(({ vhost }) => vhost))] : ['/'];
}

/** No more waits in the old cluster than may be lost with it. */
const backlog = (roll: Controllers, node: string, vhosts: readonly string[]) => ({
  ...(oldBusCan(roll, 'json')
    ? {
        kind: 'rabbitmq.backlog',
        params: { node, vhosts: [...vhosts], max: roll.cluster.policy.busBacklog },
      }
    : { kind: 'rabbitmq.older-backlog', params: { node, max: roll.cluster.policy.busBacklog } }),
  title: 'what waits in the old cluster may be lost',
});

/**
 * The bus moves: a new cluster of one, filled with users and queues while it is closed to clients, is opened and the
 * old members leave theirs. From the first `stop-app` to the clients' return is the bus's outage.
 */
export function cutover(draft: Draft, roll: Controllers, needs: readonly string[]): readonly string[] {
  const node = roll.lead;
  const rest = others(roll, node).filter((name) => roll.facts.nodes[name]?.rabbitmq);
  const vhosts = vhostsOf(roll);
  const aside = setAside(draft, node, needs);
  const apart = rest[0] === undefined ? aside : forgetCopies(draft, roll, node, rest[0], aside);
  const alone = startAlone(draft, roll, node, [apart]);
  const filled = fill(draft, roll, node, vhosts, alone);
  // A configurer that came to an old member from here on would bring its bus back (000: disabled before the move).
  const kept = new Chain(draft, [filled]);
  for (const name of rest) beforeWork(kept, roll.cluster, name);
  const admitted = draft.add({
    id: `${node}/rabbitmq/admit`,
    kind: newBusCan(roll, 'maintenance') ? 'rabbitmq.admit' : 'rabbitmq.admit-older',
    on: [node],
    params: {},
    title: `Open the new RabbitMQ on ${node} to clients`,
    why: 'from here until the old members leave, both clusters serve: it must be short',
    source: SOURCE,
    needs: kept.last,
    return: 'reversible',
    estimate: 2,
    impact: { bus: 'degraded' },
    guards: rest.slice(0, 1).map((ask) => backlog(roll, ask, vhosts)),
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
  const declared = declareQueues(draft, roll, node, left);
  const held = rest.map((name) =>
    draft.add({
      id: `${name}/rabbitmq/hold`,
      kind: 'systemd.hold',
      on: [name],
      params: { units: ['rabbitmq-server'] },
      title: `Stop and mask the old RabbitMQ on ${name}`,
      why: 'nothing may bring the old cluster back under clients that have left it',
      source: SOURCE,
      needs: declared,
      return: 'reversible',
      estimate: 6,
      class: 'bus',
      impact: { bus: 'degraded' },
    }),
  );
  return held.length > 0 ? held : [admitted];
}

/**
 * Where queues could not be taken along they are there only when the daemons of one controller start (000): all of its
 * are started at once, and asked one by one afterwards. With another release their databases come first.
 */
function declareQueues(
  draft: Draft,
  roll: Controllers,
  node: string,
  needs: readonly string[],
): readonly string[] {
  if (oldBusCan(roll, 'definitions') || roll.from.openstack !== roll.to.openstack) return needs;
  const units = servicesOn(roll, node)
    .filter(({ bus }) => bus)
    .flatMap((service) => unitsAfter(roll, node, service));
  if (units.length === 0) return needs;
  return [
    draft.add({
      id: `${node}/openstack/start`,
      kind: 'systemd.release',
      on: [node],
      params: { units: [...new Set(units)] },
      title: `Start everything on ${node} that declares queues, at once`,
      why: 'daemons come to the new bus by themselves, but exchange nothing before the queues are declared',
      source: SOURCE,
      needs,
      return: 'reversible',
      estimate: 10,
      settle: 180,
      class: 'bus',
      impact: { bus: 'down' },
    }),
  ];
}

/** A later controller's RabbitMQ starts empty, joins the new cluster, and gets copies of the quorum queues. */
export function join(draft: Draft, roll: Controllers, node: string, needs: readonly string[]): string {
  const aside = setAside(draft, node, needs);
  const joined = draft.add({
    id: `${node}/rabbitmq/join`,
    kind: newBusCan(roll, 'json') ? 'rabbitmq.join' : 'rabbitmq.join-older',
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
  if (!newBusCan(roll, 'quorum')) return joined;
  return draft.add({
    id: `${node}/rabbitmq/grow`,
    kind: 'rabbitmq.grow',
    on: [node],
    params: { node, vhosts: [...vhostsOf(roll)] },
    title: `Give the quorum queues a copy on ${node}`,
    why: 'joining alone gives them none',
    source: SOURCE,
    needs: [joined],
    return: 'reversible',
    estimate: 3,
    timeout: 300,
  });
}
