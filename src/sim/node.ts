import type { Look, Seen } from '../model/command.ts';
import { WindlassError } from '../model/error.ts';
import {
  type Fence,
  type FenceAnswer,
  type Job,
  type JobState,
  LOOK_TIME,
  type NodeLink,
} from '../model/link.ts';
import type { Step } from '../model/plan.ts';
import type { Shared } from './cluster.ts';

/** Milliseconds that any exchange with a node takes. */
const LATENCY = 5;
/** Seconds after which a holder that gave no sign of life may be put aside. */
const IDLE = 60;

interface Running {
  readonly unit: string;
  readonly run: string;
  readonly step: string;
  readonly from: number;
  readonly until: number;
  readonly rc: number;
  end?: 'ended' | 'lost';
}

/** A node that obeys the contract of model/link.ts on a virtual clock. */
export class SimulatedNode implements NodeLink {
  readonly node: string;
  readonly #shared: Shared;
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #there = new Set<string>();
  readonly #jobs = new Map<string, Running>();
  readonly #tries = new Map<string, number>();
  /** Step -> looks at it that will not be answered in time. */
  readonly #late = new Map<string, number>();
  #silences: { from: number; until: number }[] = [];
  #reboots: { at: number; until: number }[] = [];
  #fence: { readonly fence: Fence; readonly beat: number } | undefined;

  constructor(name: string, shared: Shared, steps: readonly Step[]) {
    this.node = name;
    this.#shared = shared;
    this.#steps = new Map(steps.filter((step) => step.on.includes(name)).map((step) => [step.id, step]));
  }

  has(step: string): boolean {
    this.#passTime();
    return this.#there.has(step);
  }

  standing(): string {
    this.#passTime();
    return `${this.node}: ${[...this.#there].sort().join(' ')}; held by ${this.#fence?.fence.run ?? 'nobody'}`;
  }

  async look({ argv }: Look, timeout = LOOK_TIME): Promise<Seen> {
    const [program, verb, id = ''] = argv;
    const late = this.#late.get(id) ?? 0;
    await this.#shared.clock.sleep(late > 0 ? timeout * 1000 : LATENCY);
    if (this.#silent()) return { rc: 255, out: '', err: 'no answer', lost: true };
    if (late > 0) {
      this.#late.set(id, late - 1);
      return { rc: 124, out: '', err: `no answer within ${timeout} s`, late: true };
    }
    const step = this.#steps.get(id);
    if (program !== 'windlass-sim' || verb !== 'state' || !step) {
      return { rc: 127, out: '', err: `not simulated: ${argv.join(' ')}` };
    }
    return { rc: 0, out: step.commands.length === 0 || this.has(id) ? 'done' : 'todo', err: '' };
  }

  async start(job: Job, fence: Fence): Promise<void> {
    await this.#shared.clock.sleep(LATENCY);
    const step = job.commands[0]?.argv[2] ?? '';
    const known = this.#jobs.has(job.unit);
    const count = (this.#tries.get(step) ?? 0) + (known ? 0 : 1);
    const trouble = this.#shared.troubles(step, this.node, count);
    this.#mustAnswer();
    this.#mustHold(fence);
    if (known) return;
    this.#tries.set(step, count);
    if (trouble?.lost === 'order') throw this.#lost();
    this.#begin(job, step, count);
    if (trouble?.lost === 'reply') throw this.#lost();
  }

  async poll(unit: string, run: string): Promise<JobState> {
    await this.#shared.clock.sleep(LATENCY);
    this.#mustAnswer();
    this.#passTime();
    const job = this.#jobs.get(unit);
    if (!job || job.run !== run) return { is: 'absent' };
    if (job.end === 'lost') return { is: 'lost', output: 'the node went down' };
    const seconds = (this.#shared.clock.now() - job.from) / 1000;
    if (job.end === undefined) return { is: 'running', seconds };
    const failed = job.rc === 0 ? {} : { failed: 0 };
    return {
      is: 'ended',
      result: { rc: job.rc, output: '', seconds: (job.until - job.from) / 1000, ...failed },
    };
  }

  async fence(fence: Fence, force: boolean): Promise<FenceAnswer> {
    await this.#shared.clock.sleep(LATENCY);
    this.#mustAnswer();
    const now = this.#shared.clock.now();
    const held = this.#fence;
    if (held && !(held.fence.run === fence.run && held.fence.epoch <= fence.epoch)) {
      const gives = held.fence.run === fence.replaces && held.fence.epoch < fence.epoch;
      const idle = (now - held.beat) / 1000;
      if (!gives && (!force || idle < IDLE)) return { is: 'held', by: held.fence, idle };
    }
    this.#fence = { fence, beat: now };
    return { is: 'taken' };
  }

  async beat(fence: Fence): Promise<void> {
    await this.#shared.clock.sleep(LATENCY);
    this.#mustAnswer();
    this.#mustHold(fence);
    this.#fence = { fence, beat: this.#shared.clock.now() };
  }

  async release(fence: Fence): Promise<void> {
    await this.#shared.clock.sleep(LATENCY);
    this.#mustAnswer();
    this.#mustHold(fence);
    this.#passTime();
    for (const [unit, job] of this.#jobs) {
      if (job.run !== fence.run) continue;
      if (job.end === undefined) this.#shared.wrongs.push(`${this.node} was released under ${job.step}`);
      this.#jobs.delete(unit);
    }
    this.#fence = undefined;
  }

  async close(): Promise<void> {}

  #begin(job: Job, id: string, count: number): void {
    const now = this.#shared.clock.now();
    this.#passTime();
    const step = this.#steps.get(id);
    const wrong = (what: string) => this.#shared.wrongs.push(`${id} on ${this.node} at ${now}: ${what}`);
    if (!step) {
      wrong('is not in the plan for this node');
      return;
    }
    const running = [...this.#jobs.values()].find(({ end }) => end === undefined);
    if (running) wrong(`begun beside ${running.step}`);
    if (this.#there.has(id)) wrong('done already');
    for (const need of step.needs) if (!this.#shared.isThere(need)) wrong(`before ${need}`);
    const trouble = this.#shared.troubles(id, this.node, count) ?? {};
    const seconds = step.estimate * (trouble.slow ?? 1);
    const inTime = seconds <= job.timeout;
    const until = now + Math.min(seconds, job.timeout) * 1000;
    this.#jobs.set(job.unit, {
      unit: job.unit,
      run: job.run,
      step: id,
      from: now,
      until,
      rc: inTime ? (trouble.rc ?? 0) : 124,
    });
    this.#shared.begun.push({ step: id, node: this.node, unit: job.unit, at: now });
    if (trouble.late) this.#late.set(id, trouble.late);
    if (trouble.silence) {
      const from = now + trouble.silence.after * 1000;
      this.#silences.push({ from, until: from + trouble.silence.seconds * 1000 });
    }
    if (trouble.reboot) {
      const at = now + trouble.reboot.after * 1000;
      this.#reboots.push({ at, until: at + trouble.reboot.seconds * 1000 });
    }
  }

  /** Brings the node to the present: what ended since it was last looked at, in the order it ended. */
  #passTime(): void {
    const now = this.#shared.clock.now();
    for (const job of this.#jobs.values()) {
      if (job.end !== undefined) continue;
      const down = this.#reboots.find(({ at }) => at >= job.from && at < job.until && at <= now);
      if (down) job.end = 'lost';
      else if (job.until <= now) {
        job.end = 'ended';
        if (job.rc === 0) this.#there.add(job.step);
      }
    }
  }

  #silent(): boolean {
    const now = this.#shared.clock.now();
    this.#passTime();
    this.#silences = this.#silences.filter(({ until }) => until > now);
    const away = this.#silences.some(({ from }) => from <= now);
    return away || this.#reboots.some(({ at, until }) => at <= now && now < until);
  }

  #mustAnswer(): void {
    if (this.#silent()) throw this.#lost();
  }

  #mustHold(fence: Fence): void {
    const held = this.#fence?.fence;
    if (held && held.cluster === fence.cluster && held.run === fence.run && held.epoch === fence.epoch)
      return;
    throw new WindlassError({
      code: 'WL-FENCED',
      message: `${this.node} is held by ${held ? `run ${held.run}, epoch ${held.epoch}` : 'nobody'}`,
      remedy: 'this is a simulation: see what took the node',
      node: this.node,
    });
  }

  #lost(): WindlassError {
    return new WindlassError({
      code: 'WL-NODE-LOST',
      message: `${this.node} does not answer`,
      remedy: 'this is a simulation: the silence passes',
      node: this.node,
    });
  }
}
