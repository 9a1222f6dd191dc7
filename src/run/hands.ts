import type { RunEvent } from '../model/event.ts';
import type { Step } from '../model/plan.ts';
import { workOf } from '../schedule/index.ts';
import { faultRecord, isCode, Left } from './faults.ts';
import type { Hold } from './hold.ts';
import type { RunOptions } from './options.ts';
import { perform } from './perform.ts';
import type { Units } from './units.ts';
import { patiently, type Work } from './work.ts';

/** What the steps in hand need of the run around them. */
export interface Around {
  readonly options: RunOptions;
  readonly units: Units;
  /** Aborts when what is in hand is to be left to its units. */
  readonly leave: AbortSignal;
  held(): Hold;
  record(event: RunEvent): Promise<void>;
  /** Ends the run now. */
  fail(error: unknown): void;
  /** A step is out of hand: the loop looks again. */
  done(): void;
}

/** Steps that one orchestrator has in hand: each is performed, and its end journaled. */
export class Hands {
  readonly #around: Around;
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #inHand = new Set<string>();

  constructor(around: Around) {
    this.#around = around;
    this.#steps = new Map(around.options.plan.steps.map((step) => [step.id, step]));
  }

  get empty(): boolean {
    return this.#inHand.size === 0;
  }

  /** Begins with a step, or goes on with one that was begun; one that is in hand already stays there. */
  take(id: string): void {
    if (this.#inHand.has(id)) return;
    const step = this.#steps.get(id);
    if (step === undefined) throw new RangeError(`no step ${id}`);
    this.#inHand.add(id);
    void this.#carryOut(step)
      .catch((error: unknown) => {
        if (!(error instanceof Left)) this.#around.fail(error);
      })
      .finally(() => {
        this.#inHand.delete(id);
        this.#around.done();
      });
  }

  async #carryOut(step: Step): Promise<void> {
    const { options, units, held } = this.#around;
    const { clock, journal, kinds } = options;
    const begun = clock.now();
    const takenUp = units.inHand(step.id).size > 0;
    const back = kinds.step(step.kind).goesBack?.(step.params) ?? [];
    for (const node of back) held().goesBack(node);
    const work = this.#work();
    const performed = await perform(step, work);
    if (performed.is === 'finished') {
      // Patiently: what is lost here would end the run, although the disk is back.
      const again = (node: string) => this.#orFenced(() => held().again(node));
      for (const node of back) await patiently(work, work.patience, () => again(node));
    }
    const at = clock.now();
    if (performed.is === 'failed') {
      await this.#record({ type: 'step.failed', at, step: step.id, fault: faultRecord(performed.fault) });
      return;
    }
    const { outcome, because, told } = performed;
    await this.#record({
      type: 'step.finished',
      at,
      step: step.id,
      outcome,
      because,
      ...(told === undefined ? {} : { told: [...told] }),
    });
    // A step that was taken up says nothing about how long such work takes.
    if (outcome !== 'done' || takenUp) return;
    for (const name of workOf(step)) await journal.remember(name, (at - begun) / 1000, at);
  }

  #work(): Work {
    const { options, units, leave, held: hold } = this.#around;
    const { run, clock, kinds, plan, links } = options;
    const held = hold();
    return {
      run,
      clock,
      kinds,
      units,
      patience: plan.policy.patience,
      signal: leave,
      link: (node) => links.link(node),
      record: (event) => this.#record(event),
      hold: (node) => this.#orFenced(() => held.node(node)),
      carry: (node, carry, timeout) =>
        this.#orFenced(async () => {
          await held.node(node);
          if (links.carry === undefined) throw new Error('these links carry nothing from node to node');
          try {
            await links.carry(node, carry, held.fence, { timeout, signal: leave });
          } catch (error) {
            // It was cut off because the run is left: that says nothing about the step.
            throw leave.aborted ? new Left('left to its units') : error;
          }
        }),
      start: (node, job) =>
        this.#orFenced(async () => {
          await held.node(node);
          await links.link(node).start(job, held.fence);
        }),
    };
  }

  /** Once a node is someone else's, everything stops at once: also what other steps are just about to do. */
  async #orFenced<T>(act: () => Promise<T>): Promise<T> {
    if (this.#around.leave.aborted) throw new Left('left to its units');
    try {
      return await act();
    } catch (error) {
      if (isCode(error, 'WL-FENCED') || isCode(error, 'WL-RUN-HELD')) this.#around.fail(error);
      throw error;
    }
  }

  /** Once what is in hand is to be left, nothing more of it is journaled, nor done. */
  #record(event: RunEvent): Promise<void> {
    const { leave, record } = this.#around;
    return leave.aborted ? Promise.reject(new Left('left to its units')) : record(event);
  }
}
