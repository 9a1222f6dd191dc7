import { z } from 'zod';
import { soonest, WantedCondition } from './condition.ts';
import { Duration } from './duration.ts';

const approvers = z.array(z.string().min(1)).min(1);
const expires = Duration.refine((seconds) => seconds > 0, 'a time after which nobody’s word counts any more');

/** One place of the plan at which it is decided; what it leaves open is as for all gates. */
export const GateStage = z.strictObject({
  /** Who may approve; anyone where nobody is named. */
  approvers: approvers.optional(),
  /** How many different people must; 0 where the condition alone decides. */
  approvals: z.int().min(0).optional(),
  /** Seconds it stays open: then the run halts. */
  expires: expires.optional(),
  /** What must be measured besides. */
  condition: WantedCondition.optional(),
});
export type GateStage = z.infer<typeof GateStage>;

/** Stages of the data plane a policy may put a gate before, in the order in which they come. */
export const GATE_STAGES = ['computes', 'sample', 'rest'] as const;
export type GateStageName = (typeof GATE_STAGES)[number];

/** Who decides, and where: `computes` before the data plane, `sample` after the canary, `rest` after the sample. */
export const GatePolicy = z
  .strictObject({
    approvers: approvers.optional(),
    approvals: z.int().min(1).default(1),
    expires: expires.default(7200),
    computes: GateStage.optional(),
    sample: GateStage.optional(),
    rest: GateStage.optional(),
  })
  .superRefine((policy, context) => {
    const say = (path: string[], message: string): void => {
      context.addIssue({ code: 'custom', path, message, input: policy });
    };
    if (tooFew(policy.approvers, policy.approvals)) say(['approvals'], 'no more than there are approvers');
    for (const name of GATE_STAGES) {
      const stage = policy[name];
      if (stage === undefined) continue;
      const asked = stageOf(policy, stage);
      if (tooFew(asked.approvers, asked.approvals))
        say([name, 'approvals'], 'no more than there are approvers');
      if (asked.approvals === 0 && !stage.condition)
        say([name, 'approvals'], 'at least 1, or a condition that decides');
      if (stage.condition && soonest(stage.condition) >= asked.expires) {
        say([name, 'condition'], 'a time that is over before the gate expires');
      }
    }
  });
export type GatePolicy = z.infer<typeof GatePolicy>;

/** What holds at a stage: its own words before those for all gates. */
export function stageOf(
  policy: Pick<GatePolicy, 'approvers' | 'approvals' | 'expires'>,
  stage: GateStage = {},
): { readonly approvers?: string[]; readonly approvals: number; readonly expires: number } {
  const may = stage.approvers ?? policy.approvers;
  return {
    ...(may === undefined ? {} : { approvers: [...new Set(may)] }),
    approvals: stage.approvals ?? policy.approvals,
    expires: stage.expires ?? policy.expires,
  };
}

function tooFew(people: readonly string[] | undefined, approvals: number): boolean {
  return people !== undefined && new Set(people).size < approvals;
}
