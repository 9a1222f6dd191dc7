import type { Command, Look, Seen } from './command.ts';

/** A change handed to a node: one transient unit that runs every command in order and keeps its record there. */
export interface Job {
  /** Stable for one attempt of one step on one node: asking twice starts it once. */
  readonly unit: string;
  readonly run: string;
  readonly commands: readonly Command[];
  readonly timeout: number;
}

/** How a job ended, read from the node's own record. */
export interface JobResult {
  readonly rc: number;
  /** Place of the command that failed, when one did. */
  readonly failed?: number;
  /** Last lines of standard output and error, in order. */
  readonly output: string;
  readonly seconds: number;
}

export type JobState =
  | { readonly is: 'absent' }
  /** `waits`: what its command has just said it waits for, in a last line that begins with `waits: `. */
  | { readonly is: 'running'; readonly seconds: number; readonly waits?: string }
  | { readonly is: 'ended'; readonly result: JobResult }
  /** Begun, but the node went down under it and no end was recorded. */
  | { readonly is: 'lost'; readonly output: string };

/** What holds a cluster: written to every node before a run may change it. */
export interface Fence {
  readonly cluster: string;
  readonly run: string;
  readonly epoch: number;
  readonly holder: string;
  /**
   * A run of the same journal whose place this one takes: its fence gives way at once, as that of a run's own earlier
   * orchestrator does. The store's lease has a higher epoch by then, so that one can do nothing more.
   */
  readonly replaces?: string;
}

export type FenceAnswer =
  | { readonly is: 'taken' }
  /** Someone else holds it: their fence, and the seconds since they last showed a sign of life. */
  | { readonly is: 'held'; readonly by: Fence; readonly idle: number };

/** Seconds a look may take when its asker says nothing. */
export const LOOK_TIME = 60;

/** A node as the engine sees it. Transport gives real ones, the simulator its own. */
export interface NodeLink {
  readonly node: string;
  /** Runs a read-only command. Does not throw when the node does not answer: see `Seen.lost`. */
  look(look: Look, timeout?: number): Promise<Seen>;
  /** Starts a job unless its unit was already started once; refused with WL-FENCED when the fence is not ours. */
  start(job: Job, fence: Fence): Promise<void>;
  /** Where a job stands. Throws WL-NODE-LOST when the node does not answer. */
  poll(unit: string, run: string): Promise<JobState>;
  /** Takes the node for a run; `force` takes it from an idle holder. */
  fence(fence: Fence, force: boolean): Promise<FenceAnswer>;
  /** A sign of life, so that others see the holder is alive. Refused with WL-FENCED as `start` is. */
  beat(fence: Fence): Promise<void>;
  /** Removes what Windlass kept on the node at the end of a finished run, but not what `keep` names. */
  release(fence: Fence): Promise<void>;
  close(): Promise<void>;
}
