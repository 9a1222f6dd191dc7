import type { Command } from '../model/command.ts';
import { WindlassError } from '../model/error.ts';
import type { Checkpoint, Comeback, Gate, GuestWatch, Impact, Phase, Step } from '../model/plan.ts';
import { Impact as ImpactSchema } from '../model/plan.ts';
import { kinds } from '../steps/registry.ts';

/** What a planner says of a step; commands, looks and undo follow from its kind and parameters. */
export interface Wanted {
  readonly id: string;
  readonly kind: string;
  readonly on: readonly string[];
  readonly params: Record<string, unknown>;
  readonly title: string;
  readonly why: string;
  readonly source: string;
  readonly needs: readonly string[];
  /** Order only, as `follows` in model/plan.ts. */
  readonly follows?: readonly string[];
  readonly return: Comeback;
  /** Seconds; `timeout` is five times that and at least what its kind says or a minute, `settle` half a minute, unless said. */
  readonly estimate: number;
  readonly timeout?: number;
  readonly settle?: number;
  readonly class?: string;
  readonly impact?: Partial<Impact>;
  readonly guards?: readonly { kind: string; params: Record<string, unknown>; title: string }[];
}

/** A plan while transformers add to it. Order of addition is the order in the file. */
export class Draft {
  readonly phases: Phase[] = [];
  readonly steps: Step[] = [];
  readonly gates: Gate[] = [];
  readonly checkpoints: Checkpoint[] = [];
  /** Guests that must go on answering meanwhile. */
  guests: GuestWatch | undefined;
  /** Guards of every step that is added from here on. */
  everywhere: NonNullable<Wanted['guards']> = [];
  readonly #ids = new Set<string>();
  #phase = '';

  /** What follows belongs to this phase. */
  phase(id: string, title: string): void {
    this.#phase = id;
    if (!this.phases.some((phase) => phase.id === id)) this.phases.push({ id, title });
  }

  /** Adds a step and gives its id, so that the next can need it. */
  add(wanted: Wanted): string {
    if (this.#ids.has(wanted.id)) throw planFault(`two steps are called ${wanted.id}`);
    for (const need of wanted.needs) {
      if (!this.#ids.has(need))
        throw planFault(`${wanted.id} needs ${need}, which is not in the plan before it`);
    }
    for (const other of wanted.follows ?? []) {
      if (!this.#ids.has(other))
        throw planFault(`${wanted.id} follows ${other}, which is not in the plan before it`);
    }
    this.#ids.add(wanted.id);
    const kind = kinds.step(wanted.kind);
    const commands = kind.commands(wanted.params);
    const carries = kind.carries?.(wanted.params) ?? [];
    const undo = kind.undo?.(wanted.params) ?? [];
    this.steps.push({
      id: wanted.id,
      kind: wanted.kind,
      on: [...wanted.on],
      phase: this.#phase,
      title: wanted.title,
      why: wanted.why,
      source: wanted.source,
      needs: [...wanted.needs],
      follows: [...(wanted.follows ?? [])],
      params: wanted.params,
      commands: commands.map(({ argv }) => argv),
      inputs: inputsOf(commands),
      ...(carries.length > 0 ? { carries: carries.map((carry) => ({ ...carry })) } : {}),
      ...(kind.again === undefined ? {} : { again: { says: [...kind.again.says], times: kind.again.times } }),
      looks: Object.fromEntries(
        Object.entries(kind.looks(wanted.params)).map(([name, look]) => [name, { ...look, argv: look.argv }]),
      ),
      undo: undo.map(({ argv }) => argv),
      undoInputs: inputsOf(undo),
      guards: [...(wanted.guards ?? []), ...this.everywhere].map((guard) => ({
        ...guard,
        looks: Object.values(kinds.guard(guard.kind).looks(guard.params)).map((look) => ({ ...look })),
      })),
      class: wanted.class ?? 'controller',
      impact: ImpactSchema.parse(wanted.impact ?? {}),
      return: wanted.return,
      estimate: wanted.estimate,
      timeout: wanted.timeout ?? Math.max(kind.atLeast ?? 60, wanted.estimate * 5),
      settle: wanted.settle ?? 30,
    });
    return wanted.id;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}

/** Steps one after the other. */
export class Chain {
  readonly draft: Draft;
  /** What the next step needs. */
  last: readonly string[];
  /** Class of its steps where they name none. */
  readonly class: string | undefined;
  #follows: readonly string[];

  /** `follows`: steps that only come before in time (see `Step.follows`); held to by the chain's first step. */
  constructor(
    draft: Draft,
    after: readonly string[],
    how: { readonly class?: string; readonly follows?: readonly string[] } = {},
  ) {
    this.draft = draft;
    this.last = after;
    this.class = how.class;
    this.#follows = how.follows ?? [];
  }

  step(wanted: Omit<Wanted, 'needs'>): void {
    const usual = this.class === undefined ? {} : { class: this.class };
    this.last = [this.draft.add({ ...usual, follows: this.#follows, ...wanted, needs: this.last })];
    this.#follows = [];
  }

  /** Goes on after steps that were added otherwise. */
  after(ids: readonly string[]): void {
    this.last = ids;
  }
}

function inputsOf(commands: readonly Command[]): Record<string, string> {
  return Object.fromEntries(
    commands.flatMap(({ input }, index) => (input === undefined ? [] : [[String(index), input]])),
  );
}

/** A planner's own mistake: never the operator's. */
function planFault(message: string): WindlassError {
  return new WindlassError({
    code: 'WL-PLAN-FAULT',
    message,
    remedy: 'this is a fault of Windlass: report it with the cluster file',
  });
}
