import { describe, expect, test } from 'vitest';
import { folded, measured, simulationText, spreadOf, tookIn } from '../../../src/cli/simulate.ts';
import { workOf } from '../../../src/schedule/index.ts';
import { simulate } from '../../../src/sim/index.ts';
import { recorded } from '../plan/shapes.ts';

const plan = recorded();
const estimates = measured(plan, new Map());
const run = simulate(plan, { durations: estimates.durations });

describe('an imagined run', () => {
  test('tells phases, what limits it, and where its seconds come from', () => {
    const text = simulationText(plan, run, estimates, spreadOf([run.seconds]));
    expect(text).toMatch(/^\d+ steps of ha3: finished after about \d+ min/);
    expect(text).toContain('nothing was measured on this cluster yet');
    for (const { title } of plan.phases) expect(text).toContain(title);
    expect(text).toMatch(/ctl2\/os\/upgrade 4 min/);
    expect(text).not.toContain('imagined runs');
  });

  test('takes what the journal remembers before the estimate', () => {
    const known = measured(plan, new Map([['apt.dist-upgrade', 400]]));
    const upgrades = plan.steps.filter(({ kind }) => kind === 'apt.dist-upgrade');
    expect(known.steps).toBe(upgrades.length);
    expect(upgrades.map(known.durations)).toEqual(upgrades.map(() => 400));
    const longer = simulate(plan, { durations: known.durations });
    expect(longer.seconds - run.seconds).toBeCloseTo(upgrades.length * (400 - 240), 6);
    expect(simulationText(plan, longer, known, spreadOf([longer.seconds]))).toContain(
      `measured here for ${upgrades.length} steps`,
    );
  });

  test('takes what is remembered of the very work before what is of its kind', () => {
    const [stop] = plan.steps.filter(({ kind }) => kind === 'systemd.hold');
    if (stop === undefined) throw new Error('no step that stops anything');
    const [work, kind] = workOf(stop);
    const { durations } = measured(
      plan,
      new Map([
        [work, 166],
        [kind, 2],
      ]),
    );
    expect(durations(stop)).toBe(166);
    expect(durations({ ...stop, id: 'ctl9/other/hold' })).toBe(2);
    expect(durations({ ...stop, class: 'another' })).toBe(2);
  });

  test('is the same for the same seed, another for another', () => {
    const with2 = (seed: number) => simulate(plan, { seed, spread: 0.2 }).seconds;
    expect(with2(7)).toBe(with2(7));
    expect(with2(7)).not.toBe(with2(8));
  });

  test('folds the critical path by phases without losing a second', () => {
    const varied = simulate(plan, { seed: 3, spread: 0.3 });
    const stretches = folded(plan, varied.criticalPath.steps, tookIn(varied));
    expect(stretches.flatMap(({ steps }) => steps)).toEqual(varied.criticalPath.steps);
    const sum = stretches.reduce((total, { seconds }) => total + seconds, 0);
    expect(sum).toBeCloseTo(varied.criticalPath.seconds, 3);
    expect(new Set(stretches.map(({ phase }) => phase)).size).toBe(stretches.length);
    expect(varied.criticalPath.seconds).toBeLessThanOrEqual(varied.seconds + 0.001);
  });

  test('a plan with nothing to do takes no time', () => {
    const empty = { ...plan, steps: [], phases: [], gates: [], checkpoints: [] };
    const none = simulate(empty);
    expect(none).toMatchObject({ outcome: 'finished', seconds: 0 });
    expect(simulationText(empty, none, estimates, spreadOf([0]))).toBe('nothing to do');
  });
});

describe('several imagined runs', () => {
  test('are told by the value a share of them stays within', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(spreadOf(hundred)).toEqual({ runs: 100, shortest: 1, half: 50, nineOfTen: 90, longest: 100 });
    expect(spreadOf([5])).toEqual({ runs: 1, shortest: 5, half: 5, nineOfTen: 5, longest: 5 });
  });
});
