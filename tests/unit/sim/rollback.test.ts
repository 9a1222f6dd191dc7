import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../src/schedule/index.ts';
import { forSimulation } from '../../../src/sim/plans.ts';
import { rehearse } from '../../../src/sim/rehearse.ts';
import { simulate } from '../../../src/sim/simulate.ts';
import { passingTroubles } from '../../../src/sim/trouble.ts';
import { finishedRun } from '../plan/rolled-back.ts';
import { offences } from '../schedule/oracle.ts';

const plan = finishedRun({ services: ['keystone', 'glance', 'nova'], computes: 1 });

describe('a way back', () => {
  it('plays to its end, no rule broken', () => {
    const run = simulate(plan);
    expect(run.outcome).toBe('finished');
    expect(offences(plan, run.events, (name) => limitOf(plan.policy, name))).toEqual([]);
  });

  it('killed at sixty moments from its first deed to its last, ends as one that was not', async () => {
    const simulated = forSimulation(plan);
    const calm = await rehearse(simulated);
    expect(calm).toMatchObject({ outcome: { is: 'finished' }, wrongs: [], missing: [] });
    const deeds = calm.deeds[0] ?? 0;
    expect(deeds).toBeGreaterThan(plan.steps.length);
    const stride = Math.max(1, Math.floor(deeds / 60));
    for (let deed = 1; deed <= deeds; deed += stride) {
      const when = deed % 2 === 0 ? ('after' as const) : ('before' as const);
      const killed = await rehearse(simulated, { deaths: [{ deed, when }] });
      expect([deed, killed.outcome.is, killed.wrongs, killed.missing]).toEqual([deed, 'finished', [], []]);
      expect(killed.standing).toEqual(calm.standing);
    }
  }, 120_000);

  it('gets through passing troubles', async () => {
    const simulated = forSimulation(plan);
    const rough = await rehearse(simulated, { troubles: passingTroubles(simulated, 5, 0.4), retries: 3 });
    expect(rough).toMatchObject({ outcome: { is: 'finished' }, wrongs: [], missing: [] });
  });
});
