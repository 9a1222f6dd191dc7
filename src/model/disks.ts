import { z } from 'zod';
import { Argv } from './command.ts';
import { Duration } from './duration.ts';
import { Host } from './ssh.ts';
import { Word } from './word.ts';

/** Where commands run that are run where Windlass runs: the name steps have it under. */
export const LOCAL = 'localhost';

/** Volumes of the node itself, kept as snapshots of LVM; they come back by a merge and a boot. */
export const LvmDisks = z.strictObject({
  provider: z.literal('lvm'),
  /** As `group/volume`: every one that holds a part of the system, `/boot` among them. */
  volumes: z.array(z.string().regex(/^[A-Za-z0-9][\w.+-]*\/[A-Za-z0-9][\w.+-]*$/, 'group/volume')).min(1),
  /** Room for what is written from then on, for each volume: more than that, and the snapshot is worth nothing. */
  size: z.string().regex(/^(\d+[MGT]|\d{1,3}%)$/, 'as 20G, or 30% of the volume'),
});

/** The node is a guest of libvirt on a host reached by SSH; its disks are kept by overlays over them. */
export const LibvirtDisks = z.strictObject({
  provider: z.literal('libvirt'),
  host: Host,
  /** The domain's name there; the node's own where not said. */
  domain: Word.optional(),
});

/** Commands run where Windlass runs, each with the node's name and the kept disk's id as its last two words. */
export const CommandDisks = z.strictObject({
  provider: z.literal('command'),
  /** Keeps the disk as it is; may turn the node off for that and on again. Run again, it must do no harm. */
  keep: Argv,
  /** Says, changing nothing, whether the disk is kept: exit code 0 is yes, 1 is no. */
  has: Argv,
  /** Turns the node off, puts the disk back as it was kept, and turns it on. */
  restore: Argv,
  /** Gives the room back that the kept disk takes. */
  drop: Argv,
  /** For each of them. */
  timeout: Duration.default(1800),
});

/** Nobody keeps this node's disk, whatever the cluster file says of all nodes. */
export const NoDisks = z.strictObject({ provider: z.literal('none') });

/** Who keeps a node's disk before its system is changed: the way back over that. */
export const Disks = z.discriminatedUnion('provider', [LvmDisks, LibvirtDisks, CommandDisks, NoDisks]);
export type Disks = z.infer<typeof Disks>;
