import { z } from 'zod';
import * as apt from '../drivers/apt.ts';
import * as archive from '../drivers/archive.ts';
import type { Query, Verdict } from '../model/command.ts';
import { type Answers, defineStep } from './kind.ts';
import { answer, done, refuse } from './verdict.ts';

const REMEDY =
  'see what apt says; repair the sources or free the dpkg lock on the test node, then resume with --retry';

type Asked = Query<apt.Difference | string>;

/** It only looks, so it is done as soon as apt can say: how much would change is its reason. */
function judged(query: Asked, seen: Answers): Verdict {
  const found = query.read(answer(seen, 'difference'));
  if (typeof found === 'string') return refuse(`apt cannot say what would change: ${found}`, REMEDY);
  const { upgraded, installed, removed } = found;
  return done(`${upgraded.length} upgraded, ${installed.length} new, ${removed.length} removed`);
}

/** Package by package, as 002 shows it on its test node: what is removed first, since that is looked for first. */
function lines(query: Asked, seen: Answers): readonly string[] {
  const found = query.read(answer(seen, 'difference'));
  if (typeof found === 'string') return [];
  return [
    ...found.removed.map(({ name, from }) => `removed ${name} ${from}`),
    ...found.installed.map(({ name, to }) => `new ${name} ${to}`),
    ...found.upgraded.map(({ name, from, to }) => `upgraded ${name} ${from} to ${to}`),
  ];
}

const ofSystem = ({ dir }: { dir: string }): Asked => apt.difference(apt.sourcesAside(dir));

/** Which packages the new system would change on a node, by the lists fetched beforehand. Nothing is changed. */
export const aptDifference = defineStep({
  kind: 'apt.difference',
  params: z.strictObject({ dir: z.string().startsWith('/') }),
  commands: () => [],
  looks: (params) => ({ difference: ofSystem(params).look }),
  judge: (params, seen) => judged(ofSystem(params), seen),
  tells: (params, seen) => lines(ofSystem(params), seen),
});

/** Which packages a release's archive would change on a node. Nothing is changed. */
export const archiveDifference = defineStep({
  kind: 'archive.difference',
  params: z.strictObject({
    archive: z.string().startsWith('/'),
    held: z.array(z.string()),
    removes: z.array(z.string()).optional(),
  }),
  commands: () => [],
  looks: (params) => ({ difference: archive.differenceOf(params).look }),
  judge: (params, seen) => judged(archive.differenceOf(params), seen),
  tells: (params, seen) => lines(archive.differenceOf(params), seen),
});
