import type { RunEvent } from '../model/event.ts';
import { activities, type Charge, charge, stepsDuring } from './blame.ts';
import { type Outage, outageOf } from './outage.ts';
import type { ProbeInfo, Sample, Span } from './sample.ts';

/** What the run cost one thing. */
export interface Account extends Outage {
  readonly probe: ProbeInfo;
  readonly charges: readonly Charge[];
  /** Each outage with the steps that were under way in it. */
  readonly blamed: readonly (Span & { readonly steps: readonly string[] })[];
  /** Answer times of the successes, milliseconds: the middle one and the slowest of twenty. */
  readonly median: number | null;
  readonly p95: number | null;
}

function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

/** Accounts for every thing that was watched, in the order the probes are given. */
export function account(
  probes: readonly ProbeInfo[],
  samplesOf: (probe: string) => readonly Sample[],
  events: readonly RunEvent[],
  window?: Span,
): Account[] {
  return probes.map((probe) => {
    const samples = samplesOf(probe.name);
    const outage = outageOf(samples, { rate: probe.rate, ...(window === undefined ? {} : { window }) });
    const end = window?.to ?? outage.spans.at(-1)?.to ?? 0;
    const steps = activities(events, end);
    const times = samples
      .filter((sample) => sample.ok)
      .map((sample) => sample.ended - sample.started)
      .sort((a, b) => a - b);
    return {
      probe,
      ...outage,
      charges: charge(outage.spans, steps),
      blamed: outage.spans.map((span) => ({ ...span, steps: stepsDuring(span, steps) })),
      median: quantile(times, 0.5),
      p95: quantile(times, 0.95),
    };
  });
}
