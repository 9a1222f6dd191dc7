import { Draft } from '../draft.ts';
import { deciders } from '../gates.ts';
import { makeParts } from '../parts.ts';
import { finish } from './finish.ts';
import { keepBus } from './keep-bus.ts';
import { rollNode } from './node.ts';
import { backup, keepOldDefaults, prepare } from './prepare.ts';
import { refuseRebuild } from './rebuilt.ts';
import { refuseShape } from './shape.ts';
import type { Controllers } from './topology.ts';
import { rollWorkers, workersOf } from './workers.ts';

/**
 * Operating system and release together, controller by controller (source 000): the bus is rebuilt on the first and
 * the clients move there, quorum is kept throughout, and what needs every node to be new comes last.
 */
export function osRoll(roll: Controllers): Draft {
  refuseShape(roll);
  const workers = workersOf(roll);
  for (const node of [...roll.order, ...workers.order]) refuseRebuild(roll, node);
  const draft = new Draft();
  const computesOnly = roll.order.length === 0;
  if (computesOnly && workers.order.length + workers.unfinished.length === 0) return draft;
  prepare(draft, roll, workers.order);
  backup(draft, roll, workers.order, ['db', 'etc', 'rabbitmq']);
  keepOldDefaults(draft, roll);
  keepBus(draft, roll);
  makeParts(draft, roll, [...roll.order, ...workers.order]);
  const ready = draft.steps.map(({ id }) => id);
  let last: readonly string[] = ready;
  // The same release on both systems: computes are the easier ones and go first (000). A newer release: its control
  // plane bears with old computes, but not the other way round (research/lab.md 4).
  const computesFirst = roll.from.openstack === roll.to.openstack;
  const rollComputes = (after: readonly string[]): readonly string[] => {
    const ends = rollWorkers(draft, roll, workers, after);
    return ends.length > 0 ? ends : after;
  };
  if (computesFirst) last = rollComputes(last);
  for (const node of roll.order) last = rollNode(draft, roll, node, last);
  if (!computesFirst) last = rollComputes(last);
  finish(draft, roll, last);
  const [first] = draft.steps.filter(({ id }) => !ready.includes(id));
  if (first) {
    draft.gates.push({
      id: 'point-of-no-return',
      title: `Backups are proved; from ${first.id.split('/')[0]} on, a node comes back only by a restore`,
      before: [first.id],
      ...deciders(roll.cluster),
      onExpiry: 'halt',
    });
  }
  return draft;
}
