import { describe, expect, test } from 'vitest';
import { runPlan } from '../../../src/run/index.ts';
import type { Kinds } from '../../../src/steps/registry.ts';
import { fakeKinds, plan, step, World } from './world.ts';

const BACK = 'fake.back';
/** A kind whose step puts b's whole disk back, asked of a. */
const kinds: Kinds = {
  guard: fakeKinds.guard,
  step: (kind) => (kind === BACK ? { ...fakeKinds.step(kind), goesBack: () => ['b'] } : fakeKinds.step(kind)),
};
const before = step('b', 'before');
const restore = step('a', 'restore', [before.id], { kind: BACK });
const after = step('b', 'after', [restore.id]);
const steps = [before, restore, after];

/** The disk of b as it was kept: the fence of a run long ago, no record of a job, nothing done. */
function keptDisk(world: World, beat = 0): void {
  const b = world.node('b');
  b.fence = { cluster: 'fake', run: 'r0', epoch: 1, holder: 'long gone' };
  b.beat = beat;
  b.jobs.clear();
  b.flags.clear();
}

/** Once, when the commands that put it back were handed over. */
function when(world: World, act: () => void): (what: string) => void {
  let done = false;
  return (what) => {
    if (done || !what.startsWith('after start') || world.node('a').jobs.size === 0) return;
    done = true;
    act();
  };
}

describe('a node whose disk goes back', () => {
  test('is ours again when it is back, and no sign of life given meanwhile ends the run', async () => {
    const world = await new World(plan(steps)).create();
    world.behaviours['a-restore'] = { seconds: 90 };
    const touch = when(world, () => keptDisk(world));
    expect(await runPlan(world.options(1, { kinds }, touch))).toEqual({ is: 'finished' });
    expect(world.end()).toEqual({ a: ['a-restore'], b: ['b-after'] });
    expect(world.node('b').fence).toBeUndefined();
  });

  test('is ours again also where it came back after its orchestrator had left', async () => {
    const world = await new World(plan(steps)).create();
    world.behaviours['a-restore'] = { seconds: 90 };
    const [stop, leave] = [new AbortController(), new AbortController()];
    const interrupt = { stop: stop.signal, leave: leave.signal };
    const touch = when(world, () => {
      keptDisk(world);
      leave.abort();
    });
    expect(await runPlan(world.options(1, { kinds, interrupt }, touch))).toEqual({ is: 'interrupted' });
    await world.clock.sleep(120_000);
    expect(await runPlan(world.options(2, { kinds, takeOver: true }))).toEqual({ is: 'finished' });
    expect(world.end().b).toEqual(['b-after']);
  });

  test('that somebody else works on by then is theirs', async () => {
    const world = await new World(plan(steps)).create();
    world.behaviours['a-restore'] = { seconds: 30 };
    const touch = when(world, () => keptDisk(world, world.clock.now()));
    await expect(runPlan(world.options(1, { kinds }, touch))).rejects.toThrow('WL-RUN-HELD');
    expect(world.end().b).toEqual([]);
  });
});
