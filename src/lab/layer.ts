import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './command.ts';
import type { LabHome } from './home.ts';
import { type Mirror, sourcesList } from './mirror.ts';
import { mountOverlay, unmount } from './overlay.ts';
import { REPOS_ADDRESS } from './proxy.ts';
import { sourcesText } from './repo-files.ts';
import { publicKeyFile, REPO_KEY_ON_NODE } from './repo-key.ts';

/** What a root filesystem is made of: the distribution's suite, and packages on top of it. */
export interface LayerRecipe {
  readonly suite: string;
  /** Each group is a layer of its own on those before it, so that recipes that begin alike share layers. */
  readonly groups: readonly (readonly string[])[];
  /** A repository of the lab that packages are taken from besides, as nodes have it among their sources. */
  readonly archive?: Archive;
}

/** A repository of the lab beside the suite's own archive. */
export interface Archive {
  readonly repo: string;
  /** Source packages that are the suite's all the same. */
  readonly held: readonly string[];
}

/** What every node has, as a real Debian server would. */
const EVERY_NODE = [
  'systemd-sysv',
  'libpam-systemd',
  'dbus',
  'openssh-server',
  'iproute2',
  'iputils-ping',
  'procps',
  'curl',
  'ca-certificates',
  'socat',
  'sudo',
  'less',
  'rsync',
];

/** Raised when the way a layer is built changes, so that old layers are not taken for new ones. */
const BUILD = 1;

const keyOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);

/** Names of the layers of a recipe, topmost first: they change whenever what is in them would. */
export function layerNames(recipe: LayerRecipe): string[] {
  const names = [`base-${recipe.suite}-${keyOf([BUILD, recipe.suite, EVERY_NODE])}`];
  for (const packages of recipe.groups) {
    const what = [BUILD, names[0], packages, ...(recipe.archive ? [recipe.archive] : [])];
    names.unshift(`golden-${recipe.suite}-${keyOf(what)}`);
  }
  return names;
}

export interface LayerContext {
  readonly home: LabHome;
  readonly mirror: Mirror;
  /** Address of the package proxy, as apt and wget take it. */
  readonly proxy: string;
  readonly say: (message: string) => void;
}

/** Runs a command in a root filesystem that is not booted, with the machine's own network. */
export async function inRoot(root: string, proxy: string, argv: readonly string[]): Promise<void> {
  await run(
    [
      'systemd-nspawn',
      '--register=no',
      '--keep-unit',
      '--quiet',
      '--pipe',
      '--resolv-conf=off',
      '--timezone=off',
      '--setenv=DEBIAN_FRONTEND=noninteractive',
      '--setenv=LC_ALL=C.UTF-8',
      '--setenv=PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      `--setenv=http_proxy=${proxy}`,
      '-D',
      root,
      ...argv,
    ],
    { env: { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' } },
  );
}

async function buildBase(context: LayerContext, recipe: LayerRecipe, root: string): Promise<void> {
  await run(
    [
      'debootstrap',
      '--variant=minbase',
      `--include=${EVERY_NODE.join(',')}`,
      recipe.suite,
      root,
      context.mirror.debian,
    ],
    { env: { http_proxy: context.proxy, DEBIAN_FRONTEND: 'noninteractive' } },
  );
  writeFileSync(join(root, 'etc/apt/sources.list'), sourcesList(context.mirror, recipe.suite));
  writeFileSync(join(root, 'etc/dpkg/dpkg.cfg.d/windlass-lab'), 'force-unsafe-io\n');
  await inRoot(root, context.proxy, ['apt-get', 'update', '-q']);
  await inRoot(root, context.proxy, ['apt-get', 'dist-upgrade', '-qy']);
  await inRoot(root, context.proxy, ['apt-get', 'clean']);
  forgetIdentity(root);
}

const HELD = 'etc/apt/preferences.d/windlass-lab-held';

/** Names the repository among a root's sources. What is held is held by a file that `addPackages` takes away again. */
function useArchive({ home }: LayerContext, { repo, held }: Archive, root: string): void {
  const key = join(root, REPO_KEY_ON_NODE);
  mkdirSync(dirname(key), { recursive: true });
  copyFileSync(publicKeyFile(home), key);
  const sources = join(root, `etc/apt/sources.list.d/windlass-lab-${repo}.sources`);
  writeFileSync(sources, sourcesText(`${REPOS_ADDRESS}/${repo}`, REPO_KEY_ON_NODE));
  const pins = held.map((name) => `Package: src:${name}\nPin: release l=${repo}\nPin-Priority: -1\n`);
  writeFileSync(join(root, HELD), pins.join('\n'));
}

async function addPackages(
  context: LayerContext,
  packages: readonly string[],
  root: string,
  archive?: Archive,
): Promise<void> {
  if (archive) useArchive(context, archive, root);
  // Nothing may start while a root filesystem is built: there is no machine under it.
  const policy = join(root, 'usr/sbin/policy-rc.d');
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
  await inRoot(root, context.proxy, ['apt-get', 'update', '-q']);
  const install = ['apt-get', 'install', '-qy', '--no-install-recommends', ...packages];
  await inRoot(root, context.proxy, install);
  await inRoot(root, context.proxy, ['apt-get', 'clean']);
  rmSync(policy);
  rmSync(join(root, HELD), { force: true });
  forgetIdentity(root);
}

/** What must differ from machine to machine is left to the machine. */
function forgetIdentity(root: string): void {
  for (const type of ['ed25519', 'rsa', 'ecdsa', 'dsa']) {
    for (const end of ['', '.pub']) rmSync(join(root, `etc/ssh/ssh_host_${type}_key${end}`), { force: true });
  }
  writeFileSync(join(root, 'etc/machine-id'), '');
  rmSync(join(root, 'var/lib/dbus/machine-id'), { force: true });
}

/** Builds what is missing of a recipe's layers; returns their folders, topmost first. */
export async function ensureLayers(context: LayerContext, recipe: LayerRecipe): Promise<string[]> {
  const names = layerNames(recipe);
  const folders = names.map((name) => join(context.home.layers, name));
  for (const [depth, folder] of [...folders.entries()].reverse()) {
    if (existsSync(folder)) continue;
    const lowers = folders.slice(depth + 1);
    const work = `${folder}.building`;
    unmount(join(work, 'merged'));
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    const since = Date.now();
    const packages = recipe.groups[lowers.length - 1];
    if (packages === undefined) {
      context.say(`building ${names[depth]} with debootstrap`);
      await buildBase(context, recipe, join(work, 'upper'));
    } else {
      context.say(`building ${names[depth]}: ${packages.length} packages and what they need`);
      const overlay = {
        lowers,
        upper: join(work, 'upper'),
        work: join(work, 'work'),
        at: join(work, 'merged'),
      };
      mountOverlay(overlay);
      try {
        await addPackages(context, packages, overlay.at, recipe.archive);
      } finally {
        unmount(overlay.at);
      }
    }
    renameSync(join(work, 'upper'), folder);
    rmSync(work, { recursive: true, force: true });
    context.say(`built ${names[depth]} in ${Math.round((Date.now() - since) / 1000)} s`);
  }
  return folders;
}
