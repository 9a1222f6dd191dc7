import { z } from 'zod';
import { Argv } from './command.ts';

/** Where a configurer's words name the node it is to work for. */
const PLACE = '{node}';

const namesNode = (argv: Argv): boolean => argv.some((word) => word.includes(PLACE));

/** Exit codes by their meaning: a code in none of them means that it could not be told. */
const Codes = z.array(z.int().min(0).max(255)).min(1);

/** Roles or names of the nodes it configures; all of the cluster when not said. */
const nodes = z.array(z.string()).min(1).optional();

/** How often it is applied before it is asked whether anything is left: some manifests settle only the second time. */
const runs = z.int().min(1).max(5).default(1);

/** Asked after applying whether anything is left to change; false for those that never answer no. */
const prove = z.boolean().default(true);

/** How a configurer that comes by itself is kept off a node: all three words, as one is worth nothing alone. */
export const Pause = z.strictObject({
  /** The node the words are run on; without it the node that is being worked on. */
  on: z.string().optional(),
  disable: Argv,
  enable: Argv,
  /** Read-only: is it disabled? */
  disabled: z.strictObject({ argv: Argv, yes: Codes.default([0]), no: Codes.default([1]) }),
});
export type Pause = z.infer<typeof Pause>;

/** Who writes the nodes' configuration, and so must not do it in the middle of an upgrade. */
export const Configuration = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('none') }),
  /** Puppet's agent on each node. */
  z.strictObject({
    by: z.literal('puppet'),
    nodes,
    /** As found on the node; of the vendor's own packages it is /opt/puppetlabs/bin/puppet. */
    program: z.string().min(1).default('puppet'),
    /** What `puppet agent --disable` says on each node, and what it is recognised by as ours. */
    reason: z
      .string()
      .regex(/^[A-Za-z0-9][\x20-\x7e]{2,199}$/, 'one line of plain text')
      .optional(),
    runs,
    prove,
  }),
  /** A playbook run for one node at a time from a node that has Ansible and the inventory. */
  z.strictObject({
    by: z.literal('ansible'),
    nodes,
    on: z.string(),
    apply: Argv.refine(namesNode, `must name ${PLACE} (--limit ${PLACE}), or it would configure every node`),
    runs,
    prove,
    pause: Pause.optional(),
  }),
  /** Anything else that can be called. */
  z
    .strictObject({
      by: z.literal('command'),
      nodes,
      /** The node it is run on; without it the node that is being worked on. */
      on: z.string().optional(),
      apply: Argv,
      /** Exit codes of `apply` that mean it worked. */
      good: Codes.default([0]),
      /** Says, changing nothing, whether anything is left to change: an exit code of `converged` means no. */
      check: z.strictObject({ argv: Argv, converged: Codes.default([0]) }).optional(),
      runs,
      pause: Pause.optional(),
    })
    .refine(
      ({ on, apply }) => on === undefined || namesNode(apply),
      `apply must name ${PLACE} when it runs on another node, or it would configure every node`,
    ),
]);
export type Configuration = z.infer<typeof Configuration>;

/** An argument vector for one node. Each word stays one word, whatever the name is. */
export const wordsFor = (argv: Argv, node: string): string[] =>
  argv.map((word) => word.replaceAll(PLACE, node));
