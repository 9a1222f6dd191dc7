import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/model/plan.ts';
import { type Journal, runPlan } from '../../../src/run/index.ts';
import { type Behaviour, plan, step, type Touch, World } from './world.ts';

class Killed extends Error {
  override readonly name = 'Killed';
}

/** A journal that dies with its orchestrator: just before or just after it wrote. */
function mortal(journal: Journal, touch: Touch): Journal {
  return {
    create: (...args) => journal.create(...args),
    runs: () => journal.runs(),
    plan: (run) => journal.plan(run),
    async append(run, event, lease) {
      touch(`before append ${event.type}`);
      const seq = await journal.append(run, event, lease);
      touch(`after append ${event.type}`);
      return seq;
    },
    async appendNext(run, event, after, lease) {
      touch(`before append ${event.type}`);
      const added = await journal.appendNext(run, event, after, lease);
      touch(`after append ${event.type}`);
      return added;
    },
    async read(run, after) {
      touch('before read');
      return journal.read(run, after);
    },
    request: (...args) => journal.request(...args),
    requests: (run) => journal.requests(run),
    settle: (id) => journal.settle(id),
    remember: (...args) => journal.remember(...args),
    durations: () => journal.durations(),
    lease: (cluster) => journal.lease(cluster),
    async takeLease(row, seen) {
      touch('before lease');
      const taken = await journal.takeLease(row, seen);
      touch('after lease');
      return taken;
    },
    renewLease: (lease, at) => journal.renewLease(lease, at),
    async releaseLease(lease) {
      touch('before release');
      await journal.releaseLease(lease);
    },
    close: () => journal.close(),
  };
}

/** Kills at the n-th touch of the world, and keeps dead what was killed. */
function killer(n: number): { touch: Touch; readonly touched: number; readonly killed: boolean } {
  let touched = 0;
  return {
    touch() {
      touched += 1;
      if (touched >= n) throw new Killed('killed');
    },
    get touched() {
      return touched;
    },
    get killed() {
      return touched >= n;
    },
  };
}

async function attempt(world: World, pid: number, n: number): Promise<{ killed: boolean; touched: number }> {
  const kill = killer(n);
  const options = { ...world.options(pid, { journal: mortal(world.journal, kill.touch) }, kill.touch) };
  try {
    const outcome = await runPlan(options);
    if (!kill.killed) expect(outcome).toEqual({ is: 'finished' });
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  if (kill.killed) world.dead.add(pid);
  return kill;
}

const nets = plan(
  [
    step('a', 'one'),
    step('b', 'two', ['a/one/set']),
    step('a', 'both', ['a/one/set'], { on: ['a', 'c'] }),
    step('c', 'last', ['a/both/set', 'b/two/set']),
  ],
  { classes: { light: { limit: 2 } } },
);

/** What was begun, and how often; a unit that was journaled but never begun has used up a number. */
function commands(world: World): string[] {
  return world
    .begun()
    .map((unit) => unit.replace(/-\d+$/, ''))
    .sort();
}

async function sweep(made: Plan, behaviours: Record<string, Behaviour>): Promise<number> {
  const calm = await new World(made).create();
  Object.assign(calm.behaviours, behaviours);
  const { touched } = await attempt(calm, 1, Number.POSITIVE_INFINITY);
  expect(touched).toBeGreaterThan(50);
  for (let n = 1; n <= touched; n += 1) {
    const world = await new World(made).create();
    Object.assign(world.behaviours, behaviours);
    await attempt(world, 1, n);
    // Now and then the machine is found again only much later.
    if (n % 3 === 0) await world.clock.sleep(400_000);
    expect(await runPlan(world.options(2)), `killed at ${n}`).toEqual({ is: 'finished' });
    expect(world.end(), `killed at ${n}`).toEqual(calm.end());
    expect(commands(world), `killed at ${n}`).toEqual(commands(calm));
    expect([...world.nodes.values()].every((node) => node.fence === undefined)).toBe(true);
    await world.journal.close();
  }
  return touched;
}

describe('an orchestrator killed anywhere', () => {
  test('is taken up exactly: the same end, and no command begun twice', { timeout: 180_000 }, async () => {
    await sweep(nets, {});
  });

  test('also where results take time to show', { timeout: 180_000 }, async () => {
    await sweep(nets, { 'b-two': { seconds: 30, shows: 20 }, 'a-both': { seconds: 1 } });
  });

  test('also where a command is put off by somebody else', { timeout: 180_000 }, async () => {
    const steps = nets.steps.map((one) =>
      one.id === 'b/two/set' ? { ...one, again: { says: ['(1213, '], times: 3 } } : one,
    );
    await sweep({ ...nets, steps }, { 'b-two': { rc: 1, fails: 1, output: "(1213, 'Deadlock')" } });
  });

  test('again and again', { timeout: 180_000 }, async () => {
    for (let n = 5; n < 60; n += 1) {
      const world = await new World(nets).create();
      let pid = 1;
      let left = 200;
      for (; left > 0; left -= 1) {
        pid += 1;
        // Each life is a little longer than the last one, so that every place is hit and it ends some time.
        const { killed } = await attempt(world, pid, n + pid);
        if (!killed) break;
      }
      expect(left).toBeGreaterThan(0);
      expect(world.begun()).toHaveLength(5);
      await world.journal.close();
    }
  });
});
