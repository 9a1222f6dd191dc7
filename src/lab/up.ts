import { copyFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WindlassError } from '../model/error.ts';
import { archiveOf } from './archive.ts';
import { bootBare } from './beside.ts';
import { clusterYaml } from './cluster-file.ts';
import { freeze, keepShare, readFrozen, thawShare, writeStacks } from './freeze.ts';
import { ensureGuestImage } from './guest-image.ts';
import { type LabHome, labHome } from './home.ts';
import {
  bootNodes,
  ensureGround,
  type Lab,
  labOf,
  offAll,
  proxyUrl,
  restAll,
  type Say,
  sharedAptOptions,
  startServices,
} from './lab.ts';
import { ensureLayers } from './layer.ts';
import { alone } from './lock.ts';
import { type Mirror, machineMirror } from './mirror.ts';
import { discardChanges, openRoot } from './node.ts';
import { commonFiles, provision } from './provision.ts';
import { pruneClusters } from './prune.ts';
import { keptNets, layerRecipe, recipeKey } from './recipe.ts';
import { freeNet, type LabRecord, labPlace, readRecord, writeRecord } from './record.ts';
import { labRepo } from './repo.ts';
import { seed } from './seed.ts';
import { runsOn } from './service.ts';
import { ensureKey } from './ssh.ts';
import { ensureTools } from './tools.ts';
import { TOPOLOGIES, topologyNamed } from './topologies/index.ts';
import { hasGuests, type Topology } from './topology.ts';

export interface LabUpOptions {
  /** A topology, or the name of a lab that was made of one. */
  readonly topology: string;
  /** The lab's name; the topology's own if absent. */
  readonly name?: string;
  /** Build it anew, whatever is kept; its snapshots go. */
  readonly fresh?: boolean;
  readonly io?: Say;
}

/** A lab that stands. */
export interface LabUp {
  readonly name: string;
  readonly folder: string;
  readonly clusterFile: string;
  readonly sshConfig: string;
  readonly seconds: number;
}

/**
 * Makes a lab stand: builds it if it never was, takes it from the kept copy if there is one, boots what is
 * off, and returns when every service answers. Asked again, it repairs.
 */
export async function labUp(options: LabUpOptions): Promise<LabUp> {
  const since = Date.now();
  const say = options.io ?? (() => undefined);
  const home = labHome();
  const made = options.name === undefined ? labCalled(home, options.topology) : undefined;
  const topology = topologyNamed(made?.topology ?? options.topology);
  await ensureTools(say);
  const name = options.name ?? made?.name ?? topology.name;
  const claimed = await alone(join(home.labs, '.lock'), 30, async () => claim(home, name, topology));
  const { folder, clusterFile, sshConfig, lock } = labPlace(home, name);
  await alone(lock, 5, () => stand(home, claimed, options.fresh === true, say));
  return { name, folder, clusterFile, sshConfig, seconds: Math.round((Date.now() - since) / 1000) };
}

/** A lab of that name, where it is no topology's. */
const labCalled = (home: LabHome, name: string): LabRecord | undefined =>
  name in TOPOLOGIES ? undefined : readRecord(home, name);

/** The lab's record; a new one, on a network of its own, when there is none. */
function claim(home: LabHome, name: string, topology: Topology): LabRecord {
  const known = readRecord(home, name);
  if (known !== undefined && known.topology !== topology.name) {
    throw new WindlassError(
      {
        code: 'WL-LAB-OTHER',
        message: `the lab ${name} stands and is a ${known.topology}`,
        remedy: 'take another name with --name, or remove it with `windlass lab down --purge`',
      },
      2,
    );
  }
  const record = known ?? {
    name,
    topology: topology.name,
    net: freeNet(home, keptNets(home, topology, machineMirror())),
    configured: false,
    stacks: {},
  };
  writeRecord(home, record);
  return record;
}

async function stand(home: LabHome, claimed: LabRecord, fresh: boolean, say: Say): Promise<void> {
  let record = claimed;
  const old = labOf(home, record, say);
  const { topology } = old;
  const mirror = await ensureGround(old);
  if (!record.configured || fresh) {
    await offAll(old, 'cut');
    old.machines.forEach(discardChanges);
    const frozen = join(home.clusters, recipeKey(topology, record.net, mirror));
    if (fresh) {
      // Its snapshots and kept disks stand on the copy that goes: they go with it.
      for (const folder of [frozen, old.place.snapshots, old.place.disks])
        rmSync(folder, { recursive: true, force: true });
    }
    if (topology.services.length > 0 && existsSync(frozen)) {
      say('taking the cluster from its kept copy');
      rmSync(old.place.secrets, { recursive: true, force: true });
      cpSync(join(frozen, 'secrets'), old.place.secrets, { recursive: true });
      copyFileSync(join(frozen, 'expected.json'), old.place.expectedFile);
      await thawShare(old, frozen);
      record = { ...record, stacks: readFrozen(frozen), configured: true };
    } else {
      rmSync(old.place.share, { recursive: true, force: true });
      record = await build(labOf(home, { ...record, configured: false }, say), mirror, frozen);
    }
    writeRecord(home, record);
    // The copy is a snapshot too: the way back to the cluster as it was made.
    if (existsSync(frozen)) {
      const made = join(old.place.snapshots, 'new');
      writeStacks(made, record.stacks);
      await keepShare(frozen, made);
    }
    pruneClusters(home, basename(frozen));
  }

  const lab = labOf(home, record, say);
  await bootNodes(lab);
  await startServices(lab);
  await bootBare(lab);
  writeFileSync(lab.place.clusterFile, clusterYaml(lab));
}

/** Builds every node from layers, sets all services up, fills them, and keeps a copy for the next time. */
async function build(bare: Lab, mirror: Mirror, frozen: string): Promise<LabRecord> {
  const { home, say, topology, services } = bare;
  const proxy = proxyUrl(bare.record.net);
  const archive = archiveOf(topology);
  if (archive) await labRepo({ name: archive.repo, io: say, home });
  const stacks: Record<string, string[]> = {};
  for (const node of topology.nodes) {
    stacks[node.name] = await alone(join(home.layers, '.lock'), 1800, () =>
      ensureLayers({ home, mirror, proxy, say }, layerRecipe(topology, node)),
    );
  }
  const record: LabRecord = { ...bare.record, stacks };
  writeRecord(home, record);
  const lab = labOf(home, record, say);
  const { publicKey } = await ensureKey(home);
  const aptOptions = await sharedAptOptions();
  for (const [index, node] of lab.site.nodes.entries()) {
    const machine = lab.machines[index];
    if (machine === undefined) continue;
    const own = services.filter((service) => runsOn(service, node));
    const files = [
      ...commonFiles(lab.site, node, mirror, publicKey, aptOptions, proxy),
      ...own.flatMap((service) => service.files(lab.site, node)),
    ];
    await provision(openRoot(machine), files, own);
  }
  await bootNodes(lab);
  writeFileSync(lab.place.clusterFile, clusterYaml(lab));
  for (const service of services) {
    say(`setting up ${service.name}`);
    await service.first(lab.site, lab.hands);
  }
  const done = { ...record, configured: true };
  if (services.length === 0) return done;
  say('filling the cluster with data');
  const image = hasGuests(topology)
    ? await alone(join(home.layers, '.lock'), 1800, () => ensureGuestImage({ home, mirror, proxy, say }))
    : undefined;
  await seed(lab, image);
  say('keeping a copy of the new cluster');
  const whole = labOf(home, done, say);
  await restAll(whole);
  const part = `${frozen}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  cpSync(lab.place.secrets, join(part, 'secrets'), { recursive: true });
  copyFileSync(lab.place.expectedFile, join(part, 'expected.json'));
  const frozenStacks = await freeze(whole, part, frozen);
  renameSync(part, frozen);
  return { ...done, stacks: frozenStacks };
}
