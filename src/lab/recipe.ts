import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveOf } from './archive.ts';
import type { LabHome } from './home.ts';
import { type LayerRecipe, layerNames } from './layer.ts';
import type { Mirror } from './mirror.ts';
import { packageGroups } from './services/index.ts';
import { hasGuests, SERVICE_NAMES, type Topology, type TopologyNode } from './topology.ts';

const CLOUD_ONLY = ['agents.ts', 'neutron-conf.ts', 'nova-conf.ts', 'share.ts'];

/** What a node's root filesystem is made of. */
export function layerRecipe(topology: Topology, node: TopologyNode): LayerRecipe {
  const archive = archiveOf(topology);
  return { suite: topology.suite, groups: packageGroups(topology, node), ...(archive ? { archive } : {}) };
}

/**
 * Name of the kept copy of a freshly made cluster. It changes with whatever the copy was made of: the
 * topology, the layers, the addresses, the mirror and the very text of the files that set it up.
 */
export function recipeKey(topology: Topology, net: number, mirror: Mirror): string {
  const here = import.meta.dirname;
  const guests = hasGuests(topology);
  const services = readdirSync(join(here, 'services')).filter((name) => {
    const service = SERVICE_NAMES.find((known) => name === `${known}.ts`);
    // What several services share is theirs all; but what only a cloud's use changes no other cluster.
    if (service === undefined) return guests || !CLOUD_ONLY.includes(name);
    return topology.services.includes(service);
  });
  const others = ['identity.ts', 'provision.ts', 'site.ts', 'seed.ts', 'seed-data.ts'];
  const texts = [
    ...services.map((name) => join('services', name)),
    ...others,
    ...(guests ? ['guest-image.ts', 'seed-cloud.ts'] : []),
  ].map((name) => readFileSync(join(here, name), 'utf8'));
  const layers = topology.nodes.map((node) => layerNames(layerRecipe(topology, node)));
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
