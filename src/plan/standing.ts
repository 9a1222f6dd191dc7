import { archiveFor, findDistribution } from '../catalog/distributions.ts';
import { SERIES } from '../catalog/releases.ts';
import { findService, seriesOfPackage } from '../catalog/services/index.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import type { Standing } from '../model/target.ts';

/** What each service's packages say, once for every node that has it; `unknown` where the number fits no series. */
function told(cluster: Cluster, facts: Facts): readonly (readonly [service: string, series: string])[] {
  return [...new Set(Object.values(cluster.services).flat())].flatMap((name) => {
    const service = findService(name);
    const { package: of } = service?.tells ?? {};
    if (!service || of === undefined) return [];
    return Object.values(facts.nodes).flatMap(({ packages }) => {
      const version = packages[of]?.version;
      if (version === undefined) return [];
      return [[service.name, seriesOfPackage(service, version) ?? 'unknown'] as const];
    });
  });
}

/** The series all services are of; some archives have one or two that are behind the others or ahead of them. */
function seriesOf(cluster: Cluster, facts: Facts, os: string): string | undefined {
  const all = told(cluster, facts);
  const fits = SERIES.filter(({ id }) => {
    const pairing = findDistribution(os) && archiveFor(os, id);
    return (
      all.some(([, series]) => series === id) &&
      all.every(
        ([service, series]) =>
          series === id || pairing?.stays?.includes(service) || pairing?.ahead?.[service] === series,
      )
    );
  });
  return fits.length === 1 ? fits[0]?.id : undefined;
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
    openstack:
      (systems.size === 1 && os !== undefined ? seriesOf(cluster, facts, os) : undefined) ??
      cluster.openstack,
  };
}
