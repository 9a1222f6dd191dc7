import { EXIT, WindlassError } from '../../model/error.ts';
import type { Controllers } from './topology.ts';

const PARTS = ['galera', 'rabbitmq', 'pacemaker'] as const;

/**
 * Refuses clusters that this roll would take apart. It moves bus, database and VIP controller by controller, so each
 * of them must be on all or on none; and a node that is on the target already must be through its own roll, or the
 * next one would join a bus that does not run. Throws WL-PLAN-SHAPE, WL-PLAN-HALF-WAY (exit 3).
 */
export function refuseShape(roll: Controllers): void {
  for (const part of PARTS) {
    const on = roll.all.filter((name) => roll.facts.nodes[name]?.[part]);
    const off = roll.all.filter((name) => !on.includes(name));
    if (on.length === 0 || off.length === 0) continue;
    throw new WindlassError(
      {
        code: 'WL-PLAN-SHAPE',
        message: `${part} is on ${on.join(', ')}, but not on ${off.join(', ')}: this Windlass rolls nodes that all carry the same platform`,
        remedy:
          'a bus or a database on machines of its own is not planned yet: upgrade those by hand, or wait for a version that plans them',
      },
      EXIT.blocked,
    );
  }
  const halted = roll.done.filter((name) => {
    const bus = roll.facts.nodes[name]?.rabbitmq;
    return bus && !bus.running.includes(`rabbit@${name}`);
  });
  if (roll.order.length === 0 || halted.length === 0) return;
  throw new WindlassError(
    {
      code: 'WL-PLAN-HALF-WAY',
      message: `${halted.join(', ')} runs ${roll.to.os} already, but its RabbitMQ does not run: its own roll was not finished`,
      remedy: `finish the run that began it (windlass resume), or bring RabbitMQ up on ${halted.join(', ')}, then plan again`,
    },
    EXIT.blocked,
  );
}
