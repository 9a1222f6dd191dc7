import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Lab } from './lab.ts';

const Stacks = z.record(z.string(), z.array(z.string()));

/**
 * Freezes what the nodes, which are off, have written: each node's changes become one more read-only layer,
 * moved and not copied. `into` is written, `as` is the name the folder will have. Returns the new stacks.
 */
export function freeze(lab: Lab, into: string, as = into): Record<string, string[]> {
  mkdirSync(into, { recursive: true });
  const stacks: Record<string, string[]> = {};
  for (const node of lab.machines) {
    renameSync(node.overlay.upper, join(into, node.name));
    rmSync(node.overlay.work, { recursive: true, force: true });
    stacks[node.name] = [join(as, node.name), ...node.overlay.lowers];
  }
  writeStacks(into, stacks);
  return stacks;
}

/** Writes which layers a frozen cluster stands on. */
export function writeStacks(folder: string, stacks: Readonly<Record<string, readonly string[]>>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'stacks.json'), `${JSON.stringify(stacks, null, 2)}\n`);
}

/** The stacks of a frozen cluster. */
export function readFrozen(folder: string): Record<string, string[]> {
  return Stacks.parse(JSON.parse(readFileSync(join(folder, 'stacks.json'), 'utf8')));
}
