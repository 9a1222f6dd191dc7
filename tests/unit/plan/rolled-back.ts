// Ways back of imagined runs: their journals, and what nodes would say of their packages.
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { NOBODY_BORN } from '../../../src/drivers/born.ts';
import type { Differs } from '../../../src/drivers/lower-packages.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { makeRollback } from '../../../src/plan/rollback/index.ts';
import { type Past, pastOf } from '../../../src/plan/rollback/past.ts';
import type { RollbackRequest } from '../../../src/plan/rollback/request.ts';
import { EPOXY_HERE, rolled, type Shape } from './rolled.ts';
import { planOf } from './shapes.ts';

export const AT = Date.parse('2026-11-21T18:34:00Z');

/** The journal of a run that did this many steps of its plan, in the plan's order; with `cut` the next one was begun. */
export function journal(plan: Plan, done: number, cut: boolean): RunEvent[] {
  return plan.steps.slice(0, done + (cut ? 1 : 0)).flatMap((step, place): RunEvent[] => {
    const at = AT + place * 1000;
    const applied = (node: string): RunEvent => ({
      type: 'step.applied',
      at,
      step: step.id,
      node,
      unit: `u-${place}`,
    });
    return [
      { type: 'step.started', at, step: step.id, attempt: 1 },
      ...(step.commands.length === 0 ? [] : step.on.map(applied)),
      ...(place < done
        ? [{ type: 'step.finished' as const, at, step: step.id, outcome: 'done' as const, because: '' }]
        : []),
    ];
  });
}

const AS_KEPT: Differs = {
  put: [],
  gone: [],
  auto: [],
  manual: [],
  hold: [],
  unhold: [],
  other: [],
  lacks: [],
  kept: 9,
};
/** A node whose packages rose. */
export const AHEAD: Differs = { ...AS_KEPT, put: [['nova-common', '3:31.0.0-6', '2:26.2.2-1']] };
function keptAfter({ applied, on }: Past, plan: Plan): RollbackRequest['kept'] {
  const raised = new Set(
    applied.filter(({ kind }) => kind === 'archive.raise').flatMap(({ id }) => [...(on.get(id) ?? [])]),
  );
  const nodes = new Set(plan.steps.flatMap((step) => step.on));
  return Object.fromEntries([...nodes].map((node) => [node, raised.has(node) ? AHEAD : AS_KEPT]));
}

export interface Back {
  readonly plan: Plan;
  readonly past: Past;
  readonly request: RollbackRequest;
}

/** The way back of a run of Zed to Epoxy on bookworm that did so many steps; `others`: databases that are no service's. */
export function back(
  shape: Shape,
  done: number | ((plan: Plan) => number),
  {
    cut = false,
    others = [],
    ...said
  }: Partial<RollbackRequest> & { readonly cut?: boolean; readonly others?: readonly string[] } = {},
): Back {
  const cluster = rolled(shape);
  const before = assumedFacts(cluster);
  for (const { galera } of Object.values(before.nodes))
    for (const name of others) if (galera) galera.databases[name] = 'utf8mb4_general_ci';
  const plan = planOf(cluster, before, EPOXY_HERE);
  const past = pastOf(
    '202611211834-beef',
    plan,
    journal(plan, typeof done === 'number' ? done : done(plan), cut),
  );
  const kept = keptAfter(past, plan);
  const request = {
    cluster,
    past,
    before,
    now: before,
    kept,
    born: NOBODY_BORN,
    round: '20261121190000',
    ...said,
  };
  return { plan: makeRollback(request), past, request };
}

export const everything = (plan: Plan): number => plan.steps.length;
export const finishedRun = (shape: Shape): Plan => back(shape, everything).plan;
