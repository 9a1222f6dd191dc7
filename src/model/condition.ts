import { z } from 'zod';
import { Duration } from './duration.ts';

const minutes = z.number().positive();
const probes = z.array(z.string().min(1)).min(1);

/** Clients were served: over the last minutes no more attempts failed than said, by number or by share of all. */
export const Quiet = z.strictObject({
  kind: z.literal('quiet'),
  minutes,
  failures: z
    .union([z.int().min(0), z.string().regex(/^\d+(\.\d+)?%$/, 'a number of attempts, or a share as 0.5%')])
    .default(0),
  /** Which probes are asked; all that are watched where none is named. */
  probes: probes.optional(),
});

/** What was just upgraded lives: each of these has answered without a miss for so long since the gate opened. */
export const Alive = z.strictObject({ kind: z.literal('alive'), minutes, probes });

/** The plan was rehearsed on a cluster like this one, not longer ago than this (seconds). */
export const Rehearsed = z.strictObject({ kind: z.literal('rehearsed'), within: Duration });

/** What must be measured for a gate to open, as the plan says it. */
export const Condition = z.discriminatedUnion('kind', [Quiet, Alive, Rehearsed]);
export type Condition = z.infer<typeof Condition>;

/** The same as the policy asks for it: `alive` without probes takes those that knock at the nodes just upgraded. */
export const WantedCondition = z.discriminatedUnion('kind', [
  Quiet,
  Alive.extend({ probes: probes.optional() }),
  Rehearsed,
]);
export type WantedCondition = z.infer<typeof WantedCondition>;

/** Shortest time in seconds after a gate's opening at which its condition can be true. */
export function soonest(condition: WantedCondition): number {
  return condition.kind === 'alive' ? condition.minutes * 60 : 0;
}

/** A condition in a few words, to be read after "once". */
export function conditionWords(condition: Condition): string {
  switch (condition.kind) {
    case 'quiet': {
      const { minutes: over, failures, probes: asked } = condition;
      const most = failures === 0 ? 'nothing' : `no more than ${failures} of the attempts`;
      return `${most} failed for ${over} min${asked === undefined ? '' : ` on ${asked.join(', ')}`}`;
    }
    case 'alive':
      return `${condition.probes.join(', ')} answered for ${condition.minutes} min`;
    case 'rehearsed':
      return `it was rehearsed within ${Math.round(condition.within / 36) / 100} h`;
  }
}
