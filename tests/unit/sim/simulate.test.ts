import { describe, expect, it } from 'vitest';
import { planId } from '../../../src/model/hash.ts';
import { Plan } from '../../../src/model/plan.ts';
import { limitOf } from '../../../src/schedule/index.ts';
import { forSimulation, syntheticPlan } from '../../../src/sim/plans.ts';
import { simulate } from '../../../src/sim/simulate.ts';
import { offences } from '../schedule/oracle.ts';

const plan = syntheticPlan({ nodes: 98 });

describe('synthetic plans', () => {
  it('are plans, of the weight they are asked for', () => {
    expect(Plan.parse(plan)).toEqual(plan);
    expect(plan.id).toBe(planId(plan));
    expect(new Set(plan.steps.flatMap((step) => step.on)).size).toBe(98);
    expect(plan.steps.filter((step) => step.class === 'neutron-agent')).toHaveLength(83);
    expect(plan.steps.filter((step) => step.class === 'network')).toHaveLength(12);
  });

  it('are any plan with its work replaced', () => {
    const simulated = forSimulation(plan);
    expect(simulated.steps.map(({ id, needs }) => [id, needs])).toEqual(
      plan.steps.map(({ id, needs }) => [id, needs]),
    );
    expect(simulated.id).toBe(planId(simulated));
  });
});

describe('a simulated run', () => {
  it('breaks no rule, and its pauses tell in its length', () => {
    const run = simulate(plan);
    expect(run.outcome).toBe('finished');
    expect(offences(plan, run.events, (name) => limitOf(plan.policy, name))).toEqual([]);
    expect(run.seconds).toBeGreaterThan(82 * 30);
    expect(run.seconds).toBeGreaterThan(run.criticalPath.seconds);
    const unpaced = simulate({
      ...plan,
      policy: { ...plan.policy, classes: { 'neutron-agent': { every: 0 } } },
    });
    expect(unpaced.seconds).toBeLessThan(run.seconds);
    expect(run.phases.map(({ phase }) => phase)).toEqual(plan.phases.map(({ id }) => id));
  });

  it('is told by its seed', () => {
    const wild = { spread: 0.3, faults: { fail: 0.02, retryAfter: 300, slow: { chance: 0.05, factor: 4 } } };
    const run = simulate(plan, { ...wild, seed: 4 });
    expect(run.events).toEqual(simulate(plan, { ...wild, seed: 4 }).events);
    expect(run.events).not.toEqual(simulate(plan, { ...wild, seed: 5 }).events);
    expect(run.outcome).toBe('finished');
    expect(run.events.some((event) => event.type === 'step.failed')).toBe(true);
    expect(offences(plan, run.events, (name) => limitOf(plan.policy, name))).toEqual([]);
  });

  it('halts where nobody mends a failure, and where nobody comes to a gate', () => {
    expect(simulate(plan, { faults: { fail: 0.05 } }).outcome).toBe('halted');
    const waited = simulate(plan, { approval: () => undefined });
    expect(waited.outcome).toBe('halted');
    expect(waited.events.at(-1)?.type).toBe('gate.expired');
    const late = simulate(plan, { approval: () => 600 });
    expect(late.seconds).toBeCloseTo(simulate(plan).seconds + 600, 5);
  });

  it('uses what steps really took when that is known', () => {
    const slow = simulate(plan, { durations: (step) => step.estimate * 2 });
    expect(slow.criticalPath.seconds).toBeCloseTo(2 * simulate(plan).criticalPath.seconds, 5);
  });
});
