// The plan of a rehearsal with two machines, carried out by the real dispatcher over simulated nodes.
import { describe, expect, it } from 'vitest';
import { forSimulation } from '../../../src/sim/plans.ts';
import { rehearse } from '../../../src/sim/rehearse.ts';
import { passingTroubles } from '../../../src/sim/trouble.ts';
import { clusterOf, rehearsalOf } from '../plan/rehearsals.ts';

const plan = rehearsalOf(
  clusterOf({
    controllers: 1,
    computes: 0,
    services: ['keystone', 'glance', 'neutron'],
    rehearsal: { node: { address: '10.77.9.9' }, old: { node: { address: '10.77.9.8' } } },
  }),
);
const simulated = forSimulation(plan);
/** Steps that have begun by the time one begins. */
const before = (begun: readonly { step: string }[], id: string): string[] =>
  begun
    .slice(
      0,
      begun.findIndex(({ step }) => step === id),
    )
    .map(({ step }) => step);

describe('a rehearsal with the old release beside it', () => {
  it('comes to its end through troubles and deaths as through a calm run, and nothing is lost', async () => {
    const calm = await rehearse(simulated);
    expect(calm).toMatchObject({ outcome: { is: 'finished' }, wrongs: [], missing: [] });
    const rough = await rehearse(simulated, {
      troubles: passingTroubles(simulated, 7, 0.4),
      deaths: [9, 60, 31, 120].map((deed, turn) => ({ deed, when: turn % 2 === 0 ? 'after' : 'before' })),
    });
    expect(rough).toMatchObject({ outcome: { is: 'finished' }, wrongs: [], missing: [] });
    expect(rough.standing).toEqual(calm.standing);
    for (const run of [calm, rough]) {
      const contract = before(run.begun, 'cluster/neutron-database/contract');
      expect(contract).toEqual(
        expect.arrayContaining([
          'cluster/neutron-database/expand',
          'rehearsal-old/neutron/old-expanded',
          'rehearsal-old/openstack/stop',
        ]),
      );
      expect(before(run.begun, 'cluster/keystone-database/expand')).toContain(
        'rehearsal-old/neutron/old-own',
      );
    }
  });
});
