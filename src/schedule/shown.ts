import type { RunEvent } from '../model/event.ts';
import type { Gate } from '../model/plan.ts';

/**
 * What a gate shows to who decides, from the journal alone: for each of its looking steps a line with its node and its
 * answer, and under it, set in, what it told. Empty where the gate shows nothing, or nobody has looked yet.
 */
export function shownAt({ shows = [] }: Gate, events: readonly RunEvent[]): string[] {
  return shows.flatMap((step) => {
    const seen = events.findLast((event) => event.type === 'step.finished' && event.step === step);
    if (seen?.type !== 'step.finished') return [];
    return [`${step.split('/')[0]}: ${seen.because}`, ...(seen.told ?? []).map((line) => `  ${line}`)];
  });
}

/** The same in short: each answer without what is set in under it. */
export const inShort = (shown: readonly string[]): string[] => shown.filter((line) => !line.startsWith(' '));
