import type { Service } from '../../catalog/service.ts';
import { unitName } from '../../drivers/systemd.ts';
import { Chain, type Draft } from '../draft.ts';
import { cutsOver } from '../os-roll/start.ts';
import {
  agentsOf,
  type Controllers,
  servicesOn,
  startedUnits,
  unitsAfter,
  unitsOn,
} from '../os-roll/topology.ts';
import { classOf, pacedRestart } from './pace.ts';

/**
 * Whether a service's agents on controllers wait until its last server there has risen. Where it is cut over there is no old
 * server any more when the first new agent starts.
 */
const waits = (roll: Controllers, service: Service): boolean =>
  service.serversFirst !== undefined && roll.services.includes(service) && !cutsOver(roll, service);

/** Services whose agents a controller starts only when all their servers have risen. */
export const waitingOn = (roll: Controllers, node: string): readonly Service[] =>
  servicesOn(roll, node).filter((service) => waits(roll, service));

/** A service's units that stop while packages of a controller move; agents that wait go on with what they have loaded. */
export function stoppedOf(roll: Controllers, node: string, service: Service): readonly string[] {
  const stay = waits(roll, service) ? agentsOf(roll, node, service, unitsOn) : [];
  return unitsOn(roll, node, service).filter((unit) => !stay.includes(unit));
}

/** The same of every service of the node. */
export const stoppedOn = (roll: Controllers, node: string): readonly string[] => [
  ...new Set(servicesOn(roll, node).flatMap((service) => stoppedOf(roll, node, service))),
];

/**
 * A service's agents on the controllers are restarted on their new code, one controller after the other, when its last server
 * has risen (`after`): also where a server rose by an earlier plan, for its agents waited. Gives the last steps.
 */
export function restartAgents(
  draft: Draft,
  roll: Controllers,
  service: Service,
  after: readonly string[],
): readonly string[] {
  if (!waits(roll, service) || roll.order.length === 0) return [];
  const found = roll.all.flatMap((node) => {
    const units = agentsOf(roll, node, service, unitsAfter);
    return units.length > 0 ? [{ node, units }] : [];
  });
  if (found.length === 0) return [];
  draft.phase(`agents-${service.name}`, `Restart ${service.name}'s agents on the controllers`);
  const chain = new Chain(draft, after);
  for (const { node, units } of found) {
    // What an earlier run had stopped is kept down by it: a restart alone would start nothing.
    const rest = units.filter((unit) => roll.facts.nodes[node]?.units[unitName(unit)]?.active !== 'active');
    if (rest.length > 0) {
      chain.step({
        id: `${node}/${service.name}-agents/start`,
        kind: 'systemd.release',
        on: [node],
        params: startedUnits(roll, node, rest),
        title: `Start ${rest.join(', ')} on ${node}`,
        why: 'new, or kept down by a run that was given up',
        source: 'docs/rolling.md',
        return: 'reversible',
        estimate: 8,
        settle: 180,
        class: classOf(roll, node, units),
      });
    }
    chain.step({
      id: `${node}/${service.name}-agents/restart`,
      ...pacedRestart(roll, node, units, `${service.name}-agents`),
      title: `Restart ${service.name}'s agents on ${node}: every server has risen`,
      why: units.join(', '),
      source: service.serversFirst ?? '',
    });
  }
  return chain.last;
}
