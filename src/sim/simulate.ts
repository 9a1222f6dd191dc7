import type { RunEvent } from '../model/event.ts';
import type { Gate, Plan, Step } from '../model/plan.ts';
import {
  begin,
  criticalPath,
  type Durations,
  estimated,
  type Outcome,
  outcome,
  type Path,
  play,
} from '../schedule/index.ts';
import { seeded, seedOf } from './random.ts';

/** What goes wrong in an imagined run. Nothing, unless said. */
export interface Mishaps {
  /** How likely one attempt of a step fails, 0 to 1. */
  readonly fail?: number;
  /** Seconds until a person has seen to a failed step and has it tried again; without it nobody does. */
  readonly retryAfter?: number;
  /** How likely a step is slow, and how many times its duration it then takes. */
  readonly slow?: { readonly chance: number; readonly factor: number };
}

export interface SimulateOptions {
  readonly durations?: Durations;
  readonly seed?: number;
  /** Durations vary by up to so much of themselves, either way: 0.2 is a fifth. */
  readonly spread?: number;
  readonly faults?: Mishaps;
  /** Seconds a gate waits for its people; undefined: nobody comes. Without it they say yes at once. */
  readonly approval?: (gate: Gate) => number | undefined;
  /** Milliseconds at which the run starts. */
  readonly at?: number;
}

export interface Simulated {
  readonly events: readonly RunEvent[];
  readonly outcome: Outcome;
  readonly seconds: number;
  /** The longest chain of needs and follows, with the durations as they came out: what limits cannot shorten. */
  readonly criticalPath: Path;
  /** When each phase's first step started and its last one ended, in seconds from the start. */
  readonly phases: readonly { readonly phase: string; readonly from: number; readonly to: number }[];
}

/**
 * Plays a whole run over the scheduler alone, without nodes: what `windlass simulate` and predictions for thousands
 * of nodes use. The same seed gives the same run.
 */
export function simulate(plan: Plan, options: SimulateOptions = {}): Simulated {
  const { durations = estimated, seed = 1, spread = 0, faults = {}, approval, at = 0 } = options;
  const seconds = (step: Step, attempt: number): number => {
    const random = seeded(seedOf(seed, step.id, attempt));
    const usual = durations(step) * (1 + spread * (2 * random.next() - 1));
    return faults.slow && random.chance(faults.slow.chance) ? usual * faults.slow.factor : usual;
  };
  const fails = (step: Step, attempt: number): boolean =>
    seeded(seedOf(seed, step.id, attempt, 'fails')).chance(faults.fail ?? 0);
  const played = play(begin(plan), {
    now: at,
    ending: (step, attempt) => ({
      seconds: seconds(step, attempt),
      ...(fails(step, attempt) ? { fault: imaginedFault(step) } : {}),
    }),
    ...(approval ? { approval } : {}),
    retry: () => faults.retryAfter,
  });
  const took = durationsIn(played.events);
  return {
    events: played.events,
    outcome: outcome(played.state),
    seconds: (played.now - at) / 1000,
    criticalPath: criticalPath(plan, (step) => took.get(step.id) ?? durations(step)),
    phases: phases(plan, played.events, at),
  };
}

/** Seconds of every finished step's last attempt. */
function durationsIn(events: readonly RunEvent[]): Map<string, number> {
  const started = new Map<string, number>();
  const took = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'step.started') started.set(event.step, event.at);
    if (event.type === 'step.finished') {
      took.set(event.step, (event.at - (started.get(event.step) ?? event.at)) / 1000);
    }
  }
  return took;
}

function phases(plan: Plan, events: readonly RunEvent[], at: number): Simulated['phases'] {
  const phaseOf = new Map(plan.steps.map((step) => [step.id, step.phase]));
  const spans = new Map<string, { from: number; to: number }>();
  for (const event of events) {
    if (!('step' in event)) continue;
    const phase = phaseOf.get(event.step) ?? '';
    const span = spans.get(phase);
    const moment = (event.at - at) / 1000;
    if (span) span.to = moment;
    else spans.set(phase, { from: moment, to: moment });
  }
  return plan.phases.flatMap(({ id }) => {
    const span = spans.get(id);
    return span ? [{ phase: id, ...span }] : [];
  });
}

function imaginedFault(step: Step) {
  return {
    code: 'WL-SIM-FAULT',
    message: `${step.id} was made to fail`,
    remedy: 'this is a simulation: nothing has to be done',
  };
}
