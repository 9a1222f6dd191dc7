import type { Argv } from '../../model/command.ts';
import { EXIT, WindlassError } from '../../model/error.ts';
import type { OldKnown } from '../../model/plan.ts';
import type { Standing } from '../../model/target.ts';
import { nearest } from '../nearest.ts';
import { findSeries, SERIES, seriesBetween, seriesOrder } from '../releases.ts';
import type { Beside, DatabaseStep, Rolls, Service } from '../service.ts';
import { runAs } from '../service.ts';
import { aodh } from './aodh.ts';
import { barbican } from './barbican.ts';
import { ceilometer } from './ceilometer.ts';
import { cinder } from './cinder.ts';
import { cloudkitty } from './cloudkitty.ts';
import { designate } from './designate.ts';
import { glance } from './glance.ts';
import { gnocchi } from './gnocchi.ts';
import { heat } from './heat.ts';
import { horizon } from './horizon.ts';
import { ironic } from './ironic.ts';
import { keystone } from './keystone.ts';
import { magnum } from './magnum.ts';
import { manila } from './manila.ts';
import { neutron } from './neutron.ts';
import { nova } from './nova.ts';
import { octavia } from './octavia.ts';
import { placement } from './placement.ts';
import { swift } from './swift.ts';

export const SERVICES: readonly Service[] = [
  keystone,
  glance,
  placement,
  nova,
  neutron,
  cinder,
  heat,
  horizon,
  barbican,
  designate,
  octavia,
  gnocchi,
  aodh,
  ceilometer,
  cloudkitty,
  manila,
  magnum,
  ironic,
  swift,
];

/** The entry of that name, or undefined. */
export function findService(name: string): Service | undefined {
  return SERVICES.find((service) => service.name === name);
}

/** The entry of that name; throws WL-CATALOG-SERVICE with the nearest names. */
export function service(name: string): Service {
  const found = findService(name);
  if (found) return found;
  const near = nearest(
    name,
    SERVICES.map((known) => known.name),
  );
  throw new WindlassError(
    {
      code: 'WL-CATALOG-SERVICE',
      message: `the catalogue has no service '${name}'`,
      remedy: `${near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : ''}docs/adding-a-service.md tells how to add one.`,
    },
    EXIT.usage,
  );
}

/** Words a cluster file may name a service by, with the service they mean: its name, its units, its packages. */
const WORDS: ReadonlyMap<string, Service> = new Map(
  SERVICES.toReversed().flatMap((entry) =>
    [...Object.values(entry.roles).flatMap(({ packages, units }) => [...packages, ...units]), entry.name].map(
      (word) => [word, entry] as const,
    ),
  ),
);

/** The entry a word of a cluster file means: `nova`, but also `nova-compute` or `neutron-openvswitch-agent`. */
export function findServiceWord(word: string): Service | undefined {
  return WORDS.get(word);
}

/** Every word `findServiceWord` knows. */
export function serviceWords(): string[] {
  return [...WORDS.keys()];
}

/** Entries for what a role of a cluster runs, in upgrade order; words that mean the same service give it once. */
export function servicesNamed(words: readonly string[]): readonly Service[] {
  const names = words.flatMap((word) => findServiceWord(word)?.name ?? []);
  return inOrder(names).map(service);
}

/** Services in an order that honours every `after`; names keep their given order where they are free. */
export function inOrder(names: readonly string[]): readonly string[] {
  const left = [...new Set(names)];
  const out: string[] = [];
  while (left.length > 0) {
    const index = left.findIndex((name) => service(name).after.every((before) => !left.includes(before)));
    if (index < 0) throw new Error(`the catalogue's services wait for each other: ${left.join(', ')}`);
    out.push(...left.splice(index, 1));
  }
  return out;
}

/** The database commands of a service for a target series, in the order they run. */
export function databaseSteps(entry: Service, target: string): readonly DatabaseStep[] {
  const at = seriesOrder(target);
  return entry.database.filter(
    ({ since, until }) =>
      (since === undefined || seriesOrder(since) <= at) && (until === undefined || at <= seriesOrder(until)),
  );
}

/**
 * The database commands of a hop, in the order they run: the rungs of every series on the way, oldest first, then what the
 * target's own commands do. A rung of a series that is passed through is done before new code serves, with every process
 * stopped: no code of that series ever runs.
 */
export function databaseWay(entry: Service, from: string, to: string): readonly DatabaseStep[] {
  const way = seriesBetween(from, to).map(({ id }) => id);
  if (way.length === 0) return [];
  const rungs = way.flatMap((series) =>
    (entry.ladder ?? [])
      .filter(({ at }) => at === series)
      .map(({ at, id, ...rung }): DatabaseStep => {
        const passed = at === way.at(-1) ? {} : { moment: 'first' as const, offline: true };
        return { ...rung, id: `${at}-${id}`, ...passed };
      }),
  );
  return [...rungs, ...databaseSteps(entry, to)];
}

/** A database step's command and its check as argument vectors run as the service's user. */
export function databaseArgv(step: DatabaseStep): { readonly argv: Argv; readonly check: Argv } {
  return { argv: runAs(step.runAs, step.argv), check: runAs(step.runAs, step.check.argv) };
}

const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Whether an HAProxy backend carries one of this service's APIs. */
export function isBackendOf(entry: Service, backend: string): boolean {
  const apis = [...(entry.api ? [entry.api] : []), ...(entry.moreApis ?? [])];
  return apis.some(({ backends }) => backends.some((known) => bare(known) === bare(backend)));
}

/** What the catalogue knows of old code on the new schema for a hop; undefined when nobody has tried. */
export function rolls(entry: Service, from: string, to: string): Rolls | undefined {
  return entry.rolls.find((known) => known.from === findSeries(from)?.id && known.to === findSeries(to)?.id);
}

/** What makes a service that would have to be cut over go without: tried where the system stays, and only there. */
export const besideOn = (entry: Service, from: Standing, to: Standing): Beside | undefined =>
  from.os === to.os ? rolls(entry, from.openstack, to.openstack)?.beside : undefined;

/** The database commands of a service on a hop, in the order they run. */
export function databaseStepsOn(entry: Service, from: Standing, to: Standing): readonly DatabaseStep[] {
  const other = besideOn(entry, from, to)?.database ?? [];
  const usual = databaseWay(entry, from.openstack, to.openstack);
  const more = other.filter(({ id }) => !usual.some((step) => step.id === id));
  return [...usual.map((step) => other.find(({ id }) => id === step.id) ?? step), ...more];
}

/**
 * Whether old and new code of a service may not serve side by side on a hop: what was seen or read of its migrations says
 * so, or nobody has looked and one of them wants every process stopped.
 */
export function mustCutOver(entry: Service, from: Standing, to: Standing): boolean {
  if (findSeries(from.openstack)?.id === findSeries(to.openstack)?.id) return false;
  const known = rolls(entry, from.openstack, to.openstack)?.how;
  return known === undefined
    ? databaseWay(entry, from.openstack, to.openstack).some(({ offline }) => offline === true)
    : known === 'cutover' && besideOn(entry, from, to) === undefined;
}

/** What the catalogue says of a service's old code on the new schema of a hop: what a rehearsal is held against. */
export function oldKnown(entry: Service, from: Standing, to: Standing): OldKnown {
  if (mustCutOver(entry, from, to)) return 'cut-over';
  if (rolls(entry, from.openstack, to.openstack) === undefined) return 'unknown';
  return (besideOn(entry, from, to)?.mixes ?? []).length > 0 ? 'takes-over' : 'rolls';
}

/** Upstream's major version of a Debian version: the number before the first dot, epoch left aside. */
export const majorOf = (version: string): number => Number.parseInt(version.replace(/^\d+:/, ''), 10);

/** The upstream major version of a service at a series, where its numbering is regular. */
export function majorAt(entry: Service, word: string): number | undefined {
  if (!entry.tells) return undefined;
  const major = entry.tells.major + seriesOrder(word) - seriesOrder(entry.tells.series);
  return major > 0 ? major : undefined;
}

/** The series a package version of this service belongs to; undefined when it cannot be told. */
export function seriesOfPackage(entry: Service, version: string): string | undefined {
  const major = Number(/^(?:\d+:)?(\d+)\./.exec(version)?.[1]);
  return SERIES.find(({ id }) => majorAt(entry, id) === major)?.id;
}
