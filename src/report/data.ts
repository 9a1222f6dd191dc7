import type { FaultRecord } from '../model/event.ts';
import type { Finding } from '../model/finding.ts';
import type { Strategy } from '../model/plan.ts';
import type { Standing } from '../model/target.ts';
import type { Charge, Span } from '../watch/index.ts';

export type StepOutcome = 'done' | 'already' | 'failed' | 'undone' | 'running' | 'todo';

/** One stretch of a step's work. */
export interface Bar extends Span {
  readonly outcome: StepOutcome;
  readonly attempt: number;
}

export interface StepReport {
  readonly id: string;
  readonly title: string;
  readonly phase: string;
  readonly on: readonly string[];
  readonly class: string;
  readonly return: string;
  readonly source: string;
  readonly outcome: StepOutcome;
  readonly attempts: number;
  readonly bars: readonly Bar[];
  /** Seconds under way, all attempts together. */
  readonly seconds: number;
  readonly estimate: number;
  /** Why it counts as done, or what it last waited for. */
  readonly because?: string;
  /** Seconds of outage charged to it, all things together. */
  readonly lost: number;
}

export interface PhaseReport {
  readonly id: string;
  readonly title: string;
  readonly span?: Span;
  readonly seconds: number;
  /** Steps finished of all. */
  readonly done: number;
  readonly steps: number;
  readonly lost: number;
}

/** What the run cost one thing. */
export interface ThingReport {
  readonly name: string;
  readonly kind: string;
  readonly where: string;
  readonly rate: number;
  readonly outage: number;
  /** Seconds the plan expected, when it said so. */
  readonly expected?: number;
  readonly longestGap: number;
  readonly failed: number;
  readonly total: number;
  readonly open: boolean;
  readonly spans: readonly (Span & { readonly steps: readonly string[] })[];
  readonly charges: readonly Charge[];
  readonly blind: readonly Span[];
  readonly errors: readonly { readonly error: string; readonly count: number }[];
  readonly median?: number;
  readonly p95?: number;
}

/** One guest that was touched on its compute's behalf. */
export interface GuestReport {
  readonly id: string;
  readonly name: string;
  readonly touches: readonly {
    readonly step: string;
    readonly what: 'moved' | 'shut off' | 'kept' | 'started';
    readonly on: string;
    readonly to?: string;
    readonly seconds?: number;
    readonly why?: string;
  }[];
  /** Of the probe that bears its name: seconds away, longest gap, failed of total. Absent when nobody watched it. */
  readonly lost?: number;
  readonly longestGap?: number;
  readonly failed?: number;
  readonly total?: number;
}

/** What the rehearsal before the run had said, beside what came of it; seconds. */
export interface RehearsedReport {
  readonly run: string;
  readonly at: number;
  readonly steps: readonly {
    readonly id: string;
    readonly title: string;
    readonly rehearsed: number;
    /** Absent while it is not done. */
    readonly took?: number;
  }[];
  /** `away`: the most that a probe of the service missed; absent where nobody watched it. */
  readonly windows: readonly {
    readonly service: string;
    readonly predicted: number;
    readonly away?: number;
  }[];
}

export interface FaultReport extends FaultRecord {
  readonly at: number;
  readonly step: string;
  readonly title: string;
  /** A later attempt succeeded. */
  readonly mended: boolean;
}

export interface GateReport {
  readonly id: string;
  readonly title: string;
  readonly opened?: number;
  readonly decided?: number;
  readonly state: 'closed' | 'waiting' | 'approved' | 'rejected' | 'expired';
  readonly by: readonly string[];
}

/** What happened to the run as a whole, in the order of time. */
export interface Moment {
  readonly at: number;
  readonly text: string;
}

export type RunOutcome =
  | 'not started'
  | 'running'
  | 'finished'
  | 'halted'
  | 'waiting-at-gate'
  | 'paused'
  | 'interrupted';

/** Everything the report tells, as JSON; times in milliseconds since the epoch, durations in seconds. */
export interface ReportData {
  readonly windlass: 1;
  readonly made: number;
  readonly cluster: string;
  readonly plan: string;
  readonly run?: string;
  readonly by?: string;
  readonly from: Standing;
  readonly to: Standing;
  readonly strategies: readonly Strategy[];
  readonly outcome: RunOutcome;
  readonly because?: string;
  readonly started?: number;
  readonly ended?: number;
  /** Seconds from the first event to the last. */
  readonly wall: number;
  readonly counts: Readonly<Record<StepOutcome, number>> & { readonly total: number };
  readonly things: readonly ThingReport[];
  readonly phases: readonly PhaseReport[];
  readonly steps: readonly StepReport[];
  readonly guests: readonly GuestReport[];
  readonly rehearsed?: RehearsedReport;
  readonly faults: readonly FaultReport[];
  readonly gates: readonly GateReport[];
  readonly moments: readonly Moment[];
  readonly findings: readonly Finding[];
}
