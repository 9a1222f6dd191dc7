import { type Fault, WindlassError } from '../model/error.ts';
import type { Step } from '../model/plan.ts';
import { LookTime } from './ask.ts';
import { faultOf, isCode, Left } from './faults.ts';
import { passGuards } from './guard.ts';
import { type Ended, follow, handOver } from './hand-over.ts';
import { observe, type Sighting, summary } from './observe.ts';
import { lastLines, redact, toldIn } from './redact.ts';
import { patiently, Rhythm, Waiting, type Work } from './work.ts';

/** How a step came out. */
export type Performed =
  | {
      readonly is: 'finished';
      readonly outcome: 'done' | 'already';
      readonly because: string;
      /** What its commands had to tell for the report. */
      readonly told?: readonly string[];
    }
  | { readonly is: 'failed'; readonly fault: Fault };

/** How often commands that their node lost (it went down under them) are handed over again in one attempt. */
const APPLICATIONS = 3;

type Jobs = ReadonlyMap<string, Ended>;

/** What stands for the job of a step that only looks: what it waits for comes about without it. */
const NOTHING_RUN: Ended = { is: 'ended', result: { rc: 0, output: '', seconds: 0 } };

/**
 * Brings one step about: looks, waits for its guards, has exactly the plan's commands run, and looks again. What is
 * done already is left alone, what was begun is followed to its end, and only the look says whether it is done.
 * Throws `Left` when it is to be left to its units, and WL-FENCED when the cluster is no longer ours.
 */
export async function perform(step: Step, work: Work): Promise<Performed> {
  try {
    return await new Performance(step, work).run();
  } catch (error) {
    if (work.signal.aborted || error instanceof Left || isCode(error, 'WL-FENCED')) throw error;
    return { is: 'failed', fault: { ...faultOf(error), step: step.id } };
  }
}

class Performance {
  readonly #step: Step;
  readonly #work: Work;
  readonly #waiting: Waiting;
  readonly #time = new LookTime();
  /** How often it was put off, and by what. */
  readonly #putOffs: string[] = [];

  constructor(step: Step, work: Work) {
    this.#step = step;
    this.#work = work;
    this.#waiting = new Waiting(step, work);
  }

  async run(): Promise<Performed> {
    const jobs = await this.#takeUp();
    const rhythm = new Rhythm(5000, 20_000);
    for (let applied = 0; ; ) {
      if (jobs.size > 0) {
        const seen = await this.#check(jobs);
        if (isDone(seen)) return this.#finished('done', seen, jobs);
        if (notDone(seen).some(({ node }) => jobs.get(node)?.is === 'ended')) {
          if (!(await this.#putOff(seen, jobs))) throw this.#unfinished(seen, jobs);
          await rhythm.rest(this.#work);
        } else if (applied - this.#putOffs.length >= APPLICATIONS) throw this.#lostAgain(jobs);
      }
      const seen = await this.#before();
      if (isDone(seen)) return this.#finished(jobs.size === 0 ? 'already' : 'done', seen, jobs);
      applied += 1;
      for (const [node, ended] of await this.#apply(seen)) jobs.set(node, ended);
    }
  }

  /** Whether what failed was only put off, by words the plan states, and may be run again. */
  async #putOff(seen: readonly Sighting[], jobs: Jobs): Promise<boolean> {
    const { says, times } = this.#step.again ?? { says: [], times: 0 };
    if (this.#putOffs.length >= times) return false;
    const words = notDone(seen).flatMap(({ node }) => {
      const ended = jobs.get(node);
      if (ended?.is !== 'ended') return [];
      const line = ended.result.output.split('\n').find((text) => says.some((word) => text.includes(word)));
      return [
        hasFailed(ended) && line !== undefined ? `${node}: ${redact(line.trim()).slice(0, 200)}` : undefined,
      ];
    });
    if (words.includes(undefined)) return false;
    const told = `put off and run again, ${this.#putOffs.length + 1} of ${times}: ${words.join('; ')}`;
    this.#putOffs.push(told);
    await this.#waiting.say(told);
    return true;
  }

  /**
   * What an earlier orchestrator left: units of this attempt, whose results count, and units of earlier attempts,
   * which only have to be over before anything else is run.
   */
  async #takeUp(): Promise<Map<string, Ended>> {
    const { units } = this.#work;
    const inHand = units.inHand(this.#step.id);
    const jobs = new Map<string, Ended>();
    await Promise.all(
      this.#step.on.map(async (node) => {
        const unit = units.given(this.#step.id, node).at(-1);
        if (unit === undefined) return;
        // Only behind our fence is a unit that is absent sure to stay so: a late start of our predecessor is refused.
        await patiently(
          this.#work,
          this.#work.patience,
          () => this.#work.hold(node),
          (error) => this.#waiting.say(error.message),
        );
        const ended = await follow(unit, node, this.#work, this.#waiting);
        if (inHand.get(node) === unit) jobs.set(node, ended);
      }),
    );
    return jobs;
  }

  /** The look before: waits for silent nodes and for what is still on its way, then for the guards. */
  async #before(): Promise<readonly Sighting[]> {
    const seen = await this.#decided();
    if (isDone(seen) || this.#step.guards.length === 0) return seen;
    const waited = await passGuards(this.#step, this.#work, this.#waiting);
    return waited ? await this.#decided() : seen;
  }

  /** A step that runs nothing only waits: it says itself for how long. A silent or slow node gets its time all the same. */
  async #decided(): Promise<readonly Sighting[]> {
    const { clock, patience } = this.#work;
    const rhythm = new Rhythm(500, 5000);
    const begun = clock.now();
    const { commands, settle } = this.#step;
    for (;;) {
      const seen = await observe(this.#step, this.#work, this.#time);
      const refused = seen.find(({ verdict }) => verdict.is === 'refuse');
      if (refused !== undefined) throw refusal(this.#step, refused);
      const open = seen.filter((one) => one.verdict.is === 'wait' || isUnanswered(one));
      if (open.length === 0) return seen;
      const silent = open.some(isUnanswered);
      const limit = commands.length === 0 && !silent ? settle : patience;
      if (clock.now() - begun >= limit * 1000) throw undecided(this.#step, open, limit);
      await this.#waiting.say(summary(open));
      await rhythm.rest(this.#work);
    }
  }

  async #apply(seen: readonly Sighting[]): Promise<Jobs> {
    const todo = seen.filter(({ verdict }) => verdict.is === 'todo');
    if (this.#step.commands.length === 0) return new Map(todo.map(({ node }) => [node, NOTHING_RUN]));
    // Every node comes to its end, or is left, before a fault of one of them is told: nothing runs on unseen.
    const settled = await Promise.allSettled(
      todo.map(
        async ({ node }) => [node, await handOver(this.#step, node, this.#work, this.#waiting)] as const,
      ),
    );
    const broken = settled.find((result) => result.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    return new Map(settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  }

  /**
   * The look after: until it is done, or for as long as the result may take to show. A node that went down, or answers
   * late, gets at least the time a silent node has anywhere. A command that failed is not waited for, unless the look says wait.
   */
  async #check(jobs: Jobs): Promise<readonly Sighting[]> {
    const { clock, patience } = this.#work;
    const rhythm = new Rhythm(300, 5000);
    const begun = clock.now();
    for (;;) {
      const seen = await observe(this.#step, this.#work, this.#time);
      if (isDone(seen)) return seen;
      const elapsed = (clock.now() - begun) / 1000;
      const silent = seen.some(isUnanswered);
      if (elapsed >= (silent ? Math.max(this.#step.settle, patience) : this.#step.settle)) return seen;
      const open = notDone(seen);
      if (open.some(({ node, verdict }) => verdict.is === 'todo' && hasFailed(jobs.get(node)))) return seen;
      if (open.every(({ node }) => neverBegun(jobs.get(node)))) return seen;
      if (elapsed > 3) await this.#waiting.say(summary(open));
      await rhythm.rest(this.#work);
    }
  }

  #finished(outcome: 'done' | 'already', seen: readonly Sighting[], jobs: Jobs): Performed {
    const failed = [...jobs].filter(([, ended]) => hasFailed(ended)).map(([node]) => node);
    const aside = failed.length === 0 ? '' : ` (although a command failed on ${failed.join(', ')})`;
    const told = [
      ...this.#putOffs,
      ...[...jobs.values()].flatMap((ended) => (ended.is === 'ended' ? toldIn(ended.result.output) : [])),
      ...seen.flatMap(({ tells = [] }) => tells.map(redact)),
    ];
    return {
      is: 'finished',
      outcome,
      because: `${summary(seen)}${aside}`,
      ...(told.length > 0 ? { told } : {}),
    };
  }

  /** It ran to its end and is not done. */
  #unfinished(seen: readonly Sighting[], jobs: Jobs): WindlassError {
    const open = notDone(seen);
    for (const { node, verdict } of open) {
      const ended = jobs.get(node);
      if (ended?.is === 'ended' && ended.result.rc !== 0) {
        const { rc, failed, output } = ended.result;
        const words = this.#step.commands[failed ?? 0]?.join(' ') ?? '?';
        return new WindlassError({
          code: 'WL-STEP-COMMAND',
          message: `\`${words}\` failed on ${node} with exit code ${rc}${rc === 124 ? ' (its time ran out)' : ''}, and the step is not done: ${verdict.because}`,
          remedy: 'See the output; mend the cause on the node, then retry the step: it begins by looking.',
          node,
          output: lastLines(output),
        });
      }
    }
    const [first] = open;
    const ended = first === undefined ? undefined : jobs.get(first.node);
    const refused = open.map(({ verdict }) => verdict).find((verdict) => verdict.is === 'refuse');
    return new WindlassError({
      code: 'WL-STEP-CHECK',
      message: `${this.#step.id} ran without an error, but is not done after ${this.#step.settle} s: ${summary(open)}`,
      remedy:
        refused?.remedy ??
        'See on the node why the result does not show; then retry the step: it begins by looking.',
      ...(first === undefined ? {} : { node: first.node }),
      ...(ended?.is === 'ended' ? { output: lastLines(ended.result.output) } : {}),
    });
  }

  #lostAgain(jobs: Jobs): WindlassError {
    const [node, ended] = [...jobs].find(([, { is }]) => is === 'lost' || is === 'absent') ?? [
      'a node',
      undefined,
    ];
    return new WindlassError({
      code: 'WL-STEP-LOST',
      message: `${node} lost the commands of ${this.#step.id} ${APPLICATIONS} times: it went down under them, or they were killed`,
      remedy: 'Find out why the node goes down under this step before it is tried again.',
      node,
      ...(ended?.is === 'lost' ? { output: lastLines(ended.output) } : {}),
    });
  }
}

function isDone(seen: readonly Sighting[]): boolean {
  return seen.every(({ verdict }) => verdict.is === 'done');
}

/** The node did not answer, or not in time: nothing is known of it. */
const isUnanswered = ({ verdict }: Sighting): boolean => verdict.is === 'lost' || verdict.is === 'late';

function notDone(seen: readonly Sighting[]): readonly Sighting[] {
  return seen.filter(({ verdict }) => verdict.is !== 'done');
}

/** No command of it ran on that node: its look cannot change by waiting. */
function neverBegun(ended: Ended | undefined): boolean {
  return ended === undefined || ended.is === 'absent';
}

function hasFailed(ended: Ended | undefined): boolean {
  return ended?.is === 'ended' && ended.result.rc !== 0;
}

function refusal(step: Step, { node, verdict }: Sighting): WindlassError {
  return new WindlassError({
    code: 'WL-STEP-REFUSED',
    message: `${step.id} would do harm on ${node}: ${verdict.because}`,
    remedy: verdict.is === 'refuse' ? verdict.remedy : 'See the reason.',
    node,
  });
}

function undecided(step: Step, open: readonly Sighting[], patience: number): WindlassError {
  const lost = open.map(({ verdict }) => verdict).find((verdict) => verdict.is === 'lost');
  const [first] = open;
  return new WindlassError({
    code: lost === undefined ? 'WL-STEP-CHECK' : 'WL-NODE-LOST',
    message: `${step.id} could not begin within ${patience} s: ${summary(open)}`,
    remedy: 'Bring the node to an answer, then retry the step; nothing was changed.',
    ...(lost !== undefined ? { node: lost.of } : first === undefined ? {} : { node: first.node }),
  });
}
