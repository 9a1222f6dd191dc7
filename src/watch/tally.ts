import { type Outage, outageOf } from './outage.ts';
import type { Sample } from './sample.ts';

/** Longest an attempt may take to be written after it began; what is older is settled. */
const SETTLED_MS = 60_000;
/** Samples kept before the settled ones are put aside. */
const KEPT = 4000;

/** What a thing has cost so far, for a live view. */
export interface Standing extends Pick<Outage, 'seconds' | 'longestGap' | 'failed' | 'total' | 'open'> {
  readonly last?: Sample;
}

/** Keeps one thing's account over days in little memory: what is settled is added up and let go. */
export interface Tally {
  add(sample: Sample): void;
  standing(): Standing;
  /** The samples kept, in the order they came: enough for the last minutes. */
  recent(): readonly Sample[];
}

export function keepTally(rate: number): Tally {
  let kept: Sample[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  let put = { seconds: 0, longestGap: 0, failed: 0, total: 0 };

  const settle = (): void => {
    kept.sort((a, b) => a.started - b.started || a.ended - b.ended);
    const at = quietPlace(kept, latest - SETTLED_MS);
    if (at === undefined) return;
    const before = outageOf(kept.slice(0, at + 1), { rate });
    put = {
      seconds: put.seconds + before.seconds,
      longestGap: Math.max(put.longestGap, before.longestGap),
      failed: put.failed + before.failed,
      // The sample at the seam stays and is counted then.
      total: put.total + before.total - 1,
    };
    kept = kept.slice(at);
  };

  return {
    add(sample) {
      kept.push(sample);
      latest = Math.max(latest, sample.ended);
      if (kept.length >= KEPT && kept.length % 1000 === 0) settle();
    },
    standing() {
      const now = outageOf(kept, { rate });
      const last = kept.at(-1);
      return {
        seconds: put.seconds + now.seconds,
        longestGap: Math.max(put.longestGap, now.longestGap),
        failed: put.failed + now.failed,
        total: put.total + now.total,
        open: now.open,
        ...(last === undefined ? {} : { last }),
      };
    },
    recent: () => kept,
  };
}

/** The last place where a cut changes no figure: a success among successes that no earlier attempt reaches into. */
function quietPlace(ordered: readonly Sample[], before: number): number | undefined {
  let reach = Number.NEGATIVE_INFINITY;
  let place: number | undefined;
  for (const [index, sample] of ordered.entries()) {
    if (sample.started >= before) break;
    const quiet = sample.ok && ordered[index - 1]?.ok === true && ordered[index + 1]?.ok === true;
    if (quiet && sample.started >= reach) place = index;
    reach = Math.max(reach, sample.ended);
  }
  return place;
}
