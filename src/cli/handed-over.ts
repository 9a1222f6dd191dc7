import type { NodeLink } from '../model/link.ts';
import type { InHand } from '../plan/rollback/past.ts';

/**
 * Milliseconds after which a command that was handed over has begun on its node or never will: a script on a node has a
 * minute, and one that was under way goes on when the orchestrator is killed.
 */
const HANDED_OVER = 65_000;

/**
 * Milliseconds until nothing that a run handed over can begin any more; 0 where each command is seen to have begun. A node
 * that does not know of its command, or does not say, may begin it yet: before that nobody can see that it is not there.
 */
export async function mayBeginFor(
  link: (node: string) => Pick<NodeLink, 'poll'>,
  run: string,
  inHand: readonly InHand[],
  now: number,
): Promise<number> {
  const left = await Promise.all(
    inHand.map(async ({ at, node, unit }) => {
      const rest = at + HANDED_OVER - now;
      if (rest <= 0) return 0;
      // Whatever keeps the node from saying so, it is then waited for as if it had not begun.
      const begun = await link(node)
        .poll(unit, run)
        .then(
          ({ is }) => is !== 'absent',
          () => false,
        );
      return begun ? 0 : rest;
    }),
  );
  return Math.max(0, ...left);
}
