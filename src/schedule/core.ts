import type { FaultRecord, RunEvent } from '../model/event.ts';
import type { Graph, Vertex } from './graph.ts';
import { Queue } from './queue.ts';

/** `waiting` is a started step whose guard is still closed; it keeps its place in its class and on its node. */
export const STEP_STATES = ['todo', 'running', 'waiting', 'finished', 'failed', 'undone'] as const;
export type StepState = (typeof STEP_STATES)[number];

/** What is known of one step of a run. */
export interface StepTrack {
  is: StepState;
  /** Number of the attempt now running or last made; 0 before the first. */
  attempt: number;
  startedAt?: number;
  endedAt?: number;
  because?: string;
  outcome?: 'done' | 'already';
  fault?: FaultRecord;
  /** Units of the current attempt, by node: where a resume finds a command that was handed over. */
  units: Record<string, string>;
}

export const GATE_STATES = ['shut', 'open', 'passed', 'rejected', 'expired'] as const;
export type GateState = (typeof GATE_STATES)[number];

export interface GateTrack {
  is: GateState;
  openedAt?: number;
  /** Distinct people who approved since it opened, those who took it back left out. */
  approvers: string[];
  /** What was seen when its condition was met. */
  measured?: string;
  because?: string;
}

/** The run as a whole. */
export interface RunTrack {
  run?: string;
  by?: string;
  epoch: number;
  startedAt?: number;
  finishedAt?: number;
  /** Moment of the last event. */
  at: number;
  paused: boolean;
  interrupted: boolean;
  halted?: string;
  /** What halted it where no step failed. */
  fault?: FaultRecord;
}

/**
 * The working memory of one run: counters and queues that every event moves by the few places it touches.
 * Mutable and owned by the state that was folded last (see state.ts); nothing outside this folder sees it.
 */
export class Core {
  readonly graph: Graph;
  readonly history: RunEvent[] = [];
  readonly run: RunTrack = { epoch: 0, at: 0, paused: false, interrupted: false };
  readonly steps: StepTrack[];
  readonly gates: GateTrack[];
  readonly counts: Record<StepState, number>;
  readonly active = new Set<number>();
  readonly failed = new Set<number>();
  readonly undone = new Set<number>();
  /** Started under an earlier orchestrator, not heard of since the run was resumed. */
  readonly orphans = new Set<number>();
  /** Candidates: steps that only limits, pauses and busy nodes still keep. */
  candidates = 0;
  readonly running: Int32Array;
  readonly lastStart: Float64Array;
  /** Steps of a gate that everything but gates would let start. */
  readonly atGate: Int32Array;
  readonly queues: readonly Queue<number>[];
  readonly queued: Uint8Array;
  /** Needs not finished and followed steps not over. */
  readonly #unmet: Int32Array;
  /** Needs that are lost. */
  readonly #lostNeeds: Int32Array;
  readonly #lost: Uint8Array;
  /** Finished or lost: what a follower waits for. */
  readonly #over: Uint8Array;
  readonly #held: Int32Array;
  readonly #met: Uint8Array;
  readonly #candidate: Uint8Array;
  readonly #busy: Int32Array;
  readonly #wanting: readonly Set<number>[];

  constructor(graph: Graph) {
    this.graph = graph;
    const { vertices } = graph;
    this.steps = vertices.map(() => ({ is: 'todo', attempt: 0, units: {} }));
    this.gates = graph.gates.map(() => ({ is: 'shut', approvers: [] }));
    this.counts = { todo: vertices.length, running: 0, waiting: 0, finished: 0, failed: 0, undone: 0 };
    this.running = new Int32Array(graph.classes.length);
    this.lastStart = new Float64Array(graph.classes.length).fill(Number.NEGATIVE_INFINITY);
    this.atGate = new Int32Array(graph.gates.length);
    const { tail } = graph;
    const byTail = (a: number, b: number) => (tail[b] ?? 0) - (tail[a] ?? 0) || a - b;
    this.queues = graph.classes.map(() => new Queue(byTail));
    this.queued = new Uint8Array(vertices.length);
    this.#unmet = Int32Array.from(vertices, (vertex) => vertex.needs.length + vertex.follows.length);
    this.#lostNeeds = new Int32Array(vertices.length);
    this.#lost = new Uint8Array(vertices.length);
    this.#over = new Uint8Array(vertices.length);
    this.#held = Int32Array.from(vertices, (vertex) => vertex.gates.length);
    this.#met = new Uint8Array(vertices.length);
    this.#candidate = new Uint8Array(vertices.length);
    this.#busy = new Int32Array(graph.nodes.length);
    this.#wanting = graph.nodes.map(() => new Set());
    for (const vertex of vertices) this.#touch(vertex);
  }

  track(place: number): StepTrack {
    return at(this.steps, place);
  }

  vertex(place: number): Vertex {
    return at(this.graph.vertices, place);
  }

  /** Nothing but limits and pauses keeps this step. */
  startable(place: number): boolean {
    return this.#candidate[place] === 1 && this.#free(this.vertex(place));
  }

  isCandidate(place: number): boolean {
    return this.#candidate[place] === 1;
  }

  busyNodes(place: number): string[] {
    return this.vertex(place)
      .nodes.filter((node) => (this.#busy[node] ?? 0) > 0)
      .map((node) => at(this.graph.nodes, node));
  }

  unmetNeeds(place: number): number[] {
    return this.vertex(place).needs.filter((need) => this.track(need).is !== 'finished');
  }

  /** What it follows and what may still run: neither finished nor lost. */
  ahead(place: number): number[] {
    return this.vertex(place).follows.filter((other) => this.#over[other] === 0);
  }

  /** It cannot run any more unless a person says so: it, or something it needs, has failed or was undone. */
  isLost(place: number): boolean {
    return this.#lost[place] === 1;
  }

  closedGates(place: number): number[] {
    return this.vertex(place).gates.filter((gate) => at(this.gates, gate).is !== 'passed');
  }

  /** Moves a step to a state and everything that hangs on it. */
  move(place: number, is: StepState): void {
    const track = this.track(place);
    const was = track.is;
    if (was === is) return;
    const vertex = this.vertex(place);
    track.is = is;
    this.counts[was] -= 1;
    this.counts[is] += 1;
    this.#member(this.failed, place, is === 'failed');
    this.#member(this.undone, place, is === 'undone');
    this.#occupy(vertex, isActive(was), isActive(is));
    if ((was === 'finished') !== (is === 'finished')) {
      this.#release(vertex.feeds, is === 'finished');
    }
    this.#settle(vertex);
    this.#touch(vertex);
  }

  /** Lets a gate hold its steps, or no longer. */
  hold(gate: number, is: GateState): void {
    const track = at(this.gates, gate);
    const held = (is === 'passed' ? 0 : 1) - (track.is === 'passed' ? 0 : 1);
    track.is = is;
    if (held === 0) return;
    for (const place of at(this.graph.gates, gate).before) {
      this.#held[place] = (this.#held[place] ?? 0) + held;
      this.#touch(this.vertex(place));
    }
  }

  /** The first step of a class that may start now; what has meanwhile become unfit falls out of the queue. */
  first(classPlace: number): number | undefined {
    const queue = at(this.queues, classPlace);
    for (;;) {
      const place = queue.peek();
      if (place === undefined || this.startable(place)) return place;
      queue.pop();
      this.queued[place] = 0;
    }
  }

  #member(set: Set<number>, place: number, wanted: boolean): void {
    if (wanted) set.add(place);
    else set.delete(place);
  }

  #occupy(vertex: Vertex, was: boolean, is: boolean): void {
    if (was === is) return;
    const more = is ? 1 : -1;
    this.#member(this.active, vertex.place, is);
    this.running[vertex.class] = (this.running[vertex.class] ?? 0) + more;
    for (const node of vertex.nodes) {
      const busy = (this.#busy[node] ?? 0) + more;
      this.#busy[node] = busy;
      if (busy === 0) for (const place of at(this.#wanting, node)) this.#offer(this.vertex(place));
    }
  }

  /** Takes one wait from each of these steps, or gives it back. */
  #release(places: readonly number[], free: boolean): void {
    for (const place of places) {
      this.#unmet[place] = (this.#unmet[place] ?? 0) + (free ? -1 : 1);
      this.#touch(this.vertex(place));
    }
  }

  /** Says anew whether a step is lost, and so on down its needs: each step behind it turns at most once. */
  #settle(first: Vertex): void {
    if (!this.#turn(first)) return;
    const turned = [first];
    // The list grows while it is walked; needs have no circles, so it ends.
    for (const vertex of turned) {
      const more = this.#lost[vertex.place] === 1 ? 1 : -1;
      for (const next of vertex.feeds) {
        this.#lostNeeds[next] = (this.#lostNeeds[next] ?? 0) + more;
        if (this.#turn(this.vertex(next))) turned.push(this.vertex(next));
      }
    }
  }

  /** Marks a step as lost and over, or no longer, and lets its followers know; whether it was lost or came back. */
  #turn({ place, followers }: Vertex): boolean {
    const { is } = this.track(place);
    const lost = is === 'failed' || is === 'undone' || (is === 'todo' && this.#lostNeeds[place] !== 0);
    const over = lost || is === 'finished' ? 1 : 0;
    if (over !== this.#over[place]) {
      this.#over[place] = over;
      this.#release(followers, over === 1);
    }
    if (lost === this.isLost(place)) return false;
    this.#lost[place] = lost ? 1 : 0;
    return true;
  }

  #touch(vertex: Vertex): void {
    const { place } = vertex;
    const met = this.track(place).is === 'todo' && this.#unmet[place] === 0 ? 1 : 0;
    if (met !== this.#met[place]) {
      this.#met[place] = met;
      for (const gate of vertex.gates) this.atGate[gate] = (this.atGate[gate] ?? 0) + (met ? 1 : -1);
    }
    const candidate = met && this.#held[place] === 0 ? 1 : 0;
    if (candidate === this.#candidate[place]) return;
    this.#candidate[place] = candidate;
    this.candidates += candidate ? 1 : -1;
    for (const node of vertex.nodes) this.#member(at(this.#wanting, node), place, candidate === 1);
    if (candidate) this.#offer(vertex);
  }

  #offer(vertex: Vertex): void {
    if (this.queued[vertex.place] || !this.startable(vertex.place)) return;
    this.queued[vertex.place] = 1;
    at(this.queues, vertex.class).push(vertex.place);
  }

  #free(vertex: Vertex): boolean {
    return vertex.nodes.every((node) => this.#busy[node] === 0);
  }
}

/** An element that must be there: its absence is a fault of this folder, not of the input. */
export function at<T>(list: readonly T[], place: number): T {
  const value = list[place];
  if (value === undefined) throw new RangeError(`no element ${place}`);
  return value;
}

function isActive(is: StepState): boolean {
  return is === 'running' || is === 'waiting';
}
