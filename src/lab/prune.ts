import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readFrozen } from './freeze.ts';
import type { LabHome } from './home.ts';
import { labPlace, listLabs, readRecord } from './record.ts';

/** Every layer that a lab stands on, or would after one of its snapshots is restored. */
export function layersInUse(home: LabHome): Set<string> {
  const used: string[] = [];
  for (const name of listLabs(home)) {
    used.push(...Object.values(readRecord(home, name)?.stacks ?? {}).flat());
    const { snapshots } = labPlace(home, name);
    for (const snapshot of existsSync(snapshots) ? readdirSync(snapshots) : []) {
      const folder = join(snapshots, snapshot);
      if (existsSync(join(folder, 'stacks.json'))) used.push(...Object.values(readFrozen(folder)).flat());
    }
  }
  return new Set(used);
}

/** Deletes kept copies that `key` replaces: of the same topology and network, and under no lab's feet. */
export function pruneClusters(home: LabHome, key: string): void {
  const family = key.slice(0, key.lastIndexOf('-') + 1);
  const used = [...layersInUse(home)];
  for (const name of readdirSync(home.clusters)) {
    const folder = join(home.clusters, name);
    const stale = name.startsWith(family) && !name.startsWith(key);
    if (stale && !used.some((layer) => layer.startsWith(`${folder}/`))) rmSync(folder, { recursive: true });
  }
}
