import type { Plan } from '../model/plan.ts';
import type { Decision } from '../schedule/index.ts';

/**
 * Steps that go on with what is under way: something they need is of their own phase. All others begin a piece of work
 * (a controller, a compute of a wave, a service).
 */
export function goingOn({ steps }: Plan): ReadonlySet<string> {
  const phases = new Map(steps.map(({ id, phase }) => [id, phase]));
  return new Set(
    steps.filter(({ phase, needs }) => needs.some((id) => phases.get(id) === phase)).map(({ id }) => id),
  );
}

/**
 * What starts of a decision after the time at which the run is to stop (001 stops at a time of day): pieces of work under
 * way are brought to their end and none is begun, so that no node is left half done until tomorrow. `over`: something is
 * left, and as soon as nothing runs any more, nothing of it will.
 */
export function closing(
  { start, resume, blocked }: Decision,
  goesOn: ReadonlySet<string>,
): { readonly start: readonly string[]; readonly over: boolean } {
  const rest = start.filter((id) => goesOn.has(id));
  // A step that only waits for its pace may be one that goes on.
  const paced = blocked.some(({ why }) => why === 'pace');
  const left = start.length > 0 || blocked.some(({ why }) => why === 'gate');
  return { start: rest, over: left && rest.length === 0 && resume.length === 0 && !paced };
}
