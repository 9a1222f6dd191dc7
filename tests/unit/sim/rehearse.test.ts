import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { begin, counts, foldAll, outcome } from '../../../src/schedule/index.ts';
import type { Death } from '../../../src/sim/mortal.ts';
import { syntheticPlan } from '../../../src/sim/plans.ts';
import { type Rehearsed, rehearse } from '../../../src/sim/rehearse.ts';
import { allTroubles, passingTroubles, type Trouble } from '../../../src/sim/trouble.ts';

// Two controllers, a network node and computes: every class, a gate, joins and a pause, in as few steps as that takes.
const brief = { estimate: 4, policy: { classes: { 'neutron-agent': { every: 6 } } } };
const plan = syntheticPlan({ nodes: 6, controllers: 2, services: ['keystone', 'neutron'], ...brief });
const work = plan.steps
  .filter((step) => step.commands.length > 0)
  .flatMap((step) => step.on.map((node) => `${step.id} ${node}`));

function begunTwice({ begun }: Rehearsed): string[] {
  const names = begun.map(({ step, node }) => `${step} ${node}`);
  return names.filter((name, place) => names.indexOf(name) !== place);
}

/** What must hold of any run that got through, whatever happened on the way. */
function expectThrough(run: Rehearsed, calm: Rehearsed, of = plan): void {
  expect(run.wrongs).toEqual([]);
  expect(run.outcome).toEqual({ is: 'finished' });
  expect(run.missing).toEqual([]);
  expect(run.standing).toEqual(calm.standing);
  const state = foldAll(begin(of), run.events);
  expect(outcome(state)).toBe('finished');
  expect(counts(state).finished).toBe(of.steps.length);
}

const calm = await rehearse(plan);

describe('the real dispatcher over simulated nodes', () => {
  it('brings every step about, each once', () => {
    expectThrough(calm, calm);
    expect(calm.begun.map(({ step, node }) => `${step} ${node}`).sort()).toEqual(work.toSorted());
  });

  it('killed before or after anything it does, goes on exactly: same end, nothing begun twice', async () => {
    // Every deed there is, so on the smallest plan that has a gate, a join and a pause.
    const least = syntheticPlan({ nodes: 3, controllers: 1, services: ['neutron'], ...brief });
    const whole = await rehearse(least);
    // The first orchestrator of a calm run leaves at the gate, and another one does the rest.
    const [first = 0, second = 0] = whole.deeds;
    expect(Math.min(first, second)).toBeGreaterThan(20);
    for (let deed = 1; deed <= first + second; deed += 1) {
      for (const when of ['before', 'after'] as const) {
        const never = { deed: first + 1, when };
        const deaths: Death[] = deed <= first ? [{ deed, when }] : [never, { deed: deed - first, when }];
        const run = await rehearse(least, { deaths });
        expectThrough(run, whole, least);
        expect([deed, when, begunTwice(run)]).toEqual([deed, when, []]);
      }
    }
  }, 120_000);

  it('killed again and again, goes on exactly', async () => {
    const deaths = fc.array(
      fc.record({
        deed: fc.integer({ min: 1, max: 60 }),
        when: fc.constantFrom('before' as const, 'after' as const),
        late: fc.constantFrom(0, 0.001, 0.02, 1, 30),
      }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(deaths, async (each) => {
        const run = await rehearse(plan, { deaths: each });
        expectThrough(run, calm);
        expect(begunTwice(run)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  it('gets through lost links, rebooting nodes, lost orders and slow jobs by itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 31), async (seed) => {
        const troubles = passingTroubles(plan, seed, 0.4);
        const run = await rehearse(plan, { troubles });
        expectThrough(run, calm);
        // Only what its node lost in a reboot may be begun again.
        const rebooted = (name: string): Trouble | undefined => {
          const [step = '', node = ''] = name.split(' ');
          return troubles(step, node, 1);
        };
        for (const name of begunTwice(run)) expect(rebooted(name)?.reboot).toBeDefined();
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  it('with failing jobs and deaths on top, gets through once a person has them tried again', async () => {
    const death = fc.record({
      deed: fc.integer({ min: 1, max: 80 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 31), fc.array(death, { maxLength: 4 }), async (seed, deaths) => {
        const run = await rehearse(plan, { troubles: allTroubles(plan, seed, 0.3), deaths, retries: 100 });
        expectThrough(run, calm);
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  it('stops at a failure, and begins nothing after it', async () => {
    const broken = 'ctl1/keystone/upgrade';
    const run = await rehearse(plan, { troubles: (step) => (step === broken ? { rc: 100 } : undefined) });
    expect(run.outcome).toMatchObject({ is: 'halted', faults: [{ code: 'WL-STEP-COMMAND', step: broken }] });
    expect(run.wrongs).toEqual([]);
    expect(run.begun.at(-1)?.step).toBe(broken);
    expect(run.missing).toContain(broken);
  });

  it('is the same twice', async () => {
    const troubles = allTroubles(plan, 7, 0.4);
    const twice = [
      await rehearse(plan, { troubles, retries: 50 }),
      await rehearse(plan, { troubles, retries: 50 }),
    ];
    expect(twice[0]?.events).toEqual(twice[1]?.events);
  });
});
