import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { WindlassError } from '../model/error.ts';
import type { LabHome } from './home.ts';

const Name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'small letters, digits and dashes');

/** What a lab remembers of itself: `lab.json` in its folder. */
const LabRecord = z.strictObject({
  name: Name,
  topology: z.string(),
  /** Third number of its addresses; names its bridge too. */
  net: z.int().min(1).max(254),
  /** Whether its services were set up once. */
  configured: z.boolean(),
  /** Read-only layers under each node, topmost first. */
  stacks: z.record(z.string(), z.array(z.string())),
});
export type LabRecord = z.infer<typeof LabRecord>;

/** A lab's folder and what is in it. */
export interface LabPlace {
  readonly folder: string;
  /** Held while something changes the lab; beside its folder, which may be deleted. */
  readonly lock: string;
  readonly secrets: string;
  readonly snapshots: string;
  /** Kept disks of single nodes. */
  readonly disks: string;
  /** The folder that nodes with guests share. */
  readonly share: string;
  readonly clusterFile: string;
  readonly expectedFile: string;
  readonly sshConfig: string;
  readonly knownHosts: string;
  node(name: string): string;
}

/** Paths of a lab; nothing is made. */
export function labPlace(home: LabHome, name: string): LabPlace {
  if (!Name.safeParse(name).success) {
    throw new WindlassError(
      {
        code: 'WL-LAB-NAME',
        message: `${name} cannot be a lab’s name`,
        remedy: 'take small letters, digits and dashes, at most 31',
      },
      2,
    );
  }
  const folder = join(home.labs, name);
  return {
    folder,
    lock: `${folder}.lock`,
    secrets: join(folder, 'secrets'),
    snapshots: join(folder, 'snapshots'),
    disks: join(folder, 'disks'),
    share: join(folder, 'share'),
    clusterFile: join(folder, 'cluster.yaml'),
    expectedFile: join(folder, 'expected.json'),
    sshConfig: join(folder, 'ssh_config'),
    knownHosts: join(folder, 'known_hosts'),
    node: (node) => join(folder, 'nodes', node),
  };
}

const recordFile = (home: LabHome, name: string): string => join(labPlace(home, name).folder, 'lab.json');

/** The lab's record, or undefined when there is no such lab. */
export function readRecord(home: LabHome, name: string): LabRecord | undefined {
  const file = recordFile(home, name);
  return existsSync(file) ? LabRecord.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

/** The lab's record, or WL-LAB-UNKNOWN with the names there are. */
export function needRecord(home: LabHome, name: string): LabRecord {
  const record = readRecord(home, name);
  if (record !== undefined) return record;
  throw new WindlassError(
    {
      code: 'WL-LAB-UNKNOWN',
      message: `there is no lab named ${name}`,
      remedy: `make it with \`windlass lab up\`; there is: ${listLabs(home).join(', ') || 'none'}`,
    },
    2,
  );
}

/** Writes the record so that a reader sees the old one or the new one, never half. */
export function writeRecord(home: LabHome, record: LabRecord): void {
  const file = recordFile(home, record.name);
  mkdirSync(labPlace(home, record.name).folder, { recursive: true, mode: 0o755 });
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Names of all labs. */
export function listLabs(home: LabHome): string[] {
  return readdirSync(home.labs).filter((name) => existsSync(join(home.labs, name, 'lab.json')));
}

/** A network that no lab has: the first of the preferred ones that is free, else the first of all. */
export function freeNet(home: LabHome, preferred: readonly number[] = []): number {
  const taken = new Set(listLabs(home).map((name) => readRecord(home, name)?.net));
  const all = Array.from({ length: 254 }, (_, index) => index + 1);
  const free = [...preferred, ...all].find((net) => !taken.has(net));
  if (free !== undefined) return free;
  throw new WindlassError({
    code: 'WL-LAB-NETS',
    message: 'all 254 lab networks are taken',
    remedy: 'remove labs with `windlass lab down --purge`',
  });
}
