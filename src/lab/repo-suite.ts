import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { WindlassError } from '../model/error.ts';
import { run } from './command.ts';
import type { Mirror } from './mirror.ts';
import type { packageCache } from './proxy.ts';
import { INDEX_ENCODING } from './repo-files.ts';
import type { PackagesFile } from './repo-index.ts';

export interface SuiteContext {
  readonly mirror: Mirror;
  readonly keep: ReturnType<typeof packageCache>;
  readonly architecture: string;
  /** The signed text of an InRelease file; throws when the signature is not good. */
  readonly signed: (address: string, text: string) => Promise<string>;
  /** The text of a compressed index. */
  readonly unpack: (path: string) => string;
}

/** One index of packages as a signed Release file names it. */
export interface IndexFile {
  /** Root of the archive: file names in the index are relative to it. */
  readonly archive: string;
  readonly suite: string;
  readonly sha256: string;
  /** When the archive was last published. */
  readonly date: string;
}

/** What a suite consists of on the mirror; sid has neither updates nor security. */
export function archivesOf(mirror: Mirror, suite: string): { archive: string; suite: string }[] {
  if (suite === 'sid') return [{ archive: mirror.debian, suite }];
  return [
    { archive: mirror.debian, suite },
    { archive: mirror.debian, suite: `${suite}-updates` },
    { archive: mirror.security, suite: `${suite}-security` },
  ];
}

/** SHA256 of a file that a Release file lists. */
export function listedSum(release: string, path: string): string | undefined {
  const sums = release.slice(release.search(/^SHA256:/m));
  return sums
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, , name]) => name === path)?.[0];
}

const unsigned = (address: string, output: string): WindlassError =>
  new WindlassError({
    code: 'WL-LAB-REPO-SIGNATURE',
    message: `${address} bears no good signature of Debian’s archive`,
    remedy: 'bring the package debian-archive-keyring up to date, or use another mirror',
    output,
  });

/** Takes an InRelease file with at least one good signature by a key of the keyring, and none that is bad. */
export const signedBy =
  (keyring: string): SuiteContext['signed'] =>
  async (address, text) => {
    const argv = ['gpgv', '--status-fd', '2', '--keyring', keyring, '--output', '-'];
    // gpgv ends with 2 also when one of several signatures is by a key it does not have.
    const ran = await run(argv, { input: text, accept: [1, 2] });
    const good = /^\[GNUPG:\] VALIDSIG /m.test(ran.stderr);
    const bad = /^\[GNUPG:\] (BADSIG|EXPSIG|REVKEYSIG) /m.test(ran.stderr);
    if (!good || bad) throw unsigned(address, ran.stderr);
    return ran.stdout;
  };

/** xz is the one form of index that all of Debian's archives have, and Node has no reader for it. */
export function unxz(path: string): string {
  const ran = spawnSync('xz', ['-dc', path], { encoding: INDEX_ENCODING, maxBuffer: 2 ** 29 });
  if (ran.status !== 0) throw missing(path, ran.stderr);
  return ran.stdout;
}

/**
 * The package indexes of a suite as its archive signed them. A lagging mirror is taken as it is: the
 * `Valid-Until` of a suite is not asked for, its signature is.
 */
export async function indexFiles(context: SuiteContext, suite: string): Promise<IndexFile[]> {
  const path = `main/binary-${context.architecture}/Packages.xz`;
  return Promise.all(
    archivesOf(context.mirror, suite).map(async ({ archive, suite: dist }) => {
      const address = `${archive}/dists/${dist}/InRelease`;
      const answer = await fetch(address, { signal: AbortSignal.timeout(60_000) });
      if (!answer.ok) throw missing(address, `the mirror answered ${answer.status}`);
      const release = await context.signed(address, await answer.text());
      const sha256 = listedSum(release, path);
      if (sha256 === undefined) throw missing(address, `it does not list ${path}`);
      return { archive, suite: dist, sha256, date: /^Date: (.*)$/m.exec(release)?.[1] ?? 'no date' };
    }),
  );
}

const missing = (address: string, output: string): WindlassError =>
  new WindlassError({
    code: 'WL-LAB-REPO-SUITE',
    message: `${address} cannot be used`,
    remedy: 'use a mirror that carries all of Debian',
    output,
  });

const sumOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** A file of the archive by way of the lab's package cache, once its hash is right. */
export async function keptFile(keep: SuiteContext['keep'], address: string, sha256: string): Promise<string> {
  const url = new URL(address);
  let path = await keep(url);
  if (sumOf(path) === sha256) return path;
  // What is kept may be an old download that went wrong: it is asked for once more.
  rmSync(path, { force: true });
  path = await keep(url);
  const found = sumOf(path);
  if (found === sha256) return path;
  rmSync(path, { force: true });
  throw new WindlassError({
    code: 'WL-LAB-REPO-HASH',
    message: `${address} is not what its archive signed`,
    remedy: 'try again later, or use another mirror',
    output: `expected ${sha256}\nfound    ${found}`,
  });
}

/** A package index as its archive signed it. */
export async function packagesFile(context: SuiteContext, index: IndexFile): Promise<PackagesFile> {
  const folder = `${index.archive}/dists/${index.suite}/main/binary-${context.architecture}`;
  const path = await keptFile(context.keep, `${folder}/by-hash/SHA256/${index.sha256}`, index.sha256);
  return { archive: index.archive, text: context.unpack(path) };
}
