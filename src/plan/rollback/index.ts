import { factsHash, planId } from '../../model/hash.ts';
import type { Plan, PlanBody } from '../../model/plan.ts';
import { Draft } from '../draft.ts';
import { bringProgram } from '../os-roll/cloud.ts';
import { decided, fromDisks } from './databases.ts';
import { disksOf } from './disks.ts';
import { findingsOf } from './findings.ts';
import { finish } from './finish.ts';
import { askDisks, leavePlatform, restoreDisks } from './go-back.ts';
import { lower, quiet, restore, stop } from './lower.ts';
import { checkpointOf, takenAt } from './past.ts';
import { returnPlatform } from './platform.ts';
import type { RollbackRequest } from './request.ts';
import { type Scope, scopeOf } from './scope.ts';
import { proveComputes, returnAll, startAll } from './start.ts';

/** Disks go back and the platform is whole again, where the run changed the system; else nothing. Gives the last steps. */
function comeBack(draft: Draft, scope: Scope, needs: readonly string[]): readonly string[] {
  const { disks } = scope;
  if (disks === undefined) return needs;
  const left = leavePlatform(draft, scope, disks, needs);
  return returnPlatform(draft, scope, disks, restoreDisks(draft, scope, disks, left));
}

/**
 * The way back from any step of a run, or from a finished one, as a plan for the ordinary engine: what is ahead stops
 * everywhere at once, packages and configuration come back on all nodes side by side, databases all or none, and the old
 * release starts. Guests run on: neither libvirt, qemu nor the switch is ever stopped.
 * Pure: the same request gives the same plan.
 */
export function makeRollback(request: RollbackRequest): Plan {
  const { cluster, past, givenUp, now, round } = request;
  const checkpoint = checkpointOf(past, request.to);
  const disks = disksOf(request);
  const found = decided(past, request.databases);
  const lost = disks?.together === true && disks.back.length > 0 && checkpoint?.holds.includes('db') === true;
  const decision = lost ? fromDisks(found) : found;
  const scope = scopeOf(request, checkpoint, decision, disks);
  const draft = new Draft();
  const calm = quiet(draft, scope);
  if (disks) askDisks(draft, scope, disks);
  if (scope.stopped.length > 0) {
    draft.phase('prepare', 'Prepare');
    bringProgram(draft, scope.roll);
  }
  const ready = draft.steps.map(({ id }) => id);
  const stopped = stop(draft, scope, ready);
  const still = [...stopped.values()].flat();
  const whole = comeBack(draft, scope, still.length > 0 ? still : ready);
  draft.phase('back', 'Bring packages, configuration and databases back');
  const restored = restore(draft, scope, disks ? whole : still.length > 0 ? still : calm);
  // A disk that goes back takes along what would have been put back on it before.
  const from = disks ? new Map(scope.nodes.map((node) => [node, whole])) : stopped;
  const back = lower(draft, scope, from, restored, ready);
  const started = startAll(draft, scope, back, restored);
  const returned = returnAll(draft, scope, started.all);
  const all = [...new Set([...returned, ...restored, ...whole, ...[...back.values()].flat()])];
  finish(draft, scope, proveComputes(draft, scope, all, started.workers));
  const since = checkpoint && takenAt(past, checkpoint);
  const last = givenUp?.at(-1);
  const { from: old, to } = past.plan;
  const body: PlanBody = {
    windlass: 1,
    cluster: cluster.cluster,
    facts: factsHash(now),
    assumed: now.assumed,
    ...(past.plan.leftOut ? { leftOut: past.plan.leftOut } : {}),
    rollback: {
      run: past.run,
      ...(last ? { after: last.run } : {}),
      ...(checkpoint ? { checkpoint: checkpoint.id } : {}),
      round,
      databases: decision.is,
      ...(disks && disks.back.length > 0 ? { disks: [...disks.back] } : {}),
    },
    from: to,
    to: old,
    route: [
      {
        strategy: 'rollback',
        from: to,
        to: old,
        outage: {},
        why: `back to what run ${past.run} came from: ${disks ? `the disks of ${disks.back.length} nodes go back` : `${scope.lowered.length} nodes are lowered`}; databases: ${decision.is}, for ${decision.because}`,
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
      disks,
      said: request.databases,
    }),
    policy: { ...cluster.policy, onFailure: 'halt' },
    phases: draft.phases.filter(({ id }) => draft.steps.some(({ phase }) => phase === id)),
    steps: draft.steps,
    gates: [],
    checkpoints: [],
  };
  return { ...body, id: planId(body) };
}
