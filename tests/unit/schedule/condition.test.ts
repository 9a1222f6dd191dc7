import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../src/model/condition.ts';
import type { Freshness } from '../../../src/model/rehearsal.ts';
import { type Attempt, type Measurements, measure, stretch } from '../../../src/schedule/index.ts';

const MINUTE = 60_000;
const now = 100 * MINUTE;

/** One attempt a second on each probe, except where said; `fails` tells which of them failed. */
function seen(
  probes: readonly string[],
  how: { from?: number; to?: number; fails?: (probe: string, at: number) => boolean } = {},
): Measurements {
  const { from = now - 30 * MINUTE, to = now, fails = () => false } = how;
  const attempts: Attempt[] = [];
  for (const probe of probes) {
    for (let at = from; at < to; at += 1000) {
      attempts.push({ probe, started: at, ended: at + 20, ok: !fails(probe, at) });
    }
  }
  return { probes: probes.map((name) => ({ name, rate: 1 })), attempts };
}
const moment = { now, openedAt: now - 20 * MINUTE };

describe('quiet', () => {
  const quiet: Condition = { kind: 'quiet', minutes: 10, failures: 0 };

  it('is met when nothing failed in the last minutes, whatever failed before', () => {
    const old = seen(['api', 'sql'], { fails: (_, at) => at < now - 11 * MINUTE });
    expect(measure(quiet, old, moment)).toEqual({
      met: true,
      evidence: '0 of 1200 attempts failed within 10 min (api, sql)',
    });
  });

  it('is not met by one failure too many, by number or by share', () => {
    // 12 of the 1200 attempts, 1 %.
    const some = seen(['api', 'sql'], {
      fails: (probe, at) => probe === 'api' && at % MINUTE === 0 && at >= now - 12 * MINUTE,
    });
    const failed = 10;
    expect(measure(quiet, some, moment)).toMatchObject({
      met: false,
      evidence: expect.stringMatching(/^10 of 1200/),
    });
    expect(measure({ ...quiet, failures: failed }, some, moment).met).toBe(true);
    expect(measure({ ...quiet, failures: failed - 1 }, some, moment).met).toBe(false);
    expect(measure({ ...quiet, failures: '1%' }, some, moment).met).toBe(true);
    expect(measure({ ...quiet, failures: '0.5%' }, some, moment).met).toBe(false);
  });

  it('asks only the probes it names', () => {
    const some = seen(['api', 'sql'], { fails: (probe) => probe === 'sql' });
    expect(measure({ ...quiet, probes: ['api'] }, some, moment).met).toBe(true);
  });

  it('is not met where nobody looked: at nothing, at a probe that is not there, or with a hole', () => {
    expect(measure(quiet, seen([]), moment)).toEqual({ met: false, evidence: 'nothing is watched' });
    expect(measure({ ...quiet, probes: ['web'] }, seen(['api']), moment)).toEqual({
      met: false,
      evidence: 'web is not watched',
    });
    const young = seen(['api'], { from: now - 3 * MINUTE });
    expect(measure(quiet, young, moment)).toEqual({ met: false, evidence: 'api was not watched for 420 s' });
    const gone = seen(['api'], { to: now - MINUTE });
    expect(measure(quiet, gone, moment)).toEqual({ met: false, evidence: 'api was not watched for 61 s' });
  });
});

describe('alive', () => {
  const alive: Condition = { kind: 'alive', minutes: 10, probes: ['web-1', 'web-2'] };

  it('is met when each has answered without a miss for so long since the gate opened', () => {
    const good = seen(['web-1', 'web-2']);
    expect(measure(alive, good, moment)).toEqual({
      met: true,
      evidence: 'web-1 has answered without a miss for 600 s; web-2 has answered without a miss for 600 s',
    });
    expect(measure(alive, good, { now, openedAt: now - 9 * MINUTE }).met).toBe(false);
    expect(measure(alive, good, { now, openedAt: now - 10 * MINUTE }).met).toBe(true);
  });

  it('begins anew after a miss, and after a time in which nobody looked', () => {
    const missed = seen(['web-1', 'web-2'], {
      fails: (probe, at) => probe === 'web-2' && at === now - 5 * MINUTE,
    });
    expect(measure(alive, missed, moment)).toMatchObject({
      met: false,
      evidence: expect.stringContaining('web-2 has answered without a miss for 299 s'),
    });
    const blind = seen(['web-1'], { from: now - 4 * MINUTE });
    expect(measure({ ...alive, probes: ['web-1'] }, blind, moment)).toMatchObject({ met: false });
    expect(measure({ ...alive, probes: ['none'] }, blind, moment)).toEqual({
      met: false,
      evidence: 'none is not watched',
    });
  });
});

describe('rehearsed', () => {
  const condition: Condition = { kind: 'rehearsed', within: 86_400 };
  const judge = (rehearsal?: Freshness) =>
    measure(
      condition,
      { probes: [], attempts: [], ...(rehearsal ? { rehearsal } : {}) },
      { now, openedAt: now },
    );

  it('is met by a rehearsal that counts', () => {
    expect(judge({ is: 'fresh', because: 'it passed' })).toEqual({
      met: true,
      evidence: 'a rehearsal counts: it passed',
    });
  });

  it('is not met by one that does not, and says why', () => {
    expect(judge({ is: 'void', because: 'the schema of nova has changed since' })).toEqual({
      met: false,
      evidence: 'no rehearsal counts: the schema of nova has changed since',
    });
  });

  it('is not met by what nobody looked at', () => {
    expect(judge()).toMatchObject({ met: false });
  });
});

describe('a condition', () => {
  it('is judged by its own stretch: more samples change nothing', () => {
    const attempt = fc.record({ at: fc.integer({ min: 0, max: 40 * 60 }), ok: fc.boolean() });
    const condition = fc.constantFrom<Condition>(
      { kind: 'quiet', minutes: 5, failures: '20%' },
      { kind: 'alive', minutes: 5, probes: ['web'] },
    );
    fc.assert(
      fc.property(condition, fc.array(attempt, { maxLength: 40 }), fc.nat(15), (asked, extra, open) => {
        const when = { now, openedAt: now - open * MINUTE };
        const { attempts, probes } = seen(['web'], { fails: (_, at) => at % (3 * MINUTE) === 0 });
        const more = extra.map(({ at, ok }) => {
          const started = now - at * 1000;
          return { probe: 'web', started, ended: started + 10, ok };
        });
        const all = [...attempts, ...more];
        const window = stretch(asked, when);
        if (window === undefined) throw new Error('it has none');
        const touching = all.filter(({ started, ended }) => ended >= window.from && started < window.to);
        expect(measure(asked, { probes, attempts: touching }, when)).toEqual(
          measure(asked, { probes, attempts: all }, when),
        );
      }),
    );
  });
});
