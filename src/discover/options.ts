import { namesWithChoices } from '../catalog/options/known.ts';
import { optionPlaces } from '../catalog/options/places.ts';
import * as config from '../drivers/oslo-config.ts';
import type { Seen } from '../model/command.ts';
import type { OptionsInUse } from '../model/facts.ts';

/** Asks for the options that the services' files set; values stay on the node but for a few harmless words. */
export const optionsLook = config.options(optionPlaces(), namesWithChoices());

/** Path -> section -> option -> lines; undefined on a node without such files. */
export function readOptionsInUse(seen: Seen): OptionsInUse | undefined {
  const found: OptionsInUse = {};
  for (const [path, { assignments }] of config.readOptions(seen)) {
    for (const { section, name, line, value } of assignments) {
      const sections = found[path] ?? {};
      const options = sections[section] ?? {};
      const lines = [...(options[name]?.lines ?? []), line];
      // Of one that is set again the last counts. Values that go on over lines are masked, and no choice does.
      options[name] = { lines, ...(/^\w[\w.]*$/.test(value) ? { value } : {}) };
      sections[section] = options;
      found[path] = sections;
    }
  }
  return Object.keys(found).length > 0 ? found : undefined;
}
