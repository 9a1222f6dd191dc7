import { InvalidArgumentError } from 'commander';

/** The next moment (ms) at which the clock on this machine's wall says `05:30`. Throws on anything else. */
export function nextTime(word: string, now: Date = new Date()): number {
  const [, hours = '', minutes = ''] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(word) ?? [];
  if (hours === '') throw new InvalidArgumentError('It must be a time of day as 05:30.');
  const at = new Date(now);
  at.setHours(Number(hours), Number(minutes), 0, 0);
  if (at <= now) at.setDate(at.getDate() + 1);
  return at.getTime();
}
