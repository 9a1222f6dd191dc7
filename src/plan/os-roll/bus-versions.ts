import { type BusTool, can } from '../../catalog/components/rabbitmq.ts';
import { distribution } from '../../catalog/distributions.ts';
import { minor } from '../../catalog/version.ts';
import type { Controllers } from './topology.ts';

/** What the target ships, to the minor version: security updates of it are as good. */
export const newBus = (roll: Controllers): string => minor(distribution(roll.to.os).ships.rabbitmq ?? '');

/** What the members that are still to be upgraded run; what their system ships where they did not tell. */
function oldBus(roll: Controllers): string {
  const told = roll.order.map((name) => roll.facts.nodes[name]?.rabbitmq?.version).find((one) => one);
  return told ?? distribution(roll.from.os).ships.rabbitmq ?? '';
}

/** Whether the tools of the old members, or of the new ones, can do something; a version nobody knows is a late one. */
export const oldBusCan = (roll: Controllers, tool: BusTool): boolean =>
  oldBus(roll) === '' || can(oldBus(roll), tool);
export const newBusCan = (roll: Controllers, tool: BusTool): boolean =>
  distribution(roll.to.os).ships.rabbitmq === undefined ||
  can(distribution(roll.to.os).ships.rabbitmq ?? '', tool);

/** The bus goes on with at least `min` of these members. */
export const busGoesOn = (roll: Controllers, nodes: readonly string[], min: number) => ({
  kind: oldBusCan(roll, 'json') ? 'rabbitmq.others-running' : 'rabbitmq.older-running',
  params: { nodes: [...nodes], min },
  title: 'the bus goes on without it',
});
