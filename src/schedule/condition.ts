import type { Condition } from '../model/condition.ts';
import type { Freshness } from '../model/rehearsal.ts';

/** One attempt of one probe, milliseconds since the epoch: what a watch keeps. */
export interface Attempt {
  readonly probe: string;
  readonly started: number;
  readonly ended: number;
  readonly ok: boolean;
}

/** All that a condition may rest on. */
export interface Measurements {
  /** What is watched, and how many attempts a second. */
  readonly probes: readonly { readonly name: string; readonly rate: number }[];
  readonly attempts: readonly Attempt[];
  /** Whether the last rehearsal counts for this run; undefined where nobody looked. */
  readonly rehearsal?: Freshness;
}

/** The moment of asking, and since when the gate is open. */
export interface Moment {
  readonly now: number;
  readonly openedAt: number;
}

export interface Measured {
  readonly met: boolean;
  /** What was seen, for the journal and for people. */
  readonly evidence: string;
}

export const NOTHING_MEASURED: Measurements = { probes: [], attempts: [] };

/** The stretch whose attempts a condition is judged by; undefined where it is judged by none. */
export function stretch(
  condition: Condition,
  { now, openedAt }: Moment,
): { readonly from: number; readonly to: number } | undefined {
  if (condition.kind === 'rehearsed') return undefined;
  const from = now - condition.minutes * 60_000;
  return { from: condition.kind === 'alive' ? Math.max(from, openedAt) : from, to: now };
}

/** Judges a condition: pure, and never met by what nobody looked at. */
export function measure(condition: Condition, seen: Measurements, moment: Moment): Measured {
  switch (condition.kind) {
    case 'quiet':
      return quiet(condition, seen, moment);
    case 'alive':
      return alive(condition, seen, moment);
    case 'rehearsed':
      return rehearsed(seen.rehearsal);
  }
}

function quiet(
  condition: Extract<Condition, { kind: 'quiet' }>,
  seen: Measurements,
  { now }: Moment,
): Measured {
  const from = now - condition.minutes * 60_000;
  const names = condition.probes ?? seen.probes.map(({ name }) => name);
  if (names.length === 0) return { met: false, evidence: 'nothing is watched' };
  const all = names.map((name) => lookedAt(name, seen, from, now));
  const blind = all.find(({ hole }) => hole !== undefined);
  if (blind) return { met: false, evidence: blindWords(blind) };
  const attempts = all.flatMap((one) => one.attempts);
  const failed = attempts.filter(({ ok }) => !ok).length;
  const evidence = `${failed} of ${attempts.length} attempts failed within ${condition.minutes} min (${names.join(', ')})`;
  return { met: failed <= most(condition.failures, attempts.length), evidence };
}

function most(failures: number | string, attempts: number): number {
  return typeof failures === 'number' ? failures : (Number.parseFloat(failures) / 100) * attempts;
}

function alive(
  condition: Extract<Condition, { kind: 'alive' }>,
  seen: Measurements,
  { now, openedAt }: Moment,
): Measured {
  const from = Math.max(openedAt, now - condition.minutes * 60_000);
  const wanted = condition.minutes * 60_000;
  const words: string[] = [];
  let met = true;
  for (const name of condition.probes) {
    const looked = lookedAt(name, seen, from, now);
    const failure = looked.attempts.findLast(({ ok }) => !ok)?.ended ?? from;
    const since = Math.max(from, failure, looked.hole?.to ?? from);
    met &&= now - since >= wanted;
    words.push(
      looked.hole?.to === now
        ? blindWords(looked)
        : `${name} has answered without a miss for ${Math.floor((now - since) / 1000)} s`,
    );
  }
  return { met, evidence: words.join('; ') };
}

function rehearsed(rehearsal: Freshness | undefined): Measured {
  if (rehearsal === undefined) return { met: false, evidence: 'nobody looked for a rehearsal' };
  const met = rehearsal.is === 'fresh';
  return { met, evidence: `${met ? 'a' : 'no'} rehearsal counts: ${rehearsal.because}` };
}

export interface Looked {
  readonly name: string;
  /** In the order in which they ended. */
  readonly attempts: readonly Attempt[];
  /** The last stretch in which nobody looked. */
  readonly hole?: { readonly from: number; readonly to: number };
}

/** A pause of ten periods is a slow watch, a longer one (and than this) is nobody looking. */
const PATIENCE = 5000;

/** How a probe was looked at in a stretch of time. */
export function lookedAt(name: string, seen: Measurements, from: number, to: number): Looked {
  const attempts = seen.attempts
    .filter((one) => one.probe === name && one.ended >= from && one.started < to)
    .sort((a, b) => a.ended - b.ended || a.started - b.started);
  const rate = seen.probes.find((probe) => probe.name === name)?.rate ?? 1;
  const patience = Math.max(PATIENCE, 10_000 / rate);
  let hole: Looked['hole'];
  let last = from;
  const look = (at: number): void => {
    if (at - last > patience) hole = { from: last, to: at };
  };
  for (const { started, ended } of attempts) {
    look(started);
    last = Math.max(last, ended);
  }
  look(to);
  return { name, attempts, ...(hole === undefined ? {} : { hole }) };
}

function blindWords({ name, hole, attempts }: Looked): string {
  if (attempts.length === 0 || hole === undefined) return `${name} is not watched`;
  return `${name} was not watched for ${Math.round((hole.to - hole.from) / 1000)} s`;
}
