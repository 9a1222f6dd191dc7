import type { Service } from '../../catalog/service.ts';
import { mendsOf } from '../../catalog/services/changes.ts';
import { mustCutOver } from '../../catalog/services/index.ts';
import { hasOneController } from '../../model/cluster.ts';
import type { Chain } from '../draft.ts';
import { credentials } from './cloud.ts';
import { giveBack } from './lost.ts';
import {
  agentsOf,
  apiOn,
  type Controllers,
  named,
  type Server,
  servicesOn,
  startedUnits,
  unitsAfter,
} from './topology.ts';

/**
 * Whether old code does not go on answering on the new schema: then all of it stops while the first node takes over. What
 * the only controller serves nobody else does.
 */
export const cutsOver = (roll: Controllers, service: Service): boolean =>
  mustCutOver(service, roll.from, roll.to) ||
  (roll.from.openstack !== roll.to.openstack &&
    (hasOneController(roll.cluster) || roll.cluster.policy.cutover.includes(service.name)));

/** A service's control part starts on its new code and is asked by HTTP; whoever can ask for a list does. */
export function start(chain: Chain, roll: Controllers, node: string, service: Service): void {
  if (unitsAfter(roll, node, service, 'control').length === 0) return;
  mend(chain, roll, node, service);
  release(chain, roll, node, service);
  // Where the service is away until this node has it, a cold answer is sooner than a warm one.
  if (node !== roll.order[0] || !cutsOver(roll, service)) warm(chain, roll, node, service);
}

/** Its units start, and its API answers on the node itself. */
export function release(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const units = unitsAfter(roll, node, service, 'control');
  if (units.length === 0) return;
  const http = apiOn(roll, node, service);
  chain.step({
    id: `${node}/${service.name}/start`,
    kind: 'systemd.release',
    on: [node],
    params: {
      ...startedUnits(roll, node, units),
      ...(http ? { http } : {}),
    },
    title: `Start ${service.name} on ${node}${http ? ' and ask it by HTTP' : ''}`,
    why: 'a unit that is active proves nothing: uwsgi stays active with a broken application',
    source: 'research/lab.md 4 (9)',
    return: 'reversible',
    estimate: 8,
    settle: 180,
  });
}

/** Clients never meet a cold API: whoever can ask with a token does so before the balancers may. */
export function warm(
  chain: Chain,
  roll: Controllers,
  node: string,
  { name, api }: Service,
  verb = 'warm',
  within?: number,
): void {
  const access = credentials(roll);
  const address = roll.cluster.nodes[node]?.address;
  if (access === undefined || api?.list === undefined || address === undefined) return;
  chain.step({
    id: `${node}/${name}/${verb}`,
    kind: 'api.warm',
    on: [node],
    params: {
      credentials: access,
      at: `http://${address}:${api.port}`,
      path: api.list,
      // Who gives tokens is asked for one himself; the others ask him, wherever he is.
      login: name === 'keystone',
      ...(within === undefined ? {} : { within }),
    },
    title: `Ask ${name} on ${node} for a list until it answers${within === undefined ? ' at once' : ''}`,
    why:
      within === undefined
        ? 'the first requests to a backend that came back cold timed out'
        : 'nobody else serves: what answers late is better than what does not',
    source: 'research/lab.md 5',
    return: 'reversible',
    estimate: 5,
    settle: 180,
    class: 'read',
  });
}

/** What the new packages left broken is put right before the service is asked to start. */
export function mend(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const has = (name: string): boolean => roll.facts.nodes[node]?.packages[name] !== undefined;
  giveBack(chain, roll, node, service);
  for (const { id, title, argv, input, file, check, source } of mendsOf(
    service,
    has,
    roll.from.openstack,
    roll.to.openstack,
  )) {
    chain.step({
      id: `${node}/${service.name}/mend-${id}`,
      kind: 'package.mend',
      on: [node],
      params: {
        argv,
        ...(input === undefined ? {} : { input }),
        ...(file === undefined ? {} : { file: { ...file } }),
        check: {
          argv: check.argv,
          ...(check.input === undefined ? {} : { input: check.input }),
          done: [...check.done],
          todo: [...check.todo],
          meaning: check.meaning,
        },
      },
      title,
      why: check.meaning,
      source,
      return: 'reversible',
      estimate: 1,
    });
  }
}

/** Seconds until every balancer has taken servers in, by experience. */
export const RETURNS = 8;

/** Servers of a node, all or those of one service, take traffic again on every balancer. */
export function enable(
  chain: Chain,
  roll: Controllers,
  node: string,
  servers: readonly Server[],
  /** `alone`: nobody else serves it, so a check's interval would only make its API be away longer. */
  { service, alone = false }: { readonly service?: Service; readonly alone?: boolean } = {},
): void {
  if (servers.length === 0) return;
  chain.step({
    id: `${node}/haproxy/enable${service ? `-${service.name}` : ''}`,
    kind: 'haproxy.enable',
    on: roll.balancers,
    params: { socket: roll.socket, servers: named(servers), ...(alone ? { asked: true } : {}) },
    title: `Give ${service ? `${node}'s ${service.name}` : node} back to every balancer`,
    why: alone
      ? 'it has just answered and nobody else does: at once'
      : 'down until a check has passed, then UP',
    source: '001; research/lab.md 5',
    return: 'reversible',
    estimate: RETURNS,
    settle: 180,
  });
}

/** What works for the data plane comes after what it talks to; `later`: services whose agents are not started here. */
export function startAgents(chain: Chain, roll: Controllers, node: string, later: readonly Service[]): void {
  for (const service of servicesOn(roll, node))
    if (!later.includes(service)) startAgentsOf(chain, roll, node, service);
}

/** One service's daemons on a node that work for the data plane. */
export function startAgentsOf(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const units = agentsOf(roll, node, service, unitsAfter);
  if (units.length === 0) return;
  chain.step({
    id: `${node}/${service.name}-agents/start`,
    kind: 'systemd.release',
    on: [node],
    params: startedUnits(roll, node, units),
    title: `Start ${service.name}'s agents on ${node}`,
    why: units.join(', '),
    source: '000; 001',
    return: 'reversible',
    estimate: 8,
    settle: 180,
  });
}
