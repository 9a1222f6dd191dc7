import { compareVersions } from '../catalog/version.ts';

/** One alternative of a dependency: `python3-foo (>= 2)`. Architecture qualifiers (`:any`) are dropped. */
export interface Relation {
  readonly name: string;
  readonly operator?: string;
  readonly version?: string;
}

/** A binary package of an index, as far as installing it is concerned. */
export interface Deb {
  readonly name: string;
  readonly version: string;
  /** Name of its source package. */
  readonly source: string;
  readonly maintainer: string;
  readonly essential: boolean;
  /** Depends and Pre-Depends: of each group one alternative must be there. */
  readonly depends: readonly (readonly Relation[])[];
  /** Breaks and Conflicts: none of these may be there. */
  readonly breaks: readonly Relation[];
  readonly provides: readonly Relation[];
  /** Where its file is, on the archive it comes from. */
  readonly address: string;
  readonly size: number;
  readonly sha256: string;
  /** Its paragraph of the index, without the empty line that ends it. */
  readonly stanza: string;
}

/** A suite's packages by name, the newest version of each. */
export interface PackageIndex {
  get(name: string): Deb | undefined;
  /** Packages that provide a name, itself not among them. */
  providers(name: string): readonly Deb[];
}

const RELATION = /^([^\s:(]+)(?::\S+)?\s*(?:\((<<|<=|=|>=|>>)\s*([^)\s]+)\s*\))?/;

/** Reads one alternative of a relationship field (Debian Policy 7.1). */
export function relationOf(text: string): Relation | undefined {
  const [, name, operator, version] = RELATION.exec(text.trim()) ?? [];
  if (name === undefined) return undefined;
  return operator === undefined || version === undefined ? { name } : { name, operator, version };
}

const relations = (field: string, separator: string): Relation[] =>
  field.split(separator).flatMap((part) => relationOf(part) ?? []);

/** A relation as its field has it. */
export const relationText = ({ name, operator, version }: Relation): string =>
  operator === undefined ? name : `${name} (${operator} ${version})`;

const order = new Map<string, number>();

function compared(a: string, b: string): number {
  const key = `${a} ${b}`;
  const known = order.get(key);
  if (known !== undefined) return known;
  const found = compareVersions(a, b);
  order.set(key, found);
  return found;
}

function holds(version: string, operator: string, wanted: string): boolean {
  const found = compared(version, wanted);
  if (operator === '>=') return found >= 0;
  if (operator === '<=') return found <= 0;
  if (operator === '>>') return found > 0;
  if (operator === '<<') return found < 0;
  return found === 0;
}

/**
 * Whether a package is what a relation names: by its own name, or by one that it provides. A name provided
 * without a version answers no relation that has one (Debian Policy 7.5).
 */
export function meets(deb: Deb, { name, operator, version }: Relation): boolean {
  const fits = (offered: string | undefined): boolean =>
    operator === undefined || version === undefined
      ? true
      : offered !== undefined && holds(offered, operator, version);
  if (deb.name === name) return fits(deb.version);
  return deb.provides.some((one) => one.name === name && fits(one.version));
}

/** Whether `deb` is newer than `than`; all are newer than none. */
export const isNewer = (deb: Deb, than: Deb | undefined): boolean =>
  than === undefined || compared(deb.version, than.version) > 0;

/** One field of a stanza; continuation lines are joined. */
export function fieldOf(stanza: string, name: string): string {
  const at = stanza.startsWith(`${name}:`) ? 0 : stanza.indexOf(`\n${name}:`) + 1;
  if (at === 0 && !stanza.startsWith(`${name}:`)) return '';
  const from = at + name.length + 1;
  const end = /\n(?! )/.exec(stanza.slice(from));
  const value = end === null ? stanza.slice(from) : stanza.slice(from, from + end.index);
  return value.replace(/\s*\n\s*/g, ' ').trim();
}

/** Reads a stanza of a Packages file. */
export function debOf(stanza: string, archive: string): Deb {
  const field = (name: string): string => fieldOf(stanza, name);
  const name = field('Package');
  return {
    name,
    version: field('Version'),
    source: field('Source').split(' ')[0] || name,
    maintainer: field('Maintainer'),
    essential: field('Essential') === 'yes',
    depends: ['Pre-Depends', 'Depends'].flatMap((one) =>
      field(one)
        .split(',')
        .map((group) => relations(group, '|'))
        .filter((group) => group.length > 0),
    ),
    breaks: ['Breaks', 'Conflicts'].flatMap((one) => relations(field(one), ',')),
    provides: relations(field('Provides'), ','),
    address: `${archive}/${field('Filename')}`,
    size: Number(field('Size')),
    sha256: field('SHA256'),
    stanza,
  };
}

/** A Packages file and the archive that its file names are relative to. */
export interface PackagesFile {
  readonly archive: string;
  readonly text: string;
}

/** The packages of several Packages files that make one suite (main, updates, security). */
export function packageIndex(files: readonly PackagesFile[]): PackageIndex {
  const newest = new Map<
    string,
    { readonly version: string; readonly stanza: string; readonly archive: string }
  >();
  const read = new Map<string, Deb>();
  for (const { archive, text } of files) {
    for (const stanza of text.split(/\n{2,}/)) {
      const name = fieldOf(stanza, 'Package');
      if (name === '') continue;
      const version = fieldOf(stanza, 'Version');
      const known = newest.get(name);
      if (known === undefined || compareVersions(known.version, version) < 0) {
        newest.set(name, { version, stanza, archive });
      }
    }
  }
  const providing = new Map<string, string[]>();
  for (const [name, { stanza }] of newest) {
    for (const one of relations(fieldOf(stanza, 'Provides'), ',')) {
      if (one.name !== name) providing.set(one.name, [...(providing.get(one.name) ?? []), name]);
    }
  }
  const get = (name: string): Deb | undefined => {
    const found = newest.get(name);
    if (found === undefined) return undefined;
    const deb = read.get(name) ?? debOf(found.stanza, found.archive);
    read.set(name, deb);
    return deb;
  };
  return { get, providers: (name) => (providing.get(name) ?? []).flatMap((one) => get(one) ?? []) };
}
