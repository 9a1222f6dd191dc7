import type { OptionsInUse } from '../../model/facts.ts';
import type { OptionName } from './known.ts';
import { surveyOptions, type ToldOption } from './survey.ts';

/** One option to be written otherwise: under a new name, or not at all any more. */
export interface OptionEdit {
  readonly section: string;
  readonly name: string;
  readonly to: { readonly section: string; readonly name: string } | null;
  /** May be set more than once: an old and a new name add up. */
  readonly multi: boolean;
}

/** Edits of one file, as the step kind `config.edit` takes them. */
export interface FileEdits {
  readonly path: string;
  /** Where the file is kept as it was. */
  readonly keep: string;
  readonly edits: readonly OptionEdit[];
}

/** The new name, when there is exactly one: which of several is meant only a person can say. */
function editOf({ group, name, story }: ToldOption): OptionEdit | undefined {
  const leave = { section: group, name };
  if (story.is === 'removed') return { ...leave, to: null, multi: false };
  if (story.is !== 'lost' && story.is !== 'renamed') return undefined;
  const [now, ...more] = story.now;
  if (now === undefined || more.length > 0) return undefined;
  return { ...leave, to: { section: now.group, name: now.name }, multi: now.multi };
}

/** The spelling of a section that the file has already: oslo.config takes `[DATABASE]` for `[database]`. */
function spelled(option: OptionName, sections: OptionsInUse[string] | undefined): string {
  const has = Object.keys(sections ?? {});
  return (
    has.find((one) => one === option.group) ??
    has.find((one) => one.toLowerCase() === option.group.toLowerCase()) ??
    option.group
  );
}

/**
 * What a service's files on a node need for the target: options renamed, and those that nobody reads any more turned
 * into comments. To be done when the node has the target's packages and before they start: the old code does not know
 * every new name.
 */
export function optionEdits(service: string, options: OptionsInUse, from: string, to: string): FileEdits[] {
  const mine = surveyOptions(options, from, to).filter((told) => told.service === service);
  return [...Map.groupBy(mine, ({ path }) => path)].flatMap(([path, told]) => {
    const edits = told.flatMap((one): OptionEdit[] => {
      const edit = editOf(one);
      if (edit === undefined) return [];
      const next = edit.to;
      if (next === null) return [edit];
      const section = spelled({ group: next.section, name: next.name }, options[path]);
      return [{ ...edit, to: { ...next, section } }];
    });
    return edits.length === 0 ? [] : [{ path, keep: `${path}.before-${to}`, edits }];
  });
}
