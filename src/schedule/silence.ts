import { lookedAt, type Measurements } from './condition.ts';

/**
 * Whether a probe was looked at all the time until now and never got an answer. A stretch in which nobody looked is no
 * silence: what the watch missed stops nobody.
 */
export function silent(probe: string, seconds: number, seen: Measurements, now: number): boolean {
  const { attempts, hole } = lookedAt(probe, seen, now - seconds * 1000, now);
  return hole === undefined && attempts.length > 0 && attempts.every(({ ok }) => !ok);
}

/** Whether a probe got an answer to an attempt begun at or after a moment. */
export function answered(probe: string, { attempts }: Measurements, from: number): boolean {
  return attempts.some((one) => one.probe === probe && one.ok && one.started >= from);
}
