import type { Seen, Verdict } from '../model/command.ts';
import type { Step } from '../model/plan.ts';
import type { LookTime, Work } from './work.ts';

/** What one node of a step was found to be. `lost`: some node that had to be asked did not answer; `late`: not in time. */
export interface Sighting {
  readonly node: string;
  readonly verdict: Verdict | { readonly is: 'lost' | 'late'; readonly because: string; readonly of: string };
  /** What its answers tell to people, once it is done. */
  readonly tells?: readonly string[];
}

/** Asks exactly the plan's questions on every node of the step, all at once, and judges each node's answers. */
export async function observe(step: Step, work: Work, time: LookTime): Promise<readonly Sighting[]> {
  const seen = await Promise.all(step.on.map((node) => observeNode(step, node, work, time.seconds)));
  if (seen.some(({ verdict }) => verdict.is === 'late')) time.grow();
  return seen;
}

async function observeNode(step: Step, node: string, work: Work, seconds: number): Promise<Sighting> {
  const asked = await Promise.all(
    Object.entries(step.looks).map(async ([name, look]) => {
      const on = look.on ?? node;
      const input = look.input === undefined ? {} : { input: look.input };
      const seen = await work.link(on).look({ argv: look.argv, ...input }, seconds);
      return { name, on, seen };
    }),
  );
  const silent = asked.find(({ seen }) => seen.lost === true);
  if (silent !== undefined) {
    return { node, verdict: { is: 'lost', of: silent.on, because: `${silent.on} does not answer` } };
  }
  // A node with much to do says neither yes nor no: what a kind would read out of half an answer is not so.
  const late = asked.find(({ seen }) => seen.late === true);
  if (late !== undefined) {
    const because = `${late.on} has not answered \`${late.name}\` within ${seconds} s`;
    return { node, verdict: { is: 'late', of: late.on, because } };
  }
  const answers: Record<string, Seen> = Object.fromEntries(asked.map(({ name, seen }) => [name, seen]));
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
