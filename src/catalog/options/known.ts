import epoxy from './2025.1.json' with { type: 'json' };
import { type OptionDetail, type OptionSet, SeriesOptions } from './metadata.ts';
import zed from './zed.json' with { type: 'json' };

/** An option by where a file sets it. */
export interface OptionName {
  readonly group: string;
  readonly name: string;
}

/** An option under which an older name is still read. */
export interface Successor extends OptionName {
  readonly multi: boolean;
}

/** What the services of one series take, ready to be asked. */
export interface KnownOptions {
  readonly service: string;
  has(option: OptionName): boolean;
  detail(option: OptionName): OptionDetail | undefined;
  /** Options that read this name as an older one of theirs. */
  successors(option: OptionName): readonly Successor[];
  /** Some option, or older name of one, is in this group. */
  hasGroup(group: string): boolean;
  /** Groups that have an option of this name. */
  groupsOf(name: string): readonly string[];
  /** Registered somewhere in the code without being listed. */
  unlisted(name: string): boolean;
  /** Taken by some keystoneauth plugin. */
  auth(name: string): boolean;
}

const DATA: Readonly<Record<string, unknown>> = { zed, '2025.1': epoxy };

/** Services whose options are known in some series. */
export const SERVICES_WITH_OPTIONS: ReadonlySet<string> = new Set(
  [zed, epoxy].flatMap(({ services }) => Object.keys(services)),
);

/** oslo.config looks groups up in lower case, but for DEFAULT (cfg.py, `_normalize_group_name`). */
export const groupKey = (group: string): string => (group === 'DEFAULT' ? group : group.toLowerCase());

const keyOf = (option: OptionName): string => `${groupKey(option.group)}/${option.name}`;

/** `group/name`; a group may have a slash, a name never does. */
function split(option: string): OptionName {
  const at = option.lastIndexOf('/');
  return { group: option.slice(0, at), name: option.slice(at + 1) };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function known(service: string, auth: string, sets: readonly OptionSet[]): KnownOptions {
  const current = new Set<string>();
  const groups = new Set<string>();
  const byName = new Map<string, string[]>();
  const details = new Map<string, OptionDetail>();
  const after = new Map<string, Successor[]>();
  for (const set of sets) {
    for (const [group, names] of Object.entries(set.groups)) {
      groups.add(groupKey(group));
      for (const name of names.split(' ')) {
        const key = keyOf({ group, name });
        if (!current.has(key)) push(byName, name, group);
        current.add(key);
      }
    }
    for (const [path, detail] of Object.entries(set.details)) {
      const option = split(path);
      // A service's own word goes before that of a library that has an option of the same name.
      if (!details.has(keyOf(option))) details.set(keyOf(option), detail);
      for (const old of (detail.was ?? []).map(split)) {
        groups.add(groupKey(old.group));
        const told = after.get(keyOf(old))?.some((next) => keyOf(next) === keyOf(option));
        if (!told) push(after, keyOf(old), { ...option, multi: detail.multi === true });
      }
    }
  }
  const unlisted = new Set(sets.flatMap((set) => set.unlisted.split(' ')));
  const plugins = new Set(auth.split(' '));
  return {
    service,
    has: (option) => current.has(keyOf(option)),
    detail: (option) => details.get(keyOf(option)),
    successors: (option) => after.get(keyOf(option)) ?? [],
    hasGroup: (group) => groups.has(groupKey(group)),
    groupsOf: (name) => byName.get(name) ?? [],
    unlisted: (name) => unlisted.has(name),
    auth: (name) => plugins.has(name),
  };
}

const read = new Map<string, SeriesOptions>();
const made = new Map<string, KnownOptions>();

function seriesOptions(series: string): SeriesOptions | undefined {
  const data = DATA[series];
  if (data === undefined) return undefined;
  const options = read.get(series) ?? SeriesOptions.parse(data);
  read.set(series, options);
  return options;
}

/** What a service takes in a series; undefined where nobody has read it yet (docs/adding-a-release.md). */
export function knownOptions(series: string, service: string): KnownOptions | undefined {
  const options = seriesOptions(series);
  const own = options?.services[service];
  if (options === undefined || own === undefined) return undefined;
  const key = `${series}/${service}`;
  const ready = made.get(key) ?? known(service, options.auth, [own, options.common]);
  made.set(key, ready);
  return ready;
}

/** Names that hold secrets: such a value is never asked for. */
const SECRETIVE = /pass|secret|key|token|credential|connection|url|uri|user/i;

/**
 * Names of options that take fewer values in one series than in another: of these alone the value must be known to
 * judge a file, and each is one of a few words.
 */
export function namesWithChoices(): string[] {
  const choices = new Map<string, Set<string>>();
  for (const series of Object.keys(DATA)) {
    const options = seriesOptions(series);
    for (const [service, set] of Object.entries({ ...options?.services, common: options?.common })) {
      for (const [path, detail] of Object.entries(set?.details ?? {})) {
        if (detail.choices === undefined) continue;
        const key = `${service} ${path}`;
        choices.set(key, (choices.get(key) ?? new Set()).add(detail.choices.join(' ')));
      }
    }
  }
  const names = [...choices].flatMap(([key, sets]) => (sets.size > 1 ? [split(key).name] : []));
  return [...new Set(names)].filter((name) => !SECRETIVE.test(name)).sort();
}
