import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distance, nearest } from '../../../src/catalog/nearest.ts';
import {
  findSeries,
  novaFloor,
  SERIES,
  SERIES_WORDS,
  series,
  seriesBetween,
  seriesOrder,
} from '../../../src/catalog/releases.ts';
import { EXIT, WindlassError } from '../../../src/model/error.ts';

describe('series', () => {
  test('number and code name mean the same', () => {
    expect(series('2025.1')).toBe(series('Epoxy'));
    expect(series('zed').id).toBe('zed');
  });

  test('are in the order of time, and supported sources are older', () => {
    for (const [index, one] of SERIES.entries()) {
      const next = SERIES[index + 1];
      if (next) expect(one.date < next.date).toBe(true);
      for (const from of one.from) expect(seriesOrder(from)).toBeLessThan(index);
    }
  });

  test('every other release is a SLURP from 2023.1 on, and takes the SLURP before it', () => {
    const numbered = SERIES.slice(seriesOrder('2023.1'));
    for (const [index, one] of numbered.entries()) {
      expect(one.slurp).toBe(index % 2 === 0);
      if (one.slurp && index > 0) expect(one.from).toContain(numbered[index - 2]?.id);
    }
  });

  test('an unknown one is refused with the nearest names and exit 2', () => {
    const error = (() => {
      try {
        series('expoxy');
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(WindlassError);
    if (!(error instanceof WindlassError)) return;
    expect(error.fault.code).toBe('WL-TARGET-UNKNOWN');
    expect(error.fault.remedy).toContain('epoxy');
    expect(error.exit).toBe(EXIT.usage);
  });

  test('between', () => {
    expect(seriesBetween('zed', 'epoxy').map(({ id }) => id)).toEqual([
      '2023.1',
      '2023.2',
      '2024.1',
      '2024.2',
      '2025.1',
    ]);
    expect(seriesBetween('epoxy', 'zed')).toEqual([]);
  });

  test("nova's floor: Epoxy refuses Zed's computes, as the lab saw (64 below 66)", () => {
    expect(novaFloor('2025.1')).toBe(66);
    expect(series('zed').novaService).toBe(64);
    expect(novaFloor('2023.1')).toBe(64);
  });
});

describe('nearest', () => {
  test('distance is a metric on short words', () => {
    const word = fc.string({ maxLength: 6 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  test('one slip is always found', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SERIES_WORDS), fc.nat(), (word, at) => {
        const slip = word.slice(0, at % word.length) + word.slice((at % word.length) + 1);
        if (findSeries(slip)) return;
        expect(nearest(slip, SERIES_WORDS).length).toBeGreaterThan(0);
      }),
    );
  });

  test('nothing is near nonsense', () => {
    expect(nearest('qqqqqq', SERIES_WORDS)).toEqual([]);
  });
});
