import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../src/schedule/index.ts';
import { forSimulation } from '../../../src/sim/plans.ts';
import { rehearse } from '../../../src/sim/rehearse.ts';
import { simulate } from '../../../src/sim/simulate.ts';
import { passingTroubles } from '../../../src/sim/trouble.ts';
import { everything } from '../plan/rolled-back.ts';
import { planned, wayBack } from '../plan/with-disks.ts';
import { offences } from '../schedule/oracle.ts';

const THREE = { services: ['keystone', 'glance', 'nova'] };
const first = (plan: { readonly steps: readonly { readonly id: string }[] }): number =>
  plan.steps.findIndex(({ id }) => id === 'ctl1/haproxy/enable') + 1;
const PLANS = [
  ['the run that keeps disks', planned(THREE)],
  ['the way back of the first controller', wayBack(THREE, first).plan],
  ['the way back of all', wayBack(THREE, everything).plan],
] as const;

describe.each(PLANS)('%s', (_, plan) => {
  it('plays to its end, no rule broken', () => {
    // Nobody is there to open the gate of a run; a way back has none.
    const open = { ...plan, gates: [] };
    const run = simulate(open);
    expect(run.outcome).toBe('finished');
    expect(offences(open, run.events, (name) => limitOf(plan.policy, name))).toEqual([]);
  });

  it('killed at twenty moments, ends as one that was not', async () => {
    const simulated = forSimulation({ ...plan, gates: [] });
    const calm = await rehearse(simulated);
    expect(calm).toMatchObject({ outcome: { is: 'finished' }, wrongs: [], missing: [] });
    const deeds = calm.deeds[0] ?? 0;
    for (let deed = 1; deed <= deeds; deed += Math.max(1, Math.floor(deeds / 20))) {
      const when = deed % 2 === 0 ? ('after' as const) : ('before' as const);
      const killed = await rehearse(simulated, { deaths: [{ deed, when }] });
      expect([deed, killed.outcome.is, killed.wrongs, killed.missing]).toEqual([deed, 'finished', [], []]);
      expect(killed.standing).toEqual(calm.standing);
    }
  }, 120_000);

  it('gets through passing troubles', async () => {
    const simulated = forSimulation({ ...plan, gates: [] });
    const rough = await rehearse(simulated, { troubles: passingTroubles(simulated, 5, 0.4), retries: 3 });
    expect(rough).toMatchObject({ outcome: { is: 'finished' }, wrongs: [], missing: [] });
  });
});
