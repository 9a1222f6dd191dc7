import { canonical } from '../model/hash.ts';
import type { Comeback, Plan, Step } from '../model/plan.ts';

/** Stands for a lane's node in its title. */
export const ANY_NODE = '<node>';

/** Equal steps on several nodes, told once: "for each of 83 computes". */
export interface Lane {
  readonly phase: string;
  readonly kind: string;
  readonly class: string;
  readonly return: Comeback;
  /** The steps' title with the node's name put as `<node>`, when there are several. */
  readonly title: string;
  readonly nodes: readonly string[];
  readonly steps: readonly Step[];
  /** The commands differ in more than the node's name: an address, a version. */
  readonly varies: boolean;
  /** Of one step, the longest. */
  readonly estimate: number;
}

/** Lanes in a row that go to the same nodes of the same phase. */
export interface Block {
  readonly phase: string;
  readonly nodes: readonly string[];
  readonly lanes: readonly Lane[];
}

/**
 * Folds a plan's equal steps, in the plan's order. Equal are steps of one phase that do the same thing under the
 * same gates, each on the one node its id begins with; all others stay alone.
 */
export function lanes(plan: Plan): Lane[] {
  const gates = new Map<string, string[]>();
  for (const gate of plan.gates) {
    for (const step of gate.before) gates.set(step, [...(gates.get(step) ?? []), gate.id]);
  }
  const groups = new Map<string, Step[]>();
  for (const step of plan.steps) {
    const key = canonical(signature(step, gates.get(step.id) ?? []));
    const group = groups.get(key);
    if (group) group.push(step);
    else groups.set(key, [step]);
  }
  return [...groups.values()].map(laneOf);
}

/** Puts neighbouring lanes of the same nodes together. */
export function blocks(folded: readonly Lane[]): Block[] {
  const found: { phase: string; nodes: readonly string[]; lanes: Lane[] }[] = [];
  for (const lane of folded) {
    const last = found.at(-1);
    if (last && last.phase === lane.phase && last.nodes.join('\n') === lane.nodes.join('\n')) {
      last.lanes.push(lane);
    } else found.push({ phase: lane.phase, nodes: lane.nodes, lanes: [lane] });
  }
  return found;
}

function signature(step: Step, gates: readonly string[]): readonly unknown[] {
  const [owner, thing, verb] = step.id.split('/');
  if (step.on.length !== 1 || step.on[0] !== owner) return [step.id];
  const { phase, kind, return: comeback, impact, commands } = step;
  return [
    phase,
    kind,
    thing,
    verb,
    step.class,
    comeback,
    impact,
    commands.length,
    masked(step.title, owner),
    gates,
  ];
}

function laneOf(steps: readonly Step[]): Lane {
  const [first] = steps;
  if (!first) throw new RangeError('a lane has a step');
  const nodes = steps.length === 1 ? first.on : steps.flatMap((step) => step.on);
  const commands = new Set(steps.map((step) => masked(canonical([step.commands, step.inputs]), step.on[0])));
  return {
    phase: first.phase,
    kind: first.kind,
    class: first.class,
    return: first.return,
    title: steps.length === 1 ? first.title : masked(first.title, first.on[0]),
    nodes,
    steps,
    varies: commands.size > 1,
    estimate: Math.max(...steps.map((step) => step.estimate)),
  };
}

/** The text with the node's name, where it stands as a word of its own, made general. */
function masked(text: string, node = ''): string {
  if (node === '' || !text.includes(node)) return text;
  const literal = node.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\w-])${literal}(?![\\w-])`, 'g'), ANY_NODE);
}
