import type { Policy } from '../model/policy.ts';

/** How many steps of a class run at once, and the seconds between two starts. */
export interface Limit {
  readonly limit: number;
  readonly every: number;
}

/** Steps of this class change nothing: they share nodes with anything and know no limit. */
export const READ = 'read';

/**
 * What holds where the policy says nothing. From source document 001: harmless work goes to 24 nodes at a time;
 * Neutron agents restart 30 seconds apart, so that the bus is spared a hailstorm, and on 3 computes at most;
 * network nodes and controllers go one by one. `every: 0` in a policy lifts a pause.
 */
export const DEFAULT_LIMITS: Readonly<Record<string, Limit>> = {
  [READ]: { limit: Number.POSITIVE_INFINITY, every: 0 },
  light: { limit: 24, every: 0 },
  'neutron-agent': { limit: 3, every: 30 },
  // A daemon restarted beside its guests, which do not notice.
  'nova-compute': { limit: 3, every: 0 },
  volume: { limit: 1, every: 30 },
  network: { limit: 1, every: 0 },
  controller: { limit: 1, every: 0 },
  // Members of the old bus leave together (000): one by one, their clients would hop from one to the next.
  bus: { limit: 24, every: 0 },
  // Old code that cannot live on the new schema stops everywhere at once: each second counts as outage.
  cutover: { limit: 24, every: 0 },
};

/** A class that nobody named is taken as able to do harm. */
const CAREFUL: Limit = { limit: 1, every: 0 };

/** The limit of a class: the policy's word, field by field, before the default. */
export function limitOf(policy: Policy, name: string): Limit {
  const said = Object.hasOwn(policy.classes, name) ? policy.classes[name] : undefined;
  const usual = Object.hasOwn(DEFAULT_LIMITS, name) ? (DEFAULT_LIMITS[name] ?? CAREFUL) : CAREFUL;
  return { limit: said?.limit ?? usual.limit, every: said?.every ?? usual.every };
}
