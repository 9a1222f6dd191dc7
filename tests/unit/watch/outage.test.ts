import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outageOf } from '../../../src/watch/outage.ts';
import type { Sample } from '../../../src/watch/sample.ts';

const T0 = 1_800_000_000_000;

/** Samples from a line: `.` a success, `x` a failure, space: nobody looked; one every 100 ms, 20 ms long. */
function line(text: string): Sample[] {
  return [...text].flatMap((mark, index) => {
    if (mark === ' ') return [];
    const started = T0 + index * 100;
    const sample = { probe: 'api', started, ended: started + 20, ok: mark === '.' };
    return [mark === 'x' ? { ...sample, error: 'refused' } : sample];
  });
}
const at = (beats: number): number => T0 + beats * 100;
const rate = 10;

const sampleArb = fc
  .record({
    start: fc.integer({ min: 0, max: 20_000 }),
    length: fc.integer({ min: 0, max: 2000 }),
    ok: fc.boolean(),
  })
  .map(({ start, length, ok }): Sample => {
    const sample = { probe: 'api', started: T0 + start, ended: T0 + start + length, ok };
    return ok ? sample : { ...sample, error: `e${start % 3}` };
  });
const samplesArb = fc.array(sampleArb, { maxLength: 80 });

describe('outage of a thing', () => {
  it('goes from the last success before a failure to the first one after it', () => {
    const outage = outageOf(line('...xx..'), { rate });
    expect(outage.spans).toEqual([{ from: at(2), to: at(5) + 20 }]);
    expect(outage.seconds).toBeCloseTo(0.32);
    expect(outage.longestGap).toBeCloseTo(0.32);
    expect(outage).toMatchObject({ failed: 2, total: 7, open: false });
    expect(outage.errors).toEqual([{ error: 'refused', count: 2 }]);
  });

  it('adds up several and keeps them apart', () => {
    const outage = outageOf(line('..x....xx..'), { rate });
    expect(outage.spans).toHaveLength(2);
    expect(outage.seconds).toBeCloseTo(0.22 + 0.32);
    expect(outage.longestGap).toBeCloseTo(0.32);
  });

  it('does not count the overlap of two outages twice', () => {
    const outage = outageOf(line('.x.x.'), { rate });
    expect(outage.spans).toEqual([{ from: at(0), to: at(4) + 20 }]);
  });

  it('is bounded by the samples where no success is known, and says that it is still open', () => {
    expect(outageOf(line('xx.'), { rate }).spans).toEqual([{ from: at(0), to: at(2) + 20 }]);
    const open = outageOf(line('.xx'), { rate });
    expect(open.spans).toEqual([{ from: at(0), to: at(2) + 20 }]);
    expect(open.open).toBe(true);
  });

  it('ends with the first answer, though an attempt begun earlier still hangs', () => {
    const hanging: Sample = {
      probe: 'api',
      started: at(1),
      ended: at(21),
      ok: false,
      error: 'no answer in 2 s',
    };
    const outage = outageOf([...line('. ...'), hanging], { rate });
    expect(outage.spans).toEqual([{ from: at(0), to: at(2) + 20 }]);
  });

  it('shows a slow spell without failures as a gap, not as an outage', () => {
    const slow = line('..    ..').map((sample, index) =>
      index === 2 ? { ...sample, started: at(2), ended: at(6) } : sample,
    );
    const outage = outageOf(slow, { rate });
    expect(outage.seconds).toBe(0);
    expect(outage.longestGap).toBeCloseTo(0.52);
  });

  it('tells where nobody looked, and takes it neither for outage nor for a gap', () => {
    const outage = outageOf(line(`...${' '.repeat(50)}...`), { rate });
    expect(outage.seconds).toBe(0);
    expect(outage.blind).toEqual([{ from: at(2) + 20, to: at(53) }]);
    expect(outage.longestGap).toBeLessThan(0.2);
  });

  it('is blind before the watch began and after it ended, too', () => {
    const window = { from: at(-50), to: at(60) };
    const outage = outageOf(line('...'), { rate, window });
    expect(outage.blind).toEqual([
      { from: at(-50), to: at(0) },
      { from: at(2) + 20, to: at(60) },
    ]);
    expect(outageOf([], { rate, window }).blind).toEqual([window]);
  });

  it('counts only what lies inside the window', () => {
    const outage = outageOf(line('..xxxx...xx..'), { rate, window: { from: at(4), to: at(9) } });
    expect(outage.spans).toEqual([
      { from: at(4), to: at(6) + 20 },
      { from: at(8), to: at(9) },
    ]);
    expect(outage).toMatchObject({ failed: 2, total: 5 });
  });

  it('has nothing to say without samples', () => {
    expect(outageOf([], { rate })).toEqual({
      spans: [],
      seconds: 0,
      longestGap: 0,
      failed: 0,
      total: 0,
      open: false,
      blind: [],
      errors: [],
    });
  });
});

describe('outage of any samples', () => {
  it('is nothing exactly when nothing failed', () => {
    fc.assert(
      fc.property(samplesArb, (samples) => {
        const spread = samples.map((sample, index) => ({ ...sample, ended: sample.ended + 1 + index }));
        const failed = spread.some((sample) => !sample.ok);
        expect(outageOf(spread, { rate }).seconds > 0).toBe(failed);
      }),
    );
  });

  it('does not depend on the order in which the samples were written', () => {
    const shuffled = samplesArb.chain((samples) =>
      fc.tuple(
        fc.constant(samples),
        fc.shuffledSubarray(samples, { minLength: samples.length, maxLength: samples.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([samples, other]) => {
        expect(outageOf(other, { rate })).toEqual(outageOf(samples, { rate }));
      }),
    );
  });

  it('covers the beginning of every failure, and lies inside what was looked at', () => {
    fc.assert(
      fc.property(samplesArb, (samples) => {
        const { spans, seconds } = outageOf(samples, { rate });
        const begin = Math.min(...samples.map((sample) => sample.started));
        const end = Math.max(...samples.map((sample) => sample.ended));
        for (const { started, ok } of samples) {
          if (!ok && started < end) {
            expect(spans.some((span) => span.from <= started && started <= span.to)).toBe(true);
          }
        }
        for (const [index, span] of spans.entries()) {
          expect(span.from).toBeGreaterThanOrEqual(begin);
          expect(span.to).toBeLessThanOrEqual(end);
          const before = spans[index - 1];
          if (before !== undefined) expect(span.from).toBeGreaterThan(before.to);
        }
        if (samples.length > 0) expect(seconds).toBeLessThanOrEqual((end - begin) / 1000 + 1e-9);
      }),
    );
  });

  it('never grows when a success is added, never shrinks when a failure is', () => {
    fc.assert(
      fc.property(fc.array(sampleArb, { minLength: 2, maxLength: 40 }), sampleArb, (samples, extra) => {
        // Inside the measured time: outside it, any sample makes the measured time longer.
        const begin = Math.min(...samples.map((sample) => sample.started));
        const end = Math.max(...samples.map((sample) => sample.ended));
        const started = Math.min(Math.max(extra.started, begin), end);
        const added = { ...extra, started, ended: Math.min(Math.max(extra.ended, started), end) };
        const before = outageOf(samples, { rate }).seconds;
        const after = outageOf([...samples, added], { rate }).seconds;
        if (added.ok) expect(after).toBeLessThanOrEqual(before + 1e-9);
        else expect(after).toBeGreaterThanOrEqual(before - 1e-9);
      }),
    );
  });
});
