import type { RunEvent } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import {
  begin,
  failures,
  fold,
  gateStatus,
  outcome,
  type RunState,
  ready,
  running,
  stepStatus,
} from '../../../src/schedule/index.ts';

export interface Walk {
  readonly events: readonly RunEvent[];
  readonly state: RunState;
  readonly now: number;
  readonly ended: boolean;
}

const fault = { code: 'WL-STEP-COMMAND', message: 'rc 1', remedy: 'look' };

/** Steps that only a person's word brings back. */
function broken(state: RunState): string[] {
  const undone = state.plan.steps.filter(({ id }) => stepStatus(state, id).is === 'undone');
  return [...failures(state).map(({ step }) => step), ...undone.map(({ id }) => id)];
}

/** Lives through a run in which anything may happen at any time; `draw(n)` gives a number below n. */
export function walk(plan: Plan, draw: (below: number) => number): Walk {
  let state = begin(plan);
  let now = 0;
  let patience = 16;
  const events: RunEvent[] = [];
  const happen = (event: RunEvent): void => {
    state = fold(state, event);
    events.push(event);
  };
  const spend = (): boolean => patience-- > 0;

  for (let turn = 0; turn < 3000; turn += 1) {
    const decision = ready(state, now);
    for (const gate of decision.expire) happen({ type: 'gate.expired', at: now, gate });
    for (const gate of decision.open) happen({ type: 'gate.opened', at: now, gate });
    for (const step of decision.start) {
      happen({ type: 'step.started', at: now, step, attempt: stepStatus(state, step).attempt + 1 });
    }
    const active = running(state);
    const gates = plan.gates.map(({ id }) => id).filter((id) => gateStatus(state, id).is === 'open');
    const standing = outcome(state);
    if (active.length === 0 && standing !== 'running' && standing !== 'waiting-at-gate') {
      if (standing === 'finished' || !spend()) return { events, state, now, ended: true };
      // A person mends some of it, not always all.
      for (const step of broken(state)) {
        if (draw(4) > 0) happen({ type: 'step.retried', at: now, step, by: 'ann' });
      }
      happen({ type: 'run.resumed', at: now, by: 'ann', epoch: 2 });
      happen({ type: 'run.unpaused', at: now, by: 'ann' });
      continue;
    }
    const chance = draw(100);
    const step = active[draw(Math.max(1, active.length))];
    const gate = gates[draw(Math.max(1, gates.length))];
    if (chance < 3 && spend()) happen({ type: 'run.paused', at: now, by: 'ann' });
    else if (chance < 6 && spend()) happen({ type: 'run.interrupted', at: now, by: 'ann' });
    else if (chance < 8 && spend()) happen({ type: 'run.halted', at: now, because: 'drift' });
    else if (chance < 12 && spend()) happen({ type: 'run.resumed', at: now, by: 'bob', epoch: 3 });
    else if (chance < 16 && step && spend()) happen({ type: 'step.failed', at: now, step, fault });
    else if (chance < 18 && gate && spend()) {
      happen({ type: 'gate.rejected', at: now, gate, by: 'eve', because: 'no' });
    } else if (chance < 19 && spend()) {
      const finished = plan.steps.filter(({ id }) => stepStatus(state, id).is === 'finished');
      const undo = finished[draw(Math.max(1, finished.length))]?.id;
      if (undo) happen({ type: 'step.undone', at: now, step: undo });
    } else if (chance < 21 && spend()) {
      // Also while the rest of the run goes on.
      const again = broken(state)[0];
      if (again) happen({ type: 'step.retried', at: now, step: again, by: 'bob' });
    } else if (chance < 25 && step) happen({ type: 'step.waiting', at: now, step, because: 'guard' });
    else if (chance < 60 && step) {
      happen({ type: 'step.finished', at: now, step, outcome: 'done', because: 'seen' });
    } else if (chance < 74 && gate) happen({ type: 'gate.approved', at: now, gate, by: `p${draw(5)}` });
    else if (chance < 78 && gate) happen({ type: 'gate.measured', at: now, gate, evidence: 'so' });
    else if (chance < 81 && spend()) {
      // Also of gates that are passed, with what is behind them begun or not.
      const any = plan.gates[draw(Math.max(1, plan.gates.length))]?.id;
      if (any) happen({ type: 'gate.revoked', at: now, gate: any, by: `p${draw(5)}` });
    } else now += draw(20) * 1000 + (active.length === 0 ? Math.max(0, (decision.wakeAt ?? now) - now) : 0);
  }
  return { events, state, now, ended: false };
}
