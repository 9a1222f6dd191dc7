import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { run } from './command.ts';
import type { Lab } from './lab.ts';

const Stacks = z.record(z.string(), z.array(z.string()));

/**
 * Freezes what the nodes, which are off, have written: each node's changes become one more read-only layer,
 * moved and not copied. `into` is written, `as` is the name the folder will have. Returns the new stacks.
 */
export async function freeze(lab: Lab, into: string, as = into): Promise<Record<string, string[]>> {
  mkdirSync(into, { recursive: true });
  const stacks: Record<string, string[]> = {};
  for (const node of lab.machines) {
    renameSync(node.overlay.upper, join(into, node.name));
    rmSync(node.overlay.work, { recursive: true, force: true });
    stacks[node.name] = [join(as, node.name), ...node.overlay.lowers];
  }
  await copyShare(lab.place.share, join(into, SHARE));
  writeStacks(into, stacks);
  return stacks;
}

const SHARE = 'share';

/** Copies a share if there is one, holes as holes: a volume takes what was written to it. */
async function copyShare(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  if (!existsSync(from)) return;
  mkdirSync(dirname(to), { recursive: true });
  await run(['cp', '-a', '--sparse=always', from, to]);
}

/** Gives a second frozen cluster the share of the first. */
export const keepShare = (frozen: string, as: string): Promise<void> =>
  copyShare(join(frozen, SHARE), join(as, SHARE));

/** Puts the folder that nodes share back to what a frozen cluster had in it. */
export const thawShare = (lab: Lab, frozen: string): Promise<void> =>
  copyShare(join(frozen, SHARE), lab.place.share);

/** Writes which layers a frozen cluster stands on. */
export function writeStacks(folder: string, stacks: Readonly<Record<string, readonly string[]>>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'stacks.json'), `${JSON.stringify(stacks, null, 2)}\n`);
}

/** The stacks of a frozen cluster. */
export function readFrozen(folder: string): Record<string, string[]> {
  return Stacks.parse(JSON.parse(readFileSync(join(folder, 'stacks.json'), 'utf8')));
}
