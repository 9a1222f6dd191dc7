import type { Service } from '../../catalog/service.ts';
import { Chain, type Draft } from '../draft.ts';
import { bearCanary } from '../os-roll/canary.ts';
import { askOf, credentials, hostOf, returnNetworks } from '../os-roll/cloud.ts';
import { enable, release, startAgentsOf, warm } from '../os-roll/start.ts';
import {
  hasRole,
  named,
  type Server,
  serversOf,
  serversOfService,
  servicesOn,
  unitsOn,
} from '../os-roll/topology.ts';
import { classOf } from '../rolling/pace.ts';
import type { Scope } from './scope.ts';

/** Seconds that a list may take of who comes back where nobody serves: tenants' clients wait a minute. */
const LATE = 30;

/** Keystone first, since all others ask it: on every node at once, and then given to the balancers. */
function startFirst(
  draft: Draft,
  scope: Scope,
  node: string,
  within: number | undefined,
  needs: readonly string[],
): readonly string[] {
  const { roll } = scope;
  const chain = new Chain(draft, needs, { class: 'cutover' });
  for (const service of servicesOn(roll, node).filter(isFirst)) {
    release(chain, roll, node, service);
    warm(chain, roll, node, service, 'warm', within);
  }
  return chain.last;
}

const isFirst = ({ name }: Service): boolean => name === 'keystone';

/** The rest of one node in the catalogue's order in one go, each asked by HTTP and for a list. */
function startRest(
  draft: Draft,
  scope: Scope,
  node: string,
  within: number | undefined,
  needs: readonly string[],
): { readonly answering: readonly string[]; readonly warm: readonly string[] } {
  const { roll } = scope;
  const chain = new Chain(draft, needs, { class: 'cutover' });
  const rest = servicesOn(roll, node).filter((service) => !isFirst(service));
  const units = rest.flatMap((service) => unitsOn(roll, node, service, 'control'));
  if (units.length > 0) {
    chain.step({
      id: `${node}/openstack/start`,
      kind: 'systemd.release',
      on: [node],
      params: { units: [...new Set(units)] },
      title: `Start what else ${node} ran of OpenStack before the run`,
      why: 'each waits only for Keystone; every one of them is asked next',
      source: 'research/lab.md 4',
      return: 'reversible',
      estimate: 15,
      settle: 180,
    });
  }
  for (const service of rest) release(chain, roll, node, service);
  const answering = chain.last;
  for (const service of rest)
    if (hasControl(scope, node, service)) warm(chain, roll, node, service, 'warm', within);
  return { answering, warm: chain.last };
}

/** A step on every balancer holds all of their nodes: so servers of all nodes are given in one, or nodes wait for each other. */
function onBalancers(
  draft: Draft,
  { roll }: Scope,
  servers: readonly Server[],
  needs: readonly string[],
  say: {
    readonly kind: 'haproxy.let-in' | 'haproxy.enable';
    readonly id: string;
    readonly title: string;
    readonly why: string;
  },
): readonly string[] {
  if (servers.length === 0) return needs;
  return [
    draft.add({
      id: `cluster/haproxy/${say.id}`,
      kind: say.kind,
      on: roll.balancers,
      params: {
        socket: roll.socket,
        servers: named(servers),
        ...(say.kind === 'haproxy.enable' ? { asked: true } : {}),
      },
      title: say.title,
      why: say.why,
      source: '001; research/lab.md 5; docs/rollback.md',
      needs,
      return: 'reversible',
      estimate: 8,
      settle: 180,
      class: 'cutover',
    }),
  ];
}

/**
 * The control part of every node comes back, all nodes side by side. Where none of them goes on serving, nothing may be kept out
 * of the balancers: nova-conductor does not start before it has found Placement there (lab: a run had drained one node, and it
 * waited for a server that was given back when it had started).
 */
function startControl(
  draft: Draft,
  scope: Scope,
  nodes: readonly string[],
  needs: readonly string[],
): { readonly answering: readonly string[]; readonly given: readonly string[] } {
  const { roll } = scope;
  const servers = nodes.flatMap((node) => serversOf(roll, node).filter(({ sql }) => !sql));
  const first = nodes.flatMap((node) =>
    servicesOn(roll, node)
      .filter(isFirst)
      .flatMap((service) => serversOfService(roll, node, service)),
  );
  const alone = roll.all.every((node) => nodes.includes(node));
  const within = alone ? LATE : undefined;
  const letIn = alone
    ? onBalancers(draft, scope, servers, needs, {
        kind: 'haproxy.let-in',
        id: 'let-in',
        title: 'Keep no API of the control plane out of any balancer',
        why: 'nobody serves, and they need each other to start: each is there as soon as it answers',
      })
    : needs;
  const keystone = onBalancers(
    draft,
    scope,
    first,
    [...new Set(nodes.flatMap((node) => startFirst(draft, scope, node, within, letIn)))],
    {
      kind: 'haproxy.enable',
      id: 'enable-keystone',
      title: 'Give Keystone back to every balancer',
      why: 'it has just answered, and all others ask it: at once',
    },
  );
  const rest = nodes.map((node) => ({ node, ...startRest(draft, scope, node, within, keystone) }));
  const given = onBalancers(
    draft,
    scope,
    servers.filter((server) => !first.includes(server)),
    [...new Set(rest.flatMap(({ warm: last }) => last))],
    {
      kind: 'haproxy.enable',
      id: 'enable',
      title: 'Give everything back to every balancer',
      why: 'it has just answered: at once',
    },
  );
  const agents = rest.flatMap(({ node, warm: last }) => {
    const chain = new Chain(draft, last, { class: 'cutover' });
    for (const service of servicesOn(roll, node)) startAgentsOf(chain, roll, node, service);
    return chain.last;
  });
  return {
    answering: rest.flatMap(({ answering }) => answering),
    given: [...new Set([...given, ...agents])],
  };
}

const hasControl = ({ roll }: Scope, node: string, service: Service): boolean =>
  unitsOn(roll, node, service, 'control').length > 0;

/**
 * Agents and computes at their pace, side by side: they talk to conductors and servers by the bus, which answer before their
 * APIs are warm and given back, and take their time until the control plane has heard of them.
 */
function startWorker(draft: Draft, scope: Scope, node: string, needs: readonly string[]): readonly string[] {
  const { roll } = scope;
  const starts = servicesOn(roll, node).flatMap((service) => {
    const units = unitsOn(roll, node, service);
    if (units.length === 0) return [];
    return draft.add({
      id: `${node}/${service.name}/start`,
      kind: 'systemd.release',
      on: [node],
      params: { units },
      title: `Start ${units.join(', ')} on ${node}`,
      why: 'at the pace of its class: the bus must not get a hailstorm',
      source: '001',
      needs,
      return: 'reversible',
      estimate: 8,
      settle: 180,
      class: classOf(roll, node, units),
    });
  });
  return starts.length > 0 ? starts : needs;
}

/** Servers that the run had taken out of the balancers, of nodes whose services were never stopped. */
function giveBack(draft: Draft, { roll, stopped, did }: Scope, needs: readonly string[]): string[] {
  const out = new Set(
    did
      .flatMap(({ applied }) => applied)
      .filter(({ kind }) => kind === 'haproxy.drain')
      .flatMap(({ params }) => params.servers as readonly { backend: string; server: string }[])
      .map(({ backend, server }) => `${backend}/${server}`),
  );
  return roll.all.flatMap((node) => {
    const servers = serversOf(roll, node).filter(
      ({ backend, server, sql }) => !sql && out.has(`${backend}/${server}`),
    );
    if (stopped.includes(node) || servers.length === 0) return [];
    const chain = new Chain(draft, needs, { class: 'cutover' });
    enable(chain, roll, node, servers);
    return chain.last;
  });
}

/** What a start ends with, in all and on each node that works for the data plane. */
export interface Started {
  readonly all: readonly string[];
  readonly workers: ReadonlyMap<string, readonly string[]>;
}

/** The whole cloud is served again: controllers together, then what works for the data plane. */
export function startAll(
  draft: Draft,
  scope: Scope,
  back: ReadonlyMap<string, readonly string[]>,
  restored: readonly string[],
): Started {
  const { roll, stopped } = scope;
  const control = stopped.filter((node) => roll.all.includes(node));
  const workers = stopped.filter((node) => !roll.all.includes(node));
  draft.phase('start', 'Start the old release');
  // Old and new code never serve side by side: nobody starts before every controller is back.
  const ready = [...new Set([...control.flatMap((node) => back.get(node) ?? []), ...restored])];
  const { answering, given: served } =
    control.length > 0 ? startControl(draft, scope, control, ready) : { answering: [], given: [] };
  const given = giveBack(draft, scope, ready);
  draft.phase('data-plane', 'Agents and computes follow at their pace');
  const begin = answering.length > 0 ? answering : ready;
  const ends = new Map(
    workers.map(
      (node) =>
        [node, startWorker(draft, scope, node, [...new Set([...begin, ...(back.get(node) ?? [])])])] as const,
    ),
  );
  return { all: [...new Set([...begin, ...served, ...[...ends.values()].flat(), ...given])], workers: ends };
}

/**
 * Every compute is up for the control plane, and one of them bears a guest: `up` alone was seen to lie. Each is asked when its
 * own work is over (`workers`), not that of the last of them.
 */
export function proveComputes(
  draft: Draft,
  scope: Scope,
  needs: readonly string[],
  workers: Started['workers'],
): readonly string[] {
  const { roll } = scope;
  const access = credentials(roll);
  const computes = scope.nodes.filter((node) => hasRole(roll, node, 'compute'));
  if (access === undefined || computes.length === 0 || scope.stopped.length === 0) return needs;
  const alive = computes.map((node, index) =>
    draft.add({
      id: `${node}/nova/alive`,
      kind: 'compute.alive',
      on: [askOf(roll, index)],
      params: { credentials: access, host: hostOf(roll, node) },
      title: `Wait until ${node}'s nova-compute and agents are up`,
      why: 'as the control plane sees them',
      source: '000',
      needs: [...(workers.get(node) ?? needs)],
      return: 'reversible',
      estimate: 15,
      settle: 300,
      class: 'read',
    }),
  );
  const [node] = computes;
  if (node === undefined) return needs;
  const chain = new Chain(draft, alive.slice(0, 1), { class: 'light' });
  bearCanary(chain, roll, node, askOf(roll, 0), {
    why: 'a compute ahead of its control plane looks healthy, and every boot ends in ERROR',
    source: 'research/lab.md 4',
  });
  return [...new Set([...needs, ...alive, ...chain.last])];
}

/** Routers and DHCP that had left a node for its work come back to it. */
export function returnAll(draft: Draft, scope: Scope, needs: readonly string[]): readonly string[] {
  const left = scope.request.past.applied.filter(({ kind }) => kind === 'network.leave');
  if (scope.disks === undefined || left.length === 0) return needs;
  draft.phase('networks', 'Let routers and DHCP be where they were');
  const chain = new Chain(draft, needs, { class: 'light' });
  for (const { id } of left) {
    const node = id.replace(/\/.*$/, '');
    returnNetworks(chain, scope.roll, node, askOf(scope.roll, 0));
  }
  return chain.last;
}
