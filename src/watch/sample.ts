/** One attempt of one probe. Times are milliseconds since the epoch, on the watch's steady clock. */
export interface Sample {
  readonly probe: string;
  readonly started: number;
  readonly ended: number;
  readonly ok: boolean;
  /** Why it failed, in the thing's own words. */
  readonly error?: string;
}

/** What is watched, and how often: kept beside the samples so that they can be read without the cluster file. */
export interface ProbeInfo {
  readonly name: string;
  readonly kind: 'tcp' | 'http' | 'api' | 'sql' | 'amqp' | 'ping';
  /** Where it knocks; never with credentials. */
  readonly where: string;
  /** Attempts a second. */
  readonly rate: number;
}

/** A stretch of time, milliseconds since the epoch, end not included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Seconds in a list of spans. */
export function seconds(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + (span.to - span.from), 0) / 1000;
}

/** The spans as disjoint stretches in order of time. */
export function union(spans: readonly Span[]): Span[] {
  const merged: { from: number; to: number }[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else if (span.to > span.from) merged.push({ from: span.from, to: span.to });
  }
  return merged;
}

/** The part of the spans that lies inside a window. */
export function clip(spans: readonly Span[], window: Span): Span[] {
  return spans
    .map((span) => ({ from: Math.max(span.from, window.from), to: Math.min(span.to, window.to) }))
    .filter((span) => span.to > span.from);
}
