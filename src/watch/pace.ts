import { describe } from './attempt.ts';
import type { Clock } from './clock.ts';

export interface Attempted {
  readonly started: number;
  readonly ended: number;
  readonly ok: boolean;
  readonly error?: string;
}

export interface Pace {
  /** Attempts that were not begun because the process was held up or too many were under way. */
  readonly skipped: () => number;
  /** No new attempt; resolves when those under way have ended. */
  stop(): Promise<void>;
}

/** How often the process looks whether it was held up, and from when that counts. */
const LAG_TICK_MS = 100;
const LAG_MS = 250;

/**
 * Tells how long this process has been held up since it began, in milliseconds. An answer that came in time but
 * was read late must not be called a failure: the probe would measure its own machine.
 */
export function stallMeter(clock: Clock): { stalled(): number; stop(): void } {
  let total = 0;
  let expected = clock() + LAG_TICK_MS;
  const look = (): void => {
    const late = clock() - expected;
    if (late > LAG_MS) total += late;
    expected = clock() + LAG_TICK_MS;
  };
  const timer = setInterval(look, LAG_TICK_MS);
  timer.unref();
  return {
    stalled() {
      // Asked from a timer that fired before ours: count what is already visible.
      const late = clock() - expected;
      return late > LAG_MS ? total + late : total;
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * Tries at a steady rate. Each attempt is begun by the clock and not after the last one ended, so that one that
 * hangs hides nothing; `overlap` bounds how many may be under way. Missed beats are skipped, never made up.
 */
export function keepPace(options: {
  readonly rate: number;
  readonly phaseMs: number;
  readonly timeoutMs: number;
  readonly overlap: number;
  readonly clock: Clock;
  readonly stalled: () => number;
  readonly attempt: (signal: AbortSignal) => Promise<void>;
  readonly record: (attempted: Attempted) => void;
}): Pace {
  const { rate, phaseMs, timeoutMs, overlap, clock, stalled, record } = options;
  const period = 1000 / rate;
  const begun = clock() + phaseMs;
  const under = new Set<Promise<void>>();
  let skipped = 0;
  let beat = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const once = async (): Promise<void> => {
    const started = clock();
    const end = await attemptWithin(options.attempt, timeoutMs, stalled);
    const ended = Math.max(started, clock());
    record({ started, ended, ok: end === undefined, ...(end === undefined ? {} : { error: end }) });
  };
  const tick = (): void => {
    if (stopped) return;
    const due = Math.floor((clock() - begun) / period);
    if (due > beat) skipped += due - beat;
    beat = Math.max(beat, due) + 1;
    if (under.size < overlap) {
      const running: Promise<void> = once().finally(() => under.delete(running));
      under.add(running);
    } else skipped += 1;
    schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(tick, Math.max(0, begun + beat * period - clock()));
  };
  schedule();
  return {
    skipped: () => skipped,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await Promise.all(under);
    },
  };
}

/** Undefined when it succeeded, else why not. */
async function attemptWithin(
  attempt: (signal: AbortSignal) => Promise<void>,
  timeoutMs: number,
  stalled: () => number,
): Promise<string | undefined> {
  const controller = new AbortController();
  const held = stalled();
  let granted = 0;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<string>((resolve) => {
    const onTime = (): void => {
      // Time in which this process was held up is given back, but not without end.
      const grace = Math.min(stalled() - held, timeoutMs) - granted;
      if (grace > 0) {
        granted += grace;
        timer = setTimeout(onTime, grace);
        return;
      }
      const why = `no answer in ${timeoutMs / 1000} s`;
      controller.abort(new Error(why));
      resolve(why);
    };
    timer = setTimeout(onTime, timeoutMs);
  });
  try {
    const ended = attempt(controller.signal).then(
      () => undefined,
      (error: unknown) => describe(error),
    );
    return await Promise.race([ended, expired]);
  } finally {
    clearTimeout(timer);
  }
}
