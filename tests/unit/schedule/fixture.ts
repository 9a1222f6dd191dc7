import fc from 'fast-check';
import { planId } from '../../../src/model/hash.ts';
import { type Gate, Plan, type Step } from '../../../src/model/plan.ts';
import type { Policy } from '../../../src/model/policy.ts';

export interface Sketch {
  readonly id: string;
  readonly on?: readonly string[];
  readonly needs?: readonly string[];
  readonly follows?: readonly string[];
  readonly class?: string;
  readonly estimate?: number;
}

/** A step with nothing in it but what scheduling looks at. */
export function step(sketch: Sketch): Step {
  const [owner = 'n1', thing = 'x', verb = 'do'] = sketch.id.split('/');
  return {
    id: `${owner}/${thing}/${verb}`,
    kind: 'test.kind',
    on: [...(sketch.on ?? [owner])],
    phase: 'p',
    title: `${verb} ${thing} on ${owner}`,
    why: 'a test',
    source: '000',
    needs: [...(sketch.needs ?? [])],
    follows: [...(sketch.follows ?? [])],
    params: {},
    commands: [['true']],
    inputs: {},
    looks: {},
    undo: [],
    undoInputs: {},
    guards: [],
    class: sketch.class ?? 'light',
    impact: { apis: [], bus: 'none', sql: 'none', vip: 'none', guests: 'none' },
    return: 'reversible',
    estimate: sketch.estimate ?? 10,
    timeout: 60,
    settle: 0,
  };
}

export function gate(id: string, before: readonly string[], more: Partial<Gate> = {}): Gate {
  return { id, title: id, before: [...before], approvals: 1, expires: 100, onExpiry: 'halt', ...more };
}

export function planOf(
  sketches: readonly Sketch[],
  policy: Partial<Policy> = {},
  gates: readonly Gate[] = [],
): Plan {
  const body = {
    windlass: 1 as const,
    cluster: 'test',
    facts: 'sha256:0',
    assumed: true,
    from: { os: 'debian/bookworm', openstack: 'zed' },
    to: { os: 'debian/trixie', openstack: 'epoxy' },
    route: [],
    complete: true,
    findings: [],
    policy,
    phases: [{ id: 'p', title: 'P' }],
    steps: sketches.map(step),
    gates: [...gates],
    checkpoints: [],
  };
  const parsed = Plan.parse({ ...body, id: `sha256:${'0'.repeat(64)}` });
  return { ...parsed, id: planId(parsed) };
}

const CLASSES = ['read', 'light', 'controller', 'network', 'neutron-agent', 'odd', 'paced'] as const;

/** Any plan without circles: random needs, follows, nodes, classes, limits, pauses and gates. */
export const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    steps: fc.array(
      fc.record({
        class: fc.constantFrom(...CLASSES),
        nodes: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        needs: fc.array(fc.nat(), { maxLength: 3 }),
        follows: fc.array(fc.nat(), { maxLength: 2 }),
        estimate: fc.integer({ min: 0, max: 60 }),
      }),
      { minLength: 1, maxLength: 25 },
    ),
    limit: fc.integer({ min: 1, max: 4 }),
    every: fc.integer({ min: 1, max: 40 }),
    onFailure: fc.constantFrom('halt' as const, 'continue' as const),
    tolerate: fc.integer({ min: 0, max: 9 }),
    gates: fc.array(
      fc.record({
        before: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
        approvals: fc.integer({ min: 1, max: 3 }),
        expires: fc.constantFrom(0, 50, 500),
        named: fc.boolean(),
        measured: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ steps, limit, every, onFailure, tolerate, gates }) => {
    const id = (index: number) => `n${(index % 5) + 1}/s${index}/do`;
    return planOf(
      steps.map((sketch, index) => ({
        id: id(index),
        on: sketch.nodes.map((node) => `n${node}`),
        needs: index === 0 ? [] : sketch.needs.map((need) => id(need % index)),
        follows: index === 0 ? [] : sketch.follows.map((other) => id(other % index)),
        class: sketch.class,
        estimate: sketch.estimate,
      })),
      { onFailure, tolerate, classes: { light: { limit }, paced: { limit: 2, every } } },
      gates.map(({ before, named, measured, ...rest }, index) =>
        gate(
          `g${index}`,
          before.map((place) => id(place % steps.length)),
          {
            ...rest,
            ...(named ? { approvers: ['p0', 'p1', 'p2'] } : {}),
            ...(measured ? { condition: { kind: 'quiet' as const, minutes: 1, failures: 0 } } : {}),
          },
        ),
      ),
    );
  });
