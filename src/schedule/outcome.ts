import { at } from './core.ts';
import { stopped } from './ready.ts';
import { RunState } from './state.ts';

export type Outcome = 'running' | 'finished' | 'halted' | 'waiting-at-gate' | 'paused' | 'interrupted';

/**
 * How the run stands as a whole. `halted`, `paused` and `interrupted` say that nothing new starts; what was started
 * may still be under way (see `counts`). `waiting-at-gate` says that nothing but a person can move it.
 */
export function outcome(state: RunState): Outcome {
  const core = RunState.core(state);
  if (core.run.finishedAt !== undefined || core.counts.finished === core.steps.length) return 'finished';
  const why = new Set(stopped(core).map((reason) => reason.why));
  if (why.has('halted')) return 'halted';
  if (why.has('interrupted')) return 'interrupted';
  if (why.has('paused')) return 'paused';
  if (why.has('failed')) return 'halted';
  if (core.active.size > 0 || core.candidates > 0) return 'running';
  const wanted = core.gates.filter((_, place) => (core.atGate[place] ?? 0) > 0);
  if (wanted.some((gate) => gate.is === 'shut')) return 'running';
  return wanted.some((gate) => gate.is === 'open') ? 'waiting-at-gate' : 'halted';
}

/** Everything that keeps one step from starting now; empty when it may start, has started or is finished. */
export function whyNot(state: RunState, step: string, now: number): WhyNot[] {
  const core = RunState.core(state);
  const place = core.graph.place(step);
  if (core.track(place).is !== 'todo') return [];
  const name = (other: number) => core.vertex(other).step.id;
  const limits = at(core.graph.classes, core.vertex(place).class);
  const running = core.running[core.vertex(place).class] ?? 0;
  const from = (core.lastStart[core.vertex(place).class] ?? 0) + limits.every * 1000;
  const needs = core.unmetNeeds(place).map(name);
  const ahead = core.ahead(place).map(name);
  const gates = core.closedGates(place).map((gate) => at(core.graph.gates, gate).gate.id);
  const nodes = core.busyNodes(place);
  return [
    ...stopped(core).map(({ why }) => ({ why, names: [] })),
    ...(needs.length > 0 ? [{ why: 'needs' as const, names: needs }] : []),
    ...(ahead.length > 0 ? [{ why: 'follows' as const, names: ahead }] : []),
    ...(gates.length > 0 ? [{ why: 'gate' as const, names: gates }] : []),
    ...(nodes.length > 0 ? [{ why: 'node' as const, names: nodes }] : []),
    ...(running >= limits.limit ? [{ why: 'limit' as const, names: [limits.name] }] : []),
    ...(from > now ? [{ why: 'pace' as const, names: [limits.name] }] : []),
  ];
}

/** One reason, and the steps, gates, nodes or class it names. */
export interface WhyNot {
  readonly why:
    | 'paused'
    | 'interrupted'
    | 'halted'
    | 'failed'
    | 'needs'
    | 'follows'
    | 'gate'
    | 'node'
    | 'limit'
    | 'pace';
  readonly names: readonly string[];
}
