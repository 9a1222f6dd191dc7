import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where labs, layers, keys and the package cache live: outside of any repository. */
export interface LabHome {
  readonly root: string;
  readonly layers: string;
  readonly packages: string;
  readonly clusters: string;
  readonly labs: string;
  readonly keys: string;
  /** Package repositories that the lab built. */
  readonly repos: string;
}

/** `$WINDLASS_LAB`, or `/var/lib/windlass-lab`; its folders are made when missing. */
export function labHome(root = process.env.WINDLASS_LAB ?? '/var/lib/windlass-lab'): LabHome {
  const home: LabHome = {
    root,
    layers: join(root, 'layers'),
    packages: join(root, 'packages'),
    clusters: join(root, 'clusters'),
    labs: join(root, 'labs'),
    keys: join(root, 'keys'),
    repos: join(root, 'repos'),
  };
  for (const folder of Object.values(home)) mkdirSync(folder, { recursive: true, mode: 0o755 });
  return home;
}
