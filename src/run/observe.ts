import type { Verdict } from '../model/command.ts';
import type { Step } from '../model/plan.ts';
import { ask, type LookTime } from './ask.ts';
import type { Work } from './work.ts';

/** Nothing is known: some node that had to be asked did not answer at all, or not in time. */
interface Unanswered<Is extends string> {
  readonly is: Is;
  readonly because: string;
  readonly of: string;
}

/** What one node of a step was found to be. */
export interface Sighting {
  readonly node: string;
  readonly verdict: Verdict | Unanswered<'lost'> | Unanswered<'late'>;
  /** What its answers tell to people, once it is done. */
  readonly tells?: readonly string[];
}

/** Asks exactly the plan's questions on every node of the step, all at once, and judges each node's answers. */
export function observe(step: Step, work: Work, time: LookTime): Promise<readonly Sighting[]> {
  return Promise.all(step.on.map((node) => observeNode(step, node, work, time)));
}

async function observeNode(step: Step, node: string, work: Work, time: LookTime): Promise<Sighting> {
  const looks = Object.entries(step.looks).map(
    ([name, look]) => [name, { ...look, on: look.on ?? node }] as const,
  );
  const { answers, lost, late } = await ask(Object.fromEntries(looks), work, time);
  if (lost !== undefined)
    return { node, verdict: { is: 'lost', of: lost, because: `${lost} does not answer` } };
  // A node with much to do says neither yes nor no: what a kind would read out of half an answer is not so.
  if (late !== undefined) return { node, verdict: { is: 'late', ...late } };
  const kind = work.kinds.step(step.kind);
  const verdict = kind.judge(step.params, answers);
  if (verdict.is !== 'done' || kind.tells === undefined) return { node, verdict };
  return { node, verdict, tells: kind.tells(step.params, answers) };
}

/** Sightings as one line, node first where there are several. */
export function summary(sightings: readonly Sighting[]): string {
  const reasons = sightings.map(({ node, verdict }) =>
    sightings.length === 1 ? verdict.because : `${node}: ${verdict.because}`,
  );
  return reasons.length <= 4
    ? reasons.join('; ')
    : `${reasons.slice(0, 3).join('; ')}; and ${reasons.length - 3} more`;
}
