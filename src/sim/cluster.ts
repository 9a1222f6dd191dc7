import type { Plan } from '../model/plan.ts';
import type { Clock, NodeLinks } from '../run/index.ts';
import { SimulatedNode } from './node.ts';
import { noTrouble, type Troubles } from './trouble.ts';

/** A job that began on a simulated node. */
export interface Begun {
  readonly step: string;
  readonly node: string;
  readonly unit: string;
  readonly at: number;
}

/** What the nodes of a simulated cluster have in common. */
export interface Shared {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly troubles: Troubles;
  readonly begun: Begun[];
  readonly wrongs: string[];
  /** Whether a step's work is there on every node it belongs on. */
  isThere(step: string): boolean;
}

/**
 * Nodes that act out a plan made of simulated steps (see plans.ts). It sees what a real cluster would suffer from:
 * work begun twice or before what it needs, two changes at once on a node. What it saw is in `wrongs`.
 */
export class SimulatedCluster implements NodeLinks {
  readonly begun: Begun[] = [];
  readonly wrongs: string[] = [];
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #plan: Plan;

  constructor(plan: Plan, clock: Clock, troubles: Troubles = noTrouble) {
    this.#plan = plan;
    const steps = new Map(plan.steps.map((step) => [step.id, step]));
    const shared: Shared = {
      plan,
      clock,
      troubles,
      begun: this.begun,
      wrongs: this.wrongs,
      isThere: (id) => {
        const step = steps.get(id);
        return (
          step === undefined || step.commands.length === 0 || step.on.every((node) => this.link(node).has(id))
        );
      },
    };
    for (const name of new Set(plan.steps.flatMap((step) => step.on))) {
      this.#nodes.set(name, new SimulatedNode(name, shared, plan.steps));
    }
  }

  link(name: string): SimulatedNode {
    const node = this.#nodes.get(name);
    if (!node) throw new RangeError(`no simulated node ${name}`);
    return node;
  }

  /** Which steps' work is where, and whether anyone still holds a node: what two runs are compared by. */
  standing(): readonly string[] {
    return [...this.#nodes.values()].map((node) => node.standing()).sort();
  }

  /** Steps whose work is missing somewhere. */
  missing(): readonly string[] {
    return this.#plan.steps
      .filter((step) => step.commands.length > 0 && step.on.some((node) => !this.link(node).has(step.id)))
      .map(({ id }) => id);
  }
}
