import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { hopDuration, priceWay } from '../../../src/plan/cost.ts';
import { longestChain } from '../../../src/plan/show.ts';
import { route } from '../../../src/route/index.ts';
import { clusterOf, EPOXY, ha3, planOf, recordedFacts, ZED } from './shapes.ts';

describe('how long a hop takes', () => {
  const found = route(ZED, EPOXY, ha3);
  const [hop] = found.hops;
  if (!hop) throw new Error('no hop');

  test('is what its own plan estimates, from what discovery read where there is something', () => {
    expect(hopDuration(ha3, hop, recordedFacts())).toEqual({
      seconds: longestChain(planOf(ha3, recordedFacts())),
      by: 'plan',
    });
    expect(hopDuration(ha3, hop)).toEqual({
      seconds: longestChain(planOf(ha3, assumedFacts(ha3))),
      by: 'plan',
    });
  });

  test('of a later hop is of the cluster as it stands then, whatever archive nobody has named yet', () => {
    for (const way of found.alternatives) {
      for (const { duration } of priceWay(ha3, way).hops) {
        expect(duration.by).toBe('plan');
        expect(duration.seconds).toBeGreaterThan(60);
      }
    }
  });

  test('is told by the catalogue where no plan can be made, and why', () => {
    const apart = clusterOf(1, undefined, { mq1: ['messaging'] });
    expect(hopDuration(apart, hop)).toEqual({
      // Two nodes' packages and boots, and three services of one controller stopped, started and given back.
      seconds: 2 * (150 + 5) + 3 * 10,
      by: 'catalogue',
      because: expect.stringContaining('WL-PLAN-SHAPE'),
    });
  });

  test('and what is away add up over a way', () => {
    for (const way of [found.hops, ...found.alternatives]) {
      const { hops, outage, duration } = priceWay(ha3, way);
      expect(duration.seconds).toBe(hops.reduce((sum, one) => sum + one.duration.seconds, 0));
      for (const [thing, seconds] of Object.entries(outage)) {
        expect(seconds).toBeCloseTo(way.reduce((sum, one) => sum + (one.outage[thing] ?? 0), 0));
      }
    }
  });
});
