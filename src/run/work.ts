import type { Carry } from '../model/command.ts';
import type { RunEvent } from '../model/event.ts';
import type { Job, NodeLink } from '../model/link.ts';
import type { Step } from '../model/plan.ts';
import type { Kinds } from '../steps/registry.ts';
import type { Clock } from './clock.ts';
import { isCode, Left } from './faults.ts';
import type { Units } from './units.ts';

/** What performing one step needs of the run around it. */
export interface Work {
  readonly run: string;
  readonly clock: Clock;
  readonly kinds: Kinds;
  readonly units: Units;
  /** Seconds a guard may stay closed and a node may stay silent. */
  readonly patience: number;
  /** Aborts when steps are to be left to their units. */
  readonly signal: AbortSignal;
  link(node: string): NodeLink;
  /** Makes sure the node carries our fence. Throws WL-NODE-LOST, or WL-FENCED when someone else holds the node. */
  hold(node: string): Promise<void>;
  /** Hands a job to a node behind our fence; throws as `hold` does. */
  start(node: string, job: Job): Promise<void>;
  /** Brings a file to a node from another one; throws as `start` does, and WL-CARRY. */
  carry(node: string, carry: Carry, timeout: number): Promise<void>;
  /** Journals an event before anything that follows from it is done. */
  record(event: RunEvent): Promise<void>;
}

/** Pauses between two askings that grow from `first` to `longest` milliseconds. */
export class Rhythm {
  readonly #longest: number;
  #next: number;

  constructor(first: number, longest: number) {
    this.#next = first;
    this.#longest = longest;
  }

  /** Throws `Left` when the run is to be left. */
  async rest(work: Work): Promise<void> {
    if (!work.signal.aborted) await work.clock.sleep(this.#next, work.signal);
    if (work.signal.aborted) throw new Left('left to its units');
    this.#next = Math.min(this.#longest, this.#next * 1.5);
  }
}

/** Least milliseconds between two records of why a step waits: a figure that changes by the second is not news. */
const NEWS = 10_000;

/** Tells the journal why a step waits: at once when it begins to, then only when the reason changes. */
export class Waiting {
  readonly #step: Step;
  readonly #work: Work;
  #said: string | undefined;
  #at = 0;

  constructor(step: Step, work: Work) {
    this.#step = step;
    this.#work = work;
  }

  async say(because: string): Promise<void> {
    const at = this.#work.clock.now();
    if (because === this.#said || (this.#said !== undefined && at - this.#at < NEWS)) return;
    this.#said = because;
    this.#at = at;
    await this.#work.record({ type: 'step.waiting', at, step: this.#step.id, because });
  }
}

/** Repeats something while the node does not answer, for as long as patience lasts; then WL-NODE-LOST goes on up. */
export async function patiently<T>(
  work: Work,
  seconds: number,
  attempt: () => Promise<T>,
  silent: (error: Error) => Promise<void> = async () => undefined,
): Promise<T> {
  const rhythm = new Rhythm(500, 5000);
  const until = work.clock.now() + seconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isCode(error, 'WL-NODE-LOST') || work.clock.now() >= until) throw error;
      await silent(error);
      await rhythm.rest(work);
    }
  }
}
