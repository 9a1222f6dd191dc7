import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { buildReport } from '../../../src/report/index.ts';
import { exampleRun } from './example.ts';

const example = exampleRun();
const until = (last: (event: RunEvent) => boolean): RunEvent[] =>
  example.events.slice(0, example.events.findIndex(last) + 1);

describe('a report of a finished run', () => {
  const data = buildReport(example);

  it('says how it ended and how long it took', () => {
    const [first] = example.events;
    expect(data).toMatchObject({
      outcome: 'finished',
      run: 'r-20261014-2000',
      by: 'ada',
      started: first?.at,
    });
    expect(data.wall).toBeCloseTo(((example.events.at(-1)?.at ?? 0) - (first?.at ?? 0)) / 1000);
    expect(data.counts).toMatchObject({ done: 57, failed: 0, total: 57 });
  });

  it('charges every lost second to somebody', () => {
    for (const thing of data.things) {
      const charged = thing.charges.reduce((sum, { seconds }) => sum + seconds, 0);
      expect(charged).toBeCloseTo(thing.outage, 6);
    }
    const charged = data.steps.reduce((sum, step) => sum + step.lost, 0);
    expect(charged).toBeCloseTo(
      data.things.reduce((sum, thing) => sum + thing.outage, 0),
      6,
    );
    expect(data.things.find(({ name }) => name === 'database')?.charges[0]?.step).toBe('ctl3/galera/stop');
  });

  it('counts only what was tried during the run', () => {
    const seconds = data.wall;
    for (const { total, rate } of data.things)
      expect(total).toBeLessThanOrEqual(Math.ceil(seconds * rate) + 1);
  });

  it('puts the plan’s expectation beside the measurement', () => {
    expect(Object.fromEntries(data.things.map(({ name, expected }) => [name, expected]))).toEqual({
      keystone: 2,
      'glance-list': 2,
      database: 3,
      'bus-quorum': 6,
      'bus-classic': 6,
      'guest-1': undefined,
    });
  });

  it('tells a fault with its output and remedy, and that it was mended', () => {
    expect(data.faults).toHaveLength(1);
    expect(data.faults[0]).toMatchObject({
      code: 'WL-STEP-CHECK',
      step: 'ctl2/galera/join',
      mended: true,
      remedy: expect.stringContaining('windlass resume'),
      output: expect.stringContaining('No route to host'),
    });
    const step = data.steps.find(({ id }) => id === 'ctl2/galera/join');
    expect(step).toMatchObject({ outcome: 'done', attempts: 2 });
    expect(step?.bars.map(({ outcome }) => outcome)).toEqual(['failed', 'done']);
  });

  it('tells the gates and who decided', () => {
    expect(data.gates).toMatchObject([{ id: 'cutover', state: 'approved', by: ['grace'] }]);
    expect(data.moments.map(({ text }) => text)).toEqual([
      'started by ada',
      'waits at gate cutover',
      'gate cutover approved by grace',
      'ctl2/galera/join failed: the member did not reach Synced within 60 s',
      'halted: ctl2/galera/join failed',
      'taken up again by ada',
      'ctl2/galera/join is tried again, ada said',
      'finished',
    ]);
  });

  it('says nothing of a probe that was not tried in this run, and how long one was not', () => {
    const late = example.events.at(-1)?.at ?? 0;
    const begun = example.events[0]?.at ?? 0;
    const samplesOf: typeof example.samplesOf = (probe, window) =>
      probe === 'keystone'
        ? []
        : example
            .samplesOf(probe, window)
            .filter(({ started }) => probe !== 'database' || started > begun + 600_000);
    const { things } = buildReport({ ...example, samplesOf });
    expect(things.map(({ name }) => name)).not.toContain('keystone');
    const [blind] = things.find(({ name }) => name === 'database')?.blind ?? [];
    expect(blind?.from).toBe(begun);
    expect(((blind?.to ?? late) - begun) / 1000).toBeCloseTo(600, 0);
  });

  it('is the same when made twice', () => {
    expect(buildReport(exampleRun())).toEqual(data);
  });
});

describe('a report of a run that is not over', () => {
  it('knows a plan that was never run', () => {
    const data = buildReport({ ...example, events: [] });
    expect(data).toMatchObject({ outcome: 'not started', wall: 0, things: [] });
    expect(data.counts.todo).toBe(57);
  });

  it('knows a gate that waits', () => {
    const events = until(({ type }) => type === 'gate.opened');
    const now = (events.at(-1)?.at ?? 0) + 60_000;
    const data = buildReport({ ...example, events, now });
    expect(data.outcome).toBe('waiting-at-gate');
    expect(data.ended).toBeUndefined();
    expect(data.gates[0]?.state).toBe('waiting');
    expect(data.wall).toBeCloseTo((now - (events[0]?.at ?? 0)) / 1000);
  });

  it('does not take an approval that came too late for one', () => {
    const events = until(({ type }) => type === 'gate.opened');
    const opened = events.at(-1)?.at ?? 0;
    const late: RunEvent = { type: 'gate.approved', at: opened + 7_200_001, gate: 'cutover', by: 'grace' };
    const expired: RunEvent = { type: 'gate.expired', at: late.at + 1, gate: 'cutover' };
    const data = buildReport({ ...example, events: [...events, late, expired] });
    expect(data.gates).toMatchObject([{ state: 'expired', by: [], opened, decided: expired.at }]);
  });

  it('knows a fault that is open, and why the run stands', () => {
    const events = until(({ type }) => type === 'run.halted');
    const data = buildReport({ ...example, events });
    expect(data).toMatchObject({
      outcome: 'halted',
      because: 'ctl2/galera/join failed',
      ended: events.at(-1)?.at,
    });
    expect(data.faults[0]?.mended).toBe(false);
  });

  it('counts a running step up to now', () => {
    const events = until((event) => event.type === 'step.started' && event.step === 'ctl1/os/upgrade');
    const begun = events.at(-1)?.at ?? 0;
    const data = buildReport({ ...example, events, now: begun + 30_000 });
    const step = data.steps.find(({ id }) => id === 'ctl1/os/upgrade');
    expect(step).toMatchObject({ outcome: 'running', seconds: 30 });
    expect(data.outcome).toBe('running');
  });
});
