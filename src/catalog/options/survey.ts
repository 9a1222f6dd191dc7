import type { OptionsInUse } from '../../model/facts.ts';
import { judgeOption, type OptionStory } from './judge.ts';
import { groupKey, type KnownOptions, knownOptions, type OptionName } from './known.ts';
import { serviceOf } from './places.ts';

/** An option in use of which there is something to be told, and where it stands. */
export interface ToldOption extends OptionName {
  readonly service: string;
  readonly path: string;
  readonly lines: readonly number[];
  readonly story: OptionStory;
}

/** Sections of files for Paste, uwsgi, logging or rootwrap: not read by oslo.config. */
const FOREIGN =
  /^(app|composite|composit|filter|filter-app|pipeline|server|loggers|logger_.*|handlers|uwsgi|Filters)(:|$)/;

/** Whether a file is for oslo.config at all, as its sections tell. */
const forOslo = (sections: OptionsInUse[string]): boolean =>
  !Object.keys(sections).some((section) => FOREIGN.test(section));

/**
 * What the target makes of every option that a node's files set, in the order of the files. Empty where nobody has read
 * what the target takes.
 */
export function surveyOptions(options: OptionsInUse, from: string, to: string): ToldOption[] {
  const told: ToldOption[] = [];
  for (const [path, sections] of Object.entries(options)) {
    const service = serviceOf(path);
    const target = service === undefined ? undefined : knownOptions(to, service);
    if (service === undefined || target === undefined || !forOslo(sections)) continue;
    told.push(...surveyFile({ service, path }, sections, knownOptions(from, service), target));
  }
  return told;
}

/** Nothing is lost where the new name is set too: in both releases it goes before the old one. */
function settled(story: OptionStory, sections: OptionsInUse[string]): boolean {
  if (story.is !== 'lost') return false;
  return story.now.some(({ group, name }) =>
    Object.entries(sections).some(
      ([section, options]) => groupKey(section) === groupKey(group) && options[name] !== undefined,
    ),
  );
}

function surveyFile(
  file: { readonly service: string; readonly path: string },
  sections: OptionsInUse[string],
  from: KnownOptions | undefined,
  to: KnownOptions,
): ToldOption[] {
  return Object.entries(sections)
    .flatMap(([group, options]) => {
      const siblings = new Set(Object.keys(options));
      return Object.entries(options).flatMap(([name, { lines, value }]): ToldOption[] => {
        const story = judgeOption(
          { group, name, ...(value === undefined ? {} : { value }) },
          siblings,
          from,
          to,
        );
        return story === undefined || settled(story, sections)
          ? []
          : [{ ...file, group, name, lines, story }];
      });
    })
    .sort((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0));
}

/** Services with files in use whose options nobody has read for this series. */
export function unreadServices(options: OptionsInUse, series: string): string[] {
  const services = Object.keys(options).flatMap((path) => serviceOf(path) ?? []);
  return [...new Set(services)].filter((service) => knownOptions(series, service) === undefined);
}
