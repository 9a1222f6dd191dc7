import { SERIES } from '../catalog/releases.ts';
import { findService, majorAt } from '../catalog/services/index.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import type { Standing } from '../model/target.ts';

/** Upstream's major version of a Debian version: the number before the first dot, epoch left aside. */
const major = (version: string): number => Number.parseInt(version.replace(/^\d+:/, ''), 10);

function seriesOf(cluster: Cluster, facts: Facts): string | undefined {
  const found = new Set<string>();
  for (const name of Object.values(cluster.services).flat()) {
    const service = findService(name);
    const told = service?.tells?.package;
    if (!service || told === undefined) continue;
    for (const node of Object.values(facts.nodes)) {
      const version = node.packages[told]?.version;
      if (version === undefined) continue;
      const series = SERIES.find(({ id }) => majorAt(service, id) === major(version));
      found.add(series?.id ?? 'unknown');
    }
  }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/**
 * Where the cluster stands: what every node says where they agree, else what the cluster file says (a cluster that
 * was left half way still has its old standing).
 */
export function standingOf(cluster: Cluster, facts: Facts): Standing {
  const systems = new Set(Object.values(facts.nodes).map(({ os }) => os.codename));
  const [os] = systems;
  const said = cluster.os.split('/').at(-1) ?? cluster.os;
  return {
    os: systems.size === 1 && os !== undefined ? os : said,
    openstack: (systems.size === 1 ? seriesOf(cluster, facts) : undefined) ?? cluster.openstack,
  };
}
