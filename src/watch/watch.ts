import type { ProbeSpec } from '../model/probe.ts';
import { steadyClock } from './clock.ts';
import { keepPace, stallMeter } from './pace.ts';
import { type MakeProber, probeInfo, proberFactory, secretsOf } from './probes/make.ts';
import type { ProbeInfo, Sample } from './sample.ts';
import type { SecretSource } from './secret.ts';
import type { ProbeStore } from './store.ts';

/** Attempts a second when neither the probe nor the operator says otherwise. */
export const DEFAULT_RATE = 10;
/**
 * Seconds after which an attempt has failed. An authenticated list has more: the API asks keystone, its database and
 * often another service first, and people wait for it.
 */
export const DEFAULT_TIMEOUTS: Readonly<Record<ProbeSpec['kind'], number>> = {
  tcp: 2,
  http: 2,
  api: 5,
  sql: 2,
  amqp: 2,
  ping: 2,
};
/** Samples are written together this often. */
const FLUSH_MS = 250;

export interface Watch {
  readonly probes: readonly ProbeInfo[];
  /** Attempts that could not be begun in time: this machine was too busy. */
  skipped(): number;
  /** No new attempt, wait for those under way, write everything, clean up in the things watched. */
  stop(): Promise<void>;
}

export interface WatchOptions {
  readonly probes: Readonly<Record<string, ProbeSpec>>;
  readonly secret: SecretSource;
  readonly store: ProbeStore;
  readonly rate?: number;
  /** Seconds, for probes without a time-out of their own; the kind's when left out. */
  readonly timeout?: number;
  readonly onSample?: (sample: Sample) => void;
  /** A fault of the watch itself, as samples that cannot be written; it goes on. */
  readonly onTrouble: (error: unknown) => void;
  /** How probers are made; for tests. */
  readonly prober?: MakeProber;
}

const timeoutOf = (spec: ProbeSpec, general?: number): number =>
  spec.timeout ?? general ?? DEFAULT_TIMEOUTS[spec.kind];

/** Starts all probes at their rates, spread over the period so that they do not all knock at once. */
export async function startWatch(options: WatchOptions): Promise<Watch> {
  const { store, rate = DEFAULT_RATE, onTrouble } = options;
  const entries = Object.entries(options.probes);
  for (const [, spec] of entries) for (const ref of secretsOf(spec)) await options.secret(ref);

  const make = options.prober ?? proberFactory(options.secret);
  const clock = steadyClock();
  const meter = stallMeter(clock);
  let waiting: Sample[] = [];
  const running = entries.map(([name, spec], index) => {
    const info = probeInfo(name, spec, rate);
    const seconds = timeoutOf(spec, options.timeout);
    store.declare(info);
    const prober = make(spec, name, info.rate);
    const pace = keepPace({
      rate: info.rate,
      phaseMs: (index * 1000) / (info.rate * entries.length),
      timeoutMs: seconds * 1000,
      overlap: Math.ceil(info.rate * seconds) + 2,
      clock,
      stalled: meter.stalled,
      attempt: (signal) => prober.attempt(signal),
      record: (attempted) => {
        const sample = { probe: name, ...attempted };
        waiting.push(sample);
        options.onSample?.(sample);
      },
    });
    return { info, prober, pace };
  });

  const started = clock();
  const flush = (): void => {
    const batch = waiting;
    try {
      store.add(batch);
      waiting = waiting.slice(batch.length);
      store.beat({ pid: process.pid, started, beat: clock() });
    } catch (error) {
      // Kept and tried again with the next batch.
      onTrouble(error);
    }
  };
  const flushing = setInterval(flush, FLUSH_MS);
  flush();

  return {
    probes: running.map(({ info }) => info),
    skipped: () => running.reduce((sum, { pace }) => sum + pace.skipped(), 0),
    async stop() {
      await Promise.all(running.map(({ pace }) => pace.stop()));
      clearInterval(flushing);
      meter.stop();
      flush();
      const closed = await Promise.allSettled(running.map(({ prober }) => prober.close()));
      for (const result of closed) if (result.status === 'rejected') onTrouble(result.reason);
      store.leave();
    },
  };
}

/** One attempt of every probe, side by side: the quick look before a run. */
export async function watchOnce(
  options: Pick<WatchOptions, 'probes' | 'secret' | 'timeout' | 'rate' | 'prober'>,
): Promise<{ probe: ProbeInfo; sample: Sample }[]> {
  const { rate = DEFAULT_RATE } = options;
  const make = options.prober ?? proberFactory(options.secret);
  const clock = steadyClock();
  const meter = stallMeter(clock);
  try {
    return await Promise.all(
      Object.entries(options.probes).map(async ([name, spec]) => {
        const prober = make(spec, name);
        const sample = await new Promise<Sample>((resolve) => {
          const pace = keepPace({
            rate: 0.001,
            phaseMs: 0,
            timeoutMs: timeoutOf(spec, options.timeout) * 1000,
            overlap: 1,
            clock,
            stalled: meter.stalled,
            attempt: (signal) => prober.attempt(signal),
            record: (attempted) => {
              void pace.stop();
              resolve({ probe: name, ...attempted });
            },
          });
        });
        await prober.close();
        return { probe: probeInfo(name, spec, rate), sample };
      }),
    );
  } finally {
    meter.stop();
  }
}
