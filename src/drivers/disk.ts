import { z } from 'zod';
import { Argv, type Command } from '../model/command.ts';
import { libvirt } from './disk-libvirt.ts';
import { lvm } from './disk-lvm.ts';

/** Names a kept disk in every provider: letters, digits and dashes are good names everywhere. */
export const DiskId = z.string().regex(/^windlass-[0-9a-f]{12}$/, 'windlass- and the mark of a plan');
const Word = z.string().regex(/^[A-Za-z0-9][\w.+-]*$/);
const Volume = z.string().regex(/^[A-Za-z0-9][\w.+-]*\/[A-Za-z0-9][\w.+-]*$/);

/** One node's disk with its provider, as steps have it. */
export const Disk = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('lvm'),
    node: Word,
    id: DiskId,
    volumes: z.array(Volume).min(1),
    size: z.string().regex(/^(\d+[MGT]|\d{1,3}%)$/),
  }),
  z.strictObject({ by: z.literal('libvirt'), node: Word, id: DiskId, domain: Word }),
  z.strictObject({
    by: z.literal('command'),
    node: Word,
    id: DiskId,
    keep: Argv,
    has: Argv,
    restore: Argv,
    drop: Argv,
    /** Asks whether the machine was made anew since, where that is done: its fresh disk is not the kept one either. */
    remade: Argv.optional(),
  }),
]);
export type Disk = z.infer<typeof Disk>;

const VERBS = ['keep', 'has', 'restore', 'drop'] as const;
export type DiskVerb = (typeof VERBS)[number];

/** What a provider is told. `has` changes nothing: 0 is yes, 1 is no, 3 of LVM is a part of it, anything else is no answer. */
export function diskCommand(disk: Disk, verb: DiskVerb): Command {
  switch (disk.by) {
    case 'lvm':
      return lvm[verb](disk);
    case 'libvirt':
      return libvirt[verb](disk);
    case 'command':
      return { argv: [...disk[verb], disk.node, disk.id] };
  }
}

/**
 * Laid on a node's disk right after that was kept: what has it is ahead of the kept disk, and it is gone when the kept one
 * is back, whatever provider and whoever did it.
 */
export const aheadMark = (id: string): string => `/var/lib/windlass/disks/${id}`;
