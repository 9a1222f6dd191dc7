import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outageOf } from '../../../src/watch/outage.ts';
import type { Sample } from '../../../src/watch/sample.ts';
import { keepTally } from '../../../src/watch/tally.ts';

describe('a tally', () => {
  it('comes to the same figures as all samples at once, and keeps few of them', () => {
    const outages = fc.array(fc.record({ at: fc.nat(11_000), length: fc.integer({ min: 1, max: 60 }) }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(outages, fc.integer(), (failures, seed) => {
        const samples = [...Array(12_000).keys()].map((beat): Sample => {
          const started = 1_800_000_000_000 + beat * 100;
          const ok = !failures.some(({ at, length }) => beat >= at && beat < at + length);
          const length = ok ? 5 + ((beat * 31 + Math.abs(seed)) % 180) : 2000;
          return { probe: 'api', started, ended: started + length, ok };
        });
        const tally = keepTally(10);
        for (const sample of [...samples].sort((a, b) => a.ended - b.ended)) tally.add(sample);
        const all = outageOf(samples, { rate: 10 });
        const standing = tally.standing();
        expect(standing.seconds).toBeCloseTo(all.seconds, 6);
        expect(standing.longestGap).toBeCloseTo(all.longestGap, 6);
        expect(standing).toMatchObject({ failed: all.failed, total: all.total, open: all.open });
        expect(tally.recent().length).toBeLessThan(6000);
      }),
      { numRuns: 20 },
    );
  });
});
