import { WindlassError } from '../model/error.ts';
import type { Gate, Plan, Step } from '../model/plan.ts';
import { type Limit, limitOf, READ } from './limits.ts';

/** A class of steps as the scheduler sees it. */
export interface StepClass extends Limit {
  readonly name: string;
}

/** A step with its neighbours by place, so that a run of many thousand steps needs no lookup by name. */
export interface Vertex {
  readonly place: number;
  readonly step: Step;
  readonly needs: readonly number[];
  readonly feeds: readonly number[];
  /** What it only comes after: over, however it ended. Without what it needs anyway. */
  readonly follows: readonly number[];
  readonly followers: readonly number[];
  /** All that waits for it: what it feeds and its followers. */
  readonly behind: readonly number[];
  readonly gates: readonly number[];
  /** Places of its nodes; empty for steps that only read, which share nodes with anything. */
  readonly nodes: readonly number[];
  readonly class: number;
}

/** A plan's shape: nothing in it changes during a run. */
export interface Graph {
  readonly plan: Plan;
  readonly vertices: readonly Vertex[];
  readonly classes: readonly StepClass[];
  readonly nodes: readonly string[];
  readonly gates: readonly { readonly gate: Gate; readonly before: readonly number[] }[];
  /** Places in an order in which every step comes after its needs and after what it follows. */
  readonly order: readonly number[];
  /** Expected seconds from a step's start to the end of the longest path behind it. */
  readonly tail: Float64Array;
  place(step: string): number;
  gatePlace(gate: string): number;
}

/** Most steps follow nothing and have no followers: they share one empty list. */
const NONE: readonly number[] = [];

/** Compiles a plan. Refuses one that no run could finish: unknown or doubled ids, circles. */
export function graphOf(plan: Plan): Graph {
  const steps = places(
    plan.steps.map(({ id }) => id),
    'step',
  );
  const gateNames = places(
    plan.gates.map(({ id }) => id),
    'gate',
  );
  const place = finder(steps, 'step');
  const gatePlace = finder(gateNames, 'gate');
  const gates = plan.gates.map((gate) => ({ gate, before: [...new Set(gate.before.map(place))] }));
  const gatesOf: number[][] = plan.steps.map(() => []);
  for (const [index, { before }] of gates.entries()) for (const held of before) gatesOf[held]?.push(index);

  const needs = plan.steps.map((step) => [...new Set(step.needs.map(place))]);
  const feeds = inverse(needs);
  const follows = plan.steps.map((step, index) => {
    if (step.follows.length === 0) return NONE;
    const needed = needs[index] ?? [];
    return [...new Set(step.follows.map(place))].filter((other) => !needed.includes(other));
  });
  const followers = inverse(follows);

  const nodes = new Map<string, number>();
  const classes = new Map<string, number>();
  const vertices = plan.steps.map((step, index): Vertex => {
    const on = step.class === READ ? [] : [...new Set(step.on)];
    const fed = feeds[index] ?? NONE;
    const after = followers[index] ?? NONE;
    return {
      place: index,
      step,
      needs: needs[index] ?? [],
      feeds: fed,
      follows: follows[index] ?? NONE,
      followers: after,
      behind: after.length === 0 ? fed : [...fed, ...after],
      gates: gatesOf[index] ?? [],
      nodes: on.map((name) => intern(nodes, name)),
      class: intern(classes, step.class),
    };
  });
  const order = sorted(vertices);
  return {
    plan,
    vertices,
    classes: [...classes.keys()].map((name) => ({ name, ...limitOf(plan.policy, name) })),
    nodes: [...nodes.keys()],
    gates,
    order,
    tail: tails(vertices, order, (step) => step.estimate),
    place,
    gatePlace,
  };
}

/** For every step, the seconds of the longest path that starts with it. */
export function tails(
  vertices: readonly Vertex[],
  order: readonly number[],
  seconds: (step: Step, place: number) => number,
): Float64Array {
  const tail = new Float64Array(vertices.length);
  for (const index of order.toReversed()) {
    const vertex = vertices[index];
    if (!vertex) continue;
    let longest = 0;
    for (const next of vertex.behind) longest = Math.max(longest, tail[next] ?? 0);
    tail[index] = seconds(vertex.step, index) + longest;
  }
  return tail;
}

function sorted(vertices: readonly Vertex[]): number[] {
  const unmet = vertices.map((vertex) => vertex.needs.length + vertex.follows.length);
  const order = vertices.filter((vertex) => unmet[vertex.place] === 0).map((vertex) => vertex.place);
  // The list grows while it is walked: a step enters it once the last one before it has.
  for (const place of order) {
    for (const next of vertices[place]?.behind ?? []) {
      const left = (unmet[next] ?? 0) - 1;
      unmet[next] = left;
      if (left === 0) order.push(next);
    }
  }
  if (order.length < vertices.length) {
    const reached = new Set(order);
    const circle = vertices.filter((vertex) => !reached.has(vertex.place)).map((vertex) => vertex.step.id);
    throw unfit(`steps wait for each other in a circle, among ${circle.slice(0, 5).join(', ')}`);
  }
  return order;
}

/** For every place, those that name it; nothing where none does. */
function inverse(named: readonly (readonly number[])[]): readonly (readonly number[] | undefined)[] {
  const by: (number[] | undefined)[] = named.map(() => undefined);
  for (const [index, places] of named.entries()) {
    for (const place of places) {
      const known = by[place];
      if (known) known.push(index);
      else by[place] = [index];
    }
  }
  return by;
}

function intern(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, names.size);
  return names.size - 1;
}

function places(ids: readonly string[], what: string): Map<string, number> {
  const map = new Map<string, number>();
  for (const [index, id] of ids.entries()) {
    if (map.has(id)) throw unfit(`two ${what}s are called ${id}`);
    map.set(id, index);
  }
  return map;
}

function finder(map: ReadonlyMap<string, number>, what: string): (id: string) => number {
  return (id) => {
    const found = map.get(id);
    if (found === undefined) throw unfit(`there is no ${what} called ${id}`);
    return found;
  };
}

function unfit(message: string): WindlassError {
  return new WindlassError({
    code: 'WL-SCHEDULE-PLAN',
    message: `the plan cannot be scheduled: ${message}`,
    remedy:
      'the plan and the journal must belong together: name the plan the run was started with, or plan again',
  });
}
