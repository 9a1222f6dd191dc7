import { WindlassError } from '../model/error.ts';
import { type Deb, isNewer, meets, type PackageIndex, type Relation, relationText } from './repo-index.ts';

/** What a repository is to bring, as far as choosing packages goes. */
export interface Wanted {
  /** Binary packages to raise, and all that they need, by the kind of host that has them installed together. */
  readonly systems: Readonly<Record<string, readonly string[]>>;
  /**
   * Names of libraries that go along when the services have them installed, asked for or not: what packages
   * declare is less than what they need (research/lab.md 5, error 2).
   */
  readonly along: RegExp;
  /** Who keeps the rest of OpenStack’s libraries: of those every Python package goes along too. */
  readonly team?: string | undefined;
  /** Source packages of which nothing may move. Essential packages never may. */
  readonly stay: readonly string[];
}

/** A package that was asked for, or needed, and cannot come. */
export interface Left {
  readonly name: string;
  /** The version that cannot come; absent when the newer suite has none. */
  readonly version?: string;
  readonly reason: string;
  /** Whether it is one of the services, and not something that one of them would have needed. */
  readonly service: boolean;
}

/** The packages that raise a system of the base suite, and what had to be left. */
export interface Closure {
  readonly packages: readonly Deb[];
  readonly left: readonly Left[];
  /** Packages of the base suite that the raised ones push out, and that nothing needs any more. */
  readonly gone: readonly string[];
}

/** How much is lost with a package that cannot come: of two that exclude each other the lesser one is left. */
const RANK = { along: 0, needed: 1, service: 2 } as const;
type Why = keyof typeof RANK;

/** Thrown inside an attempt: this package cannot come, so begin again without it. */
class Barred extends Error {
  readonly deb: Deb;
  constructor(deb: Deb, reason: string) {
    super(reason);
    this.deb = deb;
  }
}

const called = (deb: Deb): string => `${deb.name} ${deb.version}`;

/**
 * The smallest set of packages from a newer suite that raises the wanted services on a system of the base
 * suite: what that system has in a version that is good enough stays. The result holds together, Breaks and
 * Conflicts included; what cannot be had so is left, and named with its reason.
 */
export function closure(base: PackageIndex, newer: PackageIndex, wanted: Wanted): Closure {
  const services = new Set(Object.values(wanted.systems).flat());
  const barred = new Map<string, Left>();
  for (const name of services) {
    if (newer.get(name) !== undefined) continue;
    barred.set(name, { name, reason: 'the newer suite has no such package', service: true });
  }
  for (;;) {
    try {
      return { ...together(base, newer, wanted, barred), left: [...barred.values()].sort(byName) };
    } catch (fault) {
      if (!(fault instanceof Barred)) throw fault;
      const { name, version } = fault.deb;
      barred.set(name, { name, version, reason: fault.message, service: services.has(name) });
    }
  }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1;

/** One repository for all kinds of host: what one of them has raised is raised on the others as well. */
function together(
  base: PackageIndex,
  newer: PackageIndex,
  wanted: Wanted,
  barred: ReadonlyMap<string, Left>,
): Omit<Closure, 'left'> {
  const all = new Map<string, Deb>();
  const gone = new Set<string>();
  for (let before = -1; before < all.size; ) {
    before = all.size;
    for (const services of Object.values(wanted.systems)) {
      const raised = raise(base, newer, { ...wanted, services, raised: new Set(all.keys()) }, barred);
      for (const deb of raised.packages) all.set(deb.name, deb);
      for (const name of raised.gone) gone.add(name);
    }
  }
  return { packages: [...all.values()].sort(byName), gone: [...gone].sort() };
}

interface OneSystem extends Pick<Wanted, 'along' | 'team' | 'stay'> {
  readonly services: readonly string[];
  /** What the repository brings already. */
  readonly raised: ReadonlySet<string>;
}

/** Raises one system's services; throws what cannot come. */
function raise(
  base: PackageIndex,
  newer: PackageIndex,
  wanted: OneSystem,
  barred: ReadonlyMap<string, Left>,
): { packages: Deb[]; gone: Iterable<string> } {
  /** The system after the raise: of each name one version. */
  const world = new Map<string, Deb>();
  const raised = new Map<string, Why>();
  const gone = new Set<string>();
  /** Who is in the world under a name, by its own or a provided one. */
  const offering = new Map<string, Set<string>>();
  let changed = false;

  function put(deb: Deb): void {
    world.set(deb.name, deb);
    for (const name of [deb.name, ...deb.provides.map((one) => one.name)]) {
      offering.set(name, (offering.get(name) ?? new Set()).add(deb.name));
    }
    changed = true;
  }

  function present({ name }: Relation): Deb[] {
    return [...(offering.get(name) ?? [])].flatMap((one) => world.get(one) ?? []);
  }
  const isMet = (relation: Relation): boolean => present(relation).some((deb) => meets(deb, relation));

  const stays = (deb: Deb): boolean =>
    deb.essential || [deb, base.get(deb.name)].some((one) => wanted.stay.includes(one?.source ?? ''));

  /** The newer suite's package, if it may come. */
  function mayCome(name: string): Deb | undefined {
    const deb = newer.get(name);
    if (deb === undefined || barred.has(name) || raised.has(name)) return undefined;
    return !stays(deb) && isNewer(deb, base.get(name)) ? deb : undefined;
  }

  function lift(deb: Deb, why: Why): void {
    raised.set(deb.name, why);
    put(deb);
  }

  const candidates = (index: PackageIndex, relation: Relation): Deb[] =>
    [index.get(relation.name), ...index.providers(relation.name)].filter(
      (deb): deb is Deb => deb !== undefined && meets(deb, relation),
    );

  /** Brings in what meets one of the alternatives: of the base suite if that has it. */
  function supply(group: readonly Relation[]): boolean {
    for (const relation of group) {
      const deb = candidates(base, relation).find((one) => !world.has(one.name) && !gone.has(one.name));
      if (deb !== undefined) {
        put(deb);
        return true;
      }
    }
    for (const relation of group) {
      const deb = candidates(newer, relation).find((one) => mayCome(one.name) !== undefined);
      if (deb !== undefined) {
        lift(deb, 'needed');
        return true;
      }
    }
    return false;
  }

  const rank = (deb: Deb): number => RANK[raised.get(deb.name) ?? 'service'];

  /** Why a group of alternatives cannot be met. */
  function lacking(group: readonly Relation[]): string {
    const reasons = group.map((relation) => {
      const deb = newer.get(relation.name);
      const said = (reason: string): string => `${relationText(relation)}, ${reason}`;
      if (barred.has(relation.name)) return said('which cannot come');
      if (deb === undefined) return said('which neither suite has');
      if (!meets(deb, relation)) return said(`of which the newer suite has ${deb.version}`);
      return said(stays(deb) ? 'which stays as it is' : 'which would break what is there');
    });
    return reasons.join('; or ');
  }

  function checkDepends(deb: Deb): void {
    for (const group of deb.depends) {
      if (group.some(isMet) || supply(group)) continue;
      const text = group.map(relationText).join(' | ');
      // A package of the base suite whose needs were raised away from it is raised too.
      const own = mayCome(deb.name);
      if (!raised.has(deb.name) && own !== undefined) {
        lift(own, 'needed');
        return;
      }
      const culprits = group.flatMap(present).filter((one) => raised.has(one.name));
      const least = [...culprits].sort((a, b) => rank(a) - rank(b))[0];
      if (least !== undefined && (!raised.has(deb.name) || rank(least) < rank(deb))) {
        throw new Barred(least, `${called(deb)} needs ${text} and cannot come newer`);
      }
      if (raised.has(deb.name)) throw new Barred(deb, `needs ${lacking(group)}`);
    }
  }

  /** Whether everything that is there could do without a package. */
  function isNeeded(deb: Deb): boolean {
    if (wanted.services.includes(deb.name)) return true;
    const without = (relation: Relation): boolean =>
      present(relation).some((one) => one !== deb && meets(one, relation));
    return [...world.values()].some(
      (one) => one !== deb && one.depends.some((group) => group.some(isMet) && !group.some(without)),
    );
  }

  function checkBreaks(deb: Deb): void {
    for (const relation of deb.breaks) {
      for (const victim of present(relation)) {
        if (victim.name === deb.name || !meets(victim, relation)) continue;
        const better = mayCome(victim.name);
        if (better !== undefined && !meets(better, relation)) {
          lift(better, 'needed');
          continue;
        }
        const own = mayCome(deb.name);
        if (!raised.has(deb.name) && own !== undefined && !own.breaks.some((one) => meets(victim, one))) {
          lift(own, 'needed');
          return;
        }
        const clash = `${called(deb)} excludes ${called(victim)}`;
        if (raised.has(victim.name) && (!raised.has(deb.name) || rank(victim) < rank(deb))) {
          throw new Barred(victim, clash);
        }
        if (!raised.has(victim.name) && !isNeeded(victim)) {
          world.delete(victim.name);
          gone.add(victim.name);
          changed = true;
          continue;
        }
        if (raised.has(deb.name))
          throw new Barred(deb, `excludes ${called(victim)}, which cannot come newer`);
        throw new WindlassError({
          code: 'WL-LAB-REPO-SYSTEM',
          message: `${clash}: no host has both`,
          remedy: 'name them under different systems in src/lab/repos',
        });
      }
    }
  }

  for (const name of wanted.services) {
    const old = base.get(name);
    if (old !== undefined) put(old);
  }
  // First the system as it stands: what goes along is what it has.
  while (changed) {
    changed = false;
    for (const deb of world.values()) for (const group of deb.depends) group.some(isMet) || supplyBase(group);
  }
  function supplyBase(group: readonly Relation[]): void {
    const found = group.flatMap((relation) => candidates(base, relation))[0];
    if (found !== undefined) put(found);
  }

  for (const name of wanted.services) {
    const deb = mayCome(name);
    if (deb !== undefined) lift(deb, 'service');
  }
  do {
    changed = false;
    for (const [name, { maintainer }] of world) {
      const kept =
        wanted.team !== undefined && name.startsWith('python3-') && maintainer.startsWith(wanted.team);
      const goes = kept || wanted.raised.has(name) || wanted.along.test(name);
      const deb = goes ? mayCome(name) : undefined;
      if (deb !== undefined) lift(deb, 'along');
    }
    for (const [name, deb] of world) if (world.get(name) === deb) checkDepends(deb);
    for (const [name, deb] of world) if (world.get(name) === deb) checkBreaks(deb);
  } while (changed);
  const packages = [...raised.keys()].flatMap((name) => world.get(name) ?? []);
  return { packages, gone };
}
