import { archiveFor } from '../../catalog/distributions.ts';
import { seriesBetween } from '../../catalog/releases.ts';
import { hasOneController } from '../../model/cluster.ts';
import { Chain, type Draft } from '../draft.ts';
import { changeOptions } from '../os-roll/options.ts';
import { bringBack } from '../os-roll/services.ts';
import { type Controllers, servicesOn } from '../os-roll/topology.ts';
import { stoppedOn, waitingOn } from './agents.ts';
import { archivePath, goingPackages, heldAlways, installMissing } from './archive.ts';
import { keptWhere } from './checkpoint.ts';
import { staysDown, takeNode } from './dependencies.ts';

/**
 * Whether libraries rise before their services, which go on serving on them. Never on the only controller: it is stopped
 * once, and all of it rises (004). Elsewhere where the policy lets it, or old services are known to run on the new libraries:
 * from one release to the next, where nothing is known against it of the archive. Over more it does not hold, whatever
 * upstream supports, and nothing that apt knows says so. Zed's heat fails on Epoxy's oslo.db (`cannot import name
 * 'migration'`, on bookworm); over Gazpacho's libraries Epoxy's neutron misses neutron-lib's ACCESS_READONLY and Epoxy's
 * cinder-volume the md5 of oslo.utils (on trixie).
 */
export const librariesAhead = ({ from, to, cluster }: Controllers): boolean => {
  if (hasOneController(cluster) || seriesBetween(from.openstack, to.openstack).length !== 1) return false;
  const known = archiveFor(to.os, to.openstack)?.together === undefined ? 'ahead' : 'together';
  return (cluster.policy.libraries ?? known) === 'ahead';
};

/**
 * One controller with everything on it: where old services cannot run on the new libraries, both rise at once while the
 * node takes no requests, and it comes back as after an upgrade of its system.
 */
export function raiseTogether(
  draft: Draft,
  roll: Controllers,
  node: string,
  after: readonly string[],
): readonly string[] {
  draft.phase(`raise-${node}`, `Raise ${node}`);
  const chain = new Chain(draft, after);
  takeNode(chain, roll, node);
  chain.step({
    id: `${node}/openstack/raise`,
    kind: 'archive.raise',
    on: [node],
    params: {
      archive: archivePath(roll),
      held: heldAlways(roll),
      removes: goingPackages(roll),
      ...keptWhere(roll),
      ...staysDown(stoppedOn(roll, node)),
    },
    title: `Raise everything of ${roll.to.openstack} on ${node}`,
    why: hasOneController(roll.cluster)
      ? 'nobody else serves meanwhile, so nothing old has to run on new libraries'
      : (archiveFor(roll.to.os, roll.to.openstack)?.together ??
        `${roll.from.openstack}'s services do not all run on ${roll.to.openstack}'s libraries: both rise at once`),
    source: hasOneController(roll.cluster) ? '004' : 'research/lab.md 5; docs/rolling.md',
    return: 'restore',
    estimate: 150,
    timeout: 3600,
  });
  for (const service of servicesOn(roll, node)) installMissing(chain, roll, node, service);
  changeOptions(chain, roll, node);
  return bringBack(draft, roll, node, chain.last, waitingOn(roll, node));
}
