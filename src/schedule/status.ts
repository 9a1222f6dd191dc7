import type { FaultRecord } from '../model/event.ts';
import { at, type GateTrack, type RunTrack, type StepState, type StepTrack } from './core.ts';
import { RunState } from './state.ts';

export type StepStatus = Readonly<StepTrack>;
export type GateStatus = Readonly<GateTrack>;
export type RunStatus = Readonly<RunTrack>;
export type Counts = Readonly<Record<StepState | 'total', number>>;

/** What is known of a step; a copy that later events do not touch. */
export function stepStatus(state: RunState, step: string): StepStatus {
  const core = RunState.core(state);
  const track = core.track(core.graph.place(step));
  return { ...track, units: { ...track.units } };
}

export function gateStatus(state: RunState, gate: string): GateStatus {
  const core = RunState.core(state);
  const track = at(core.gates, core.graph.gatePlace(gate));
  return { ...track, approvers: [...track.approvers] };
}

/** Who runs it, since when, and what stops it. */
export function runStatus(state: RunState): RunStatus {
  return { ...RunState.core(state).run };
}

/** How many steps are in which state. */
export function counts(state: RunState): Counts {
  return { ...RunState.core(state).counts, total: state.plan.steps.length };
}

/** Steps under way (guards included), in the plan's order. */
export function running(state: RunState): string[] {
  const core = RunState.core(state);
  return [...core.active].sort((a, b) => a - b).map((place) => core.vertex(place).step.id);
}

/** Failed steps with what was seen, in the plan's order. */
export function failures(state: RunState): { readonly step: string; readonly fault: FaultRecord }[] {
  const core = RunState.core(state);
  return [...core.failed]
    .sort((a, b) => a - b)
    .flatMap((place) => {
      const { fault } = core.track(place);
      return fault ? [{ step: core.vertex(place).step.id, fault }] : [];
    });
}

/** Steps that cannot start because something they need has failed, in the plan's order. */
export function stranded(state: RunState): string[] {
  const core = RunState.core(state);
  return core.graph.vertices
    .filter(({ place }) => core.isLost(place) && core.track(place).is === 'todo')
    .map(({ step }) => step.id);
}
