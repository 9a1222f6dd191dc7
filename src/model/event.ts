import { z } from 'zod';

const at = z.number().describe('milliseconds since the epoch');
const step = z.string();

export const FaultRecord = z.strictObject({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  node: z.string().optional(),
  output: z.string().optional(),
});
export type FaultRecord = z.infer<typeof FaultRecord>;

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
  }),
  /** A later orchestrator took the run up again, with a higher epoch. */
  z.strictObject({ type: z.literal('run.resumed'), at, by: z.string(), epoch: z.int() }),
  z.strictObject({ type: z.literal('run.paused'), at, by: z.string() }),
  z.strictObject({ type: z.literal('run.unpaused'), at, by: z.string() }),
  z.strictObject({ type: z.literal('run.interrupted'), at, by: z.string() }),
  z.strictObject({ type: z.literal('run.halted'), at, because: z.string() }),
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
    /** What its commands had to tell for the report: the rest of their lines that began with `told: `. */
    told: z.array(z.string()).optional(),
  }),
  z.strictObject({ type: z.literal('step.failed'), at, step, fault: FaultRecord }),
  /** A person said: try it again. */
  z.strictObject({ type: z.literal('step.retried'), at, step, by: z.string() }),
  z.strictObject({ type: z.literal('step.undone'), at, step }),
  z.strictObject({ type: z.literal('gate.opened'), at, gate: z.string() }),
  z.strictObject({ type: z.literal('gate.approved'), at, gate: z.string(), by: z.string() }),
  z.strictObject({
    type: z.literal('gate.rejected'),
    at,
    gate: z.string(),
    by: z.string(),
    because: z.string(),
  }),
  z.strictObject({ type: z.literal('gate.expired'), at, gate: z.string() }),
]);
export type RunEvent = z.infer<typeof RunEvent>;
export type RunEventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
