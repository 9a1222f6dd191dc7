import { soonest } from '../model/condition.ts';
import type { FaultRecord, RunEvent } from '../model/event.ts';
import type { Gate, Step } from '../model/plan.ts';
import { anyone, expiryOf } from './gates.ts';
import { Queue } from './queue.ts';
import { ready } from './ready.ts';
import { fold, type RunState } from './state.ts';
import { running, stepStatus } from './status.ts';

/** How an imagined step ends, and after how many seconds. */
export interface Ending {
  readonly seconds: number;
  readonly outcome?: 'done' | 'already';
  readonly fault?: FaultRecord;
}

export interface Script {
  /** Milliseconds; the imagined clock starts here. */
  readonly now: number;
  ending(step: Step, attempt: number): Ending;
  /** Seconds after its opening at which a gate is approved; undefined: never. Without it: at once. */
  approval?(gate: Gate): number | undefined;
  /** Seconds after a failure at which a person has the step tried again; undefined, or without it: never. */
  retry?(step: Step, attempt: number): number | undefined;
}

export interface Played {
  readonly state: RunState;
  readonly events: readonly RunEvent[];
  /** The clock when nothing more could happen. */
  readonly now: number;
}

interface Coming {
  readonly at: number;
  readonly order: number;
  readonly events: readonly RunEvent[];
}

/**
 * Plays a run to its end, or to where it sticks, over the scheduler alone: every decision is taken as it is in a
 * real run, only the steps' work is replaced by the script's word.
 */
export function play(from: RunState, script: Script): Played {
  let state = from;
  let now = script.now;
  let order = 0;
  const events: RunEvent[] = [];
  const coming = new Queue<Coming>((a, b) => a.at - b.at || a.order - b.order);
  const steps = new Map(state.plan.steps.map((step) => [step.id, step]));
  const gates = new Map(state.plan.gates.map((gate) => [gate.id, gate]));

  const happen = (event: RunEvent): void => {
    state = fold(state, event);
    events.push(event);
  };
  const later = (at: number, what: readonly RunEvent[]): void => {
    coming.push({ at, order: order++, events: what });
  };
  const finish = (id: string, attempt: number, startedAt: number): void => {
    const step = steps.get(id);
    if (!step) return;
    const { seconds, outcome = 'done', fault } = script.ending(step, attempt);
    const at = Math.max(now, startedAt + seconds * 1000);
    if (!fault) later(at, [{ type: 'step.finished', at, step: id, outcome, because: 'imagined' }]);
    else {
      later(at, [{ type: 'step.failed', at, step: id, fault }]);
      const after = script.retry?.(step, attempt);
      const again = at + (after ?? 0) * 1000;
      if (after !== undefined) later(again, [{ type: 'step.retried', at: again, step: id, by: 'operator' }]);
    }
  };
  const open = (id: string): void => {
    const gate = gates.get(id);
    happen({ type: 'gate.opened', at: now, gate: id });
    const after = gate && script.approval ? script.approval(gate) : 0;
    if (!gate || after === undefined) return;
    const at = now + after * 1000;
    if (at >= expiryOf(now, gate.expires)) return;
    later(
      at,
      anyone(gate).map((by) => ({ type: 'gate.approved', at, gate: id, by })),
    );
    if (gate.condition === undefined) return;
    // It is imagined to be so as soon as it can be.
    const good = Math.max(at, now + soonest(gate.condition) * 1000);
    later(good, [{ type: 'gate.measured', at: good, gate: id, evidence: 'imagined' }]);
  };

  for (const id of running(state)) {
    const { attempt, startedAt = now } = stepStatus(state, id);
    finish(id, attempt, startedAt);
  }
  for (;;) {
    const decision = ready(state, now);
    for (const gate of decision.expire) happen({ type: 'gate.expired', at: now, gate });
    for (const gate of decision.open) open(gate);
    for (const id of decision.start) {
      const attempt = stepStatus(state, id).attempt + 1;
      happen({ type: 'step.started', at: now, step: id, attempt });
      finish(id, attempt, now);
    }
    // What was just done sets new times: ask again before the clock moves.
    if (decision.expire.length + decision.open.length + decision.start.length > 0) continue;
    const next = Math.min(
      coming.peek()?.at ?? Number.POSITIVE_INFINITY,
      decision.wakeAt ?? Number.POSITIVE_INFINITY,
    );
    if (next === Number.POSITIVE_INFINITY) return { state, events, now };
    now = next;
    for (let due = coming.peek(); due !== undefined && due.at <= now; due = coming.peek()) {
      coming.pop();
      for (const event of due.events) happen(event);
    }
  }
}
