import { z } from 'zod';
import { Argv } from './command.ts';
import { Duration } from './duration.ts';

/**
 * Who makes a node's machine anew, under its old name and address, with the target's system and nothing else on it. Both
 * commands run where Windlass runs, with the node's name and the id its disk is kept as for their last two words.
 */
export const Rebuild = z.strictObject({
  /** Roles or names of the nodes that are made anew in place of an upgrade of their system. */
  nodes: z.array(z.string()).min(1).default(['controller']),
  /** Turns the node off and on again with a fresh disk; the one that is kept is left. Run again, it must do no harm. */
  remake: Argv,
  /** Says, changing nothing, whether the node stands on a disk that was made so: exit code 0 is yes, 1 is no. */
  remade: Argv,
  /** Volumes lie on no disk of a node with the role volume: without this word such a one is not made anew. */
  volumes: z.literal('elsewhere').optional(),
  /** For each of them. */
  timeout: Duration.default(1800),
});
export type Rebuild = z.infer<typeof Rebuild>;
