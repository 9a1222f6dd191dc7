import { Draft } from '../draft.ts';
import { finish } from './finish.ts';
import { rollNode } from './node.ts';
import { backup, prepare } from './prepare.ts';
import { refuseShape } from './shape.ts';
import type { Controllers } from './topology.ts';

/**
 * Operating system and release together, controller by controller (source 000): the bus is rebuilt on the first and
 * the clients move there, quorum is kept throughout, and what needs every node to be new comes last.
 */
export function osRoll(roll: Controllers): Draft {
  refuseShape(roll);
  const draft = new Draft();
  if (roll.order.length === 0) return draft;
  prepare(draft, roll);
  backup(draft, roll);
  let last: readonly string[] = draft.steps.map(({ id }) => id);
  for (const node of roll.order) last = rollNode(draft, roll, node, last);
  finish(draft, roll, last);
  const firstWork = draft.steps.filter((step) => step.phase === `roll-${roll.order[0]}`).slice(0, 1);
  draft.gates.push({
    id: 'point-of-no-return',
    title: `Backups are proved; from ${roll.order[0]} on, a node comes back only by a restore`,
    before: firstWork.map(({ id }) => id),
    approvals: 1,
    expires: 7200,
    onExpiry: 'halt',
  });
  return draft;
}
