import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { WindlassError } from '../model/error.ts';
import { answering, type Lab, labOf, renewed, writeAccess } from './lab.ts';
import { alone } from './lock.ts';
import { discardChanges, type Machine, powerOff, powerOn } from './node.ts';
import { layersInUse } from './prune.ts';
import { writeRecord } from './record.ts';
import { closeLink } from './ssh.ts';

/** Read-only layers that a node's kept disk is made of, topmost first. */
const Kept = z.array(z.string());

/** Seconds to wait for whoever else is at work on the lab: several nodes' disks may be put back at once. */
export const TURN = 600;

export interface Place {
  readonly machine: Machine;
  /** Holds what nodes had written when their disks were kept: `NODE.1`, `NODE.2`, … */
  readonly folder: string;
  /** Says that it is kept, and what it stands on. */
  readonly note: string;
  /** Says while it is being kept which layer it becomes. */
  readonly part: string;
  /** Says that the node stands on a fresh disk, made after that one was kept. */
  readonly remade: string;
}

export function placeOf(lab: Lab, node: string, id: string): Place {
  const machine = lab.machines.find(({ name }) => name === node);
  if (machine === undefined) {
    throw new WindlassError(
      {
        code: 'WL-LAB-NODE',
        message: `lab ${lab.record.name} has no node ${node}`,
        remedy: `name one of ${lab.machines.map(({ name }) => name).join(', ')}`,
      },
      2,
    );
  }
  if (!/^[a-z0-9][a-z0-9._-]{0,40}$/.test(id)) {
    throw new WindlassError(
      {
        code: 'WL-LAB-NAME',
        message: `${id} cannot be a disk’s name`,
        remedy: 'take small letters and digits',
      },
      2,
    );
  }
  const folder = join(lab.place.disks, id);
  const file = (end: string): string => join(folder, `${node}.${end}`);
  return { machine, folder, note: file('json'), part: file('part'), remade: file('remade') };
}

/** The layer that is being made, or a new one: one that was kept and dropped before may still be under the node. */
function layerOf({ machine, folder, part }: Place): string {
  if (existsSync(part)) return readFileSync(part, 'utf8');
  for (let at = 1; ; at += 1) {
    const layer = join(folder, `${machine.name}.${at}`);
    if (existsSync(layer)) continue;
    writeFileSync(`${part}.new`, layer);
    renameSync(`${part}.new`, part);
    return layer;
  }
}

export async function off(lab: Lab, { machine }: Place, how: 'button' | 'cut'): Promise<void> {
  if (existsSync(lab.place.sshConfig)) await closeLink(lab.place, machine.name);
  await powerOff(machine, how);
}

/** Boots one node on these layers; all others go on as they are. */
async function standOn(lab: Lab, node: string, stack: string[]): Promise<void> {
  const record = { ...lab.record, stacks: { ...lab.record.stacks, [node]: stack } };
  writeRecord(lab.home, record);
  const next = labOf(lab.home, record, lab.say);
  const machine = next.machines.find(({ name }) => name === node);
  if (machine !== undefined) await boot(next, machine);
}

/** Switches a node on, whose host key may be another than before, and waits until it answers. */
export async function boot(lab: Lab, machine: Machine): Promise<void> {
  powerOn(machine);
  await writeAccess(lab);
  await answering(lab, machine);
}

/** Whether a node's disk is kept under a name. */
export const labDiskHas = (lab: Lab, node: string, id: string): boolean =>
  existsSync(placeOf(lab, node, id).note);

/**
 * Keeps one node's disk: shuts it down, makes what it has written one more read-only layer, and boots it on that. Nothing
 * is copied. Cut off anywhere and run again, it goes on.
 */
export const labDiskKeep = (lab: Lab, node: string, id: string): Promise<void> =>
  alone(lab.place.lock, TURN, async () => {
    const now = renewed(lab);
    const place = placeOf(now, node, id);
    if (existsSync(place.note)) return;
    now.say(`keeping the disk of ${node} as ${id}`);
    mkdirSync(place.folder, { recursive: true });
    const layer = layerOf(place);
    await off(now, place, 'button');
    const { lowers, upper, work } = place.machine.overlay;
    const stack = lowers.includes(layer) ? [...lowers] : [layer, ...lowers];
    if (!lowers.includes(layer) && !existsSync(layer)) {
      renameSync(upper, layer);
      rmSync(work, { recursive: true, force: true });
    }
    await standOn(now, node, stack);
    writeFileSync(`${place.note}.new`, `${JSON.stringify(stack)}\n`);
    renameSync(`${place.note}.new`, place.note);
    rmSync(place.part);
  });

/** Takes the power from one node, puts its disk back as it was kept, and boots it; what it wrote since is lost. */
export const labDiskRestore = (lab: Lab, node: string, id: string): Promise<void> =>
  alone(lab.place.lock, TURN, async () => {
    const now = renewed(lab);
    const place = placeOf(now, node, id);
    if (!existsSync(place.note)) {
      throw new WindlassError(
        {
          code: 'WL-LAB-DISK',
          message: `no disk of ${node} is kept as ${id}`,
          remedy: `look in ${now.place.disks}`,
        },
        2,
      );
    }
    now.say(`putting the disk of ${node} back to ${id}`);
    await off(now, place, 'cut');
    discardChanges(place.machine);
    rmSync(place.remade, { force: true });
    await standOn(now, node, Kept.parse(JSON.parse(readFileSync(place.note, 'utf8'))));
  });

/** Forgets a kept disk. Its layer stays for as long as the node, or a snapshot of the lab, stands on it. */
export const labDiskDrop = (lab: Lab, node: string, id: string): Promise<void> =>
  alone(lab.place.lock, TURN, async () => {
    const now = renewed(lab);
    const { folder, note, part, remade } = placeOf(now, node, id);
    for (const file of [note, part, remade]) rmSync(file, { force: true });
    const used = layersInUse(now.home);
    const mine = (existsSync(folder) ? readdirSync(folder) : []).filter((name) =>
      name.startsWith(`${node}.`),
    );
    for (const layer of mine.map((name) => join(folder, name)))
      if (!used.has(layer)) rmSync(layer, { recursive: true, force: true });
  });
