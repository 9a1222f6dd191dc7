import type { Seen, Verdict } from '../model/command.ts';
import type { Opening } from './kind.ts';

export const done = (because: string): Verdict => ({ is: 'done', because });
export const todo = (because: string): Verdict => ({ is: 'todo', because });
export const wait = (because: string): Verdict => ({ is: 'wait', because });
export const refuse = (because: string, remedy: string): Verdict => ({ is: 'refuse', because, remedy });

/** A guard's words. */
export const open = (because: string): Opening => ({ is: 'open', because });
export const closed = (because: string): Opening => ({ is: 'closed', because });

const NOTHING: Seen = { rc: 127, out: '', err: 'not asked' };

/** What `find` printed; undefined when it could not look. 1 is its word for a starting point that is not there. */
export const found = (seen: Seen): string | undefined =>
  seen.rc === 0 || seen.rc === 1 ? seen.out.trim() : undefined;

/** An answer by name; a question that was not asked is an error of the kind, seen as a failing answer. */
export const answer = (seen: Readonly<Record<string, Seen>>, name: string): Seen => seen[name] ?? NOTHING;
