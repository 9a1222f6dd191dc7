import type { RunEvent } from '../model/event.ts';
import { clip, type Span } from './sample.ts';

/** A step's time under way. `acting` begins when its commands went to a node; before that it only looked or waited. */
export interface Activity extends Span {
  readonly step: string;
  readonly acting?: number;
}

/** Lost seconds put to a step's account; `step` is null where none was running. */
export interface Charge {
  readonly step: string | null;
  readonly seconds: number;
  /** For time without a step: the one that had ended last before it. */
  readonly after?: string;
}

/** When each step was under way, one activity per attempt; what is still running lasts until `now`. */
export function activities(events: readonly RunEvent[], now: number): Activity[] {
  const running = new Map<string, { from: number; acting?: number }>();
  const found: Activity[] = [];
  const close = (step: string, to: number): void => {
    const open = running.get(step);
    if (open === undefined) return;
    running.delete(step);
    found.push({ step, to: Math.max(to, open.from), ...open });
  };
  for (const event of events) {
    switch (event.type) {
      case 'step.started':
        // Begun again after the orchestrator died: still the same stretch of time, the node had gone on.
        if (!running.has(event.step)) running.set(event.step, { from: event.at });
        break;
      case 'step.applied': {
        const open = running.get(event.step);
        if (open !== undefined) open.acting ??= event.at;
        break;
      }
      case 'step.finished':
      case 'step.failed':
        close(event.step, event.at);
        break;
      default:
        break;
    }
  }
  for (const step of [...running.keys()]) close(step, now);
  return found.sort((a, b) => a.from - b.from || (a.step < b.step ? -1 : 1));
}

/** Who is to blame at one moment: the steps that act, else those that are under way at all. */
function culprits(under: readonly Activity[], at: number): Activity[] {
  const acting = under.filter((activity) => activity.acting !== undefined && activity.acting <= at);
  return acting.length > 0 ? acting : [...under];
}

/** The moments inside a span at which the set of running steps may change. */
function cuts(span: Span, near: readonly Activity[]): number[] {
  const moments = new Set([span.from, span.to]);
  for (const { from, to, acting } of near) {
    for (const moment of [from, to, acting]) {
      if (moment !== undefined && moment > span.from && moment < span.to) moments.add(moment);
    }
  }
  return [...moments].sort((a, b) => a - b);
}

/**
 * Charges every lost second to the steps that were running in it, in equal parts when there were several.
 * The charges sum up to the outage. Most guilty first; the account without a step goes by what had just ended.
 */
export function charge(outage: readonly Span[], steps: readonly Activity[]): Charge[] {
  const accounts = new Map<string, { step: string | null; ms: number; after?: string }>();
  const put = (step: string | null, ms: number, after?: string): void => {
    const key = step ?? `\0${after ?? ''}`;
    const account = accounts.get(key);
    if (account !== undefined) account.ms += ms;
    else accounts.set(key, { step, ms, ...(after === undefined ? {} : { after }) });
  };
  for (const span of outage) {
    const near = steps.filter((activity) => activity.from < span.to && activity.to > span.from);
    const moments = cuts(span, near);
    for (const [index, from] of moments.slice(0, -1).entries()) {
      const to = moments[index + 1] ?? from;
      const guilty = culprits(
        near.filter((activity) => activity.from <= from && activity.to >= to),
        from,
      );
      if (guilty.length === 0) put(null, to - from, lastEnded(steps, from));
      for (const { step } of guilty) put(step, (to - from) / guilty.length);
    }
  }
  return [...accounts.values()]
    .map(({ ms, ...account }) => ({ ...account, seconds: ms / 1000 }))
    .sort((a, b) => b.seconds - a.seconds || ((a.step ?? '') < (b.step ?? '') ? -1 : 1));
}

function lastEnded(steps: readonly Activity[], at: number): string | undefined {
  let last: Activity | undefined;
  for (const activity of steps) {
    if (activity.to <= at && (last === undefined || activity.to > last.to)) last = activity;
  }
  return last?.step;
}

/** Steps that were under way at any time in a span, in order of their start. */
export function stepsDuring(span: Span, steps: readonly Activity[]): string[] {
  const names = steps.filter((activity) => clip([activity], span).length > 0).map(({ step }) => step);
  return [...new Set(names)];
}
