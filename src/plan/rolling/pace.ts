import { paceOf } from '../../catalog/services/changes.ts';
import { vhostsOf } from '../os-roll/bus.ts';
import { markOf } from '../os-roll/keep.ts';
import { type Controllers, hasRole } from '../os-roll/topology.ts';

/** Messages that may wait on the bus when the next agent is restarted (001's number). */
const BACKLOG = 10_000;

/** A node of agents that carry routers goes alone, whatever the pace of its units. */
export const classOf = (roll: Controllers, node: string, units: readonly string[]): string => {
  if (hasRole(roll, node, 'network')) return 'network';
  const paced = units.map((unit) => paceOf(unit)?.class).find((name) => name !== undefined);
  return paced === 'compute' ? 'nova-compute' : (paced ?? 'light');
};

/** The bus has taken in what the restarts before said. */
function backlogGuard(roll: Controllers) {
  const node = roll.all.find((name) => roll.facts.nodes[name]?.rabbitmq);
  if (node === undefined) return [];
  return [
    {
      kind: 'rabbitmq.backlog',
      params: {
        node,
        vhosts: [...vhostsOf(roll)],
        max: BACKLOG,
        without: 'notifications',
      },
      title: 'the bus is not behind',
    },
  ];
}

/** A restart at the pace of its class, which guests do not notice: neither qemu nor the flows of a switch are these daemons'. */
export const pacedRestart = (roll: Controllers, node: string, units: readonly string[], key: string) => ({
  kind: 'systemd.restart',
  on: [node],
  params: { units, key: `${markOf(roll)}-${key}` },
  return: 'reversible' as const,
  estimate: 8,
  settle: 180,
  class: classOf(roll, node, units),
  impact: { guests: 'none' as const },
  guards: backlogGuard(roll),
});
