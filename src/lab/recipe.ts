import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHome } from './home.ts';
import { layerNames } from './layer.ts';
import type { Mirror } from './mirror.ts';
import { packagesOf } from './services/index.ts';
import type { Topology } from './topology.ts';

/**
 * Name of the kept copy of a freshly made cluster. It changes with whatever the copy was made of: the
 * topology, the layers, the addresses, the mirror and the very text of the files that set it up.
 */
export function recipeKey(topology: Topology, net: number, mirror: Mirror): string {
  const here = import.meta.dirname;
  const services = readdirSync(join(here, 'services')).map((name) => join('services', name));
  const texts = [...services, 'provision.ts', 'site.ts', 'seed.ts', 'seed-data.ts'].map((name) =>
    readFileSync(join(here, name), 'utf8'),
  );
  const layers = layerNames({ suite: topology.suite, packages: packagesOf(topology) });
  const hash = createHash('sha256').update(JSON.stringify([topology, net, mirror, layers, texts]));
  return `${topology.name}-net${net}-${hash.digest('hex').slice(0, 12)}`;
}

/** Networks for which a kept copy of this very cluster lies ready. */
export function keptNets(home: LabHome, topology: Topology, mirror: Mirror): number[] {
  const named = new RegExp(`^${topology.name}-net(\\d+)-`);
  const nets = new Set(readdirSync(home.clusters).map((name) => Number(named.exec(name)?.[1])));
  return [...nets].filter(
    (net) => net > 0 && existsSync(join(home.clusters, recipeKey(topology, net, mirror))),
  );
}
