import { z } from 'zod';
import { EXIT, WindlassError } from '../model/error.ts';
import { canonical, planId } from '../model/hash.ts';
import { Plan } from '../model/plan.ts';
import { kinds } from '../steps/registry.ts';

function refuse(code: `WL-PLAN-${string}`, message: string, remedy: string): never {
  throw new WindlassError({ code, message, remedy }, EXIT.usage);
}

/** First step that waits for itself, by what it needs and follows, if any. */
function cycle(plan: Plan): string | undefined {
  const state = new Map<string, 'open' | 'closed'>();
  const before = new Map(plan.steps.map((step) => [step.id, [...step.needs, ...step.follows]]));
  const walk = (id: string): string | undefined => {
    if (state.get(id) === 'closed') return undefined;
    if (state.get(id) === 'open') return id;
    state.set(id, 'open');
    for (const other of before.get(id) ?? []) {
      const found = walk(other);
      if (found) return found;
    }
    state.set(id, 'closed');
    return undefined;
  };
  for (const { id } of plan.steps) {
    const found = walk(id);
    if (found) return found;
  }
  return undefined;
}

type Step = Plan['steps'][number];
type Said = {
  readonly argv: readonly string[];
  readonly input?: string | undefined;
  readonly on?: string | undefined;
};

const said = ({ argv, input, on }: Said) => [argv, input ?? null, on ?? null];
const vectors = (argvs: readonly (readonly string[])[], inputs: Readonly<Record<string, string>>) =>
  argvs.map((argv, index) => said({ argv, input: inputs[String(index)] }));
const named = (looks: Readonly<Record<string, Said>>) =>
  Object.entries(looks).map(([name, look]) => [name, said(look)]);

/** Everything a step says it runs, asks and takes back, as the plan has it. */
function plannedWords(step: Step): unknown {
  return [
    vectors(step.commands, step.inputs),
    vectors(step.undo, step.undoInputs),
    (step.carries ?? []).map((carry) => [said(carry), carry.path]),
    step.again ?? null,
    named(step.looks),
    step.guards.map(({ looks }) => looks.map(said)),
  ];
}

/** The same as its kinds say it now, from its parameters alone. */
function kindsWords(step: Step): unknown {
  const kind = kinds.step(step.kind);
  return [
    kind.commands(step.params).map(said),
    (kind.undo?.(step.params) ?? []).map(said),
    (kind.carries?.(step.params) ?? []).map((carry) => [said(carry), carry.path]),
    kind.again ?? null,
    named(kind.looks(step.params)),
    step.guards.map(({ kind: guard, params }) => Object.values(kinds.guard(guard).looks(params)).map(said)),
  ];
}

/** Refuses a step whose words are not those of its kinds: what was approved would not be what is done or asked. */
function refuseForeign(step: Step, name: string): void {
  let own: unknown;
  try {
    own = kindsWords(step);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    refuse(
      'WL-PLAN-COMMANDS',
      `${name}: ${step.id} has parameters its kinds do not take:\n${z.prettifyError(error)}`,
      'the plan was made by another version: plan again, compare with diff, approve again',
    );
  }
  if (canonical(own) !== canonical(plannedWords(step))) {
    refuse(
      'WL-PLAN-COMMANDS',
      `${name}: commands, questions or way back of ${step.id} are not those this Windlass would plan`,
      'the plan was made by another version: plan again, compare with diff, approve again',
    );
  }
}

/** Names of the plan that lead nowhere, or to two places: a gate before nothing would close nothing. */
function refuseLoose(plan: Plan, name: string): void {
  const loose = (what: string): never => refuse('WL-PLAN-GRAPH', `${name}: ${what}`, 'plan again');
  const ids = new Set(plan.steps.map(({ id }) => id));
  const phases = new Set(plan.phases.map(({ id }) => id));
  const seen = new Set<string>();
  for (const step of plan.steps) {
    if (seen.has(step.id)) loose(`two steps are called ${step.id}`);
    seen.add(step.id);
    if (!phases.has(step.phase)) loose(`${step.id} is of phase ${step.phase}, which is not there`);
    const missing = step.needs.find((need) => !ids.has(need));
    if (missing) loose(`${step.id} needs ${missing}, which is not there`);
    const unknown = step.follows.find((other) => !ids.has(other));
    if (unknown) loose(`${step.id} follows ${unknown}, which is not there`);
  }
  for (const gate of plan.gates) {
    const missing = gate.before.find((id) => !ids.has(id));
    if (missing) loose(`gate ${gate.id} is before ${missing}, which is not there`);
    const unseen = gate.shows?.find((id) => !ids.has(id));
    if (unseen) loose(`gate ${gate.id} shows ${unseen}, which is not there`);
  }
  const nowhere = plan.guests?.phases.find((id) => !phases.has(id));
  if (nowhere) loose(`guests are watched in phase ${nowhere}, which is not there`);
  for (const checkpoint of plan.checkpoints) {
    const missing = checkpoint.after.find((id) => !ids.has(id));
    if (missing) loose(`checkpoint ${checkpoint.id} is after ${missing}, which is not there`);
  }
}

/**
 * Parses a plan's text and proves it is whole: its hash, its graph, and that each step's commands, questions and way back
 * are those its kinds give for its parameters. `name` is how the file is called in messages.
 * Throws WL-PLAN-JSON, WL-PLAN-SCHEMA, WL-PLAN-EDITED, WL-PLAN-GRAPH or WL-PLAN-COMMANDS (exit 2).
 */
export function readPlan(text: string, name: string): Plan {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return refuse(
      'WL-PLAN-JSON',
      `${name} is not JSON: ${String(error)}`,
      'make the plan again: windlass plan',
    );
  }
  const parsed = Plan.safeParse(raw);
  if (!parsed.success) {
    return refuse(
      'WL-PLAN-SCHEMA',
      `${name} is not a plan:\n${z.prettifyError(parsed.error)}`,
      'make the plan again: windlass plan',
    );
  }
  const plan = parsed.data;
  if (planId(plan) !== plan.id) {
    refuse(
      'WL-PLAN-EDITED',
      `${name} was changed by hand: its content is ${planId(plan)}, it says ${plan.id}`,
      'a plan is approved by its hash: change the cluster file or the policy and plan again',
    );
  }
  refuseLoose(plan, name);
  for (const step of plan.steps) refuseForeign(step, name);
  const found = cycle(plan);
  if (found) refuse('WL-PLAN-GRAPH', `${name}: ${found} waits for itself`, 'plan again');
  return plan;
}

/** The text of a plan file: ordered so that `diff` is useful. */
export const writePlan = (plan: Plan): string => `${JSON.stringify(plan, null, 2)}\n`;
