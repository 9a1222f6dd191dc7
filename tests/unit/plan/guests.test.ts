import { describe, expect, test } from 'vitest';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { EPOXY, HIBISCUS_HERE } from './rolled.ts';
import { withGuests } from './with-guests.ts';

describe('guests that must live while their nodes are worked on', () => {
  test('are those a probe bears the name of, with the node each is on; one in whose work nothing is seen is not', () => {
    const plan = withGuests({ to: HIBISCUS_HERE });
    expect(plan.guests?.probes).toEqual({ 'web-1': 'cmp1', 'web-2': 'cmp2' });
    expect(plan.guests?.silence).toBe(60);
    expect(readPlan(writePlan(plan), 'p').guests).toEqual(plan.guests);
  });

  test('are watched while what runs outside the controllers is raised, with waves and without', () => {
    expect(withGuests({ to: HIBISCUS_HERE }).guests?.phases).toEqual(['raise-nova', 'raise-neutron']);
    expect(withGuests({ to: HIBISCUS_HERE, policy: { gates: { computes: {} } } }).guests?.phases).toEqual([
      'computes-canary',
      'computes-sample',
      'computes-rest',
    ]);
    expect(withGuests({ to: EPOXY }).guests?.phases).toEqual([
      'computes-canary',
      'computes-sample',
      'computes-rest',
    ]);
  });

  test('may be silent for as long as the policy says, or for ever', () => {
    expect(withGuests({ policy: { guests: { silence: '20s' } } }).guests?.silence).toBe(20);
    expect(withGuests({ policy: { guests: { silence: 0 } } })).not.toHaveProperty('guests');
  });

  test('are not those that were off, or whose owners want them shut off meanwhile', () => {
    expect(withGuests({ power: 'shutdown' })).not.toHaveProperty('guests');
    expect(withGuests({ maintenance: 'poweroff' })).not.toHaveProperty('guests');
  });

  test('are what a canary has to be alive by, besides the node itself', () => {
    const sample = { approvals: 0, condition: { kind: 'alive', minutes: 15 } };
    const plan = withGuests({ to: HIBISCUS_HERE, policy: { gates: { sample } } });
    const [gate] = plan.gates.filter(({ id }) => id === 'sample');
    expect(gate?.condition).toEqual({ kind: 'alive', minutes: 15, probes: ['web-1'] });
  });
});
