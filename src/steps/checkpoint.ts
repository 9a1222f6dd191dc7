import { z } from 'zod';
import { keepFiles, keptFiles, madeTar } from '../drivers/kept-files.ts';
import * as kept from '../drivers/kept-packages.ts';
import { complaint } from '../drivers/text.ts';
import { defineStep } from './kind.ts';
import { answer, done, found, todo, wait } from './verdict.ts';

const SourceName = z.string().regex(/^[a-z0-9][a-z0-9.+-]*$/, 'a source package');
const PackageName = z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/, 'a package name');

const Folder = z.string().regex(/^(\/[\w.-]+)+$/, 'an absolute path of plain words');

/**
 * Every installed package written down with version, mark and hold, and the very files of those that the way to the target
 * changes or takes away, with what lies of them on the node. Done only when every one of them is there and says by its own
 * control data what it is: a way back that is missing one package is none.
 */
export const backupPackages = defineStep({
  kind: 'backup.packages',
  params: z.strictObject({
    dir: z.string().startsWith('/'),
    archive: z.string().startsWith('/'),
    held: z.array(SourceName),
    removes: z.array(PackageName),
    /** What the plan installs by name besides. */
    adds: z.array(PackageName),
    /** Folders that scripts of packages make: kept with their files. */
    made: z.array(z.strictObject({ package: PackageName, path: Folder })).optional(),
  }),
  commands: (params) => [kept.keepPackages(params), keepFiles(params.dir, params.made)],
  undo: ({ dir }) => [{ argv: ['rm', '-rf', '--', dir] }],
  looks: ({ dir }) => ({ kept: kept.keptPackages(dir).look, files: keptFiles(dir).look }),
  judge({ dir }, seen) {
    const count = kept.keptPackages(dir).read(answer(seen, 'kept'));
    if (typeof count === 'string') return todo(count);
    const lacks = keptFiles(dir).read(answer(seen, 'files'));
    return lacks === '' ? done(`${count} packages kept at their installed versions`) : todo(lacks);
  },
});

const KEEP_LOST = `umask 077
mkdir -p "\${1%/*}"
tar -C / -cf "$1.new" -- "$2"
sync "$1.new"
mv -- "$1.new" "$1"
`;

/** A folder that a package's own script will throw away, kept where that package's files are not. */
export const packageKeepLost = defineStep({
  kind: 'package.keep-lost',
  params: z.strictObject({ dir: z.string().startsWith('/'), package: PackageName, path: Folder }),
  commands: ({ dir, package: name, path }) => [
    { argv: ['sh', '-eus', '--', madeTar(dir, name), path.slice(1)], input: KEEP_LOST },
  ],
  undo: ({ dir, package: name }) => [{ argv: ['rm', '-f', '--', madeTar(dir, name)] }],
  looks: ({ dir, package: name, path }) => ({
    kept: { argv: ['find', madeTar(dir, name), '-maxdepth', '0'] },
    there: { argv: ['find', path, '-maxdepth', '0'] },
  }),
  judge({ path }, seen) {
    const [kept, there] = [found(answer(seen, 'kept')), found(answer(seen, 'there'))];
    if (kept === undefined) return wait(`find: ${complaint(answer(seen, 'kept'))}`);
    if (there === undefined) return wait(`find: ${complaint(answer(seen, 'there'))}`);
    if (kept !== '') return done(`${path} is kept`);
    return there === '' ? done(`there is no ${path}`) : todo(`${path} is not kept`);
  },
});

/** A folder that a package's own script threw away, as it was kept before. */
export const packageGiveBack = defineStep({
  kind: 'package.give-back',
  params: z.strictObject({ dir: z.string().startsWith('/'), package: PackageName, path: Folder }),
  commands: ({ dir, package: name, path }) => [
    {
      argv: ['tar', '-C', '/', '-xpf', madeTar(dir, name), '--same-owner', '--numeric-owner', path.slice(1)],
    },
  ],
  looks: ({ dir, package: name, path }) => ({
    kept: { argv: ['find', madeTar(dir, name), '-maxdepth', '0'] },
    same: { argv: ['tar', '-C', '/', '-df', madeTar(dir, name), path.slice(1)] },
  }),
  judge({ path }, seen) {
    const there = found(answer(seen, 'kept'));
    if (there === undefined) return wait(`find: ${complaint(answer(seen, 'kept'))}`);
    if (there === '') return done(`nothing was kept of ${path}: its package's files were not`);
    const { rc } = answer(seen, 'same');
    if (rc > 1) return wait(complaint(answer(seen, 'same')));
    return rc === 0 ? done(`${path} is as it was`) : todo(`${path} is not as it was`);
  },
});

/** The cluster's configuration as Pacemaker has it; fencing passwords may stand in it, so only root can read it. */
export const pacemakerKeepCib = defineStep({
  kind: 'pacemaker.keep-cib',
  params: z.strictObject({ path: z.string().startsWith('/') }),
  commands: ({ path }) => [
    { argv: ['install', '-d', '-m', '0700', path.replace(/\/[^/]*$/, '')] },
    { argv: ['sh', '-eus', '--', path], input: 'umask 077\ncibadmin --query >"$1.new"\nmv "$1.new" "$1"\n' },
  ],
  undo: ({ path }) => [{ argv: ['rm', '-f', '--', path] }],
  looks: ({ path }) => ({ file: { argv: ['grep', '-c', '<nodes>', path] } }),
  judge({ path }, seen) {
    const { rc } = answer(seen, 'file');
    if (rc > 2) return wait(complaint(answer(seen, 'file')));
    return rc === 0 ? done(`${path} is there`) : todo(`no configuration of the cluster in ${path}`);
  },
});
