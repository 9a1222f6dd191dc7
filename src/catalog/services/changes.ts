import type { Role } from '../../model/cluster.ts';
import { seriesOrder } from '../releases.ts';
import type { Api, Arrival, Departure, Mend, NewPart, Pace, Presence, Service } from '../service.ts';
import { databaseSteps, SERVICES } from './index.ts';

/** Every API of a service: its own first. */
export function apisOf(entry: Service): readonly Api[] {
  return [...(entry.api ? [entry.api] : []), ...(entry.moreApis ?? [])];
}

const within = (at: string, from: string, to: string): boolean =>
  seriesOrder(from) < seriesOrder(at) && seriesOrder(at) <= seriesOrder(to);

/** What a hop brings of a service; what came and went again on the way is not brought. */
export function arrivals(entry: Service, from: string, to: string): readonly Arrival[] {
  const gone = (entry.removes ?? []).filter(
    ({ at, hollow }) => !hollow && seriesOrder(at) <= seriesOrder(to),
  );
  return (entry.adds ?? []).filter(
    (one) => within(one.at, from, to) && !gone.some((left) => left.package === one.package),
  );
}

/** What a hop brings of a service besides packages: databases, endpoints, proxies, sections of its files. */
export function newParts(entry: Service, from: string, to: string): readonly NewPart[] {
  return (entry.parts ?? []).filter(({ at }) => within(at, from, to));
}

/** Databases a service has at one series: those of parts that come later are not there yet. */
export function databasesAt(entry: Service, series: string): readonly string[] {
  const later = (entry.parts ?? []).filter(({ at }) => seriesOrder(at) > seriesOrder(series));
  return entry.databases.filter((name) => !later.some(({ database }) => database?.schema === name));
}

/** What a hop takes away of a service, or leaves an empty shell of. */
export function departures(entry: Service, from: string, to: string): readonly Departure[] {
  return (entry.removes ?? []).filter(({ at }) => within(at, from, to));
}

/**
 * What a node needs after a hop and no upgrade brings: the plan has to install it by name. `has` says whether a package
 * is on the node before.
 */
export function unpulled(
  entry: Service,
  has: (name: string) => boolean,
  from: string,
  to: string,
): readonly Arrival[] {
  return arrivals(entry, from, to).filter(
    ({ pulled, where, package: name }) => !pulled && where.some(has) && !has(name),
  );
}

/** Packages and units of a service on a role as they are at one series: what came later or went before is left out. */
export function presence(entry: Service, role: Role, series: string): Presence | undefined {
  const known = entry.roles[role];
  if (!known) return undefined;
  const now = seriesOrder(series);
  const later = (entry.adds ?? []).filter(({ at }) => seriesOrder(at) > now);
  const gone = (entry.removes ?? []).filter(({ at, hollow }) => !hollow && seriesOrder(at) <= now);
  // A package that only got another unit was there before.
  const fresh = later.filter((one) => !one.where.includes(one.package));
  const units = known.units.filter(
    (name) => !later.some((one) => one.unit === name) && !gone.some((one) => one.unit === name),
  );
  return {
    packages: known.packages.filter(
      (name) => !fresh.some((one) => one.package === name) && !gone.some((one) => one.package === name),
    ),
    units,
    usual: units.filter((name) => known.usual?.includes(name) ?? true),
  };
}

/** How fast a unit may be restarted over the nodes; undefined when nothing is known against all at once. */
export function paceOf(unit: string): Pace | undefined {
  return SERVICES.flatMap(({ pace }) => pace ?? []).find(({ units }) => units.includes(unit));
}

/** It has a database, and nobody here knows how that is brought to this series. */
export function uncovered(entry: Service, target: string): boolean {
  const rungs = (entry.ladder ?? []).filter(({ at }) => seriesOrder(at) === seriesOrder(target));
  return entry.databases.length > 0 && databaseSteps(entry, target).length + rungs.length === 0;
}

/** What this hop's packages leave broken on a node that has them. */
export function mendsOf(
  entry: Service,
  has: (name: string) => boolean,
  from: string,
  to: string,
): readonly Mend[] {
  return (entry.mends ?? []).filter(({ at, again, where }) => {
    // What every package does from a series on is done by the hop's last one, wherever it began.
    const first =
      again && seriesOrder(at) <= seriesOrder(from) && seriesOrder(from) < seriesOrder(to) ? to : at;
    return within(first, from, to) && has(where);
  });
}
