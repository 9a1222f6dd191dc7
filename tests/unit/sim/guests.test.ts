import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/model/plan.ts';
import type { RunOptions } from '../../../src/run/index.ts';
import { forSimulation } from '../../../src/sim/plans.ts';
import { rehearse } from '../../../src/sim/rehearse.ts';
import { withGuests } from '../plan/with-guests.ts';

const gates = { computes: {}, sample: {}, rest: {} };
const made: Plan = forSimulation(withGuests({ policy: { gates } }));

/** A watch on which one guest answers until a moment, and all else for ever. */
const until =
  (guest: string, died: number): NonNullable<RunOptions['measurements']> =>
  (condition, { now, openedAt }) => {
    const [probe = ''] = 'probes' in condition ? (condition.probes ?? []) : [];
    const attempts = [];
    for (let started = openedAt; started < now - 2000; started += 1000) {
      const ok = probe !== guest || started < died;
      attempts.push({ probe, started, ended: started + (ok ? 5 : 2000), ok });
    }
    return { probes: [{ name: probe, rate: 1 }], attempts };
  };
const nodeOf = (step: string): string => step.split('/')[0] ?? '';
const phaseOf = new Map(made.steps.map(({ id, phase }) => [id, phase]));

describe('a simulated run whose guests are watched', () => {
  it('goes to its end while they live', async () => {
    const run = await rehearse(made, { measurements: until('none', 0) });
    expect(run.outcome).toEqual({ is: 'finished' });
    expect(run.events.filter(({ type }) => type === 'gate.approved')).toHaveLength(4);
  });

  it('stops when the canary’s guest dies under it: nothing of another wave is begun, nothing is cut in half', async () => {
    const whole = await rehearse(made, { measurements: until('none', 0) });
    const begun = whole.events.find(
      (event) => event.type === 'step.started' && event.step === 'cmp1/nova/restart',
    );
    const run = await rehearse(made, { measurements: until('web-1', (begun?.at ?? 0) + 1000) });
    expect(run.outcome).toMatchObject({
      is: 'halted',
      because: expect.stringMatching(/^guest web-1 on cmp1 has not answered for 60 s; cmp1\/\S+ /),
      faults: [{ code: 'WL-GUEST-LOST', node: 'cmp1' }],
    });
    const waves = new Set(run.begun.map(({ step }) => phaseOf.get(step)));
    expect(waves).not.toContain('computes-sample');
    expect(waves).not.toContain('computes-rest');
    expect(run.wrongs).toEqual([]);
    const started = run.events.flatMap((event) => (event.type === 'step.started' ? [event.step] : []));
    const ended = run.events.flatMap((event) => (event.type === 'step.finished' ? [event.step] : []));
    expect(ended.sort()).toEqual(started.sort());
  });

  it('whenever a guest dies, begins no step after the halt', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('web-1', 'web-2'),
        fc.integer({ min: 0, max: 4000 }),
        async (guest, after) => {
          const run = await rehearse(made, { measurements: until(guest, 1_000_000 + after * 1000) });
          const halt = run.events.findIndex(({ type }) => type === 'run.halted');
          const later = run.events.slice(halt < 0 ? run.events.length : halt).map(({ type }) => type);
          expect(later).not.toContain('step.started');
          expect(later).not.toContain('gate.opened');
          expect(run.wrongs).toEqual([]);
          if (halt < 0) expect(run.outcome).toEqual({ is: 'finished' });
          else {
            const on = guest === 'web-1' ? 'cmp1' : 'cmp2';
            expect(run.events[halt]).toMatchObject({ fault: { code: 'WL-GUEST-LOST', node: on } });
            expect(run.begun.some(({ step }) => nodeOf(step) === on)).toBe(true);
          }
        },
      ),
      { numRuns: 6 },
    );
  });
});
