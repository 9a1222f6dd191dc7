import { z } from 'zod';
import * as apt from '../drivers/apt.ts';
import { keepFiles } from '../drivers/kept-files.ts';
import { keepLeftovers } from '../drivers/kept-packages.ts';
import { sha256 } from '../model/hash.ts';
import { defineStep } from './kind.ts';
import { answer, done, refuse, todo } from './verdict.ts';

const LOCK_REMEDY = 'see what apt says in the output; free the dpkg lock or repair the sources, then resume';
export const REBOOT_MARK = '/run/reboot-required';

/** The target's archives are fetched with sources of their own, while the node goes on living on the old ones. */
export const aptPrefetch = defineStep({
  kind: 'apt.prefetch',
  params: z.strictObject({
    dir: z.string(),
    sources: z.array(z.strictObject({ name: z.string(), content: z.string() })).min(1),
    codename: z.string(),
  }),
  commands: ({ dir, sources }) => [
    { argv: ['mkdir', '-p', `${dir}/lists/partial`] },
    ...sources.map(({ name, content }) => ({
      argv: ['install', '-D', '-m', '0644', '/dev/stdin', `${dir}/sources.d/${name}`],
      input: content,
    })),
    { argv: apt.update(apt.sourcesAside(dir)) },
    { argv: apt.download(apt.sourcesAside(dir)) },
  ],
  undo: ({ dir }) => [{ argv: ['rm', '-rf', '--', dir] }, { argv: ['apt-get', 'clean'] }],
  again: apt.NO_WAY,
  looks: ({ dir }) => ({
    os: { argv: ['cat', '/etc/os-release'] },
    lists: { argv: ['find', `${dir}/lists`, '-maxdepth', '1', '-name', '*Packages*'] },
    missing: apt.missingArchives(apt.sourcesAside(dir)).look,
  }),
  judge({ dir, codename }, seen) {
    if (answer(seen, 'os').out.includes(`VERSION_CODENAME=${codename}`))
      return done(`the node runs ${codename} already`);
    if (answer(seen, 'lists').out.trim() === '') return todo('no package lists of the target yet');
    const missing = apt.missingArchives(apt.sourcesAside(dir)).read(answer(seen, 'missing'));
    if (typeof missing === 'string') return todo(`apt: ${missing}`);
    return missing === 0 ? done('every archive is in the cache') : todo(`${missing} archives to fetch`);
  },
});

/** The node's apt sources are pointed at the target; each file's old content is its undo. */
export const aptSources = defineStep({
  kind: 'apt.sources',
  params: z.strictObject({
    files: z.array(z.strictObject({ path: z.string(), before: z.string(), after: z.string() })).min(1),
  }),
  commands: ({ files }) =>
    files.map(({ path, after }) => ({ argv: ['install', '-m', '0644', '/dev/stdin', path], input: after })),
  undo: ({ files }) =>
    files.map(({ path, before }) => ({ argv: ['install', '-m', '0644', '/dev/stdin', path], input: before })),
  looks: ({ files }) => ({ sums: apt.checksums(files.map(({ path }) => path)) }),
  judge({ files }, seen) {
    const sums = new Map(
      answer(seen, 'sums')
        .out.trim()
        .split('\n')
        .map((line) => [line.slice(66), line.slice(0, 64)]),
    );
    for (const { path, before, after } of files) {
      const now = sums.get(path);
      if (now === sha256(after)) continue;
      if (now === sha256(before)) return todo(`${path} still names the old release`);
      return refuse(
        `${path} is neither what discovery read nor what the plan writes`,
        'someone changed the apt sources since discovery: discover and plan again',
      );
    }
    return done('sources name the target');
  },
});

const Packages = z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/, 'a package name'));

/**
 * Packages that the new system's are older than, removed with what needs them (`takes`); their configuration stays.
 * Nothing else may go: what removing takes along is asked again, since packages came and went since discovery.
 */
export const aptRemove = defineStep({
  kind: 'apt.remove',
  params: z.strictObject({ packages: Packages.min(1), takes: Packages }),
  commands: ({ packages }) => [{ argv: apt.remove(packages) }],
  undo: ({ packages, takes }) => [{ argv: apt.install([...packages, ...takes]) }],
  looks: ({ packages }) => ({
    there: apt.installed(packages).look,
    goes: apt.removal(packages).look,
  }),
  judge({ packages, takes }, seen) {
    const there = apt.installed(packages).read(answer(seen, 'there'));
    if (typeof there === 'string') return refuse(`dpkg cannot say what is there: ${there}`, LOCK_REMEDY);
    if (there.size === 0) return done(`${packages.join(', ')}: gone`);
    const goes = apt.removal(packages).read(answer(seen, 'goes'));
    if (typeof goes === 'string') return refuse(`apt cannot say what would go: ${goes}`, LOCK_REMEDY);
    const more = goes.filter((name) => !packages.includes(name) && !takes.includes(name));
    return more.length === 0
      ? todo(`to remove: ${goes.join(', ')}`)
      : refuse(
          `removing them would take along ${more.join(', ')}, which discovery did not see`,
          'discover and plan again: what goes has to be put back by name',
        );
  },
});

/**
 * Packages installed by name: nothing else brings them. `auto` of them are marked as mere dependencies again; without
 * `recommends` only what they depend on comes along.
 */
export const aptInstall = defineStep({
  kind: 'apt.install',
  params: z.strictObject({
    packages: Packages.min(1),
    auto: Packages.optional(),
    recommends: z.literal(false).optional(),
  }),
  commands: ({ packages, auto = [], recommends = true }) => [
    apt.settle,
    { argv: apt.install(packages, !recommends) },
    ...(auto.length > 0 ? [{ argv: apt.markAuto(auto) }] : []),
  ],
  again: apt.NO_WAY,
  looks: ({ packages }) => ({ there: apt.installed(packages).look, audit: apt.audit.look }),
  judge({ packages }, seen) {
    const broken = apt.audit.read(answer(seen, 'audit'));
    if (broken !== '') return todo(`dpkg --audit: ${broken.split('\n')[0]}`);
    const there = apt.installed(packages).read(answer(seen, 'there'));
    if (typeof there === 'string') return refuse(`dpkg cannot say what is there: ${there}`, LOCK_REMEDY);
    const missing = packages.filter((name) => !there.has(name));
    return missing.length === 0
      ? done(`${packages.join(', ')}: installed`)
      : todo(`to install: ${missing.join(', ')}`);
  },
});

/** The distribution upgrade itself. Finishes what an earlier one left half configured. */
export const aptDistUpgrade = defineStep({
  kind: 'apt.dist-upgrade',
  params: z.strictObject({ codename: z.string() }),
  commands: () => [
    apt.settle,
    { argv: apt.update() },
    { argv: apt.distUpgrade },
    // /run is empty after a boot: the mark says that this kernel and these processes are from before.
    { argv: ['touch', REBOOT_MARK] },
  ],
  again: apt.NO_WAY,
  looks: () => ({
    os: { argv: ['cat', '/etc/os-release'] },
    audit: apt.audit.look,
    simulation: apt.simulate('dist-upgrade').look,
  }),
  judge({ codename }, seen) {
    const broken = apt.audit.read(answer(seen, 'audit'));
    if (broken !== '') return todo(`dpkg --audit: ${broken.split('\n')[0]}`);
    if (!answer(seen, 'os').out.includes(`VERSION_CODENAME=${codename}`))
      return todo(`not on ${codename} yet`);
    const simulation = apt.simulate('dist-upgrade').read(answer(seen, 'simulation'));
    if (typeof simulation === 'string')
      return refuse(`apt cannot say what is left: ${simulation}`, LOCK_REMEDY);
    const left = simulation.upgraded + simulation.installed + simulation.removed;
    return left === 0
      ? done(`on ${codename}, nothing left to upgrade`)
      : todo(`${left} packages left to change`);
  },
});

/** Packages nothing needs any more, and the archives in the cache; what is to come back is kept before (`kept`). */
export const aptAutoremove = defineStep({
  kind: 'apt.autoremove',
  params: z.strictObject({ kept: z.string().startsWith('/').optional() }),
  commands: ({ kept }) => [
    ...(kept === undefined ? [] : [keepLeftovers(kept), keepFiles(kept)]),
    { argv: apt.autoremove },
    { argv: ['apt-get', 'clean'] },
  ],
  looks: () => ({ simulation: apt.simulate('autoremove').look, audit: apt.audit.look }),
  judge(_params, seen) {
    const broken = apt.audit.read(answer(seen, 'audit'));
    if (broken !== '') return todo(`dpkg --audit: ${broken.split('\n')[0]}`);
    const simulation = apt.simulate('autoremove').read(answer(seen, 'simulation'));
    if (typeof simulation === 'string')
      return refuse(`apt cannot say what is left: ${simulation}`, LOCK_REMEDY);
    return simulation.removed === 0
      ? done('nothing left over')
      : todo(`${simulation.removed} packages are no longer needed`);
  },
});
