import type { Standing } from '../model/target.ts';
import type { RunOutcome, ThingReport } from './data.ts';

/** `0.62 s`, `48 s`, `4 min 7 s`, `1 h 2 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Outages are told in seconds: they are compared with each other and with promises. */
export function lostTime(seconds: number): string {
  if (Number.isInteger(seconds) && seconds < 600) return `${seconds} s`;
  return seconds < 600 ? `${seconds.toFixed(2)} s` : duration(seconds);
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Day and time, UTC: a report is read elsewhere than it was made. */
export function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 10)} ${timeOfDay(at)}`;
}

export function timeOfDay(at: number): string {
  const date = new Date(at);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

export function standing({ os, openstack }: Standing): string {
  return `${os} / ${openstack}`;
}

export const OUTCOMES: Readonly<Record<RunOutcome, string>> = {
  'not started': 'not started',
  running: 'running',
  finished: 'finished',
  halted: 'halted',
  'waiting-at-gate': 'waits at a gate',
  paused: 'paused',
  interrupted: 'interrupted',
};

/** The step most to blame for a thing's outage, in words. */
export function culprit({ charges, outage }: ThingReport): string | undefined {
  const [worst] = charges;
  if (worst === undefined || outage === 0) return undefined;
  const share = charges.length > 1 ? ` (${Math.round((worst.seconds / outage) * 100)} %)` : '';
  if (worst.step !== null) return `${worst.step}${share}`;
  return `no step${worst.after === undefined ? '' : `, after ${worst.after}`}${share}`;
}

/** `3` of `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
