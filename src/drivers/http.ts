import type { Look, Seen } from '../model/command.ts';

/** Status of a GET asked from the node itself; 0 when nothing answered. */
export const statusOf = (url: string): Look => ({
  argv: ['curl', '-sS', '--noproxy', '*', '-o', '/dev/null', '-m', '20', '-w', '%{http_code}', url],
});

export const readStatusOf = (seen: Seen): number => Number(seen.out.trim().slice(-3)) || 0;
