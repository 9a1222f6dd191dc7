import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { WindlassError } from '../model/error.ts';
import { type Bare, type BareKept, type BareSuite, bareOf, newBare, readBare, writeBare } from './bare.ts';
import {
  answering,
  ensureGround,
  type Lab,
  labOf,
  proxyUrl,
  renewed,
  sharedAptOptions,
  writeAccess,
} from './lab.ts';
import { ensureLayers } from './layer.ts';
import { alone } from './lock.ts';
import type { Mirror } from './mirror.ts';
import { isRunning, openRoot, powerOff, powerOn } from './node.ts';
import { commonFiles, provision } from './provision.ts';
import { closeLink, ensureKey } from './ssh.ts';

/** A bare machine that stands. */
export interface LabAdded {
  readonly name: string;
  readonly address: string;
  readonly os: string;
  readonly sshConfig: string;
  readonly seconds: number;
}

export interface LabAddOptions {
  readonly name: string;
  readonly suite: BareSuite;
  /** Last number of its address; the first free one if absent. */
  readonly host?: number;
}

/**
 * Puts a freshly installed Debian host on a lab's bridge, beside its cluster: known to `lab shell`, `lab status` and the
 * lab's host keys, and to no cluster file. Nodes of the lab are left alone. Asked again, it boots what is off.
 */
export async function labAdd(lab: Lab, options: LabAddOptions): Promise<LabAdded> {
  const since = Date.now();
  const { address } = await alone(lab.place.lock, 60, () => add(renewed(lab), options));
  return {
    name: options.name,
    address,
    os: `debian/${options.suite}`,
    sshConfig: lab.place.sshConfig,
    seconds: Math.round((Date.now() - since) / 1000),
  };
}

/** Takes a bare machine away with all it holds; WL-LAB-NODE when there is none of that name. */
export const labRemove = (lab: Lab, name: string): Promise<void> =>
  alone(lab.place.lock, 60, () => remove(renewed(lab), name));

async function add(lab: Lab, { name, suite, host }: LabAddOptions): Promise<{ address: string }> {
  const there = lab.bare.find(({ kept }) => kept.name === name);
  if (there !== undefined && (there.kept.suite !== suite || (host ?? there.kept.host) !== there.kept.host)) {
    throw new WindlassError(
      {
        code: 'WL-LAB-OTHER',
        message: `${name} is there, with ${there.kept.suite} at ${there.node.address}`,
        remedy: `take another name, or remove it: windlass lab remove ${lab.record.name} ${name}`,
      },
      2,
    );
  }
  const mirror = await ensureGround(lab);
  const bare = there ?? (await make(lab, mirror, newBare(name, suite, takenIn(lab), host)));
  await bootBare(there === undefined ? labOf(lab.home, lab.record, lab.say) : lab);
  return bare.node;
}

const takenIn = ({ topology, bare }: Lab): { names: string[]; hosts: number[] } => ({
  names: [...topology.nodes.map(({ name }) => name), ...bare.map(({ kept }) => kept.name)],
  hosts: bare.map(({ kept }) => kept.host),
});

/** Gives it a root filesystem and an identity; it is listed once both are whole. */
async function make(lab: Lab, mirror: Mirror, wanted: Omit<BareKept, 'stack'>): Promise<Bare> {
  const { home, place, record, say } = lab;
  const proxy = proxyUrl(record.net);
  const stack = await alone(join(home.layers, '.lock'), 1800, () =>
    ensureLayers({ home, mirror, proxy, say }, { suite: wanted.suite, groups: [] }),
  );
  const bare = bareOf(place, record, { ...wanted, stack });
  // What an attempt that was ended left: it never booted, for it was never listed.
  await powerOff(bare.machine, 'cut');
  rmSync(place.node(wanted.name), { recursive: true, force: true });
  const { publicKey } = await ensureKey(home);
  const files = commonFiles(bare.site, bare.node, mirror, publicKey, await sharedAptOptions(), proxy);
  await provision(openRoot(bare.machine), files, []);
  writeBare(place, [...readBare(place), bare.kept]);
  return bare;
}

/** Boots the bare machines that are off and waits until all answer by SSH. */
export async function bootBare(lab: Lab): Promise<void> {
  if (lab.bare.length === 0) return;
  await writeAccess(lab);
  for (const { kept, machine } of lab.bare) {
    if (!isRunning(machine)) {
      lab.say(`booting ${kept.name}, beside the cluster`);
      powerOn(machine);
    }
    await answering(lab, machine);
  }
}

async function remove(lab: Lab, name: string): Promise<void> {
  const { place, record } = lab;
  const bare = lab.bare.find(({ kept }) => kept.name === name);
  if (bare === undefined) {
    const names = lab.bare.map(({ kept }) => kept.name).join(', ') || 'none';
    throw new WindlassError(
      {
        code: 'WL-LAB-NODE',
        message: `${record.name} has no bare machine ${name}`,
        remedy: `name one that was added: ${names}; the cluster’s own nodes go with \`windlass lab down\``,
      },
      2,
    );
  }
  lab.say(`taking ${name} away`);
  await closeLink(place, name);
  await powerOff(bare.machine, 'cut');
  writeBare(
    place,
    readBare(place).filter((kept) => kept.name !== name),
  );
  rmSync(place.node(name), { recursive: true });
  await writeAccess(labOf(lab.home, record, lab.say));
}
