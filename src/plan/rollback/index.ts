import { factsHash, planId } from '../../model/hash.ts';
import type { Plan, PlanBody } from '../../model/plan.ts';
import { Draft } from '../draft.ts';
import { bringProgram } from '../os-roll/cloud.ts';
import { decided } from './databases.ts';
import { findingsOf } from './findings.ts';
import { finish } from './finish.ts';
import { lower, quiet, restore, stop } from './lower.ts';
import { checkpointOf, takenAt } from './past.ts';
import type { RollbackRequest } from './request.ts';
import { scopeOf } from './scope.ts';
import { proveComputes, startAll } from './start.ts';

/**
 * The way back from any step of a run, or from a finished one, as a plan for the ordinary engine: what is ahead stops
 * everywhere at once, packages and configuration come back on all nodes side by side, databases all or none, and the old
 * release starts. Guests run on: neither libvirt, qemu nor the switch is ever stopped.
 * Pure: the same request gives the same plan.
 */
export function makeRollback(request: RollbackRequest): Plan {
  const { cluster, past, now, round } = request;
  const checkpoint = checkpointOf(past, request.to);
  const decision = decided(past, request.databases);
  const scope = scopeOf(request, checkpoint, decision);
  const draft = new Draft();
  const calm = quiet(draft, scope);
  if (scope.stopped.length > 0) {
    draft.phase('prepare', 'Prepare');
    bringProgram(draft, scope.roll);
  }
  const ready = draft.steps.map(({ id }) => id);
  const stopped = stop(draft, scope, ready);
  const still = [...stopped.values()].flat();
  draft.phase('back', 'Bring packages, configuration and databases back');
  const restored = restore(draft, scope, still.length > 0 ? still : calm);
  const back = lower(draft, scope, stopped, ready);
  const started = startAll(draft, scope, back, restored);
  const all = [...new Set([...started, ...restored, ...[...back.values()].flat()])];
  finish(draft, scope, proveComputes(draft, scope, all));
  const since = checkpoint && takenAt(past, checkpoint);
  const { from, to } = past.plan;
  const body: PlanBody = {
    windlass: 1,
    cluster: cluster.cluster,
    facts: factsHash(now),
    assumed: now.assumed,
    ...(past.plan.leftOut ? { leftOut: past.plan.leftOut } : {}),
    rollback: {
      run: past.run,
      ...(checkpoint ? { checkpoint: checkpoint.id } : {}),
      round,
      databases: decision.is,
    },
    from: to,
    to: from,
    route: [
      {
        strategy: 'rollback',
        from: to,
        to: from,
        outage: {},
        why: `back to what run ${past.run} came from: ${scope.lowered.length} nodes are lowered; databases: ${decision.is}, for ${decision.because}`,
      },
    ],
    complete: true,
    findings: findingsOf({
      past,
      kept: request.kept,
      checkpoint,
      decision,
      since,
      born: request.born,
    }),
    policy: { ...cluster.policy, onFailure: 'halt' },
    phases: draft.phases.filter(({ id }) => draft.steps.some(({ phase }) => phase === id)),
    steps: draft.steps,
    gates: [],
    checkpoints: [],
  };
  return { ...body, id: planId(body) };
}
