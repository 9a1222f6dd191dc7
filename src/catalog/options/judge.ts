import { groupKey, type KnownOptions, type OptionName, type Successor } from './known.ts';

/** An option as a file sets it: `group` is the section it stands in. */
export interface SetOption extends OptionName {
  readonly value?: string;
}

/** What the target makes of an option in use. */
export type OptionStory =
  /** The old release reads it, the target does not. `elsewhere`: groups in which the target has one of this name. */
  | { readonly is: 'removed'; readonly why?: string; readonly elsewhere: readonly string[] }
  /** An older name that the target no longer reads: what it set is lost unless it is written under the new one. */
  | { readonly is: 'lost'; readonly now: readonly Successor[] }
  /** An older name that the target still reads. */
  | { readonly is: 'renamed'; readonly now: readonly Successor[] }
  /** Still read, but told to go. */
  | { readonly is: 'leaving'; readonly why: string }
  /** A value that the target no longer takes. */
  | { readonly is: 'refused'; readonly value: string; readonly choices: readonly string[] }
  /** In neither release's metadata: a slip of the pen, or a plugin's. */
  | { readonly is: 'unknown' };

/**
 * Sections that have no name until an operator gives one take the options of groups that the metadata has: which
 * groups those are, by service. Back ends and fabrics of cinder, manila and glance; protocols of keystone's federation.
 */
const TEMPLATES: Readonly<Record<string, (group: string) => boolean>> = {
  cinder: () => true,
  glance: () => true,
  manila: () => true,
  keystone: (group) => group === 'federation',
};

/** Every context of oslo.privsep has a section of its own: privsep_entrypoint, vif_plug_ovs_privileged. */
const PRIVILEGED = /privsep|privileged/;

function templates(option: SetOption, known: KnownOptions): readonly string[] {
  const like = TEMPLATES[known.service] ?? (() => false);
  const privileged = PRIVILEGED.test(option.group);
  return known.groupsOf(option.name).filter((group) => like(group) || (privileged && group === 'privsep'));
}

/** An option in such a section is judged by its name alone. */
function inNamedSection(
  option: SetOption,
  from: KnownOptions | undefined,
  to: KnownOptions,
): OptionStory | undefined {
  const [group] = templates(option, to);
  if (group !== undefined) return stays({ ...option, group }, from, to);
  const before = from === undefined ? [] : templates(option, from);
  if (before.length === 0) return { is: 'unknown' };
  const now = new Map<string, Successor>();
  for (const template of before) {
    for (const next of to.successors({ group: template, name: option.name })) {
      if (groupKey(next.group) === groupKey(template)) now.set(next.name, { ...next, group: option.group });
    }
  }
  return now.size > 0 ? { is: 'renamed', now: [...now.values()] } : { is: 'removed', elsewhere: [] };
}

/** What there is to say of an option that the target has. */
function stays(option: SetOption, from: KnownOptions | undefined, to: KnownOptions): OptionStory | undefined {
  const { choices, leaves } = to.detail(option) ?? {};
  const { value } = option;
  // Only what the old release took: anything else is a value that was never checked, or not the option's own.
  const took = value !== undefined && from?.detail(option)?.choices?.includes(value);
  if (value !== undefined && took && choices?.includes(value) === false)
    return { is: 'refused', value, choices };
  return leaves === undefined ? undefined : { is: 'leaving', why: leaves };
}

/** What oslo.config's metadata of the old release says when the target's does not know the option at all. */
function gone(option: SetOption, from: KnownOptions | undefined, to: KnownOptions): OptionStory {
  const before = from?.successors(option) ?? [];
  const now = before.filter((next) => to.has(next));
  if (now.length > 0) return { is: 'lost', now };
  if (!from?.has(option) && before.length === 0) return { is: 'unknown' };
  const why = from?.detail(option)?.leaves ?? before.map((next) => from?.detail(next)?.leaves).find(Boolean);
  return { is: 'removed', ...(why ? { why } : {}), elsewhere: to.groupsOf(option.name) };
}

/**
 * Judges one option of a service's files by what the releases say they take. `siblings`: the other names of its
 * section, which tell a group of credentials. Undefined: nothing to be said.
 */
export function judgeOption(
  option: SetOption,
  siblings: ReadonlySet<string>,
  from: KnownOptions | undefined,
  to: KnownOptions,
): OptionStory | undefined {
  const strange = !to.hasGroup(option.group) && from?.hasGroup(option.group) !== true;
  const credentials =
    to.has({ group: option.group, name: 'auth_type' }) ||
    siblings.has('auth_type') ||
    siblings.has('auth_plugin');
  if (to.has(option)) return stays(option, from, to);
  const now = to.successors(option);
  if (now.length > 0) return credentials && to.auth(option.name) ? undefined : { is: 'renamed', now };
  // Which plugin takes it is said by auth_type, at run time; and code may register what it does not list.
  if ((credentials && to.auth(option.name)) || to.unlisted(option.name)) return undefined;
  return strange ? inNamedSection(option, from, to) : gone(option, from, to);
}
