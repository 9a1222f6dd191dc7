import type { z } from 'zod';
import type { Carry, Command, Look, Seen, Verdict } from '../model/command.ts';

/** Answers by the names under which the looks were asked. */
export type Answers = Readonly<Record<string, Seen>>;

/**
 * What a kind of step is: pure functions of its parameters and of what was seen on the node.
 * The engine does the rest, the same way for every kind: look, judge, run exactly the plan's commands, look again.
 * So a kind can be read, planned, simulated and tested without a node.
 */
export interface StepKind<P = unknown> {
  readonly kind: string;
  readonly params: z.ZodType<P>;
  /** Seconds its commands may take whatever is estimated, where that is more than a minute. */
  readonly atLeast?: number;
  /** Changes the node; each may be run again after being cut off in the middle. */
  commands(params: P): readonly Command[];
  /** Files brought from other nodes before the commands run; brought again when the step is tried again. */
  carries?(params: P): readonly Carry[];
  /** Words by which a failed command says that it was only put off, and how often it is run again then. */
  readonly again?: { readonly says: readonly string[]; readonly times: number };
  /** The way back, for kinds that are reversible. */
  undo?(params: P): readonly Command[];
  /** Nodes whose whole disk goes back to an earlier one: with it goes our fence, which has to be set anew. */
  goesBack?(params: P): readonly string[];
  /** Read-only questions, asked before and after. */
  looks(params: P): Readonly<Record<string, Look>>;
  /** What the answers mean. Never called with a lost answer: the engine waits for the node first. */
  judge(params: P, seen: Answers): Verdict;
  /** What the answers tell to people once it is done, line by line: for kinds that look on somebody's behalf. */
  tells?(params: P, seen: Answers): readonly string[];
}

export type Opening =
  | { readonly is: 'open'; readonly because: string }
  | { readonly is: 'closed'; readonly because: string };

/** A live condition: quorum, sync, backlog. Asked until it opens or patience ends. */
export interface GuardKind<P = unknown> {
  readonly kind: string;
  readonly params: z.ZodType<P>;
  /** Each names its node in `on`. */
  looks(params: P): Readonly<Record<string, Look & { readonly on: string }>>;
  /** A node that does not answer gives `lost`: what that means for quorum is for the guard to say. */
  judge(params: P, seen: Answers): Opening;
}

/** Keeps the parameter type through the registry, which holds kinds of all types. */
export function defineStep<P>(kind: StepKind<P>): StepKind<P> {
  return kind;
}

export function defineGuard<P>(kind: GuardKind<P>): GuardKind<P> {
  return kind;
}
