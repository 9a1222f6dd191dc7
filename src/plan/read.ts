import { z } from 'zod';
import { EXIT, WindlassError } from '../model/error.ts';
import { planId } from '../model/hash.ts';
import { Plan } from '../model/plan.ts';
import { kinds } from '../steps/registry.ts';

function refuse(code: `WL-PLAN-${string}`, message: string, remedy: string): never {
  throw new WindlassError({ code, message, remedy }, EXIT.usage);
}

/** First need that leads back to where it began, if any. */
function cycle(plan: Plan): string | undefined {
  const state = new Map<string, 'open' | 'closed'>();
  const needs = new Map(plan.steps.map((step) => [step.id, step.needs]));
  const walk = (id: string): string | undefined => {
    if (state.get(id) === 'closed') return undefined;
    if (state.get(id) === 'open') return id;
    state.set(id, 'open');
    for (const need of needs.get(id) ?? []) {
      const found = walk(need);
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

/** What a step's kind would run now, as one comparable text. */
function kindsWords(step: Plan['steps'][number]): string {
  const kind = kinds.step(step.kind);
  const commands = kind.commands(step.params);
  return JSON.stringify(commands.map(({ argv, input }) => [argv, input ?? null]));
}

/**
 * Parses a plan's text and proves it is whole: its hash, its graph, and that each step's commands are those its kind
 * gives for its parameters. `name` is how the file is called in messages.
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
  const ids = new Set(plan.steps.map(({ id }) => id));
  for (const step of plan.steps) {
    const missing = step.needs.find((need) => !ids.has(need));
    if (missing)
      refuse('WL-PLAN-GRAPH', `${name}: ${step.id} needs ${missing}, which is not there`, 'plan again');
    const planned = JSON.stringify(
      step.commands.map((argv, index) => [argv, step.inputs[String(index)] ?? null]),
    );
    if (planned !== kindsWords(step)) {
      refuse(
        'WL-PLAN-COMMANDS',
        `${name}: the commands of ${step.id} are not those this Windlass would plan`,
        'the plan was made by another version: plan again, compare with diff, approve again',
      );
    }
  }
  const found = cycle(plan);
  if (found) refuse('WL-PLAN-GRAPH', `${name}: ${found} needs itself`, 'plan again');
  return plan;
}

/** The text of a plan file: ordered so that `diff` is useful. */
export const writePlan = (plan: Plan): string => `${JSON.stringify(plan, null, 2)}\n`;
