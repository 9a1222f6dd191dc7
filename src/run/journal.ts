import type { Origin, RunEvent } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';

/** One event at its place in a run. Places begin at 1 and have no gaps. */
export interface Entry {
  readonly seq: number;
  readonly event: RunEvent;
}

export interface RunRow {
  readonly run: string;
  readonly plan: string;
  readonly cluster: string;
  readonly by: string;
  readonly at: number;
}

/** What another terminal may ask of a running orchestrator. */
export type RequestKind = 'pause' | 'resume' | 'stop';

export interface ControlRequest {
  readonly id: number;
  readonly what: RequestKind;
  readonly by: string;
  readonly from?: Origin;
}

/** The right to drive a cluster: whoever has the highest epoch has it. */
export interface Lease {
  readonly cluster: string;
  readonly run: string;
  readonly epoch: number;
}

/** Who wants, or has, the lease. `pid` and `host` let a dead process be told from a silent one. */
export interface Holder {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
}

/** The lease as it stands. `held` is false after it was given back; the epoch stays, so that it only ever grows. */
export interface LeaseRow extends Lease, Holder {
  readonly held: boolean;
  readonly since: number;
  readonly beat: number;
}

/**
 * The store of runs. Events are only ever added; everything else known about a run is a fold over them.
 * Asynchronous, so that the same tables in Postgres can stand behind it.
 */
export interface Journal {
  /** Makes a run of a plan; the plan is kept with it, so that a resume needs no file. */
  create(run: string, plan: Plan, by: string, at: number): Promise<void>;
  runs(): Promise<readonly RunRow[]>;
  /** Throws WL-RUN-UNKNOWN. */
  plan(run: string): Promise<Plan>;
  /**
   * Adds an event and gives its place. With a lease, only while that lease is the newest: a driver that was
   * replaced can add nothing (WL-FENCED). Without one: what a person adds from another terminal.
   */
  append(run: string, event: RunEvent, lease?: Lease): Promise<number>;
  /**
   * Adds an event as the very next one after a place, or nothing when others have written since: for what must not
   * happen on the strength of a word that was taken back meanwhile. Tells whether it was added.
   */
  appendNext(run: string, event: RunEvent, after: number, lease: Lease): Promise<boolean>;
  /** Events after the given place, in order. */
  read(run: string, after?: number): Promise<readonly Entry[]>;

  request(run: string, what: RequestKind, by: string, at: number, from?: Origin): Promise<void>;
  requests(run: string): Promise<readonly ControlRequest[]>;
  /** Takes a request off the list, once it is in the events. */
  settle(id: number): Promise<void>;

  /** How long work of that name took, for later estimates. */
  remember(name: string, seconds: number, at: number): Promise<void>;
  /** Median seconds of the last times, by name. */
  durations(): Promise<ReadonlyMap<string, number>>;

  lease(cluster: string): Promise<LeaseRow | undefined>;
  /** Writes the row if the epoch is still the one seen (0: no row yet): compare and set. */
  takeLease(row: LeaseRow, seen: number): Promise<boolean>;
  renewLease(lease: Lease, at: number): Promise<boolean>;
  releaseLease(lease: Lease): Promise<void>;

  close(): Promise<void>;
}
