import { describe, expect, test } from 'vitest';
import { WindlassError } from '../../../src/model/error.ts';
import { type NodeLinks, runPlan } from '../../../src/run/index.ts';
import { plan, step, World } from './world.ts';

const brought = { on: 'live', argv: ['cat', '/dump'], path: '/var/lib/x/dump' };
const fault = (code: `WL-${string}`): WindlassError =>
  new WindlassError({ code, message: 'x', remedy: 'y', node: 'live' });

/** A world whose links note what is carried, and fail as often as told first. */
async function worldWith(...faults: readonly WindlassError[]) {
  const world = await new World(plan([step('a', 'one', [], { carries: [brought] })])).create();
  const carried: string[] = [];
  const left = [...faults];
  const carry: NonNullable<NodeLinks['carry']> = async (node, what, fence) => {
    carried.push(`${what.on} to ${node}:${what.path} for ${fence.run}, ${world.begun().length} begun`);
    const next = left.shift();
    if (next) throw next;
  };
  const options = world.options(1);
  return { world, carried, options: { ...options, links: { ...options.links, carry } } };
}
const LINE = 'live to a:/var/lib/x/dump for r1, 0 begun';

describe('what a step has brought from another node', () => {
  test('is there before its commands run, behind the fence, and the other node is not held', async () => {
    const { world, carried, options } = await worldWith();
    expect(await runPlan(options)).toEqual({ is: 'finished' });
    expect(carried).toEqual([LINE]);
    expect(world.end().a).toEqual(['a-one']);
    expect([...world.nodes.keys()]).toEqual(['a']);
  });

  test('is brought again while a node is silent', async () => {
    const { carried, options } = await worldWith(fault('WL-NODE-LOST'), fault('WL-NODE-LOST'));
    expect(await runPlan(options)).toEqual({ is: 'finished' });
    expect(carried).toEqual([LINE, LINE, LINE]);
  });

  test('stops the run where it cannot be had; tried again, it begins from the beginning', async () => {
    const { world, carried, options } = await worldWith(fault('WL-CARRY'));
    expect(await runPlan(options)).toMatchObject({ is: 'halted', faults: [{ code: 'WL-CARRY' }] });
    expect(world.begun()).toEqual([]);
    expect(await runPlan({ ...options, retry: 'all' })).toEqual({ is: 'finished' });
    expect(carried).toEqual([LINE, LINE]);
  });

  test('is not brought where the step is done already', async () => {
    const { world, carried, options } = await worldWith();
    world.node('a').flags.set('a-one', 0);
    expect(await runPlan(options)).toEqual({ is: 'finished' });
    expect(carried).toEqual([]);
  });

  test('is cut off, not failed, when the run is left to its units', async () => {
    const { world, options } = await worldWith();
    const [stop, leave] = [new AbortController(), new AbortController()];
    const carry: NonNullable<NodeLinks['carry']> = async (_node, _what, _fence, { signal }) => {
      stop.abort();
      leave.abort();
      expect(signal.aborted).toBe(true);
      throw fault('WL-CARRY');
    };
    const interrupt = { stop: stop.signal, leave: leave.signal };
    const links = { ...options.links, carry };
    expect(await runPlan({ ...options, links, interrupt })).toEqual({ is: 'interrupted' });
    expect(await world.story()).not.toContain('step.failed a/one/set');
    expect(await runPlan(options)).toEqual({ is: 'finished' });
  });
});
