import { disksOf, type Role, rebuildOf } from '../../model/cluster.ts';
import { EXIT, WindlassError } from '../../model/error.ts';
import { configurerOf } from './configure.ts';
import { type Controllers, others } from './topology.ts';

/** Whose disk holds what no other has, and what nothing here carries: guests, volumes, objects. */
const HOLDS: readonly Role[] = ['compute', 'volume', 'swift-proxy', 'swift-store', 'ceph-mon', 'ceph-osd'];

/** Whether the node's machine is made anew in this plan. */
export const isRebuilt = ({ cluster }: Pick<Controllers, 'cluster'>, node: string): boolean =>
  rebuildOf(cluster, node) !== undefined;

/** Refuses what could not be made anew, or not be brought back. Throws WL-PLAN-REBUILD (exit 2). */
export function refuseRebuild(roll: Controllers, node: string): void {
  const { cluster } = roll;
  if (!isRebuilt(roll, node)) return;
  const refuse = (message: string, remedy: string): never => {
    throw new WindlassError({ code: 'WL-PLAN-REBUILD', message, remedy, node }, EXIT.usage);
  };
  const elsewhere = cluster.rebuild?.volumes === 'elsewhere';
  const held = (cluster.nodes[node]?.roles ?? []).filter(
    (role) => HOLDS.includes(role) && !(role === 'volume' && elsewhere),
  );
  if (held.length > 0) {
    refuse(
      `${node} is a ${held.join(' and ')} node: what lies on its disk alone would be gone`,
      held.join() === 'volume'
        ? 'say `volumes: elsewhere` under rebuild: where no volume lies on a disk of such a node'
        : 'name under rebuild: nodes: only what may be made anew',
    );
  }
  if (!roll.all.includes(node)) {
    refuse(
      `${node} is no node of the control plane: only those are made anew`,
      'take it out of rebuild: nodes: its system is upgraded then',
    );
  }
  if (disksOf(cluster, node)?.provider !== 'command') {
    refuse(
      `${node} is to be made anew, and no command keeps its disk: there would be no way back`,
      'say who keeps it: disks: {provider: command, …} (docs/rollback.md)',
    );
  }
  if (configurerOf(cluster, node) === undefined) {
    refuse(
      `${node} is to be made anew, and nobody configures it: it would stay an empty system`,
      'say who makes it a controller: configuration: (docs/configuration.md)',
    );
  }
  if (others(roll, node).length === 0) {
    refuse(
      `${node} is the only controller: nobody is left to serve, or to hold what it has, while it is made anew`,
      'take rebuild: away: its system is upgraded then',
    );
  }
}
