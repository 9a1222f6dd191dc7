import type { RunEvent } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import {
  gateStatus,
  measurable,
  measure,
  NOTHING_MEASURED,
  outcome,
  type RunState,
} from '../schedule/index.ts';
import type { RunOptions } from './options.ts';

/** Milliseconds between two looks at what is measured: some minutes of samples are read each time. */
const EVERY = 10_000;

/** The gates of one run, as its orchestrator has to do with them. */
export class Gates {
  readonly #before: ReadonlyMap<string, readonly string[]>;
  readonly #measurements: RunOptions['measurements'];
  #next = 0;

  constructor({ gates }: Plan, measurements: RunOptions['measurements']) {
    const pairs = gates.flatMap(({ id, before }) => before.map((step) => ({ step, id })));
    const byStep = Map.groupBy(pairs, ({ step }) => step);
    this.#before = new Map([...byStep].map(([step, held]) => [step, held.map(({ id }) => id)]));
    this.#measurements = measurements;
  }

  /** Whether a step stands behind a gate at all. */
  holds(step: string): boolean {
    return this.#before.has(step);
  }

  /** Whether every gate before a step is passed. */
  passed(state: RunState, step: string): boolean {
    return (this.#before.get(step) ?? []).every((gate) => gateStatus(state, gate).is === 'passed');
  }

  /** Events of gates that wait for nothing but a measurement, and have it now; asked while the run could go on. */
  measured(state: RunState, now: number): RunEvent[] {
    const open = measurable(state);
    if (open.length === 0 || now < this.#next) return [];
    if (!['running', 'waiting-at-gate'].includes(outcome(state))) return [];
    this.#next = now + EVERY;
    return open.flatMap(({ gate, condition, openedAt }) => {
      const moment = { now, openedAt };
      const seen = this.#measurements?.(condition, moment) ?? NOTHING_MEASURED;
      const { met, evidence } = measure(condition, seen, moment);
      return met ? [{ type: 'gate.measured' as const, at: now, gate, evidence }] : [];
    });
  }
}
