import type { Service } from '../../catalog/service.ts';
import type { Policy } from '../../model/policy.ts';
import type { Draft } from '../draft.ts';
import { beginnings, waveGates } from '../gates.ts';
import type { Controllers } from '../os-roll/topology.ts';
import { showDifference } from '../test-node.ts';
import { bySite, wavesOf } from '../waves.ts';
import { archivePath, goingPackages, heldAlways } from './archive.ts';
import { type Outside, raiseSatellites } from './satellites.ts';

/**
 * Whether what runs outside the controllers goes in waves behind the control plane (002), or each service's part at once
 * behind it (001, which is the shorter way: a region's agents are restarted while its control plane goes on).
 */
export const inWaves = ({ canary, gates }: Policy): boolean =>
  canary.length > 0 || [gates?.computes, gates?.sample, gates?.rest].some((stage) => stage !== undefined);

/**
 * The canary with all of its services, then a sample, then the rest, one site after the other; within a site as many at
 * once, and at the pace, as their classes allow. Everything needs the canary; behind another site's node that failed the
 * next site goes on as the policy says (`follows`). Gives the last steps of all nodes.
 */
export function raiseInWaves(
  draft: Draft,
  roll: Controllers,
  services: Iterable<Service>,
  { workers, prepared, after }: Outside,
): readonly string[] {
  const { cluster } = roll;
  const waves = wavesOf(cluster, workers);
  const all = [...services];
  const ends: string[] = [];
  const wave = (
    name: string,
    title: string,
    nodes: readonly string[],
    needs: readonly string[],
    behind: readonly string[],
  ): { readonly ends: readonly string[]; readonly begin: readonly string[] } => {
    const from = draft.steps.length;
    const mine: string[] = [];
    const sites = bySite(cluster, nodes);
    let before = behind;
    for (const site of sites) {
      const where = cluster.nodes[site[0] ?? '']?.site;
      if (sites.length > 1 && where) draft.phase(`computes-${name}-${where}`, `${title}, ${where}`);
      else draft.phase(`computes-${name}`, title);
      const onNode = new Map<string, readonly string[]>();
      const zone = all.flatMap((service) =>
        raiseSatellites(draft, roll, service, {
          workers: site,
          prepared,
          after: needs,
          onNode,
          behind: before,
        }),
      );
      if (zone.length > 0) before = zone;
      mine.push(...zone);
    }
    ends.push(...mine);
    return { ends: mine, begin: beginnings(draft.steps.slice(from)) };
  };
  const test = showDifference(draft, cluster, waves.canaries, after, () => ({
    kind: 'archive.difference',
    params: { archive: archivePath(roll), held: heldAlways(roll), removes: goingPackages(roll) },
  }));
  const canary = wave('canary', 'Computes: the canary', waves.canaries, test.after, []);
  const needs = canary.ends.length > 0 ? canary.ends : after;
  const sample = wave('sample', 'Computes: a sample', waves.sample, needs, []);
  const rest = wave('rest', 'Computes: the rest', waves.rest, needs, sample.ends);
  const begin = { canaries: canary.begin, sample: sample.begin, rest: rest.begin };
  waveGates(draft, roll, waves, begin, test.shows);
  return ends;
}
