// A small cluster that obeys src/model/link.ts: what a step does to a node is a flag that its job sets at its end.
import { z } from 'zod';
import type { Look, Seen } from '../../../src/model/command.ts';
import { WindlassError } from '../../../src/model/error.ts';
import type { Message } from '../../../src/model/host.ts';
import {
  type Fence,
  type FenceAnswer,
  type Job,
  type JobState,
  LOOK_TIME,
  type NodeLink,
} from '../../../src/model/link.ts';
import { type Gate, Plan, type Step } from '../../../src/model/plan.ts';
import type { Policy } from '../../../src/model/policy.ts';
import { type Journal, openJournal, type RunOptions } from '../../../src/run/index.ts';
import type { Answers, GuardKind, StepKind } from '../../../src/steps/kind.ts';
import type { Kinds } from '../../../src/steps/registry.ts';
import { VirtualClock } from './virtual-clock.ts';

const Flag = z.object({ flag: z.string() });

const flagKind: StepKind<unknown> = {
  kind: 'fake.flag',
  params: z.unknown(),
  commands: () => [],
  looks: () => ({}),
  judge(params, seen: Answers) {
    const { flag } = Flag.parse(params);
    const out = seen.flag?.out ?? '';
    if (out === 'done') return { is: 'done', because: `${flag} is set` };
    if (out === 'wait') return { is: 'wait', because: `${flag} is on its way` };
    if (out === 'refuse') return { is: 'refuse', because: `${flag} is in use`, remedy: 'free it' };
    return { is: 'todo', because: `${flag} is not set` };
  },
};

const openKind: GuardKind<unknown> = {
  kind: 'fake.open',
  params: z.unknown(),
  looks: (params) => ({ flag: { on: 'a', argv: ['flag', Flag.parse(params).flag] } }),
  judge(params, seen) {
    const is = seen.flag?.out === 'done' ? 'open' : 'closed';
    return { is, because: `${Flag.parse(params).flag} is ${is}` };
  },
};

export const fakeKinds: Kinds = { step: () => flagKind, guard: () => openKind };

/** How a command of a step behaves, by flag; everything else takes its step's estimate and succeeds. */
export interface Behaviour {
  readonly seconds?: number;
  readonly rc?: number;
  readonly output?: string;
  /** What it says it waits for while it runs. */
  readonly waits?: string;
  /** It fails only the first so many times. */
  readonly fails?: number;
  /** Seconds after the end until the flag shows; Infinity: never. */
  readonly shows?: number;
  /** What the look says before the job has run. */
  readonly before?: string;
}

interface FakeJob {
  readonly flag: string;
  readonly begun: number;
  readonly ends: number;
  readonly behaviour: Behaviour;
  killed: boolean;
}

interface Silence {
  readonly from: number;
  readonly to: number;
  /** The node itself was down: what ran on it died. */
  readonly reboot: boolean;
}

/** Called before and after whatever reaches out of the orchestrator; may throw to kill it there. */
export type Touch = (what: string) => void;

export class FakeNode {
  readonly name: string;
  readonly flags = new Map<string, number>();
  readonly jobs = new Map<string, FakeJob>();
  /** Every unit that was really begun, in order. */
  readonly begun: string[] = [];
  readonly silences: Silence[] = [];
  fence: Fence | undefined;
  beat = 0;
  released = 0;
  /** Looks never come back, as on a node whose disk hangs. */
  hangs = false;
  /** Seconds that a look takes, as on a node with much to do. */
  busy = (): number => 0;
  /** Looks that were not answered in their time. */
  late = 0;
  readonly #clock: VirtualClock;
  readonly #behave: (flag: string) => Behaviour;

  constructor(name: string, clock: VirtualClock, behave: (flag: string) => Behaviour) {
    this.name = name;
    this.#clock = clock;
    this.#behave = behave;
  }

  link(touch: Touch): NodeLink {
    const guard = async <T>(what: string, act: () => T): Promise<T> => {
      touch(`before ${what}`);
      if (this.#silent()) throw this.#lost(what);
      this.#catchUp();
      const result = act();
      touch(`after ${what}`);
      return result;
    };
    return {
      node: this.name,
      look: async (look: Look, timeout = LOOK_TIME): Promise<Seen> => {
        touch(`before look ${look.argv[1]}`);
        if (this.hangs) return new Promise(() => undefined);
        if (this.#silent()) return { rc: 255, out: '', err: 'no answer', lost: true };
        const busy = this.busy();
        if (busy > 0) await this.#clock.sleep(Math.min(busy, timeout) * 1000);
        if (busy > timeout) {
          this.late += 1;
          return { rc: 124, out: '', err: 'no answer in time', late: true };
        }
        this.#catchUp();
        const flag = look.argv[1] ?? '';
        const set = this.flags.get(flag);
        const shown = set !== undefined && set <= this.#clock.now();
        return { rc: 0, out: shown ? 'done' : (this.#behave(flag).before ?? 'todo'), err: '' };
      },
      start: (job, fence) => guard(`start ${job.unit}`, () => this.#start(job, fence)),
      poll: (unit) => guard(`poll ${unit}`, () => this.#poll(unit)),
      fence: (fence, force) => guard('fence', () => this.#take(fence, force)),
      beat: (fence) =>
        guard('beat', () => {
          this.#mustBe(fence);
          this.beat = this.#clock.now();
        }),
      release: (fence) =>
        guard('release', () => {
          this.#mustBe(fence);
          this.fence = undefined;
          this.jobs.clear();
          this.released += 1;
        }),
      close: async () => undefined,
    };
  }

  #silent(): boolean {
    const now = this.#clock.now();
    return this.silences.some(({ from, to }) => from <= now && now < to);
  }

  #lost(what: string): WindlassError {
    return new WindlassError({
      code: 'WL-NODE-LOST',
      message: `${this.name} does not answer: ${what}`,
      remedy: 'wait',
      node: this.name,
    });
  }

  /** Lets happen what happened on the node since it was last asked. */
  #catchUp(): void {
    const now = this.#clock.now();
    for (const job of this.jobs.values()) {
      const killed = this.silences.some(
        ({ from, reboot }) => reboot && job.begun <= from && from < job.ends && from <= now,
      );
      if (killed) job.killed = true;
      if (job.killed || job.ends > now) continue;
      const { rc = 0, shows = 0 } = job.behaviour;
      if ((rc === 0 || shows > 0) && !this.flags.has(job.flag))
        this.flags.set(job.flag, job.ends + shows * 1000);
    }
  }

  #mustBe(fence: Fence): void {
    if (this.fence?.run === fence.run && this.fence.epoch === fence.epoch) return;
    throw new WindlassError({ code: 'WL-FENCED', message: `${this.name} is not ours`, remedy: 'leave it' });
  }

  #start(job: Job, fence: Fence): void {
    this.#mustBe(fence);
    if (this.jobs.has(job.unit)) return;
    const flag = job.commands[0]?.argv[1] ?? '';
    const said = this.#behave(flag);
    const before = [...this.jobs.values()].filter((one) => one.flag === flag).length;
    const behaviour =
      before < (said.fails ?? Number.POSITIVE_INFINITY) ? said : { ...said, rc: 0, output: '' };
    const begun = this.#clock.now();
    const ends = begun + (behaviour.seconds ?? 10) * 1000;
    this.jobs.set(job.unit, { flag, begun, ends, behaviour, killed: false });
    this.begun.push(job.unit);
  }

  #poll(unit: string): JobState {
    const job = this.jobs.get(unit);
    if (job === undefined) return { is: 'absent' };
    if (job.killed) return { is: 'lost', output: 'half' };
    const seconds = Math.round((Math.min(this.#clock.now(), job.ends) - job.begun) / 1000);
    const { rc = 0, output = '', waits } = job.behaviour;
    if (job.ends > this.#clock.now())
      return { is: 'running', seconds, ...(waits === undefined ? {} : { waits }) };
    return { is: 'ended', result: { rc, output, seconds, ...(rc === 0 ? {} : { failed: 0 }) } };
  }

  #take(fence: Fence, force: boolean): FenceAnswer {
    const by = this.fence;
    const idle = Math.round((this.#clock.now() - this.beat) / 1000);
    const free =
      by === undefined || (by.run === fence.run && by.epoch <= fence.epoch) || (force && idle >= 60);
    if (!free) return { is: 'held', by, idle };
    this.fence = fence;
    this.beat = this.#clock.now();
    return { is: 'taken' };
  }
}

export function step(
  node: string,
  thing: string,
  needs: readonly string[] = [],
  more: Partial<Step> = {},
): Step {
  const flag = `${node}-${thing}`;
  return {
    id: `${node}/${thing}/set`,
    kind: 'fake.flag',
    on: [node],
    phase: 'p',
    title: `set ${thing}`,
    why: 'test',
    source: '000',
    needs: [...needs],
    follows: [],
    params: { flag },
    commands: [['set', flag]],
    inputs: {},
    looks: { flag: { argv: ['flag', flag] } },
    undo: [],
    undoInputs: {},
    guards: [],
    class: 'light',
    impact: { apis: [], bus: 'none', sql: 'none', vip: 'none', guests: 'none' },
    return: 'irreversible',
    estimate: 10,
    timeout: 300,
    settle: 30,
    ...more,
  };
}

export function plan(
  steps: readonly Step[],
  policy: Partial<Policy> = {},
  gates: readonly Gate[] = [],
): Plan {
  return Plan.parse({
    windlass: 1,
    id: `sha256:${'0'.repeat(64)}`,
    cluster: 'fake',
    facts: 'sha256:0',
    assumed: false,
    from: { os: 'bookworm', openstack: 'zed' },
    to: { os: 'trixie', openstack: 'zed' },
    route: [],
    complete: true,
    findings: [],
    policy: { classes: {}, canary: [], ...policy },
    phases: [{ id: 'p', title: 'P' }],
    steps,
    gates,
    checkpoints: [],
  });
}

/** A cluster, a journal in memory and a clock: what outlives an orchestrator. */
export class World {
  readonly clock = new VirtualClock();
  readonly journal: Journal = openJournal(':memory:');
  readonly nodes = new Map<string, FakeNode>();
  readonly told: Message[] = [];
  readonly behaviours: Record<string, Behaviour> = {};
  readonly plan: Plan;
  /** Processes that are dead: the lease of a killed orchestrator may be taken. */
  readonly dead = new Set<number>();

  constructor(made: Plan) {
    this.plan = made;
    for (const name of new Set(['a', ...made.steps.flatMap(({ on }) => on)])) {
      this.nodes.set(name, new FakeNode(name, this.clock, (flag) => this.behaviours[flag] ?? {}));
    }
  }

  async create(run = 'r1'): Promise<this> {
    await this.journal.create(run, this.plan, 'tester', this.clock.now());
    return this;
  }

  node(name: string): FakeNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  options(pid: number, more: Partial<RunOptions> = {}, touch: Touch = () => undefined): RunOptions {
    return {
      run: 'r1',
      plan: this.plan,
      journal: this.journal,
      links: { link: (name) => this.node(name).link(touch) },
      clock: this.clock,
      io: {
        tell: (message) => this.told.push(message),
        ask: async (question) => question.otherwise,
      },
      kinds: fakeKinds,
      holder: { name: `tester${pid}`, host: 'here', pid },
      alive: (asked) => !this.dead.has(asked),
      ...more,
    };
  }

  /** Events as short words, in order. */
  async story(run = 'r1'): Promise<string[]> {
    return (await this.journal.read(run)).map(({ event }) => {
      if ('step' in event) return `${event.type} ${event.step}`;
      if ('gate' in event) return `${event.type} ${event.gate}`;
      return event.type;
    });
  }

  /** What the run left on the nodes. */
  end(): Record<string, string[]> {
    return Object.fromEntries([...this.nodes].map(([name, node]) => [name, [...node.flags.keys()].sort()]));
  }

  /** Units begun on any node. */
  begun(): string[] {
    return [...this.nodes.values()].flatMap((node) => node.begun.map((unit) => `${node.name} ${unit}`));
  }
}
