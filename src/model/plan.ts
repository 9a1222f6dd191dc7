import { z } from 'zod';
import { Argv } from './command.ts';
import { Condition } from './condition.ts';
import { Finding } from './finding.ts';
import { Making } from './machine.ts';
import { Policy } from './policy.ts';
import { Standing } from './target.ts';

export const STRATEGIES = ['rolling', 'cutover', 'os-roll', 'in-place', 'ha-move', 'rollback'] as const;
export const Strategy = z.enum(STRATEGIES);
export type Strategy = z.infer<typeof Strategy>;

/** Seconds each thing is expected to be away. Keys: `api`, `bus`, `sql`, `vip`, `guests` or an API's name. */
export const Outage = z.record(z.string(), z.number());
export type Outage = z.infer<typeof Outage>;

export const Hop = z.strictObject({
  strategy: Strategy,
  from: Standing,
  to: Standing,
  outage: Outage,
  why: z.string(),
});
export type Hop = z.infer<typeof Hop>;

/** Whom a step hurts while it runs. */
export const Impact = z.strictObject({
  apis: z.array(z.string()).default([]),
  bus: z.enum(['none', 'degraded', 'down']).default('none'),
  sql: z.enum(['none', 'degraded', 'down']).default('none'),
  vip: z.enum(['none', 'moves']).default('none'),
  guests: z.enum(['none', 'moved', 'network', 'down']).default('none'),
});
export type Impact = z.infer<typeof Impact>;

export const Comeback = z.enum(['reversible', 'restore', 'irreversible']);
export type Comeback = z.infer<typeof Comeback>;

/** A live condition that must hold before a step may start (promise 4); found by kind in the registry. */
export const Guard = z.strictObject({
  kind: z.string(),
  params: z.record(z.string(), z.unknown()),
  title: z.string(),
  /** The read-only commands it asks with, node first: what the plan shows. */
  looks: z.array(z.strictObject({ on: z.string(), argv: Argv, input: z.string().optional() })),
});
export type Guard = z.infer<typeof Guard>;

/** Speakable: `<node or cluster>/<thing>/<verb>`. */
export const StepId = z.string().regex(/^[\w.-]+\/[\w.-]+\/[\w.-]+$/);

export const Step = z.strictObject({
  id: StepId,
  kind: z.string(),
  on: z.array(z.string()).min(1),
  phase: z.string(),
  title: z.string(),
  why: z.string(),
  source: z.string(),
  /** Must have finished before: without them it can never run. */
  needs: z.array(StepId),
  /**
   * Order only: each of these has finished, or can no longer run in this run (it, or something it needs, has failed).
   * So a node that failed does not keep the next one of its lane. Name every step whose running would disturb.
   */
  follows: z.array(StepId).default([]),
  params: z.record(z.string(), z.unknown()),
  /** What `apply` runs, in order, on every node of `on`: nothing else is ever run to change a node. */
  commands: z.array(Argv),
  /** Standard input of a command, by its place in `commands`. */
  inputs: z.record(z.string(), z.string()).default({}),
  /** Files brought from other nodes before the commands run; not there in plans that bring none. */
  carries: z
    .array(
      z.strictObject({
        on: z.string(),
        argv: Argv,
        input: z.string().optional(),
        path: z.string().startsWith('/'),
      }),
    )
    .min(1)
    .optional(),
  /**
   * A command that failed and said one of these was only put off, by others or by a link that is away: after another look
   * it is run again, so many times more. Not there where nothing is.
   */
  again: z.strictObject({ says: z.array(z.string().min(1)).min(1), times: z.int().min(1) }).optional(),
  /** What is asked, read-only, before and after. */
  looks: z.record(
    z.string(),
    z.strictObject({ argv: Argv, on: z.string().optional(), input: z.string().optional() }),
  ),
  undo: z.array(Argv).default([]),
  undoInputs: z.record(z.string(), z.string()).default({}),
  guards: z.array(Guard).default([]),
  class: z.string(),
  impact: Impact,
  return: Comeback,
  /** Seconds expected; seconds after which it has failed; seconds its result may take to show after apply. */
  estimate: z.number(),
  timeout: z.number(),
  settle: z.number(),
});
export type Step = z.infer<typeof Step>;

export const Gate = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    before: z.array(StepId),
    /** How many different people must say yes; 0 where the condition alone decides. */
    approvals: z.int().min(0),
    /** Who may; anyone where nobody is named. */
    approvers: z.array(z.string()).min(1).optional(),
    /** Steps whose answers are shown to who decides: each looks and changes nothing. Not there where none is. */
    shows: z.array(StepId).min(1).optional(),
    /** What must be measured once enough people have said yes. */
    condition: Condition.optional(),
    expires: z.number(),
    onExpiry: z.literal('halt'),
  })
  .refine(({ approvals, condition }) => approvals > 0 || condition !== undefined, {
    error: 'a gate that wants neither an approval nor a condition closes nothing',
  })
  .refine(({ approvals, approvers }) => approvers === undefined || new Set(approvers).size >= approvals, {
    error: 'a gate that wants more people than may approve never opens',
  });
export type Gate = z.infer<typeof Gate>;

export const Checkpoint = z.strictObject({
  id: z.string(),
  /** The node whose disk it is; not there where it is of the whole cluster. */
  node: z.string().optional(),
  after: z.array(StepId),
  holds: z.array(z.enum(['db', 'etc', 'packages', 'rabbitmq', 'cib', 'disk'])),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

export const Phase = z.strictObject({ id: z.string(), title: z.string() });
export type Phase = z.infer<typeof Phase>;

/** Guests that must go on answering while the nodes they are on are worked on: else the run stops (WL-GUEST-LOST). */
export const GuestWatch = z.strictObject({
  /** Seconds without any answer after which it stops. */
  silence: z.number().positive(),
  /** Phases whose steps on a guest's node are that work. */
  phases: z.array(z.string()).min(1),
  /** Probe, called as its guest is -> the node that has the guest when the plan is made. */
  probes: z.record(z.string(), z.string()),
});
export type GuestWatch = z.infer<typeof GuestWatch>;

/** What the catalogue says of a service's old code on the new schema, for one hop. */
export const OldKnown = z.enum(['rolls', 'takes-over', 'cut-over', 'unknown']);
export type OldKnown = z.infer<typeof OldKnown>;

/** The machine with the old release's code, and what is asked of it. */
export const OldRehearsalOf = z.strictObject({
  host: z.string(),
  make: Making.optional(),
  remove: Making.optional(),
  services: z.record(
    z.string(),
    /** `because`: why it is not asked. */
    z.strictObject({ catalogue: OldKnown, because: z.string().optional() }),
  ),
});

/** What makes a plan a rehearsal: its steps change one or two throwaway machines, and read the cluster. */
export const RehearsalOf = z.strictObject({
  /** The machine, by the name its steps have it under. */
  host: z.string(),
  /** Which one of several: what it leaves on the machine is named by it. */
  round: z.string(),
  /** What makes the machine before the first step, and removes it after the last. */
  make: Making.optional(),
  remove: Making.optional(),
  old: OldRehearsalOf.optional(),
  /** Without the old defaults that the real plan keeps: to see what they keep from happening. */
  asShipped: z.boolean(),
  /** What of the live databases it rests on: database -> fingerprint of its schema. */
  fingerprints: z.record(z.string(), z.string()),
  /** Steps whose seconds will be an outage in the real run, by the service that is away meanwhile. */
  window: z.record(z.string(), z.array(StepId)),
  /** Seconds of such a service's outage that no rehearsal has, by the real plan's estimates: old code stops, balancers take the new one in. */
  around: z.record(z.string(), z.number()).optional(),
});
export type RehearsalOf = z.infer<typeof RehearsalOf>;

/** A machine of a rehearsal, by the name its steps have it under. */
export type RehearsalMachine = Pick<RehearsalOf, 'host' | 'make' | 'remove'>;

/** The machines that a rehearsal's plan is for: the target's, then the old release's; none for any other plan. */
export const machinesOf = ({ rehearsal }: Pick<Plan, 'rehearsal'>): readonly RehearsalMachine[] =>
  rehearsal ? [rehearsal, ...(rehearsal.old ? [rehearsal.old] : [])] : [];

/** What makes a plan a way back: the run it undoes, and how. */
export const RollbackOf = z.strictObject({
  run: z.string(),
  /** An earlier way back of that run which had only made way when it was given up: this one takes its place. */
  after: z.string().optional(),
  /** The checkpoint it goes back to; none where the run had not taken it yet, and so had changed nothing that needs it. */
  checkpoint: z.string().optional(),
  /** A word that tells this way back from every other one: what it leaves on nodes is named by it. */
  round: z.string(),
  /** Whether the databases come back from the dumps, stay as they are, or were never begun. */
  databases: z.enum(['restore', 'keep', 'untouched']),
  /** Nodes whose disks go back to what was kept before their system changed. */
  disks: z.array(z.string()).min(1).optional(),
});
export type RollbackOf = z.infer<typeof RollbackOf>;

/** What makes a plan one that gives back room: of the disks that this run kept, or of what runs before it kept. */
export const DropOf = z.strictObject({ run: z.string() });
export type DropOf = z.infer<typeof DropOf>;

/** An immutable graph of steps; `id` is the hash of everything else in it. */
export const Plan = z.strictObject({
  windlass: z.literal(1),
  id: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  cluster: z.string(),
  facts: z.string(),
  assumed: z.boolean(),
  /** Nodes that stay as they are this time: nobody asks them, and what needs every node to be new waits. */
  leftOut: z.array(z.string()).min(1).optional(),
  rehearsal: RehearsalOf.optional(),
  guests: GuestWatch.optional(),
  rollback: RollbackOf.optional(),
  drop: DropOf.optional(),
  from: Standing,
  to: Standing,
  route: z.array(Hop),
  complete: z.boolean(),
  findings: z.array(Finding),
  policy: Policy,
  phases: z.array(Phase),
  steps: z.array(Step),
  gates: z.array(Gate),
  checkpoints: z.array(Checkpoint),
});
export type Plan = z.infer<typeof Plan>;
export type PlanBody = Omit<Plan, 'id'>;
