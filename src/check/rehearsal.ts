import type { Cluster } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { fresh, REHEARSED_WITHIN, type Rehearsal } from '../model/rehearsal.ts';
import type { Standing } from '../model/target.ts';

const CODE = 'WL-CHECK-REHEARSAL';
const SOURCE = '002; research/lab.md 4 (rehearsal on clones)';

/**
 * What the last rehearsal means for the way to a target, where schemas change on it: nothing is found while it counts.
 * Where the policy requires one, anything else blocks; where it does not, one that failed on these very schemas warns.
 * `now` is milliseconds, since a check has no clock of its own.
 */
export function rehearsed(
  cluster: Cluster,
  facts: Facts,
  way: { readonly from: Standing; readonly to: Standing },
  document: Rehearsal | undefined,
  now: number,
): Finding[] {
  if (way.from.openstack === way.to.openstack) return [];
  const { rehearsal, rehearsalWithin = REHEARSED_WITHIN } = cluster.policy;
  const required = rehearsal === 'required';
  const wanted = { cluster: cluster.cluster, to: way.to, fingerprints: facts.cloud?.fingerprints };
  const state = fresh(document, wanted, now, rehearsalWithin);
  if (state.is === 'fresh') return [];
  const mine =
    document?.outcome === 'failed' &&
    document.cluster === cluster.cluster &&
    document.to.os === way.to.os &&
    document.to.openstack === way.to.openstack;
  if (!required && !mine) return [];
  const cause = document?.asShipped
    ? 'the plan keeps the old defaults that were left out'
    : (document?.failed?.remedy ?? 'see why it failed').replace(/\.$/, '');
  const mend = mine ? `${cause}; then rehearse again` : 'rehearse it';
  return [
    {
      level: required ? 'block' : 'warn',
      code: CODE,
      title: required ? 'No rehearsal counts for this way' : 'The rehearsal of this way failed',
      evidence: state.because,
      remedy: `${mend}: windlass rehearse --os ${way.to.os} --openstack ${way.to.openstack}`,
      source: SOURCE,
    },
  ];
}
