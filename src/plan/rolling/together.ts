import { series } from '../../catalog/releases.ts';
import { Chain, type Draft } from '../draft.ts';
import { changeOptions } from '../os-roll/options.ts';
import { bringBack } from '../os-roll/services.ts';
import { type Controllers, servicesOn } from '../os-roll/topology.ts';
import { archivePath, goingPackages, heldAlways, installMissing } from './archive.ts';
import { takeNode } from './dependencies.ts';

/**
 * Whether the old services run on the new libraries: upstream keeps them to that over one supported step. Over more it
 * does not hold: Zed's heat fails on Epoxy's oslo.db (`cannot import name 'migration'`, seen on bookworm with a local
 * archive), and nothing that apt knows says so.
 */
export const librariesAhead = ({ from, to }: Controllers): boolean =>
  series(to.openstack).from.includes(from.openstack);

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
    params: { archive: archivePath(roll), held: heldAlways(roll), removes: goingPackages(roll) },
    title: `Raise everything of ${roll.to.openstack} on ${node}`,
    why: `over more than one step of upstream's, ${roll.from.openstack}'s services do not run on ${roll.to.openstack}'s libraries: both rise at once`,
    source: 'research/lab.md 5; Zed’s heat on Epoxy’s oslo.db, seen on bookworm',
    return: 'restore',
    estimate: 150,
    timeout: 3600,
  });
  for (const service of servicesOn(roll, node)) installMissing(chain, roll, node, service);
  changeOptions(chain, roll, node);
  return bringBack(draft, roll, node, chain.last);
}
