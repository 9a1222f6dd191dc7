import type { Service } from '../../catalog/service.ts';
import { Chain, type Draft } from '../draft.ts';
import { drainApis } from '../os-roll/drain.ts';
import { othersUpGuard } from '../os-roll/guards.ts';
import { leave } from '../os-roll/leave.ts';
import { bearOldComputes } from '../os-roll/old-computes.ts';
import { changeOptions } from '../os-roll/options.ts';
import { migrations } from '../os-roll/services.ts';
import { cutsOver, enable, start, startAgentsOf } from '../os-roll/start.ts';
import { startBeside, takeOver, takesOver } from '../os-roll/take-over.ts';
import { type Controllers, serversOfService, servicesOn } from '../os-roll/topology.ts';
import { stoppedOf, waitingOn } from './agents.ts';
import { archivePath, goingPackages, heldOnController, installMissing, waitsBefore } from './archive.ts';
import { atOnce } from './at-once.ts';
import { keptWhere } from './checkpoint.ts';
import { staysDown } from './dependencies.ts';

/** Requests leave one service of a node; those under way end. */
function drain(chain: Chain, roll: Controllers, node: string, service: Service, alone: boolean): void {
  const servers = serversOfService(roll, node, service);
  if (servers.length === 0) return;
  chain.step({
    id: `${node}/haproxy/drain-${service.name}`,
    ...drainApis(roll, servers),
    title: `Drain ${node}'s ${service.name} on every balancer`,
    why: alone
      ? 'requests under way end; no new ones come'
      : 'it has stopped: no balancer has to find that out by itself',
    source: '001',
    estimate: alone ? 5 : 1,
    ...(alone
      ? { guards: [othersUpGuard(roll, roll.balancers, servers, 'every backend has another server UP')] }
      : { class: 'cutover' }),
  });
}

/** It stops, and what of it works for the data plane with it, but for agents that wait for all servers. */
function hold(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const units = stoppedOf(roll, node, service);
  if (units.length === 0) return;
  chain.step({
    id: `${node}/${service.name}/stop`,
    kind: 'systemd.stop',
    on: [node],
    params: { units, until: 'release' },
    title: `Stop ${service.name} on ${node}`,
    why: 'it must not run on halves of two releases; policy-rc.d keeps its package from starting it',
    source: '001',
    return: 'reversible',
    estimate: 5,
  });
}

/**
 * A service's own packages rise; nothing of a later service does. Those that went before have nothing left to rise:
 * holding them would only keep shared libraries down.
 */
function raise(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const risen = roll.services.slice(0, roll.services.indexOf(service) + 1);
  chain.step({
    id: `${node}/${service.name}/raise`,
    kind: 'archive.raise',
    on: [node],
    params: {
      archive: archivePath(roll),
      held: heldOnController(roll, risen),
      removes: goingPackages(roll),
      ...waitsBefore(roll, servicesOn(roll, node), service),
      ...keptWhere(roll),
      ...staysDown(stoppedOf(roll, node, service)),
    },
    title: `Raise ${service.name} on ${node}`,
    why: 'its libraries are there: seconds',
    source: '001; research/lab.md 5',
    return: 'restore',
    estimate: 15,
    timeout: 1800,
  });
  installMissing(chain, roll, node, service);
}

/**
 * One service over all controllers. Where its old code lives on the new schema, requests never miss it: the first node
 * migrates the database while the others serve, then they follow one by one. Where it does not, the first node is made
 * ready while the others serve, they stop together, and it takes over after its migration: from the stop to the take-over
 * the API is away. Where only old and new conductors and the like do not go together, the new API is there before the old
 * ones leave (`takeOver`).
 */
export function raiseService(
  draft: Draft,
  roll: Controllers,
  service: Service,
  after: readonly string[],
): readonly string[] {
  draft.phase(`raise-${service.name}`, `Raise ${service.name}`);
  const nodes = roll.order.filter((node) => servicesOn(roll, node).includes(service));
  const cut = cutsOver(roll, service);
  const over = takesOver(roll, service) !== undefined;
  let last = after;
  for (const [turn, group] of atOnce(roll.cluster, nodes).entries()) {
    const first = turn === 0;
    const begin = last;
    last = group.flatMap((node) => {
      const chain = new Chain(draft, begin);
      if (first || !cut) drain(chain, roll, node, service, true);
      hold(chain, roll, node, service);
      raise(chain, roll, node, service);
      changeOptions(chain, roll, node, [service]);
      if (service.name === 'nova') bearOldComputes(chain, roll, node);
      const left = first && cut ? stopElsewhere(chain, roll, node, service, nodes.slice(1)) : [];
      if (first) chain.after(migrations(draft, roll, node, 'first', chain.last, [service]));
      if (first && over) {
        startBeside(chain, roll, node, service);
        takeOver(chain, roll, node, service);
      } else {
        start(chain, roll, node, service);
        chain.after([...chain.last, ...left]);
        enable(chain, roll, node, serversOfService(roll, node, service), { service, alone: first && cut });
      }
      if (!waitingOn(roll, node).includes(service)) startAgentsOf(chain, roll, node, service);
      return chain.last;
    });
  }
  return last;
}

/** The old code stops on all other nodes; while the first one migrates, the balancers are told. Gives their steps. */
function stopElsewhere(
  chain: Chain,
  roll: Controllers,
  node: string,
  service: Service,
  rest: readonly string[],
): readonly string[] {
  chain.after(leave(chain.draft, roll, node, service, chain.last));
  return rest.flatMap((other) => {
    const aside = new Chain(chain.draft, chain.last);
    drain(aside, roll, other, service, false);
    return aside.last;
  });
}
