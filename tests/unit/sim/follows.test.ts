import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { Policy } from '../../../src/model/policy.ts';
import { limitOf } from '../../../src/schedule/index.ts';
import type { Death } from '../../../src/sim/mortal.ts';
import { syntheticPlan } from '../../../src/sim/plans.ts';
import { type Rehearsed, rehearse } from '../../../src/sim/rehearse.ts';
import { simulate } from '../../../src/sim/simulate.ts';
import { allTroubles, type Troubles } from '../../../src/sim/trouble.ts';
import { offences } from '../schedule/oracle.ts';

const policy = { onFailure: 'continue', classes: { compute: { limit: 2 } } } satisfies Partial<Policy>;
const rolled = (nodes: number, lanes: number, more: Partial<Policy> = {}): Plan =>
  syntheticPlan({
    nodes,
    controllers: 1,
    services: ['nova'],
    lanes,
    estimate: 4,
    policy: { ...policy, ...more },
  });

/** Canary cmp1, then cmp2 to cmp4 one behind the other. */
const plan = rolled(6, 1);
const failing =
  (...steps: string[]): Troubles =>
  (step) =>
    steps.includes(step) ? { rc: 100 } : undefined;
const raise = (node: string): string => `${node}/nova-compute/upgrade`;
const last = (node: string): string => `${node}/guests/return`;

/** Starts of a journal, without those by which a later orchestrator takes up what an earlier one began. */
function once(events: readonly RunEvent[]): RunEvent[] {
  const attempts = new Set<string>();
  return events.filter((event) => {
    if (event.type !== 'step.started') return true;
    const name = `${event.step} ${event.attempt}`;
    return attempts.size < attempts.add(name).size;
  });
}

function expectInOrder(of: Plan, run: Rehearsed): void {
  expect(run.wrongs).toEqual([]);
  // Pauses and limits are the dispatcher's as well as the oracle's; orphans are told apart by their attempts.
  expect(offences(of, once(run.events), (name) => limitOf(of.policy, name))).toEqual([]);
}

describe('lanes of computes, really dispatched', () => {
  it('go one behind the other', async () => {
    const run = await rehearse(plan);
    expect(run.outcome).toEqual({ is: 'finished' });
    expectInOrder(plan, run);
    const lane = run.begun.map(({ step }) => step).filter((step) => /\/guests\/leave$/.test(step));
    expect(lane).toEqual(['cmp2', 'cmp3', 'cmp4'].map((node) => `${node}/guests/leave`));
  });

  it('go on past a compute that failed, and end halted; tried again, it is made good', async () => {
    const broken = await rehearse(plan, { troubles: failing(raise('cmp2')) });
    expect(broken.outcome).toMatchObject({ is: 'halted', faults: [{ step: raise('cmp2') }] });
    expectInOrder(plan, broken);
    expect(broken.missing).toContain(last('cmp2'));
    expect(broken.missing).not.toContain(last('cmp3'));
    expect(broken.missing).not.toContain(last('cmp4'));

    const mended = await rehearse(plan, {
      troubles: (step, _, count) => (step === raise('cmp2') && count === 1 ? { rc: 100 } : undefined),
      retries: 1,
    });
    expect(mended.outcome).toEqual({ is: 'finished' });
    expectInOrder(plan, mended);
  });

  it('stop where more nodes fail than the policy tolerates, and say so', async () => {
    const troubles = failing(raise('cmp2'), raise('cmp3'));
    const strict = await rehearse(plan, { troubles });
    expect(strict.outcome).toMatchObject({
      is: 'halted',
      because: expect.stringContaining('more nodes have failed than the policy tolerates (1)'),
    });
    expect(strict.missing).toContain('cmp4/guests/leave');
    const lax = await rehearse(rolled(6, 1, { tolerate: 2 }), { troubles });
    expect(lax.outcome).toMatchObject({ is: 'halted', because: expect.not.stringContaining('tolerates') });
    expect(lax.missing).not.toContain(last('cmp4'));
  });

  it('stay where they are when the canary fails: it is needed, not followed', async () => {
    const run = await rehearse(plan, { troubles: failing(raise('cmp1')) });
    expect(run.outcome.is).toBe('halted');
    expect(run.begun.filter(({ step }) => step.includes('/guests/'))).toEqual([]);
  });

  it('with one compute failing, killed before or after anything, come to the same end', async () => {
    const least = rolled(4, 1);
    const troubles = failing(raise('cmp2'));
    const whole = await rehearse(least, { troubles });
    expect(whole.missing).not.toContain(last('cmp3'));
    const [first = 0, second = 0] = whole.deeds;
    expect(Math.min(first, second)).toBeGreaterThan(20);
    for (let deed = 1; deed <= first + second; deed += 1) {
      for (const when of ['before', 'after'] as const) {
        const never = { deed: first + 1, when };
        const deaths: Death[] = deed <= first ? [{ deed, when }] : [never, { deed: deed - first, when }];
        const run = await rehearse(least, { troubles, deaths });
        expectInOrder(least, run);
        expect([deed, when, run.outcome.is, run.standing]).toEqual([deed, when, 'halted', whole.standing]);
      }
    }
  }, 120_000);

  it('through any troubles and deaths keep their order, and get through once a person tries again', async () => {
    const wide = rolled(8, 2, { tolerate: 4 });
    const calm = await rehearse(wide);
    const death = fc.record({
      deed: fc.integer({ min: 1, max: 80 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    });
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 31), fc.array(death, { maxLength: 4 }), async (seed, deaths) => {
        const troubles = allTroubles(wide, seed, 0.3);
        const run = await rehearse(wide, { troubles, deaths, retries: 100 });
        expectInOrder(wide, run);
        expect(run.outcome).toEqual({ is: 'finished' });
        expect(run.standing).toEqual(calm.standing);
        if (overtook(wide, run.events)) passed += 1;
      }),
      { numRuns: 30 },
    );
    // The sweep is about waves that go on past a failure: without one it would have proved nothing.
    expect(passed).toBeGreaterThan(0);
  }, 120_000);
});

/** Whether some step began before one that it follows was finished. */
function overtook(of: Plan, events: readonly RunEvent[]): boolean {
  const finished = new Set<string>();
  const follows = new Map(of.steps.map((step) => [step.id, step.follows]));
  return events.some((event) => {
    if (event.type === 'step.finished') finished.add(event.step);
    return event.type === 'step.started' && !(follows.get(event.step) ?? []).every((id) => finished.has(id));
  });
}

describe('lanes of computes, imagined', () => {
  it('keep to their order with failures and without, and more lanes are faster', () => {
    const region = (lanes: number) =>
      syntheticPlan({ nodes: 98, lanes, policy: { ...policy, classes: {}, tolerate: 20 } });
    const [one, four] = [region(1), region(4)];
    expect(simulate(four).seconds).toBeLessThan(simulate(one).seconds / 2);
    for (const seed of [1, 2, 3, 4, 5]) {
      const run = simulate(four, { seed, spread: 0.3, faults: { fail: 0.02, retryAfter: 900 } });
      expect(run.outcome).toBe('finished');
      expect(offences(four, run.events, (name) => limitOf(four.policy, name))).toEqual([]);
      const left = simulate(four, { seed, faults: { fail: 0.02 } });
      expect(left.outcome).toBe('halted');
      expect(offences(four, left.events, (name) => limitOf(four.policy, name))).toEqual([]);
    }
  });
});
