import { z } from 'zod';

/** An argument vector: never text for a shell. */
export const Argv = z.array(z.string()).min(1).readonly();
export type Argv = z.infer<typeof Argv>;

/** A command that changes a node. `input` is fed to its standard input and is part of the plan. */
export interface Command {
  readonly argv: Argv;
  readonly input?: string;
}

/**
 * A read-only command and where it runs. `on` names one node; without it the step's own node is meant.
 * `input` lets a longer read be a script for `sh -eu /dev/stdin`; it too is part of the plan.
 */
export interface Look {
  readonly argv: Argv;
  readonly on?: string;
  readonly input?: string;
}

/**
 * A file of the step's node that is what another node's read-only command writes: streamed through the orchestrator,
 * which keeps nothing of it, so that data with secrets in it goes from node to node and nowhere else. It is brought
 * whole, with its sum compared, or not at all; then the step's commands run.
 */
export interface Carry {
  readonly on: string;
  readonly argv: Argv;
  readonly input?: string | undefined;
  /** Where it goes on the step's node, readable by root alone. */
  readonly path: string;
}

/**
 * What a look brought back. rc 255 with `lost` set: the node did not answer. `late`: it answers, but not to this within its
 * time, and so has said nothing.
 */
export interface Seen {
  readonly rc: number;
  readonly out: string;
  readonly err: string;
  readonly lost?: boolean;
  readonly late?: boolean;
}

/** A driver's question: the command that asks it and how its answer is read. */
export interface Query<T> {
  readonly look: Look;
  read(seen: Seen): T;
}

/**
 * What a step's kind makes of what was seen.
 * `wait` means: not yet, ask again (a member still joining); `refuse`: applying would do harm.
 */
export type Verdict =
  | { readonly is: 'done'; readonly because: string }
  | { readonly is: 'todo'; readonly because: string }
  | { readonly is: 'wait'; readonly because: string }
  | { readonly is: 'refuse'; readonly because: string; readonly remedy: string };
