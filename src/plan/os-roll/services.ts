import type { DatabaseStep, Moment, Service } from '../../catalog/service.ts';
import { mendsOf } from '../../catalog/services/changes.ts';
import { databaseArgv, databaseWay, mustCutOver, rolls } from '../../catalog/services/index.ts';
import { Chain, type Draft } from '../draft.ts';
import { credentials } from './cloud.ts';
import { afterWork } from './configure.ts';
import { bearOldComputes } from './old-computes.ts';
import {
  apiOn,
  type Controllers,
  carries,
  named,
  others,
  type Server,
  serversOf,
  servicesOn,
  unitsAfter,
  unitsOn,
} from './topology.ts';

function migrate(
  draft: Draft,
  roll: Controllers,
  node: string,
  service: Service,
  step: DatabaseStep,
  needs: readonly string[],
): string {
  const { argv, check } = databaseArgv(step);
  // It rolls because there is nothing of the kind to do: that is asked, and never done under running servers.
  const forbidden = step.offline === true && !cutsOver(roll, service);
  return draft.add({
    id: `cluster/${service.name}-database/${step.id}`,
    kind: 'database.migrate',
    on: [node],
    params: {
      argv,
      check: {
        argv: check,
        ...(step.check.input === undefined ? {} : { input: step.check.input }),
        done: [...step.check.done],
        todo: [...step.check.todo],
        meaning: step.check.meaning,
      },
      ...(forbidden ? { forbidden: `${service.name} is served while this hop goes on` } : {}),
    },
    title: forbidden
      ? `See that ${service.name}'s database needs nothing that stops every server`
      : step.title,
    why: `${roll.from.openstack} to ${roll.to.openstack}; ${step.check.meaning}`,
    source: step.source,
    needs,
    return: forbidden ? 'reversible' : step.returns,
    estimate: step.estimate,
    timeout: 7200,
    ...(forbidden ? {} : { impact: { apis: [service.name] } }),
  });
}

/** The database commands of one moment, service by service. */
export function migrations(
  draft: Draft,
  roll: Controllers,
  node: string,
  moment: Moment,
  needs: readonly string[],
  services: readonly Service[] = roll.services,
): readonly string[] {
  // One release has one schema, whatever system it runs on: there is nothing to raise (000).
  if (roll.from.openstack === roll.to.openstack) return needs;
  let last = needs;
  for (const service of services) {
    for (const step of databaseWay(service, roll.from.openstack, roll.to.openstack)) {
      if (step.moment === moment) last = [migrate(draft, roll, node, service, step, last)];
    }
  }
  return last;
}

/** Whether old code cannot go on answering on the new schema: then all of it stops while the first node takes over. */
export const cutsOver = (roll: Controllers, service: Service): boolean =>
  mustCutOver(service, roll.from.openstack, roll.to.openstack) ||
  (roll.from.openstack !== roll.to.openstack && roll.cluster.policy.cutover.includes(service.name));

/**
 * A node's services start on their new code, are asked by HTTP, and take traffic again on every balancer. On the
 * first node the databases are migrated before: for services that roll while the old code goes on elsewhere, for the
 * others one by one, each with its old code stopped on all other nodes from before its migration until their own roll.
 */
export function bringBack(
  draft: Draft,
  roll: Controllers,
  node: string,
  needs: readonly string[],
): readonly string[] {
  const first = node === roll.order[0];
  const mine = servicesOn(roll, node);
  // What has no newer release here stays as it is, also when everything around it rises.
  const rises = (service: Service): boolean => roll.services.includes(service);
  const cut = first ? mine.filter((service) => rises(service) && cutsOver(roll, service)) : [];
  const rolling = mine.filter((service) => !cut.includes(service));
  const chain = new Chain(draft, needs);
  if (mine.some(({ name }) => name === 'nova')) bearOldComputes(chain, roll, node);
  if (first) chain.after(migrations(draft, roll, node, 'first', chain.last, rolling.filter(rises)));
  for (const service of rolling) start(chain, roll, node, service);
  // A configurer may restart services. On the first node it comes last, when the clients have moved to it (000).
  if (cut.length === 0) {
    startAgents(chain, roll, node);
    afterWork(chain, roll.cluster, node);
  }
  const servers = serversOf(roll, node);
  const late = (server: Server): Service | undefined => cut.find((service) => carries(server, service));
  enable(
    chain,
    roll,
    node,
    servers.filter((server) => late(server) === undefined),
  );
  for (const service of cut) {
    chain.after(leave(draft, roll, node, service, chain.last));
    chain.after(migrations(draft, roll, node, 'first', chain.last, [service]));
    start(chain, roll, node, service);
    enable(
      chain,
      roll,
      node,
      servers.filter((server) => late(server) === service),
      { service, alone: true },
    );
  }
  if (cut.length > 0) {
    startAgents(chain, roll, node);
    afterWork(chain, roll.cluster, node);
  }
  return chain.last;
}

/** The old code of one service stops at once wherever there still is some: from here its API is away. */
export function leave(
  draft: Draft,
  roll: Controllers,
  node: string,
  service: Service,
  needs: readonly string[],
): readonly string[] {
  const old = others(roll, node).filter((name) => !roll.done.includes(name));
  const left = old.flatMap((name) => {
    const units = unitsOn(roll, name, service, 'control');
    if (units.length === 0) return [];
    return draft.add({
      id: `${name}/${service.name}/leave`,
      kind: 'systemd.hold',
      on: [name],
      params: { units },
      title: `Stop the old ${service.name} on ${name}`,
      why:
        rolls(service, roll.from.openstack, roll.to.openstack)?.note ??
        'its migrations want every process stopped',
      source: rolls(service, roll.from.openstack, roll.to.openstack)?.source ?? service.source,
      needs,
      return: 'reversible',
      estimate: 5,
      class: 'cutover',
      impact: { apis: [service.name] },
    });
  });
  return left.length > 0 ? left : needs;
}

/** A service's control part starts on its new code and is asked by HTTP. */
export function start(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const units = unitsAfter(roll, node, service, 'control');
  if (units.length === 0) return;
  mend(chain, roll, node, service);
  const http = apiOn(roll, node, service);
  chain.step({
    id: `${node}/${service.name}/start`,
    kind: 'systemd.release',
    on: [node],
    params: {
      units,
      ...(http ? { http } : {}),
    },
    title: `Start ${service.name} on ${node}${http ? ' and ask it by HTTP' : ''}`,
    why: 'a unit that is active proves nothing: uwsgi stays active with a broken application',
    source: 'research/lab.md 4 (9)',
    return: 'reversible',
    estimate: 8,
    settle: 180,
  });
  // Where the service is away until this node has it, a cold answer is sooner than a warm one.
  if (node !== roll.order[0] || !cutsOver(roll, service)) warm(chain, roll, node, service);
}

/** Clients never meet a cold API: whoever can ask with a token does so before the balancers may. */
export function warm(
  chain: Chain,
  roll: Controllers,
  node: string,
  { name, api }: Service,
  verb = 'warm',
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
    },
    title: `Ask ${name} on ${node} for a list until it answers at once`,
    why: 'the first requests to a backend that came back cold timed out',
    source: 'research/lab.md 5',
    return: 'reversible',
    estimate: 5,
    settle: 180,
    class: 'read',
  });
}

/** What the new packages left broken is put right before the service is asked to start. */
function mend(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const has = (name: string): boolean => roll.facts.nodes[node]?.packages[name] !== undefined;
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
    estimate: 8,
    settle: 180,
  });
}

/** What works for the data plane comes after what it talks to. */
function startAgents(chain: Chain, roll: Controllers, node: string): void {
  for (const service of servicesOn(roll, node)) startAgentsOf(chain, roll, node, service);
}

/** One service's daemons on a node that work for the data plane. */
export function startAgentsOf(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const control = unitsAfter(roll, node, service, 'control');
  const units = unitsAfter(roll, node, service, 'agents').filter((unit) => !control.includes(unit));
  if (units.length === 0) return;
  chain.step({
    id: `${node}/${service.name}-agents/start`,
    kind: 'systemd.release',
    on: [node],
    params: { units },
    title: `Start ${service.name}'s agents on ${node}`,
    why: units.join(', '),
    source: '000; 001',
    return: 'reversible',
    estimate: 8,
    settle: 180,
  });
}
