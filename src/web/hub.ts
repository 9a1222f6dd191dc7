import { existsSync } from 'node:fs';
import type { RunEvent } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import type { Entry, Journal } from '../run/index.ts';
import {
  begin,
  type Counts,
  counts,
  foldAll,
  type GateState,
  gateStatus,
  outcome,
  type RunState,
  remaining,
  shownAt,
} from '../schedule/index.ts';
import {
  keepTally,
  openProbeStore,
  type ProbeInfo,
  type ProbeStore,
  type Sample,
  type Standing,
  type Tally,
} from '../watch/index.ts';

/** How the run stands, worked out once for all pages. */
export interface RunStanding {
  readonly outcome: ReturnType<typeof outcome>;
  readonly counts: Counts;
  /** Seconds left by the estimates, while it runs. */
  readonly left: number | null;
  readonly gates: readonly {
    readonly id: string;
    readonly is: GateState;
    readonly opened: number | null;
    readonly by: readonly string[];
    /** What an open one shows to who decides. */
    readonly shown: readonly string[];
  }[];
  readonly now: number;
}

/** One probe for the page: `strip` has a letter a second, the newest last: o served, x failed, . not tried. */
export interface ProbeStanding extends Omit<Standing, 'last'> {
  readonly name: string;
  readonly kind: ProbeInfo['kind'];
  readonly where: string;
  readonly error: string | null;
  readonly strip: string;
}

export type Pulse =
  | { readonly name: 'run'; readonly data: { readonly run: string } }
  | { readonly name: 'event'; readonly id: string; readonly data: RunEvent }
  | { readonly name: 'standing'; readonly data: RunStanding }
  | { readonly name: 'probes'; readonly data: readonly ProbeStanding[] };

/** Follows one run's journal and probes for any number of pages. */
export interface Hub {
  run():
    | {
        readonly run: string;
        readonly plan: Plan;
        readonly state: RunState;
        readonly entries: readonly Entry[];
      }
    | undefined;
  standing(): RunStanding | undefined;
  probes(): readonly ProbeStanding[];
  /** The samples as they are kept, for the report. */
  store(): ProbeStore | undefined;
  subscribe(listener: (pulse: Pulse) => void): () => void;
  /** Looks now instead of with the next beat. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

export interface HubOptions {
  readonly journal: Journal;
  /** Which run; without it the newest there is, waiting for the first. */
  readonly run?: string;
  /** Path of the probes' samples, which may not be there yet. */
  readonly probes?: string;
  readonly everyMs?: number;
  /** What went wrong while looking; the hub looks again. */
  readonly onTrouble: (error: unknown) => void;
}

/** Seconds of a probe's strip on the page. */
export const STRIP_SECONDS = 240;
/** A forecast is made anew after this many times the time it took. */
const FORECAST_SHARE = 30;

export function startHub(options: HubOptions): Hub {
  const { journal, everyMs = 500, onTrouble } = options;
  const listeners = new Set<(pulse: Pulse) => void>();
  const tell = (pulse: Pulse): void => {
    for (const listener of listeners) listener(pulse);
  };
  const probes = probeReader(options.probes);
  const forecast = forecaster();
  let known: { run: string; plan: Plan; state: RunState; entries: Entry[] } | undefined;
  let last = '';

  const find = async (): Promise<void> => {
    const rows = await journal.runs();
    const row = options.run === undefined ? rows.at(-1) : rows.find(({ run }) => run === options.run);
    if (row === undefined) return;
    const plan = await journal.plan(row.run);
    known = { run: row.run, plan, state: begin(plan), entries: [] };
    tell({ name: 'run', data: { run: row.run } });
  };
  const standing = (): RunStanding | undefined => {
    if (known === undefined) return undefined;
    const now = Date.now();
    const is = outcome(known.state);
    const left = is === 'running' ? forecast(known.state, now) : null;
    const { state, plan, entries } = known;
    const gates = plan.gates.map((each) => {
      const { id } = each;
      const gate = gateStatus(state, id);
      const asks = gate.is === 'open' && each.shows !== undefined;
      const shown = asks
        ? shownAt(
            each,
            entries.map(({ event }) => event),
          )
        : [];
      return { id, is: gate.is, opened: gate.openedAt ?? null, by: gate.approvers, shown };
    });
    return { outcome: is, counts: counts(state), left, gates, now };
  };
  const look = async (): Promise<void> => {
    if (known === undefined) await find();
    if (known !== undefined) {
      const fresh = await journal.read(known.run, known.entries.at(-1)?.seq ?? 0);
      known.state = foldAll(
        known.state,
        fresh.map(({ event }) => event),
      );
      known.entries.push(...fresh);
      for (const { seq, event } of fresh) tell({ name: 'event', id: `${known.run}#${seq}`, data: event });
      const stands = standing();
      const text = JSON.stringify([
        stands?.outcome,
        stands?.counts,
        stands?.gates,
        Math.round((stands?.left ?? 0) / 2),
      ]);
      if (stands !== undefined && text !== last) tell({ name: 'standing', data: stands });
      last = text;
    }
    if (probes.read()) tell({ name: 'probes', data: probes.standing() });
  };

  let looking: Promise<void> = Promise.resolve();
  let stopped = false;
  const next = (): Promise<void> => {
    looking = looking.then(async () => {
      if (!stopped) await look().catch(onTrouble);
    });
    return looking;
  };
  const timer = setInterval(() => void next(), everyMs);
  void next();

  return {
    run: () => known,
    standing,
    probes: () => probes.standing(),
    store: () => probes.store(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    look: next,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await looking;
      probes.close();
    },
  };
}

/** Seconds left, made anew now and then: playing a large plan to its end costs time. */
function forecaster(): (state: RunState, now: number) => number {
  let made: { readonly at: number; readonly seconds: number; readonly good: number } | undefined;
  return (state, now) => {
    if (made === undefined || now > made.good) {
      const begun = performance.now();
      const { seconds } = remaining(state, undefined, now);
      made = { at: now, seconds, good: now + Math.max(2000, (performance.now() - begun) * FORECAST_SHARE) };
    }
    return Math.max(0, made.seconds - (now - made.at) / 1000);
  };
}

interface Followed {
  readonly info: ProbeInfo;
  readonly tally: Tally;
  readonly seconds: Map<number, boolean>;
  error: string | null;
}

/** Reads what the watch writes; it may start later than the page. */
function probeReader(path: string | undefined): {
  /** True when something new was read. */
  read(): boolean;
  standing(): ProbeStanding[];
  store(): ProbeStore | undefined;
  close(): void;
} {
  let store: ProbeStore | undefined;
  let cursor = 0;
  const followed = new Map<string, Followed>();
  const add = (sample: Sample): void => {
    const probe = followed.get(sample.probe);
    if (probe === undefined) return;
    probe.tally.add(sample);
    const second = Math.floor(sample.started / 1000);
    probe.seconds.set(second, (probe.seconds.get(second) ?? true) && sample.ok);
    if (probe.seconds.size > STRIP_SECONDS * 2) {
      for (const old of probe.seconds.keys()) if (old < second - STRIP_SECONDS) probe.seconds.delete(old);
    }
    if (!sample.ok) probe.error = sample.error ?? null;
  };
  return {
    read() {
      if (path === undefined || (store === undefined && !existsSync(path))) return false;
      store ??= openProbeStore(path, 'read');
      for (const info of store.probes()) {
        if (followed.has(info.name)) continue;
        followed.set(info.name, { info, tally: keepTally(info.rate), seconds: new Map(), error: null });
      }
      const before = cursor;
      for (;;) {
        const fresh = store.tail(cursor);
        if (fresh.samples.length === 0) break;
        cursor = fresh.cursor;
        for (const sample of fresh.samples) add(sample);
      }
      return cursor !== before;
    },
    standing() {
      const now = Math.floor(Date.now() / 1000);
      return [...followed.values()].map(({ info, tally, seconds, error }) => {
        const { last: _, ...standing } = tally.standing();
        const { name, kind, where } = info;
        return { name, kind, where, ...standing, error, strip: stripOf(seconds, now) };
      });
    },
    store: () => store,
    close: () => store?.close(),
  };
}

function stripOf(seconds: ReadonlyMap<number, boolean>, now: number): string {
  let strip = '';
  for (let second = now - STRIP_SECONDS; second < now; second += 1) {
    const ok = seconds.get(second);
    strip += ok === undefined ? '.' : ok ? 'o' : 'x';
  }
  return strip;
}
