import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { type Activity, activities, charge, stepsDuring } from '../../../src/watch/blame.ts';
import { type Span, seconds, union } from '../../../src/watch/sample.ts';

const started = (step: string, at: number): RunEvent => ({ type: 'step.started', at, step, attempt: 1 });
const applied = (step: string, at: number): RunEvent => ({
  type: 'step.applied',
  at,
  step,
  node: 'ctl1',
  unit: 'u',
});
const finished = (step: string, at: number): RunEvent => ({
  type: 'step.finished',
  at,
  step,
  outcome: 'done',
  because: 'seen',
});

const A = 'ctl1/rabbitmq/stop';
const B = 'ctl2/haproxy/drain';

describe('activities', () => {
  it('go from start to end, and to now for what still runs', () => {
    const events = [started(A, 0), applied(A, 100), finished(A, 1000), started(B, 1500)];
    expect(activities(events, 2000)).toEqual([
      { step: A, from: 0, acting: 100, to: 1000 },
      { step: B, from: 1500, to: 2000 },
    ]);
  });

  it('are one stretch when the orchestrator died in between, two when a failed step was tried again', () => {
    const fault = { code: 'WL-X', message: 'm', remedy: 'r' };
    const events: RunEvent[] = [
      started(A, 0),
      { type: 'run.resumed', at: 500, by: 'me', epoch: 2 },
      started(A, 600),
      { type: 'step.failed', at: 1000, step: A, fault },
      { type: 'step.retried', at: 2000, step: A, by: 'me' },
      started(A, 2100),
      finished(A, 2500),
    ];
    expect(activities(events, 9000)).toEqual([
      { step: A, from: 0, to: 1000 },
      { step: A, from: 2100, to: 2500 },
    ]);
  });
});

describe('charges', () => {
  it('put every second to the step that was running', () => {
    const steps = activities([started(A, 0), finished(A, 1000), started(B, 1000), finished(B, 3000)], 3000);
    expect(charge([{ from: 500, to: 2000 }], steps)).toEqual([
      { step: B, seconds: 1 },
      { step: A, seconds: 0.5 },
    ]);
  });

  it('are shared when several acted, and spare the one that only waited', () => {
    const both = activities([started(A, 0), applied(A, 0), started(B, 0), applied(B, 0)], 1000);
    expect(charge([{ from: 0, to: 1000 }], both)).toEqual([
      { step: A, seconds: 0.5 },
      { step: B, seconds: 0.5 },
    ]);
    const waits = activities([started(A, 0), applied(A, 200), started(B, 0)], 1000);
    expect(charge([{ from: 200, to: 1000 }], waits)).toEqual([{ step: A, seconds: 0.8 }]);
  });

  it('go to no step where none ran, and say which had ended last', () => {
    const steps = activities([started(A, 0), finished(A, 1000)], 5000);
    expect(charge([{ from: 500, to: 3000 }], steps)).toEqual([
      { step: null, seconds: 2, after: A },
      { step: A, seconds: 0.5 },
    ]);
    expect(charge([{ from: 0, to: 1000 }], [])).toEqual([{ step: null, seconds: 1 }]);
  });

  it('sum up to the outage, whatever ran', () => {
    const spanArb = fc
      .tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 800 }))
      .map(([from, length]): Span => ({ from, to: from + length }));
    const activityArb = fc
      .tuple(spanArb, fc.constantFrom('a/a/a', 'b/b/b', 'c/c/c', 'd/d/d'), fc.option(fc.nat(800)))
      .map(
        ([span, step, wait]): Activity => ({
          ...span,
          step,
          ...(wait === null ? {} : { acting: span.from + wait }),
        }),
      );
    fc.assert(
      fc.property(fc.array(spanArb), fc.array(activityArb, { maxLength: 12 }), (raw, steps) => {
        const outage = union(raw);
        const total = charge(outage, steps).reduce((sum, { seconds: each }) => sum + each, 0);
        expect(total).toBeCloseTo(seconds(outage), 6);
      }),
    );
  });

  it('name only steps that were under way in the outage', () => {
    const steps: Activity[] = [
      { step: A, from: 0, to: 100 },
      { step: B, from: 100, to: 200 },
    ];
    expect(stepsDuring({ from: 50, to: 100 }, steps)).toEqual([A]);
    expect(stepsDuring({ from: 50, to: 101 }, steps)).toEqual([A, B]);
  });
});
