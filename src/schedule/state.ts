import type { RunEvent } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import { apply } from './apply.ts';
import { Core } from './core.ts';
import { type Graph, graphOf } from './graph.ts';

/**
 * Where a run stands after some of its events: a value, the same for real runs, simulations, status and reports.
 *
 * Underneath, successive states share one working memory that belongs to the newest of them, so that folding costs
 * what an event touches and not what a plan weighs. Asking or folding an older state again is right too, but not
 * free: it is rebuilt from its events.
 */
export class RunState {
  readonly plan: Plan;
  /** How many events led here. */
  readonly events: number;
  #core: Core;

  private constructor(core: Core) {
    this.plan = core.graph.plan;
    this.events = core.history.length;
    this.#core = core;
  }

  static #of(core: Core): RunState {
    return new RunState(core);
  }

  static of(graph: Graph): RunState {
    return RunState.#of(new Core(graph));
  }

  /** For this folder only. */
  static core(state: RunState): Core {
    if (state.#core.history.length !== state.events) {
      state.#core = rebuilt(state.#core, state.events);
    }
    return state.#core;
  }

  static next(state: RunState, event: RunEvent): RunState {
    const core = RunState.core(state);
    apply(core, event);
    return RunState.#of(core);
  }
}

function rebuilt(core: Core, events: number): Core {
  const fresh = new Core(core.graph);
  for (const event of core.history.slice(0, events)) apply(fresh, event);
  return fresh;
}

/** A run of this plan before its first event. Refuses a plan that could never end. */
export function begin(plan: Plan): RunState {
  return RunState.of(graphOf(plan));
}

/** The state after one more event. */
export function fold(state: RunState, event: RunEvent): RunState {
  return RunState.next(state, event);
}

/** The state after a whole journal, or the rest of one. */
export function foldAll(state: RunState, events: Iterable<RunEvent>): RunState {
  let now = state;
  for (const event of events) now = fold(now, event);
  return now;
}
