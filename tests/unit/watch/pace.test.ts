import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Attempted, keepPace, stallMeter } from '../../../src/watch/pace.ts';

const clock = (): number => Date.now();
beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

function pace(options: {
  attempt: (signal: AbortSignal) => Promise<void>;
  rate?: number;
  overlap?: number;
  stalled?: () => number;
}) {
  const record: Attempted[] = [];
  const running = keepPace({
    rate: 10,
    phaseMs: 0,
    timeoutMs: 2000,
    overlap: 22,
    clock,
    stalled: () => 0,
    ...options,
    record: (attempted) => record.push(attempted),
  });
  return { record, running };
}
const after = async (ms: number): Promise<void> => await new Promise((resolve) => setTimeout(resolve, ms));

describe('a steady pace', () => {
  it('begins attempts by the clock, though earlier ones hang', async () => {
    const { record, running } = pace({ attempt: async () => await new Promise(() => undefined) });
    const stopped = vi.advanceTimersByTimeAsync(3950).then(async () => {
      const stop = running.stop();
      await vi.advanceTimersByTimeAsync(3000);
      await stop;
    });
    await stopped;
    expect(record).toHaveLength(40);
    expect(record.map(({ started }) => started - 1_800_000_000_000)).toEqual(
      [...Array(40).keys()].map((n) => n * 100),
    );
    expect(record.every(({ ok, error }) => !ok && error === 'no answer in 2 s')).toBe(true);
    expect(record.every(({ started, ended }) => ended - started === 2000)).toBe(true);
  });

  it('records what answers, how long it took, and the reason of a failure', async () => {
    let count = 0;
    const { record, running } = pace({
      attempt: async () => {
        count += 1;
        await after(30);
        if (count % 2 === 0) throw new Error('refused\n  by the thing');
      },
    });
    await vi.advanceTimersByTimeAsync(350);
    await running.stop();
    expect(record.map(({ ok }) => ok)).toEqual([true, false, true, false]);
    expect(record.map(({ started, ended }) => ended - started)).toEqual([30, 30, 30, 30]);
    expect(record[1]?.error).toBe('refused by the thing');
  });

  it('aborts an attempt that ran out of time', async () => {
    let aborted = 0;
    const { running } = pace({
      rate: 1,
      attempt: async (signal) => {
        signal.addEventListener('abort', () => {
          aborted += 1;
        });
        await after(10_000);
      },
    });
    await vi.advanceTimersByTimeAsync(2500);
    expect(aborted).toBe(1);
    void running.stop();
    await vi.advanceTimersByTimeAsync(5000);
  });

  it('begins no more than may be under way, and counts what it left out', async () => {
    let under = 0;
    let most = 0;
    const { running } = pace({
      overlap: 3,
      attempt: async () => {
        under += 1;
        most = Math.max(most, under);
        await after(1000);
        under -= 1;
      },
    });
    await vi.advanceTimersByTimeAsync(950);
    expect(most).toBe(3);
    expect(running.skipped()).toBe(7);
    const stop = running.stop();
    await vi.advanceTimersByTimeAsync(2000);
    await stop;
  });

  it('gives back the time in which this process itself was held up', async () => {
    let held = 0;
    const { record, running } = pace({
      rate: 1,
      stalled: () => held,
      attempt: async () => await after(2500),
    });
    held = 800;
    await vi.advanceTimersByTimeAsync(900);
    const stop = running.stop();
    await vi.advanceTimersByTimeAsync(4000);
    await stop;
    // The meter stood at 800 before the attempt began: nothing to give back.
    expect(record.map(({ ok }) => ok)).toEqual([false]);

    held = 0;
    const again = pace({ rate: 1, stalled: () => held, attempt: async () => await after(2500) });
    await vi.advanceTimersByTimeAsync(500);
    held = 800;
    const stopAgain = again.running.stop();
    await vi.advanceTimersByTimeAsync(4000);
    await stopAgain;
    expect(again.record.map(({ ok }) => ok)).toEqual([true]);
  });
});

describe('the stall meter', () => {
  it('adds up what timers were late', async () => {
    let now = 0;
    const meter = stallMeter(() => now);
    const tick = async (ms: number): Promise<void> => {
      now += ms;
      await vi.advanceTimersByTimeAsync(100);
    };
    await tick(100);
    await tick(150);
    expect(meter.stalled()).toBe(0);
    await tick(1100);
    expect(meter.stalled()).toBe(1000);
    now += 700;
    expect(meter.stalled()).toBe(1600);
    meter.stop();
  });
});
