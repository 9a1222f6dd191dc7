import { at, type Core } from './core.ts';
import { expiryOf } from './gates.ts';
import { RunState } from './state.ts';

/** What keeps steps from starting, for people to read. */
export type Blocked =
  | { readonly why: 'paused' }
  | { readonly why: 'interrupted' }
  | { readonly why: 'halted'; readonly because: string }
  /** `tolerated`: what does not need them goes on. */
  | { readonly why: 'failed'; readonly steps: readonly string[]; readonly tolerated: boolean }
  | {
      readonly why: 'gate';
      readonly gate: string;
      readonly approved: readonly string[];
      readonly approvals: number;
      readonly expiresAt?: number;
    }
  | { readonly why: 'limit'; readonly class: string; readonly limit: number }
  | { readonly why: 'pace'; readonly class: string; readonly until: number };

/** What to do now, each list in the order in which it should be done. Once that is journaled, ask again. */
export interface Decision {
  readonly start: readonly string[];
  /**
   * Started under an earlier orchestrator and not heard of since: to be picked up where they stand.
   * A step stays listed until an event tells of it, so who picks up remembers what it has in hand.
   */
  readonly resume: readonly string[];
  /** Gates whose steps only the gate still keeps: to be opened. */
  readonly open: readonly string[];
  /** Open gates whose time is over. */
  readonly expire: readonly string[];
  /** The next moment (ms) at which time alone changes this decision. */
  readonly wakeAt?: number;
  readonly blocked: readonly Blocked[];
}

/**
 * What may happen at this moment: pure, and the same whenever it is asked of the same state and moment.
 * Steps with the longest way behind them come first; limits, pauses and busy nodes decide how many.
 */
export function ready(state: RunState, now: number): Decision {
  const core = RunState.core(state);
  const wake = new Wake(now);
  const expire = expired(core, now, wake);
  const resume = core.run.interrupted || core.run.halted !== undefined ? [] : ids(core, core.orphans);
  const blocked = stopped(core);
  if (blocked.length > 0 || expire.length > 0 || core.run.finishedAt !== undefined) {
    return { start: [], resume, open: [], expire, ...wake.at, blocked: [...blocked, ...gates(core)] };
  }
  const { places, held } = choose(core, now, wake);
  const open = core.graph.gates
    .filter((_, place) => at(core.gates, place).is === 'shut' && (core.atGate[place] ?? 0) > 0)
    .map(({ gate }) => gate.id);
  const start = places.map((place) => core.vertex(place).step.id);
  return {
    start,
    resume,
    open,
    expire,
    ...wake.at,
    blocked: [...failures(core, true), ...gates(core), ...held],
  };
}

/** Why nothing at all may start; empty when something may. */
export function stopped(core: Core): Blocked[] {
  const { run } = core;
  const reasons: Blocked[] = [];
  if (run.interrupted) reasons.push({ why: 'interrupted' });
  if (run.paused) reasons.push({ why: 'paused' });
  if (run.halted !== undefined) reasons.push({ why: 'halted', because: run.halted });
  for (const [place, track] of core.gates.entries()) {
    if (track.is !== 'rejected' && track.is !== 'expired') continue;
    const { id } = at(core.graph.gates, place).gate;
    reasons.push({ why: 'halted', because: `gate ${id} ${track.is}: ${track.because ?? ''}` });
  }
  if (!tolerable(core)) reasons.push(...failures(core, false));
  return reasons;
}

/**
 * Whether what does not depend on the failures may go on: the policy says `continue`, and no more nodes have failed
 * than it tolerates. Nodes and not steps are counted, for that is what an operator has to see to in the morning.
 */
function tolerable({ failed, graph }: Core): boolean {
  if (failed.size === 0) return true;
  const { onFailure, tolerate } = graph.plan.policy;
  if (onFailure === 'halt') return false;
  // By their ids and not by where they run: a compute's canary is booted from a controller.
  const nodes = new Set([...failed].map((place) => at(graph.vertices, place).step.id.split('/')[0]));
  return nodes.size <= tolerate;
}

function failures(core: Core, tolerated: boolean): Blocked[] {
  return core.failed.size > 0 ? [{ why: 'failed', steps: ids(core, core.failed), tolerated }] : [];
}

function choose(core: Core, now: number, wake: Wake): { places: number[]; held: Blocked[] } {
  const held: Blocked[] = [];
  const room = new Map<number, number>();
  for (const [place, { name, limit, every }] of core.graph.classes.entries()) {
    if (core.first(place) === undefined) continue;
    const free = limit - (core.running[place] ?? 0);
    const from = (core.lastStart[place] ?? 0) + every * 1000;
    if (free <= 0) held.push({ why: 'limit', class: name, limit });
    else if (from > now) {
      held.push({ why: 'pace', class: name, until: from });
      wake.by(from);
    } else room.set(place, free);
  }
  const places: number[] = [];
  const aside: number[] = [];
  const taken = new Set<number>();
  for (;;) {
    const next = best(core, room);
    if (next === undefined) break;
    const vertex = core.vertex(next);
    at(core.queues, vertex.class).pop();
    aside.push(next);
    if (vertex.nodes.some((node) => taken.has(node))) continue;
    for (const node of vertex.nodes) taken.add(node);
    places.push(next);
    const { every } = at(core.graph.classes, vertex.class);
    const left = (room.get(vertex.class) ?? 0) - 1;
    if (left > 0 && every === 0) room.set(vertex.class, left);
    else room.delete(vertex.class);
  }
  // A question must not change the answer to the next one: only an event takes a step out of its queue.
  for (const place of aside) at(core.queues, core.vertex(place).class).push(place);
  return { places, held };
}

function best(core: Core, room: ReadonlyMap<number, number>): number | undefined {
  const { tail } = core.graph;
  let found: number | undefined;
  for (const classPlace of room.keys()) {
    const place = core.first(classPlace);
    if (place === undefined) continue;
    const ahead = found === undefined ? 1 : (tail[place] ?? 0) - (tail[found] ?? 0) || found - place;
    if (ahead > 0) found = place;
  }
  return found;
}

function expired(core: Core, now: number, wake: Wake): string[] {
  const over: string[] = [];
  for (const [place, track] of core.gates.entries()) {
    if (track.is !== 'open') continue;
    const { gate } = at(core.graph.gates, place);
    const until = expiryOf(track.openedAt, gate.expires);
    if (until <= now) over.push(gate.id);
    else wake.by(until);
  }
  return over;
}

function gates(core: Core): Blocked[] {
  return core.gates.flatMap((track, place) => {
    if (track.is !== 'open') return [];
    const { gate } = at(core.graph.gates, place);
    const until = expiryOf(track.openedAt, gate.expires);
    return [
      {
        why: 'gate' as const,
        gate: gate.id,
        approved: [...track.approvers],
        approvals: gate.approvals,
        ...(Number.isFinite(until) ? { expiresAt: until } : {}),
      },
    ];
  });
}

function ids(core: Core, places: Iterable<number>): string[] {
  return [...places].sort((a, b) => a - b).map((place) => core.vertex(place).step.id);
}

/** The earliest moment anyone asked to be woken at. */
class Wake {
  readonly #now: number;
  #first = Number.POSITIVE_INFINITY;

  constructor(now: number) {
    this.#now = now;
  }

  by(moment: number): void {
    if (moment > this.#now) this.#first = Math.min(this.#first, moment);
  }

  get at(): { wakeAt?: number } {
    return Number.isFinite(this.#first) ? { wakeAt: this.#first } : {};
  }
}
