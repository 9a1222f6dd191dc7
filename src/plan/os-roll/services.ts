import type { DatabaseStep, Moment, Service } from '../../catalog/service.ts';
import { databaseArgv, databaseStepsOn } from '../../catalog/services/index.ts';
import { Chain, type Draft } from '../draft.ts';
import { afterWork } from './configure.ts';
import { leave } from './leave.ts';
import { bearOldComputes } from './old-computes.ts';
import { cutsOver, enable, start, startAgents } from './start.ts';
import { startBeside, takeOver, takesOver } from './take-over.ts';
import { type Controllers, carries, type Server, serversOf, servicesOn } from './topology.ts';

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

/** The database commands of one moment, service by service: all of them, or those that `which` names. */
export function migrations(
  draft: Draft,
  roll: Controllers,
  node: string,
  moment: Moment,
  needs: readonly string[],
  services: readonly Service[] = roll.services,
  which: (service: Service, step: DatabaseStep) => boolean = () => true,
): readonly string[] {
  // One release has one schema, whatever system it runs on: there is nothing to raise (000).
  if (roll.from.openstack === roll.to.openstack) return needs;
  let last = needs;
  for (const service of services) {
    for (const step of databaseStepsOn(service, roll.from, roll.to)) {
      if (step.moment === moment && which(service, step))
        last = [migrate(draft, roll, node, service, step, last)];
    }
  }
  return last;
}

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
  /** Services whose agents here are somebody else's to start. */
  later: readonly Service[] = [],
): readonly string[] {
  const first = node === roll.order[0];
  const mine = servicesOn(roll, node);
  // What has no newer release here stays as it is, also when everything around it rises.
  const rises = (service: Service): boolean => roll.services.includes(service);
  const cut = first ? mine.filter((service) => rises(service) && cutsOver(roll, service)) : [];
  const over = first ? mine.filter((service) => rises(service) && takesOver(roll, service)) : [];
  const rolling = mine.filter((service) => !cut.includes(service));
  const chain = new Chain(draft, needs);
  if (mine.some(({ name }) => name === 'nova')) bearOldComputes(chain, roll, node);
  if (first) chain.after(migrations(draft, roll, node, 'first', chain.last, rolling.filter(rises)));
  for (const service of rolling) {
    if (over.includes(service)) startBeside(chain, roll, node, service);
    else start(chain, roll, node, service);
  }
  // A configurer may restart services. On the first node it comes last, when the clients have moved to it (000).
  const last = [...over, ...cut];
  if (last.length === 0) {
    startAgents(chain, roll, node, later);
    afterWork(chain, roll.cluster, node);
  }
  // What nothing took out stays in: given back, it would count as down until a check has passed.
  const stayedIn = !draft.has(`${node}/haproxy/drain-sql`);
  const servers = serversOf(roll, node).filter(({ sql }) => !(sql && stayedIn));
  const late = (server: Server): Service | undefined => last.find((service) => carries(server, service));
  enable(
    chain,
    roll,
    node,
    servers.filter((server) => late(server) === undefined),
  );
  for (const service of over) takeOver(chain, roll, node, service);
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
  if (last.length > 0) {
    startAgents(chain, roll, node, later);
    afterWork(chain, roll.cluster, node);
  }
  return chain.last;
}
