import type { OptionStory } from '../catalog/options/judge.ts';
import type { OptionName } from '../catalog/options/known.ts';
import { surveyOptions, type ToldOption, unreadServices } from '../catalog/options/survey.ts';
import { seriesOrder } from '../catalog/releases.ts';
import { blocking, type Check, type Found, read, type Scene, some } from './check.ts';

const SOURCE = "oslo.config's metadata of both releases (src/catalog/options, scripts/options.ts)";

type Is = OptionStory['is'];
type Told<K extends Is> = ToldOption & { readonly story: Extract<OptionStory, { is: K }> };

const isStory = <K extends Is>(told: ToldOption, is: K): told is Told<K> => told.story.is === is;

/** One place in a file that is the same on several nodes is told once. */
interface Folded<T> {
  readonly nodes: readonly string[];
  readonly told: readonly T[];
}

/** Whether the files are judged at all: within one series nothing is new. */
const between = ({ from, to }: Scene): boolean => seriesOrder(from.openstack) < seriesOrder(to.openstack);

function fold<K extends Is>(scene: Scene, is: K, by: (told: Told<K>) => string): Folded<Told<K>>[] {
  if (!between(scene)) return [];
  const groups = new Map<string, { nodes: string[]; told: Told<K>[] }>();
  for (const [node, { options }] of read(scene)) {
    if (options === undefined) continue;
    const told = surveyOptions(options, scene.from.openstack, scene.to.openstack);
    const mine = Map.groupBy(
      told.filter((one) => isStory(one, is)),
      by,
    );
    for (const list of mine.values()) {
      const key = JSON.stringify(list);
      const group = groups.get(key) ?? { nodes: [], told: list };
      group.nodes.push(node);
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

const written = ({ group, name }: OptionName): string => `[${group}] ${name}`;

const place = (told: ToldOption): string => `${told.path}:${told.lines.join(',')}`;

const each = (told: ToldOption): string => JSON.stringify([told.path, told.group, told.name]);

const found = (
  folded: Folded<ToldOption>,
  level: Found['level'],
  evidence: string,
  remedy: string,
): Found => ({
  level,
  ...(folded.nodes.length === 1 ? { node: folded.nodes[0] ?? '' } : {}),
  evidence: `${evidence} (${some(folded.nodes)})`,
  remedy,
});

const MAKER = 'If Puppet, Ansible or another program writes the file, change it there too.';

export const optionRemoved: Check = {
  code: 'WL-CHECK-OPTION-REMOVED',
  title: 'The target does not read an option that is set',
  source: SOURCE,
  find: (scene) =>
    fold(scene, 'removed', each).flatMap((folded) =>
      folded.told.map((told) => {
        const { why, elsewhere } = told.story;
        const because = why ? `; it was deprecated: ${why}` : '';
        const look =
          elsewhere.length > 0
            ? `; the target has one of this name in ${elsewhere.map((group) => `[${group}]`).join(', ')}`
            : '';
        return found(
          folded,
          'warn',
          `${place(told)} sets ${written(told)}, which ${scene.to.openstack} of ${told.service} does not know${because}${look}`,
          `See in ${told.service}'s release notes what took its place, set that, and remove the line: it will do nothing. ${MAKER}`,
        );
      }),
    ),
};

export const optionLost: Check = {
  code: 'WL-CHECK-OPTION-LOST',
  title: 'The target no longer reads an option under its old name',
  source: SOURCE,
  find: (scene) =>
    fold(scene, 'lost', each).flatMap((folded) =>
      folded.told.map((told) =>
        found(
          folded,
          'warn',
          `${place(told)} sets ${written(told)}, an old name that ${scene.to.openstack} of ${told.service} does not read any more: what it sets would be lost`,
          `Write it as ${told.story.now.map(written).join(' or ')}. ${MAKER}`,
        ),
      ),
    ),
};

export const optionRefused: Check = {
  code: 'WL-CHECK-OPTION-VALUE',
  title: 'The target does not take the value of an option',
  source: SOURCE,
  find: (scene) =>
    fold(scene, 'refused', each).flatMap((folded) =>
      folded.told.map((told) =>
        found(
          folded,
          blocking(scene),
          `${place(told)} sets ${written(told)} to ${told.story.value}; ${scene.to.openstack} of ${told.service} takes ${some(told.story.choices, 12)}`,
          `Choose another value before the upgrade: the service does not start with this one. ${MAKER}`,
        ),
      ),
    ),
};

/** The beginning of a reason: all of it is in the release's own documentation. */
const brief = (why: string): string =>
  why.length <= 90 ? why : `${why.slice(0, 90).replace(/\s+\S*$/, '')} …`;

/** All of one file in one finding: nothing of it needs doing today. */
function ofFile<K extends Is>(
  scene: Scene,
  is: K,
  says: (told: Told<K>) => string,
  head: string,
  remedy: string,
): Found[] {
  return fold(scene, is, ({ path }) => path).map((folded) => {
    const [first] = folded.told;
    const list = folded.told.map((told) => `line ${told.lines.join(',')}: ${says(told)}`);
    return found(folded, 'note', `${first?.path ?? ''} ${head}: ${list.join('; ')}`, remedy);
  });
}

export const optionRenamed: Check = {
  code: 'WL-CHECK-OPTION-RENAMED',
  title: 'Options are set under old names that the target still reads',
  source: SOURCE,
  find: (scene) =>
    ofFile(
      scene,
      'renamed',
      (told) => `${written(told)} is ${told.story.now.map(written).join(' or ')}`,
      'has old names',
      `They work in ${scene.to.openstack} and may not in the next release: rename them. ${MAKER}`,
    ),
};

export const optionLeaving: Check = {
  code: 'WL-CHECK-OPTION-DEPRECATED',
  title: 'Options are set that the target means to remove',
  source: SOURCE,
  find: (scene) =>
    ofFile(
      scene,
      'leaving',
      (told) => `${written(told)}${told.story.why ? ` (${brief(told.story.why)})` : ''}`,
      'has options that are deprecated for removal',
      `They work in ${scene.to.openstack}: plan to do without them.`,
    ),
};

export const optionUnknown: Check = {
  code: 'WL-CHECK-OPTION-UNKNOWN',
  title: 'Options are set that neither release knows',
  source: SOURCE,
  find: (scene) =>
    ofFile(
      scene,
      'unknown',
      written,
      'has options that the metadata of neither release has',
      'A slip of the pen is read by nobody; if a driver of another maker takes them, see its notes for the target.',
    ),
};

export const optionsUnread: Check = {
  code: 'WL-CHECK-OPTION-UNREAD',
  title: 'Nobody has read which options the target takes',
  source: SOURCE,
  find(scene) {
    if (!between(scene)) return [];
    const services = read(scene).flatMap(([, { options }]) =>
      options === undefined ? [] : unreadServices(options, scene.to.openstack),
    );
    const unread = [...new Set(services)].sort();
    return unread.length === 0
      ? []
      : [
          {
            level: 'note',
            evidence: `the options of ${unread.join(', ')} were not judged: there is no metadata of ${scene.to.openstack}`,
            remedy: `Read the release notes, or make src/catalog/options/${scene.to.openstack}.json with scripts/options.ts.`,
          },
        ];
  },
};
