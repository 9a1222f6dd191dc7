import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { run } from './command.ts';
import { type LabHome, labHome } from './home.ts';
import { alone } from './lock.ts';
import { machineMirror } from './mirror.ts';
import { packageCache, REPOS_ADDRESS } from './proxy.ts';
import { type Closure, closure } from './repo-closure.ts';
import { fileOf, INDEX_ENCODING, packagesText, releaseText, sourcesText } from './repo-files.ts';
import { type Deb, packageIndex } from './repo-index.ts';
import { REPO_KEY_ON_NODE, type RepoKey, repoKey } from './repo-key.ts';
import type { RepoRecipe } from './repo-recipe.ts';
import {
  type IndexFile,
  indexFiles,
  keptFile,
  packagesFile,
  type SuiteContext,
  signedBy,
  unxz,
} from './repo-suite.ts';
import { repoNamed } from './repos/index.ts';
import { ensureTools, REPO_TOOLS } from './tools.ts';

/** Raised when the way a repository is built changes, so that an old one is not taken for a new one. */
const BUILD = 1;

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What a repository remembers of itself: `repo.json` in its folder. */
const Kept = z.strictObject({
  /** Hash of what it was made from: recipe, signed indexes, signing key. */
  key: z.string(),
  /** Hash of what makes it other than its packages do: who signed it, how it was built. */
  form: z.string(),
  openstack: z.string(),
  packages: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      file: z.string(),
      size: z.int(),
      sha256: z.string(),
    }),
  ),
  left: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string().optional(),
      reason: z.string(),
      service: z.boolean(),
    }),
  ),
  gone: z.array(z.string()),
});
type Kept = z.infer<typeof Kept>;

/** A repository that stands. */
export interface LabRepo extends Pick<Kept, 'openstack' | 'left' | 'gone'> {
  readonly name: string;
  readonly folder: string;
  /** Address by which the nodes of every lab reach it, through the lab's package proxy. */
  readonly address: string;
  /** File of the public key; goes to `REPO_KEY_ON_NODE`. */
  readonly keyFile: string;
  /** deb822 text for a node's `/etc/apt/sources.list.d/`. */
  readonly sources: string;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly bytes: number;
  readonly seconds: number;
  /** False when there was nothing new to do. */
  readonly built: boolean;
}

export interface LabRepoOptions {
  readonly name: string;
  readonly io?: (message: string) => void;
  readonly home?: LabHome;
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/**
 * Builds a package repository of a newer OpenStack for an older suite, or leaves it as it is when nothing is
 * new. Readers see the old one or the new one, never half.
 */
export async function labRepo(options: LabRepoOptions): Promise<LabRepo> {
  const since = Date.now();
  const say = options.io ?? (() => undefined);
  const recipe = repoNamed(options.name);
  const home = options.home ?? labHome();
  await ensureTools(say, REPO_TOOLS);
  return alone(join(home.repos, '.lock'), 600, async () => {
    const key = await repoKey(home);
    const context: SuiteContext = {
      mirror: machineMirror(),
      keep: packageCache(home.packages),
      architecture: (await run(['dpkg', '--print-architecture'])).stdout.trim(),
      signed: signedBy(KEYRING),
      unpack: unxz,
    };
    const { kept, built } = await ensureRepo(home, recipe, key, context, say);
    const address = `${REPOS_ADDRESS}/${recipe.name}`;
    return {
      name: recipe.name,
      folder: join(home.repos, recipe.name),
      address,
      keyFile: key.file,
      sources: sourcesText(address, REPO_KEY_ON_NODE),
      openstack: kept.openstack,
      packages: kept.packages.map(({ name, version }) => ({ name, version })),
      bytes: kept.packages.reduce((sum, one) => sum + one.size, 0),
      left: kept.left,
      gone: kept.gone,
      seconds: Math.round((Date.now() - since) / 1000),
      built,
    };
  });
}

/** Builds a repository if anything that goes into it is new; the caller sees to it that nobody else does. */
export async function ensureRepo(
  home: LabHome,
  recipe: RepoRecipe,
  key: RepoKey,
  context: SuiteContext,
  say: (message: string) => void,
): Promise<{ kept: Kept; built: boolean }> {
  const [base, newer] = await Promise.all([recipe.suite, recipe.from].map((one) => indexFiles(context, one)));
  if (base === undefined || newer === undefined) throw new TypeError('two suites were asked for');
  for (const index of [base[0], newer[0]]) say(`${index?.suite} as of ${index?.date}`);
  const sums = [...base, ...newer].map((index) => [index.suite, index.sha256]);
  const form = hashOf([BUILD, recipe.about, context.architecture, key.fingerprint]);
  const made = hashOf([form, recipe, recipe.along.source, sums]);

  const folder = join(home.repos, recipe.name);
  const old = readKept(folder);
  if (old !== undefined && old.key === made) {
    say('nothing new: it stays as it is');
    return { kept: old, built: false };
  }
  const found = await choose(context, recipe, base, newer);
  const kept: Kept = { key: made, form, openstack: recipe.openstack, ...described(found) };
  if (old !== undefined && hashOf({ ...old, key: '' }) === hashOf({ ...kept, key: '' })) {
    say('the suites moved on, but nothing new for it: it stays as it is');
    writeKept(folder, kept);
    return { kept, built: false };
  }
  say(`fetching ${found.packages.length} packages`);
  await put(home, recipe, key, context.architecture, kept, found.packages, await fetched(context, found));
  return { kept, built: true };
}

/** Works the closure out on the whole of both suites. */
async function choose(
  context: SuiteContext,
  recipe: RepoRecipe,
  base: readonly IndexFile[],
  newer: readonly IndexFile[],
): Promise<Closure> {
  const [old, young] = await Promise.all(
    [base, newer].map(async (files) =>
      packageIndex(await Promise.all(files.map((index) => packagesFile(context, index)))),
    ),
  );
  if (old === undefined || young === undefined) throw new TypeError('two suites were asked for');
  return closure(old, young, recipe);
}

const described = (found: Closure): Pick<Kept, 'packages' | 'left' | 'gone'> => ({
  packages: found.packages.map((deb) => ({
    name: deb.name,
    version: deb.version,
    file: fileOf(deb),
    size: deb.size,
    sha256: deb.sha256,
  })),
  left: [...found.left],
  gone: [...found.gone],
});

/** Every package's file in the lab's package cache, each with the hash that the archive signed. */
async function fetched(context: SuiteContext, found: Closure): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  const waiting = [...found.packages];
  const fetchNext = async (): Promise<void> => {
    for (let deb = waiting.shift(); deb !== undefined; deb = waiting.shift()) {
      paths.set(deb.name, await keptFile(context.keep, deb.address, deb.sha256));
    }
  };
  await Promise.all([fetchNext(), fetchNext(), fetchNext(), fetchNext()]);
  return paths;
}

/** Writes the repository beside the old one and takes its place in one move. */
async function put(
  home: LabHome,
  recipe: RepoRecipe,
  key: RepoKey,
  architecture: string,
  kept: Kept,
  debs: readonly Deb[],
  paths: ReadonlyMap<string, string>,
): Promise<void> {
  const builds = join(home.repos, '.builds');
  const name = `${recipe.name}@${hashOf(kept).slice(0, 12)}`;
  const part = join(builds, `${name}.part`);
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  for (const deb of debs) placeFile(paths.get(deb.name) ?? '', join(part, fileOf(deb)));
  const packages = Buffer.from(packagesText(debs), INDEX_ENCODING);
  const files = { Packages: packages, 'Packages.gz': gzipSync(packages, { level: 9 }) };
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(part, file), bytes);
  const release = releaseText(recipe, architecture, new Date(), files);
  const { inRelease, signature } = await key.sign(release);
  writeFileSync(join(part, 'Release'), release);
  writeFileSync(join(part, 'Release.gpg'), signature);
  writeFileSync(join(part, 'InRelease'), inRelease);
  writeKept(part, kept);
  rmSync(join(builds, name), { recursive: true, force: true });
  renameSync(part, join(builds, name));

  const link = join(builds, `${recipe.name}.link`);
  rmSync(link, { force: true });
  symlinkSync(join('.builds', name), link);
  renameSync(link, join(home.repos, recipe.name));
  for (const other of readdirSync(builds)) {
    if (other.startsWith(`${recipe.name}@`) && other !== name)
      rmSync(join(builds, other), { recursive: true });
  }
}

/** A package's file is kept once: in the cache, and under a second name in the repository. */
function placeFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // another filesystem
  }
}

const keptFileOf = (folder: string): string => join(folder, 'repo.json');

/** What a repository remembers, if it is whole: someone may have deleted files of it. */
function readKept(folder: string): Kept | undefined {
  const file = keptFileOf(folder);
  if (!existsSync(file)) return undefined;
  const kept = Kept.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  const isThere = (name: string, size?: number): boolean => {
    const at = join(folder, name);
    return existsSync(at) && (size === undefined || statSync(at).size === size);
  };
  const whole =
    kept.success &&
    ['InRelease', 'Packages', 'Packages.gz'].every((name) => isThere(name)) &&
    kept.data.packages.every((one) => isThere(one.file, one.size));
  return whole ? kept.data : undefined;
}

function writeKept(folder: string, kept: Kept): void {
  writeFileSync(`${keptFileOf(folder)}.new`, `${JSON.stringify(kept, null, 2)}\n`);
  renameSync(`${keptFileOf(folder)}.new`, keptFileOf(folder));
}
