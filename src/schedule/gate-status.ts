import type { Condition } from '../model/condition.ts';
import { at } from './core.ts';
import { enough, expiryOf, revocable } from './gates.ts';
import { RunState } from './state.ts';

/** What a gate still waits for; nothing of it counts for one that is not open. */
export interface Missing {
  /** How many more people must approve. */
  readonly approvals: number;
  /** Whose word would count and was not given yet; undefined: anyone's. */
  readonly of?: readonly string[];
  readonly condition?: Condition;
  readonly expiresAt?: number;
}

/** What an open gate waits for; undefined when it is not open. */
export function missing(state: RunState, gateId: string): Missing | undefined {
  const core = RunState.core(state);
  const place = core.graph.gatePlace(gateId);
  const track = at(core.gates, place);
  const { gate } = at(core.graph.gates, place);
  if (track.is !== 'open') return undefined;
  const until = expiryOf(track.openedAt, gate.expires);
  const of = gate.approvers?.filter((one) => !track.approvers.includes(one));
  return {
    approvals: Math.max(0, gate.approvals - track.approvers.length),
    ...(of === undefined ? {} : { of }),
    ...(gate.condition === undefined ? {} : { condition: gate.condition }),
    ...(Number.isFinite(until) ? { expiresAt: until } : {}),
  };
}

/** Whether an approval of this gate can still be taken back. */
export function isRevocable(state: RunState, gate: string): boolean {
  const core = RunState.core(state);
  return revocable(core, core.graph.gatePlace(gate));
}

/** An open gate that nothing but its condition keeps shut: to be measured. */
export interface Measurable {
  readonly gate: string;
  readonly condition: Condition;
  readonly openedAt: number;
}

/** Open gates that have all the approvals they want, and a condition. */
export function measurable(state: RunState): Measurable[] {
  const core = RunState.core(state);
  return core.gates.flatMap((track, place) => {
    const { gate } = at(core.graph.gates, place);
    if (track.is !== 'open' || gate.condition === undefined || !enough(gate, track)) return [];
    return [{ gate: gate.id, condition: gate.condition, openedAt: track.openedAt ?? core.run.at }];
  });
}
