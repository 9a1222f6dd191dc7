/** Milliseconds since the epoch, fine enough to time an answer. */
export type Clock = () => number;

/** A clock step beyond this is followed; smaller corrections are left to the next one. */
const STEP_MS = 250;

/**
 * Wall time that runs on the monotonic clock, so that no attempt ever lasts a negative time, and that follows
 * the machine's clock when that was set: the journal's times are the machine's.
 */
export function steadyClock(): Clock {
  let anchor = Date.now() - performance.now();
  return () => {
    const steady = anchor + performance.now();
    if (Math.abs(Date.now() - steady) <= STEP_MS) return steady;
    anchor = Date.now() - performance.now();
    return anchor + performance.now();
  };
}
