import type { Plan } from '../model/plan.ts';
import { seeded, seedOf } from './random.ts';

/** A stretch of time, in seconds from the start of a job. */
export interface Span {
  readonly after: number;
  readonly seconds: number;
}

/** What befalls one job of one step on one node. */
export interface Trouble {
  /** It ends with this exit code and has changed nothing. */
  readonly rc?: number;
  /** It takes so many times as long. */
  readonly slow?: number;
  /** The order to start it is lost on its way there, or its acknowledgement on the way back. */
  readonly lost?: 'order' | 'reply';
  /** The link is down; the job goes on. */
  readonly silence?: Span;
  /** So many looks at what it did are not answered in their time, however much that is. */
  readonly late?: number;
  /** The node goes down under it: it is lost, half done. */
  readonly reboot?: Span;
}

/** Trouble by step, node and how manieth job of that step it is there (the first is 1). */
export type Troubles = (step: string, node: string, job: number) => Trouble | undefined;

export const noTrouble: Troubles = () => undefined;

/**
 * Trouble that passes, drawn from a seed: a share of all first jobs are slow, answered for late, lose their node's link,
 * their node or the order itself. A run that is patient gets through all of it without a person.
 */
export function passingTroubles(plan: Plan, seed: number, share: number): Troubles {
  const estimates = new Map(plan.steps.map((step) => [step.id, step.estimate]));
  return (step, node, job) => {
    const random = seeded(seedOf(seed, step, node));
    if (job > 1 || !random.chance(share)) return undefined;
    const span = { after: random.next() * (estimates.get(step) ?? 0), seconds: 5 + random.below(90) };
    const kinds: readonly Trouble[] = [
      { slow: 1.5 + 2 * random.next() },
      { late: 1 + random.below(3) },
      { lost: 'order' },
      { lost: 'reply' },
      { silence: span },
      { reboot: span },
    ];
    return kinds[random.below(kinds.length)];
  };
}

/** The same, and some first jobs end with an error: a person has to have them tried again. */
export function allTroubles(plan: Plan, seed: number, share: number): Troubles {
  const passing = passingTroubles(plan, seed, share);
  return (step, node, job) => {
    if (job === 1 && seeded(seedOf(seed, step, node, 'rc')).chance(share / 3)) return { rc: 100 };
    return passing(step, node, job);
  };
}
