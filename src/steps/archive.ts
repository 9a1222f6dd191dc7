import { z } from 'zod';
import * as apt from '../drivers/apt.ts';
import * as archive from '../drivers/archive.ts';
import * as systemd from '../drivers/systemd.ts';
import { complaint, lines } from '../drivers/text.ts';
import { sha256 } from '../model/hash.ts';
import { defineStep } from './kind.ts';
import { answer, done, refuse, todo, wait } from './verdict.ts';

const File = z.strictObject({ path: z.string().startsWith('/'), content: z.string() });
const SourceName = z.string().regex(/^[a-z0-9][a-z0-9.+-]*$/, 'a source package');
const APT_REMEDY = 'see what apt says in the output; repair the sources or free the dpkg lock, then resume';

/** Another archive added to a node's apt sources, with its key, and its lists fetched. Nothing is upgraded by it. */
export const archiveAdd = defineStep({
  kind: 'archive.add',
  params: z.strictObject({ source: File, key: File.optional() }),
  commands: ({ source, key }) => [
    ...[...(key ? [key] : []), source].map(({ path, content }) => ({
      argv: ['install', '-D', '-m', '0644', '/dev/stdin', path],
      input: content,
    })),
    { argv: apt.update() },
  ],
  undo: ({ source, key }) => [
    { argv: ['rm', '-f', '--', source.path, ...(key ? [key.path] : [])] },
    { argv: apt.update() },
  ],
  again: apt.NO_WAY,
  looks: ({ source, key }) => ({
    sums: apt.checksums([source.path, ...(key ? [key.path] : [])]),
    lists: archive.listed,
  }),
  judge({ source, key }, seen) {
    const sums = answer(seen, 'sums').out;
    for (const { path, content } of [source, ...(key ? [key] : [])]) {
      if (!sums.includes(`${sha256(content)}  ${path}`)) return todo(`${path} is not as planned`);
    }
    const lists = answer(seen, 'lists');
    if (lists.rc !== 0) return refuse(`apt: ${complaint(lists)}`, APT_REMEDY);
    return lines(lists.out).some((entry) => entry.startsWith(`${source.path}:`))
      ? done(`${source.path} and its package lists are there`)
      : todo(`no package lists of ${source.path} yet`);
  },
});

/** Everything that archive will bring to the node, fetched before anything is stopped. */
export const archiveFetch = defineStep({
  kind: 'archive.fetch',
  params: z.strictObject({
    archive: z.string().startsWith('/'),
    held: z.array(SourceName),
    removes: z.array(z.string()),
  }),
  commands: (params) => [archive.fetchFrom(params)],
  undo: () => [{ argv: ['apt-get', 'clean'] }],
  again: apt.NO_WAY,
  looks: (params) => ({ missing: archive.missingFrom(params).look }),
  judge(params, seen) {
    const missing = archive.missingFrom(params).read(answer(seen, 'missing'));
    if (typeof missing === 'string') return refuse(`apt: ${missing}`, APT_REMEDY);
    return missing === 0 ? done('every archive is in the cache') : todo(`${missing} archives to fetch`);
  },
});

/**
 * What one archive has for the node, without what is built from `held`. Without `removes` nothing may go and what
 * cannot rise yet is left behind; with it (also empty) apt may take away what is named there, and nothing else.
 */
export const archiveRaise = defineStep({
  kind: 'archive.raise',
  params: z.strictObject({
    archive: z.string().startsWith('/'),
    held: z.array(SourceName),
    removes: z.array(z.string()).optional(),
    /** What others of the node stand in the way of waits for a later step, but for what is built from this source. */
    blocked: SourceName.optional(),
    /** Where every old package was kept: one that was not does not rise. */
    kept: z.string().startsWith('/').optional(),
    /** Units that do not run while packages move. They were stopped; a boot in the middle of it has started them again. */
    stopped: z.array(z.string()).min(1).optional(),
  }),
  commands: ({ stopped = [], ...params }) => [
    ...(stopped.length > 0 ? [systemd.stopRunning(...stopped)] : []),
    apt.settle,
    archive.raiseFrom(params),
  ],
  again: apt.NO_WAY,
  looks: (params) => ({ audit: apt.audit.look, left: archive.leftOf(params).look }),
  judge(params, seen) {
    const broken = apt.audit.read(answer(seen, 'audit'));
    if (broken !== '') return todo(`dpkg --audit: ${broken.split('\n')[0]}`);
    const left = archive.leftOf(params).read(answer(seen, 'left'));
    if (typeof left === 'string') return refuse(`apt cannot say what is left: ${left}`, APT_REMEDY);
    return left.length === 0 ? done('nothing left to raise') : todo(`to raise: ${left.join(', ')}`);
  },
});

/** Marks as they were before: what was installed by hand, but for packages that the release itself brings or takes away. */
export const archiveMarks = defineStep({
  kind: 'archive.marks',
  params: z.strictObject({ manual: z.string(), except: z.array(z.string()) }),
  commands: () => [],
  looks: () => ({ manual: archive.manual }),
  judge({ manual, except }, seen) {
    const now = answer(seen, 'manual');
    if (now.rc !== 0) return wait(`apt-mark: ${complaint(now)}`);
    return marksOf(lines(now.out), except) === manual
      ? done('no package has changed its mark')
      : refuse(
          'packages marked as installed by hand are not those of before',
          'compare `apt-mark showmanual` with the facts of the plan; `apt-mark auto` what came as a dependency',
        );
  },
});

/** One word for a node's manual marks, whatever order they are told in; `except` are left out. */
export const marksOf = (names: readonly string[], except: readonly string[]): string =>
  sha256(
    [...new Set(names.map((name) => name.replace(/:.*/, '')))]
      .filter((name) => !except.includes(name))
      .sort()
      .join('\n'),
  );
