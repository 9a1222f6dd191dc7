import type { Plan, Step } from '../model/plan.ts';
import { at } from './core.ts';
import { anyone } from './gates.ts';
import { type Graph, graphOf, tails } from './graph.ts';
import { play } from './play.ts';
import { fold, RunState } from './state.ts';

/** Seconds a step is expected to take; the plan's own estimate when nothing better is known. */
export type Durations = (step: Step) => number;

export const estimated: Durations = (step) => step.estimate;

/**
 * Names a step's duration is remembered by, the closest first: what it does at which pace, then its kind alone. The stop
 * of one API takes a second and that of a whole controller minutes, though both are of one kind.
 */
export const workOf = ({ id, kind, class: pace }: Step): readonly [string, string] => [
  `${kind} ${id.slice(id.indexOf('/') + 1)} ${pace}`,
  kind,
];

/** What is remembered of such work, else of its kind, else the plan's estimate. `taken`: seconds by names of `workOf`. */
export const remembered =
  (taken: ReadonlyMap<string, number>): Durations =>
  (step) =>
    workOf(step)
      .map((name) => taken.get(name))
      .find((seconds) => seconds !== undefined) ?? step.estimate;

export interface Path {
  readonly seconds: number;
  readonly steps: readonly string[];
}

export interface Remaining {
  /** From `now` to the end, limits and pauses obeyed, gates approved the moment they open. */
  readonly seconds: number;
  /** The longest chain of needs and follows among what is left. */
  readonly critical: Path;
}

/** The longest chain of needs and follows through a plan: no limit or helper can make a run shorter than this. */
export function criticalPath(plan: Plan, durations: Durations = estimated): Path {
  return longest(graphOf(plan), (step) => durations(step));
}

/**
 * What is left of a run, as if everything that stops it now (a pause, a failure, a gate) were put right at `now`.
 * Without `now` the moment of the last event is taken.
 */
export function remaining(state: RunState, durations: Durations = estimated, now?: number): Remaining {
  const core = RunState.core(state);
  const from = now ?? core.run.at;
  const left = (step: Step, place: number): number => {
    const track = core.track(place);
    if (track.is === 'finished') return 0;
    const spent = core.active.has(place) ? (from - (track.startedAt ?? from)) / 1000 : 0;
    return Math.max(0, durations(step) - spent);
  };
  const critical = longest(core.graph, left);
  const script = { now: from, ending: (step: Step) => ({ seconds: durations(step) }) };
  return { seconds: (play(unhindered(state), script).now - from) / 1000, critical };
}

/** The same progress in a run that nothing stops, told by the fewest events. */
function unhindered(state: RunState): RunState {
  const core = RunState.core(state);
  let free = RunState.of(core.graph);
  for (const [place, track] of core.steps.entries()) {
    const step = core.vertex(place).step.id;
    const started = track.startedAt;
    if (started !== undefined) {
      free = fold(free, { type: 'step.started', at: started, step, attempt: track.attempt });
    }
    if (track.is === 'finished') {
      const moment = track.endedAt ?? started ?? 0;
      free = fold(free, { type: 'step.finished', at: moment, step, outcome: 'done', because: '' });
    } else if (started !== undefined && !core.active.has(place)) {
      free = fold(free, { type: 'step.undone', at: started, step });
      free = fold(free, { type: 'step.retried', at: started, step, by: 'forecast' });
    }
  }
  for (const [place, track] of core.gates.entries()) {
    if (track.is !== 'passed' && track.is !== 'open') continue;
    const gate = at(core.graph.gates, place).gate;
    free = fold(free, { type: 'gate.opened', at: 0, gate: gate.id });
    for (const by of anyone(gate)) free = fold(free, { type: 'gate.approved', at: 0, gate: gate.id, by });
    if (gate.condition) free = fold(free, { type: 'gate.measured', at: 0, gate: gate.id, evidence: '' });
  }
  return free;
}

function longest(graph: Graph, seconds: (step: Step, place: number) => number): Path {
  const tail = tails(graph.vertices, graph.order, seconds);
  const steps: string[] = [];
  let next = furthest(graph.order, tail);
  const total = next === undefined ? 0 : (tail[next] ?? 0);
  while (next !== undefined && (tail[next] ?? 0) > 0) {
    const vertex = at(graph.vertices, next);
    if (seconds(vertex.step, next) > 0) steps.push(vertex.step.id);
    next = furthest(vertex.behind, tail);
  }
  return { seconds: total, steps };
}

function furthest(places: readonly number[], tail: Float64Array): number | undefined {
  let found: number | undefined;
  for (const place of places) {
    if (found === undefined || (tail[place] ?? 0) > (tail[found] ?? 0)) found = place;
  }
  return found;
}
