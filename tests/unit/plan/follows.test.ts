import { describe, expect, test } from 'vitest';
import { planId } from '../../../src/model/hash.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { longestChain, showPlan } from '../../../src/plan/show.ts';
import { syntheticPlan } from '../../../src/sim/plans.ts';
import { recorded } from './shapes.ts';

const lanes = syntheticPlan({
  nodes: 8,
  controllers: 1,
  services: ['nova'],
  lanes: 2,
  policy: { onFailure: 'continue', tolerate: 3 },
});

describe('what follows', () => {
  test('is told of a step and of a folded lane, and what a failure leaves going', () => {
    const text = showPlan(lanes);
    expect(text).toContain('goes on, until more than 3 nodes have failed\n');
    expect(text).toContain('leave guests on cmp3\n');
    expect(text).toContain('leave guests on cmp5 — after cmp3, however that ended\n');
    expect(showPlan(lanes, { commands: true })).toContain(
      'once cmp3/guests/return is finished or can no longer run\n',
    );
    const leaving = lanes.steps.filter(({ id }) => id.endsWith('/guests/leave'));
    expect(showPlan({ ...lanes, steps: leaving })).toContain(
      'leave guests on each — for cmp2, cmp3, cmp4, cmp5, cmp6, in lanes: each after the one ahead of it, however that ended\n',
    );
  });

  test('what is run again is told beside its command, with the words and the number', () => {
    const text = showPlan(recorded(), { commands: true });
    expect(text).toMatch(
      /db_sync --expand\n +again up to 3 times where it fails with "\(1213, " or "ERROR 1213 "/,
    );
  });

  test('counts in the length of the plan', () => {
    const apart = lanes.steps.map((step) => ({ ...step, follows: [] }));
    // Five computes in two lanes: two more nodes' chains of 90 s behind the first.
    expect(longestChain(lanes) - longestChain({ ...lanes, steps: apart })).toBe(180);
  });

  test('is a part of the plan’s hash, and may lead neither nowhere nor in a circle', () => {
    const plan = recorded();
    const [first, second, ...rest] = plan.steps;
    if (!first || !second) throw new Error('the plan is empty');
    const following = (follows: string[]): Plan => ({
      ...plan,
      steps: [{ ...first, follows }, second, ...rest],
    });
    const resealed = (changed: Plan): string => writePlan({ ...changed, id: planId(changed) });
    expect(() => readPlan(writePlan(following(['ctl9/none/such'])), 'p')).toThrow(/WL-PLAN-EDITED/);
    expect(() => readPlan(resealed(following(['ctl9/none/such'])), 'p')).toThrow(
      /WL-PLAN-GRAPH.*follows ctl9\/none\/such, which is not there/,
    );
    const end = plan.steps.at(-1)?.id ?? '';
    expect(() => readPlan(resealed(following([end])), 'p')).toThrow(/WL-PLAN-GRAPH.*waits for itself/);
    const fine: Plan = { ...plan, steps: [first, { ...second, follows: [first.id] }, ...rest] };
    expect(readPlan(resealed(fine), 'p').steps[1]?.follows).toEqual([first.id]);
  });
});
