import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import type { Standing } from '../../../src/model/target.ts';
import { EPOXY, EPOXY_HERE, rolled, WHOLE } from './rolled.ts';
import { ancestors, planOf } from './shapes.ts';

const KEY = '/var/lib/openstack-dashboard/secret-key';

const planned = (to: Standing, policy = {}) => {
  const cluster = rolled({ services: [...WHOLE, 'horizon'], policy });
  return planOf(cluster, assumedFacts(cluster), to);
};

describe('Horizon’s secret key, which its package throws away', () => {
  test('over a change of the system it is kept first and given back before the dashboard starts', () => {
    const plan = planned(EPOXY);
    for (const node of ['ctl1', 'ctl2', 'ctl3']) {
      expect(ancestors(plan, `${node}/os/upgrade`)).toContain(`${node}/horizon/keep`);
      expect(ancestors(plan, `${node}/horizon/start`)).toContain(`${node}/horizon/give-back`);
      const [keep, back] = ['keep', 'give-back'].map((verb) =>
        plan.steps.find(({ id }) => id === `${node}/horizon/${verb}`),
      );
      expect(back?.params).toEqual(keep?.params);
      expect(keep?.params.path).toBe(KEY);
    }
  });

  test('on one system it lies beside the kept packages’ files', () => {
    const plan = planned(EPOXY_HERE);
    expect(plan.steps.map(({ kind }) => kind)).not.toContain('package.keep-lost');
    const kept = plan.steps.find(({ id }) => id === 'ctl1/packages/keep')?.params;
    expect(kept?.made).toContainEqual({ package: 'openstack-dashboard', path: KEY });
    const back = plan.steps.find(({ id }) => id === 'ctl1/horizon/give-back')?.params;
    expect(back?.dir).toBe(kept?.dir);
    expect(ancestors(plan, 'ctl1/horizon/start')).toContain('ctl1/horizon/give-back');
  });

  test('where no packages are kept it is kept by itself', () => {
    const plan = planned(EPOXY_HERE, { rollback: 'none' });
    expect(plan.steps.map(({ id }) => id)).toContain('ctl2/horizon/keep');
  });
});
