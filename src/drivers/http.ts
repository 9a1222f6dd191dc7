import type { Look, Seen } from '../model/command.ts';

/** Status of a GET asked from the node itself; 0 when nothing answered. */
export const statusOf = (url: string): Look => ({
  argv: ['curl', '-sS', '--noproxy', '*', '-o', '/dev/null', '-m', '20', '-w', '%{http_code}', url],
});

export const readStatusOf = (seen: Seen): number => Number(seen.out.trim().slice(-3)) || 0;

/** Statuses of several GETs in one command, one after the other. */
export const apiStatuses = (urls: readonly string[]): Look => ({
  argv: [
    'curl',
    '-sS',
    '--noproxy',
    '*',
    '-m',
    '10',
    '-w',
    '%{http_code}\\n',
    ...urls.flatMap((url) => ['-o', '/dev/null', url]),
  ],
});

/** Each URL's status in its place; 0 when nothing answered. curl's own exit code tells of the last one only. */
export const readApiStatuses = (seen: Seen): number[] =>
  seen.out
    .split('\n')
    .filter((line) => /^\d{3}$/.test(line))
    .map(Number);
