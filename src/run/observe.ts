import type { Seen, Verdict } from '../model/command.ts';
import type { Step } from '../model/plan.ts';
import type { Work } from './work.ts';

/** What one node of a step was found to be. `lost`: some node that had to be asked did not answer. */
export interface Sighting {
  readonly node: string;
  readonly verdict: Verdict | { readonly is: 'lost'; readonly because: string; readonly of: string };
  /** What its answers tell to people, once it is done. */
  readonly tells?: readonly string[];
}

/** Asks exactly the plan's questions on every node of the step, all at once, and judges each node's answers. */
export function observe(step: Step, work: Work): Promise<readonly Sighting[]> {
  return Promise.all(step.on.map((node) => observeNode(step, node, work)));
}

async function observeNode(step: Step, node: string, work: Work): Promise<Sighting> {
  const asked = await Promise.all(
    Object.entries(step.looks).map(async ([name, look]) => {
      const on = look.on ?? node;
      const seen = await work.link(on).look({
        argv: look.argv,
        ...(look.input === undefined ? {} : { input: look.input }),
      });
      return { name, on, seen };
    }),
  );
  const silent = asked.find(({ seen }) => seen.lost === true);
  if (silent !== undefined) {
    return { node, verdict: { is: 'lost', of: silent.on, because: `${silent.on} does not answer` } };
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
