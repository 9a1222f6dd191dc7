import type { Origin, RunEvent } from '../model/event.ts';
import { begin, failures, measurable, outcome, type RunState, ready, runStatus } from '../schedule/index.ts';
import { keepBeating } from './beats.ts';
import { Bell } from './bell.ts';
import { closing, goingOn } from './closing.ts';
import { Gates } from './gates.ts';
import { Guests } from './guests.ts';
import { halted } from './halted.ts';
import { Hands } from './hands.ts';
import { Hold } from './hold.ts';
import type { Holder, Lease } from './journal.ts';
import { acquire, release } from './lease.ts';
import { Ledger } from './ledger.ts';
import type { RunOptions, RunOutcome } from './options.ts';
import { Units } from './units.ts';

const TICK = 500;
const BEAT = 10_000;

/**
 * Carries a run out, or takes it up where it was left: the journal says where. Ends when it is finished, when only
 * a person can move it, or when it was interrupted. Throws WL-RUN-HELD when another run has the cluster, WL-FENCED
 * when it was taken from this one, and what broke when the journal itself cannot be written.
 */
export async function runPlan(options: RunOptions): Promise<RunOutcome> {
  return new Dispatch(options).run();
}

class Dispatch {
  readonly #options: RunOptions;
  readonly #nodes: readonly string[];
  readonly #goesOn: ReadonlySet<string>;
  readonly #gates: Gates;
  readonly #guests: Guests;
  readonly #units = new Units();
  readonly #leave = new AbortController();
  readonly #over = new AbortController();
  readonly #hands: Hands;
  readonly #ledger: Ledger;
  #hold: Hold | undefined;
  #fatal: { readonly error: unknown } | undefined;
  readonly #bell = new Bell();

  constructor(options: RunOptions) {
    this.#options = options;
    this.#nodes = [...new Set(options.plan.steps.flatMap((step) => step.on))];
    this.#goesOn = goingOn(options.plan);
    this.#gates = new Gates(options.plan, options.measurements);
    this.#guests = new Guests(options.plan, options.measurements);
    this.#ledger = new Ledger(options.journal, options.run, begin(options.plan), (event) => {
      this.#units.note(event);
      this.#guests.note(event);
      if (this.#hold !== undefined) options.io.tell({ code: 'event', event });
    });
    this.#hands = new Hands({
      options,
      units: this.#units,
      leave: this.#leave.signal,
      held: () => this.#held(),
      record: (event) => this.#record(event),
      fail: (error) => this.#fail(error),
      done: () => this.#bell.ring(),
    });
  }

  get #state(): RunState {
    return this.#ledger.state;
  }

  async run(): Promise<RunOutcome> {
    const { journal, run, plan, holder, alive, clock, takeOver, replaces, links, beat } = this.#options;
    await this.#ledger.catchUp();
    if (runStatus(this.#state).finishedAt !== undefined) return { is: 'finished' };
    const before = await journal.lease(plan.cluster);
    const lease = await acquire(journal, { cluster: plan.cluster, run, holder, alive }, clock.now());
    const who = `${holder.name} (process ${holder.pid} on ${holder.host})`;
    const given = plan.rollback?.after ?? plan.rollback?.run ?? replaces;
    const hold = new Hold(lease, who, takeOver ?? false, { links, journal, clock }, given);
    try {
      await hold.takeAll(this.#nodes, this.#ledger.begun);
    } catch (error) {
      await release(journal, lease);
      throw error;
    }
    this.#hold = hold;
    const beating = keepBeating({
      hold,
      clock,
      every: beat ?? BEAT,
      over: this.#over.signal,
      fail: (error) => this.#fail(error),
      say: (text) => this.#say(text),
    });
    const unhook = this.#listen();
    try {
      await this.#open(lease.epoch, before?.held === true ? before : undefined);
      const end = await this.#loop();
      await release(journal, lease);
      return end;
    } catch (error) {
      this.#fail(error);
      throw this.#fatal?.error ?? error;
    } finally {
      this.#over.abort();
      await beating;
      unhook();
    }
  }

  /** `gone`: who had the lease and never gave it back. */
  async #open(epoch: number, gone?: Holder): Promise<void> {
    const { run, plan, holder, journal, clock, retry } = this.#options;
    for (const request of await journal.requests(run)) {
      // Meant for an orchestrator that is gone.
      if (request.what === 'stop') await journal.settle(request.id);
    }
    const at = clock.now();
    const by = holder.name;
    const from = this.#from();
    if (this.#ledger.begun) {
      const taken = gone ? { takenFrom: `${gone.name} (process ${gone.pid} on ${gone.host})` } : {};
      await this.#record({ type: 'run.resumed', at, by, epoch, ...from, ...taken });
    } else {
      const { id, cluster } = plan;
      await this.#record({ type: 'run.started', at, run, plan: id, cluster, by, epoch, ...from });
    }
    if (retry === undefined) return;
    for (const { step } of failures(this.#state)) {
      if (retry === 'all' || retry.includes(step)) {
        await this.#record({ type: 'step.retried', at, step, by, ...from });
      }
    }
  }

  async #loop(): Promise<RunOutcome> {
    const { clock, tick, until, holder } = this.#options;
    for (;;) {
      this.#bell.hush();
      if (this.#fatal !== undefined) throw this.#fatal.error;
      await this.#hear();
      const late = until !== undefined && clock.now() >= until;
      if (!late)
        for (const event of this.#gates.measured(this.#state, clock.now())) await this.#record(event);
      const lost = this.#guests.lost(this.#state, clock.now());
      if (lost !== undefined) await this.#record({ type: 'run.halted', at: clock.now(), ...lost });
      const decision = ready(this.#state, clock.now());
      const at = clock.now();
      for (const gate of decision.expire) await this.#record({ type: 'gate.expired', at, gate });
      for (const gate of decision.open) await this.#record({ type: 'gate.opened', at, gate });
      for (const id of decision.resume) this.#hands.take(id);
      const { start, over } = late ? closing(decision, this.#goesOn) : { start: decision.start, over: false };
      for (const id of start) await this.#start(id);
      if (over && this.#hands.empty && !runStatus(this.#state).interrupted) {
        await this.#record({ type: 'run.interrupted', at: clock.now(), by: holder.name, ...this.#from() });
      }
      // Told to leave, it does not wait for a node that hangs: what is under way can change nothing any more.
      if (this.#hands.empty || this.#leave.signal.aborted) {
        const end = await this.#end();
        if (end !== undefined) return end;
      }
      const wakeAt = decision.wakeAt ?? Number.POSITIVE_INFINITY;
      await this.#bell.rest(clock, Math.min(tick ?? TICK, wakeAt - clock.now()));
    }
  }

  /** Takes in what others wrote: approvals among the events, requests, and the operator's Ctrl-C. */
  async #hear(): Promise<void> {
    const { journal, run, clock, holder, interrupt } = this.#options;
    await this.#ledger.catchUp();
    for (const { id, what, by, from } of await journal.requests(run)) {
      const { paused, interrupted } = runStatus(this.#state);
      const said = { at: clock.now(), by, ...(from === undefined ? {} : { from }) };
      if (what === 'pause' && !paused) await this.#record({ type: 'run.paused', ...said });
      if (what === 'resume' && paused) await this.#record({ type: 'run.unpaused', ...said });
      if (what === 'stop' && !interrupted) await this.#record({ type: 'run.interrupted', ...said });
      await journal.settle(id);
    }
    const pressed = interrupt?.stop.aborted === true || interrupt?.leave.aborted === true;
    if (pressed && !runStatus(this.#state).interrupted) {
      await this.#record({ type: 'run.interrupted', at: clock.now(), by: holder.name, ...this.#from() });
    }
  }

  async #start(id: string): Promise<void> {
    const { clock } = this.#options;
    const attempt = this.#units.attempts(id) + 1;
    const event = (): RunEvent => ({ type: 'step.started', at: clock.now(), step: id, attempt });
    if (!this.#gates.holds(id)) await this.#record(event());
    // An approval can be taken back up to this very moment: then the step does not begin.
    else if (!(await this.#recordWhile(event, () => this.#gates.passed(this.#state, id)))) return;
    this.#hands.take(id);
  }

  async #end(): Promise<RunOutcome | undefined> {
    const { clock, gates } = this.#options;
    const { blocked } = ready(this.#state, clock.now());
    switch (outcome(this.#state)) {
      case 'finished': {
        const left = await this.#held().releaseAll(this.#nodes);
        for (const text of left) this.#say(`what Windlass kept on a node could not be removed: ${text}`);
        await this.#record({ type: 'run.finished', at: clock.now() });
        return { is: 'finished' };
      }
      case 'halted': {
        const end = halted(this.#state, blocked);
        if (runStatus(this.#state).halted === undefined) {
          await this.#record({ type: 'run.halted', at: clock.now(), because: end.because });
        }
        return end;
      }
      case 'interrupted':
        return { is: 'interrupted' };
      case 'waiting-at-gate':
        // A measurement comes by itself, or the gate runs out.
        if (gates === 'wait' || measurable(this.#state).length > 0) return undefined;
        return { is: 'gate', gates: blocked.flatMap((each) => (each.why === 'gate' ? [each.gate] : [])) };
      default:
        return undefined;
    }
  }

  /** Journals an event. A journal that fails ends the run. */
  #record(event: RunEvent): Promise<void> {
    return this.#orFatal(() => this.#ledger.append(event, this.#lease()));
  }

  /** Journals an event only if nothing was written since what it rests on was seen to hold; tells whether it was. */
  #recordWhile(event: () => RunEvent, holds: () => boolean): Promise<boolean> {
    return this.#orFatal(() => this.#ledger.appendWhile(event, holds, () => this.#lease()));
  }

  async #orFatal<T>(write: () => Promise<T>): Promise<T> {
    try {
      const written = await write();
      this.#bell.ring();
      return written;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** The right to write, as long as nothing has ended the run. */
  #lease(): Lease {
    if (this.#fatal !== undefined) throw this.#fatal.error;
    return this.#held().lease;
  }

  #from(): { readonly from?: Origin } {
    return this.#options.from === undefined ? {} : { from: this.#options.from };
  }

  #listen(): () => void {
    const { interrupt } = this.#options;
    const stop = (): void => this.#bell.ring();
    const leave = (): void => {
      this.#leave.abort();
      this.#bell.ring();
    };
    if (interrupt?.leave.aborted === true) leave();
    interrupt?.stop.addEventListener('abort', stop);
    interrupt?.leave.addEventListener('abort', leave);
    return () => {
      interrupt?.stop.removeEventListener('abort', stop);
      interrupt?.leave.removeEventListener('abort', leave);
    };
  }

  #held(): Hold {
    if (this.#hold === undefined) throw new Error('nothing is done before the cluster is held');
    return this.#hold;
  }

  /** Ends the run now: nothing more is started, what runs is left to its units. */
  #fail(error: unknown): void {
    this.#fatal ??= { error };
    this.#leave.abort();
    this.#bell.ring();
  }

  #say(text: string): void {
    this.#options.io.tell({ code: 'say', level: 'warn', text });
  }
}
