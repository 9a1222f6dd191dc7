import { findService, mustCutOver } from '../catalog/services/index.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import type { Rehearsal } from '../model/rehearsal.ts';
import type { Standing } from '../model/target.ts';

const CODE = 'WL-CHECK-OLD-CODE-FAILS';
const SOURCE = 'docs/rehearsal.md; research/lab.md 5 (item 5)';

/**
 * Services that this way would roll, though the last rehearsal saw their old code fail on this very schema once it was
 * expanded: clients of the nodes that have not risen yet would meet that. A rehearsal of another way, or as shipped, says
 * nothing of it, nor one whose schema of that service has changed since; one that failed later on still does.
 */
export function oldCodeRehearsed(
  cluster: Cluster,
  facts: Facts,
  way: { readonly from: Standing; readonly to: Standing },
  document: Rehearsal | undefined,
): Finding[] {
  if (document?.old === undefined || document.asShipped || document.cluster !== cluster.cluster) return [];
  const same = (one: Standing, other: Standing): boolean =>
    one.os === other.os && one.openstack === other.openstack;
  if (!same(document.from, way.from) || !same(document.to, way.to)) return [];
  const now = facts.cloud?.fingerprints ?? {};
  return Object.entries(document.old).flatMap(([name, { is, says }]): Finding[] => {
    if (is !== 'fails') return [];
    const entry = findService(name);
    if (entry === undefined || mustCutOver(entry, way.from, way.to) || cluster.policy.cutover.includes(name))
      return [];
    const changed = entry.databases.some(
      (schema) =>
        now[schema] !== undefined &&
        document.fingerprints[schema] !== undefined &&
        now[schema] !== document.fingerprints[schema],
    );
    if (changed) return [];
    return [
      {
        level: 'block',
        code: CODE,
        title: 'Old code fails on the expanded schema',
        evidence: `${name} would roll, but its ${way.from.openstack} failed in the rehearsal of ${document.at}: ${says}`,
        remedy: `cut it over, with a short window for its API: policy: {cutover: [${name}]}; or mend what it says and rehearse again`,
        source: SOURCE,
      },
    ];
  });
}
