import { clip, type Sample, type Span, seconds, union } from './sample.ts';

/** What a thing's samples say about it. */
export interface Outage {
  /** Disjoint stretches in order of time. */
  readonly spans: readonly Span[];
  readonly seconds: number;
  /** Longest time, in seconds, from the start of one success to the end of the next, failure or not. */
  readonly longestGap: number;
  readonly failed: number;
  readonly total: number;
  /** Nothing has succeeded since the last failure. */
  readonly open: boolean;
  /** Stretches in which nobody looked: the watch itself was away. Not outage, not proof of service. */
  readonly blind: readonly Span[];
  /** What went wrong, most frequent first. */
  readonly errors: readonly { readonly error: string; readonly count: number }[];
}

/**
 * Longest time between two looks that still counts as looking, in periods. A watch that is slow now and then
 * (its machine has other work) is not blind; one that was stopped is.
 */
const BLIND_PERIODS = 10;

/** Samples in the one order every rule below goes by: when the attempts began. */
function inOrder(samples: readonly Sample[]): Sample[] {
  return [...samples].sort(
    (a, b) =>
      a.started - b.started ||
      a.ended - b.ended ||
      Number(a.ok) - Number(b.ok) ||
      (a.error ?? '').localeCompare(b.error ?? ''),
  );
}

interface Gap extends Span {
  readonly failures: number;
}

/**
 * The gaps between successes. Each goes from the start of a success to the earliest end of any success begun after
 * it: attempts overlap, and a slow one begun early must not hide that later ones were already served.
 * Before the first success and after the last one a gap is bounded by the samples themselves.
 */
function gaps(ordered: readonly Sample[]): Gap[] {
  const first = ordered[0];
  if (first === undefined) return [];
  const end = ordered.reduce((latest, sample) => Math.max(latest, sample.ended), first.ended);

  const answered = new Array<number>(ordered.length + 1).fill(end);
  let earliest = Number.POSITIVE_INFINITY;
  for (let index = ordered.length - 1; index >= 0; index -= 1) {
    const sample = ordered[index];
    if (sample?.ok === true) earliest = Math.min(earliest, sample.ended);
    answered[index] = Math.min(earliest, end);
  }

  const found: Gap[] = [];
  let from = first.started;
  let failures = 0;
  for (const [index, sample] of ordered.entries()) {
    if (!sample.ok) {
      failures += 1;
      continue;
    }
    const to = answered[index] ?? sample.ended;
    // The very first success opens the books: there is no gap before it unless something failed.
    if (index > 0) found.push({ from, to: Math.max(from, to), failures });
    from = sample.started;
    failures = 0;
  }
  if (failures > 0) found.push({ from, to: end, failures });
  return found;
}

/** Stretches longer than ten periods (and a second) in which no attempt was under way or begun, a window's edges included. */
function blindSpans(ordered: readonly Sample[], rate: number, window?: Span): Span[] {
  const patience = Math.max(1000, (BLIND_PERIODS * 1000) / rate);
  const spans: Span[] = [];
  let seen = window?.from;
  const look = (at: number): void => {
    if (seen !== undefined && at - seen > patience) spans.push({ from: seen, to: at });
  };
  for (const sample of ordered) {
    look(sample.started);
    seen = Math.max(seen ?? sample.ended, sample.ended);
  }
  if (window !== undefined) look(window.to);
  return spans;
}

/** The part of a gap that was looked at. */
function seenLength(gap: Span, blind: readonly Span[]): number {
  return gap.to - gap.from - seconds(clip(blind, gap)) * 1000;
}

function tally(failures: readonly Sample[]): { error: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { error = 'failed' } of failures) counts.set(error, (counts.get(error) ?? 0) + 1);
  return [...counts]
    .map(([error, count]) => ({ error, count }))
    .sort((a, b) => b.count - a.count || (a.error < b.error ? -1 : 1));
}

/**
 * Outage of one thing: the sum of the stretches from the last success before a failure to the first success after
 * it. A stretch begins when the last successful attempt began and ends when the first successful one ended, so the
 * figure is never too small and at most one period and two answers too large. The order of the samples is of no
 * account. Only what lies inside `window` counts, when one is given.
 */
export function outageOf(samples: readonly Sample[], options: { rate: number; window?: Span }): Outage {
  const { rate, window } = options;
  const ordered = inOrder(samples);
  const inside =
    window === undefined
      ? ordered
      : ordered.filter((sample) => sample.started < window.to && sample.ended >= window.from);
  const all = gaps(ordered);
  const within = (spans: readonly Span[]): Span[] =>
    window === undefined ? [...spans] : clip(spans, window);
  const spans = within(union(all.filter((gap) => gap.failures > 0)));
  const blind = within(blindSpans(ordered, rate, window));
  const failures = inside.filter((sample) => !sample.ok);
  return {
    spans,
    seconds: seconds(spans),
    longestGap: within(all).reduce((longest, gap) => Math.max(longest, seenLength(gap, blind)), 0) / 1000,
    failed: failures.length,
    total: inside.length,
    open: inside.at(-1)?.ok === false,
    blind,
    errors: tally(failures),
  };
}
