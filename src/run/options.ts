import type { Condition } from '../model/condition.ts';
import { EXIT, type ExitCode, type Fault } from '../model/error.ts';
import type { Origin } from '../model/event.ts';
import type { IoHost } from '../model/host.ts';
import type { Plan } from '../model/plan.ts';
import type { Measurements, Moment } from '../schedule/index.ts';
import type { Kinds } from '../steps/registry.ts';
import type { Clock } from './clock.ts';
import type { NodeLinks } from './hold.ts';
import type { Holder, Journal } from './journal.ts';
import type { Alive } from './lease.ts';

/** What a run is carried out with. The run must have been made with `journal.create`. */
export interface RunOptions {
  readonly run: string;
  readonly plan: Plan;
  readonly journal: Journal;
  readonly links: NodeLinks;
  readonly clock: Clock;
  readonly io: IoHost;
  readonly kinds: Kinds;
  readonly holder: Holder;
  /** Where the holder sits: for the journal. */
  readonly from?: Origin;
  readonly alive: Alive;
  /** Ctrl-C: `stop` lets running steps finish, `leave` leaves them to their units. */
  readonly interrupt?: { readonly stop: AbortSignal; readonly leave: AbortSignal };
  /** From this moment (ms) on what is under way is brought to its end, and nothing more is begun. */
  readonly until?: number;
  /** Failed steps to try again, as a person said; `all` for every one. */
  readonly retry?: 'all' | readonly string[];
  /** Takes nodes from a run that has shown no sign of life for a minute. */
  readonly takeOver?: boolean;
  /** The run that this one is made in place of, as a new plan after a halt: its nodes pass over at once. */
  readonly replaces?: string;
  /** At a gate with nothing else to do: end with `gate`, or stay until it is decided. */
  readonly gates?: 'leave' | 'wait';
  /** What a gate's condition is judged by. Without it none is ever met, and its gate runs out. */
  readonly measurements?: (condition: Condition, moment: Moment) => Measurements;
  /** Milliseconds between two looks at what other terminals wrote; between two signs of life. */
  readonly tick?: number;
  readonly beat?: number;
}

export type RunOutcome =
  | { readonly is: 'finished' }
  /** Nothing more may start until a person has decided; resumable. */
  | { readonly is: 'halted'; readonly because: string; readonly faults: readonly Fault[] }
  | { readonly is: 'gate'; readonly gates: readonly string[] }
  | { readonly is: 'interrupted' };

/** The exit code of the command line for an outcome. */
export function exitOf(outcome: RunOutcome): ExitCode {
  return { finished: EXIT.done, halted: EXIT.failed, gate: EXIT.gate, interrupted: EXIT.interrupted }[
    outcome.is
  ];
}
