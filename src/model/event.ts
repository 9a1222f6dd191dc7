import { z } from 'zod';

const at = z.number().describe('milliseconds since the epoch');
const step = z.string();

export const FaultRecord = z.strictObject({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  node: z.string().optional(),
  /** The step it is laid to, where no step failed. */
  step: z.string().optional(),
  output: z.string().optional(),
});
export type FaultRecord = z.infer<typeof FaultRecord>;

/** Where a person's word came from. Journals of before have none. */
export const Origin = z.strictObject({
  host: z.string(),
  tty: z.string().optional(),
  /** The machine they had logged in from, by SSH. */
  client: z.string().optional(),
  /** Said on the page of `windlass serve`, by whoever had its token. */
  page: z.literal(true).optional(),
});
export type Origin = z.infer<typeof Origin>;
const from = Origin.optional();

/** What a person could see when deciding: the run in figures, as `windlass status` told it. */
export const Saw = z.strictObject({
  gate: z.string(),
  done: z.int(),
  failed: z.int(),
  left: z.int(),
  findings: z.int(),
  /** What the gate shows: the answers of its looking steps, line by line. */
  shown: z.array(z.string()).optional(),
});
export type Saw = z.infer<typeof Saw>;
/** The hash of the plan that was decided on, and what was seen of its run. */
const seen = { plan: z.string().optional(), saw: Saw.optional(), from };

/** Everything that can happen in a run. The journal is a list of these and the only truth. */
export const RunEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('run.started'),
    at,
    run: z.string(),
    plan: z.string(),
    cluster: z.string(),
    by: z.string(),
    epoch: z.int(),
    from,
  }),
  /** A later orchestrator took the run up again, with a higher epoch. */
  z.strictObject({
    type: z.literal('run.resumed'),
    at,
    by: z.string(),
    epoch: z.int(),
    from,
    /** It was not given back by whoever had it: they were gone. */
    takenFrom: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('run.paused'), at, by: z.string(), from }),
  z.strictObject({ type: z.literal('run.unpaused'), at, by: z.string(), from }),
  z.strictObject({ type: z.literal('run.interrupted'), at, by: z.string(), from }),
  /** `fault`: what stopped it where no step failed; running steps still come to their end. */
  z.strictObject({
    type: z.literal('run.halted'),
    at,
    because: z.string(),
    fault: FaultRecord.optional(),
  }),
  z.strictObject({ type: z.literal('run.finished'), at }),
  /** It was looked at first; `already` means nothing had to be done. */
  z.strictObject({ type: z.literal('step.started'), at, step, attempt: z.int() }),
  z.strictObject({ type: z.literal('step.waiting'), at, step, because: z.string() }),
  /** The commands were handed to a node's unit: from here on a resume looks for that unit. */
  z.strictObject({ type: z.literal('step.applied'), at, step, node: z.string(), unit: z.string() }),
  z.strictObject({
    type: z.literal('step.finished'),
    at,
    step,
    outcome: z.enum(['done', 'already']),
    because: z.string(),
    /**
     * What its commands had to tell for the report (the rest of their lines that began with `told: `), or what its last
     * look tells to whom a gate shows it.
     */
    told: z.array(z.string()).optional(),
  }),
  z.strictObject({ type: z.literal('step.failed'), at, step, fault: FaultRecord }),
  /** A person said: try it again. */
  z.strictObject({ type: z.literal('step.retried'), at, step, by: z.string(), from }),
  z.strictObject({ type: z.literal('step.undone'), at, step }),
  z.strictObject({ type: z.literal('gate.opened'), at, gate: z.string() }),
  z.strictObject({ type: z.literal('gate.approved'), at, gate: z.string(), by: z.string(), ...seen }),
  /** A person took their approval back; it counts while nothing behind the gate has begun. */
  z.strictObject({ type: z.literal('gate.revoked'), at, gate: z.string(), by: z.string(), ...seen }),
  /** What the gate wants measured was so, and nothing else was missing. */
  z.strictObject({ type: z.literal('gate.measured'), at, gate: z.string(), evidence: z.string() }),
  z.strictObject({
    type: z.literal('gate.rejected'),
    at,
    gate: z.string(),
    by: z.string(),
    because: z.string(),
    ...seen,
  }),
  z.strictObject({ type: z.literal('gate.expired'), at, gate: z.string() }),
]);
export type RunEvent = z.infer<typeof RunEvent>;
export type RunEventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
