import type { Look, Seen } from '../model/command.ts';
import { WindlassError } from '../model/error.ts';

/** A node that fell silent. */
export function lost(node: string, seen: Seen): WindlassError {
  return new WindlassError({
    code: 'WL-NODE-LOST',
    node,
    message: `${node} does not answer`,
    remedy: 'reach it by hand with the same ssh options, mend what it says, then discover again',
    output: seen.err,
  });
}

/** A node that answers something else than was asked. */
export function nonsense(node: string, look: Look, seen: Seen): WindlassError {
  return new WindlassError({
    code: 'WL-DISCOVER-NODE',
    node,
    message: `${node} gives no answer to ${look.argv.join(' ')}`,
    remedy: 'run it there by hand, mend what it says, then discover again',
    output: `${seen.err}${seen.out}`.slice(-2000),
  });
}
