// Steps as a planner gives them, run by the engine itself on hosts of the lab.
import { planId } from '../../src/model/hash.ts';
import { Plan } from '../../src/model/plan.ts';
import type { Draft } from '../../src/plan/draft.ts';
import { readPlan, writePlan } from '../../src/plan/read.ts';
import { type RunOutcome, runPlan, wallClock } from '../../src/run/index.ts';
import { kinds } from '../../src/steps/registry.ts';
import type { Bench } from './bench.ts';

export interface Worked {
  readonly outcome: RunOutcome;
  readonly because: string[];
  /** What its commands told for the report. */
  readonly told: string[];
  /** The same run once more, what failed tried again. */
  again(): Promise<Worked>;
}

let runs = 0;

/** Makes a plan of a draft and runs it to its end, in a run of its own. */
export async function runDraft(draft: Draft, { name, journal, links }: Bench): Promise<Worked> {
  const standing = { os: 'bookworm', openstack: 'zed' };
  const body = Plan.parse({
    windlass: 1,
    id: `sha256:${'0'.repeat(64)}`,
    cluster: name,
    facts: 'none',
    assumed: false,
    from: standing,
    to: standing,
    route: [],
    complete: true,
    findings: [],
    policy: {},
    phases: draft.phases,
    steps: draft.steps,
    gates: [],
    checkpoints: [],
  });
  const plan = readPlan(writePlan({ ...body, id: planId(body) }), 'plan.json');
  runs += 1;
  const run = `r${runs}`;
  await journal.create(run, plan, 'test', Date.now());
  const go = async (retry: readonly string[] | 'all'): Promise<Worked> => {
    const outcome = await runPlan({
      run,
      plan,
      journal,
      links,
      clock: wallClock,
      io: { tell: () => undefined, ask: async (question) => question.otherwise },
      kinds,
      holder: { name: 'test', host: 'here', pid: process.pid },
      alive: () => true,
      retry,
    });
    const ended = (await journal.read(run)).flatMap(({ event }) =>
      event.type === 'step.finished' ? [event] : [],
    );
    return {
      outcome,
      because: ended.map(({ because }) => because),
      told: ended.flatMap(({ told = [] }) => told),
      again: () => go('all'),
    };
  };
  return go([]);
}
