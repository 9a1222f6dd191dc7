import type { Service } from '../../catalog/service.ts';
import { rolls } from '../../catalog/services/index.ts';
import type { Impact } from '../../model/plan.ts';
import type { Draft } from '../draft.ts';
import { type Controllers, others, unitsOn } from './topology.ts';

/** Which of a service's old units stop, and what a reader is told of it. */
export interface Leaving {
  readonly verb: string;
  /** Only these; all of its control part where not said. */
  readonly only?: readonly string[];
  readonly title: (units: readonly string[], node: string) => string;
  readonly why: string;
  readonly source: string;
  readonly impact?: Partial<Impact>;
  /** What comes after need not wait until they have ended: they take nothing new from the moment they are told. */
  readonly told?: true;
}

/** Seconds in which a service's old code has stopped, by experience. */
export const LEAVES = 5;

/** Other controllers that still have the old code. */
export const oldElsewhere = (roll: Controllers, node: string): string[] =>
  others(roll, node).filter((name) => !roll.done.includes(name));

/** Old units of a service stop on every other controller at once. Gives the steps, or `needs` where nothing runs. */
export function stopOld(
  draft: Draft,
  roll: Controllers,
  node: string,
  service: Service,
  needs: readonly string[],
  { verb, only, title, why, source, impact, told }: Leaving,
): readonly string[] {
  const stopped = oldElsewhere(roll, node).flatMap((name) => {
    const units = unitsOn(roll, name, service, 'control').filter((unit) => only?.includes(unit) ?? true);
    if (units.length === 0) return [];
    return draft.add({
      id: `${name}/${service.name}/${verb}`,
      kind: told ? 'systemd.begin-stop' : 'systemd.hold',
      on: [name],
      params: { units },
      title: title(units, name),
      why,
      source,
      needs,
      return: 'reversible',
      estimate: told ? 1 : LEAVES,
      ...(told ? { settle: 30 } : {}),
      class: 'cutover',
      ...(impact ? { impact } : {}),
    });
  });
  return stopped.length > 0 ? stopped : needs;
}

/** The old code of one service stops at once wherever there still is some: from here its API is away. */
export function leave(
  draft: Draft,
  roll: Controllers,
  node: string,
  service: Service,
  needs: readonly string[],
): readonly string[] {
  const known = rolls(service, roll.from.openstack, roll.to.openstack);
  return stopOld(draft, roll, node, service, needs, {
    verb: 'leave',
    title: (_, name) => `Stop the old ${service.name} on ${name}`,
    why: known?.note ?? 'its migrations want every process stopped',
    source: known?.source ?? service.source,
    impact: { apis: [service.name] },
  });
}
