import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { planId } from '../../../src/model/hash.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { assumed, clusterOf, ha3, planOf, recorded, recordedFacts, withUpgraded } from './shapes.ts';

const PARTS = ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'] as const;

/** Plans of clusters of all shapes the roll of controllers takes, and of every half-way state of the recorded one. */
const anyPlan: fc.Arbitrary<Plan> = fc.oneof(
  fc
    .record({ size: fc.integer({ min: 2, max: 7 }), platform: fc.subarray([...PARTS]) })
    .map(({ size, platform }) => assumed(clusterOf(size, platform))),
  fc.subarray(['ctl1', 'ctl2', 'ctl3']).map((names) => planOf(ha3, withUpgraded(recordedFacts(), ...names))),
);

const ids = (plan: Plan): string[] => plan.steps.map(({ id }) => id);

/** Everything that must be over before a step starts. */
function before(plan: Plan): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const step of plan.steps) {
    all.set(step.id, new Set(step.needs.flatMap((need) => [need, ...(all.get(need) ?? [])])));
  }
  return all;
}

const rollPhases = (plan: Plan): string[] =>
  plan.phases.map(({ id }) => id).filter((id) => id.startsWith('roll-'));
const inPhase = (plan: Plan, phase: string): Step[] => plan.steps.filter((step) => step.phase === phase);

describe('a plan', () => {
  test('is the same for the same request, and its id is the hash of its content', () => {
    expect(recorded()).toEqual(recorded());
    fc.assert(
      fc.property(anyPlan, (plan) => {
        expect(plan.id).toBe(planId(plan));
        expect(readPlan(writePlan(plan), 'plan.json')).toEqual(plan);
      }),
      { numRuns: 40 },
    );
  });

  test('does not change with what moves by itself: clocks, free space, sessions', () => {
    const facts = recordedFacts();
    for (const node of Object.values(facts.nodes)) {
      node.clockOffset += 0.3;
      node.memoryMb -= 1;
      node.disk = node.disk.map((disk) => ({ ...disk, freeMb: disk.freeMb - 100 }));
      for (const server of node.haproxy?.servers ?? []) server.sessions += 7;
      for (const queue of node.rabbitmq?.queues ?? []) queue.messages += 1;
    }
    expect(planOf(ha3, facts).id).toBe(recorded().id);
  });

  test('has steps by names of their own, whose needs come before them', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        expect(new Set(ids(plan)).size).toBe(plan.steps.length);
        const told = new Set<string>();
        for (const step of plan.steps) {
          expect([step.id, step.needs.filter((need) => !told.has(need))]).toEqual([step.id, []]);
          told.add(step.id);
        }
        const phases = new Set(plan.phases.map(({ id }) => id));
        for (const step of plan.steps) expect(phases).toContain(step.phase);
        for (const gate of plan.gates) for (const id of gate.before) expect(told).toContain(id);
        for (const point of plan.checkpoints) for (const id of point.after) expect(told).toContain(id);
      }),
      { numRuns: 40 },
    );
  });

  test('upgrades one node after the other: nothing of B’s roll before A’s is over', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const needs = before(plan);
        const rolls = rollPhases(plan);
        for (const [at, phase] of rolls.entries()) {
          const last = inPhase(plan, phase).map(({ id }) => id);
          for (const later of rolls.slice(at + 1)) {
            for (const step of inPhase(plan, later)) {
              const open = last.filter((id) => !needs.get(step.id)?.has(id));
              expect([step.id, open]).toEqual([step.id, []]);
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('does nothing to a node before everything is fetched, kept and proved', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const needs = before(plan);
        const ready = plan.steps.filter(({ phase }) => phase === 'prepare' || phase === 'backup');
        const [first] = rollPhases(plan);
        if (first === undefined) return;
        for (const step of inPhase(plan, first)) {
          expect([step.id, ready.filter(({ id }) => !needs.get(step.id)?.has(id))]).toEqual([step.id, []]);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('takes the node that carries the VIP last, and the VIP leaves it first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 7 }), fc.integer({ min: 0, max: 6 }), (size, place) => {
        const cluster = clusterOf(size);
        const facts = assumedFacts(cluster);
        const carrier = `ctl${(place % size) + 1}`;
        for (const node of Object.values(facts.nodes)) {
          if (node.pacemaker) node.pacemaker.resources = { 'openstack-api-vip': carrier };
        }
        const plan = planOf(cluster, facts);
        expect(rollPhases(plan).at(-1)).toBe(`roll-${carrier}`);
        const [first] = inPhase(plan, `roll-${carrier}`);
        expect(first).toMatchObject({ kind: 'pacemaker.move', params: { resource: 'openstack-api-vip' } });
        expect(first?.params.to).not.toBe(carrier);
        expect(plan.steps.filter(({ kind }) => kind === 'pacemaker.move')).toHaveLength(1);
      }),
      { numRuns: 30 },
    );
  });

  test('asks the live cluster before every step that disturbs it', () => {
    const wanted = (step: Step, plan: Plan): string[] => {
      const has = (kind: string): boolean => plan.steps.some((other) => other.kind === kind);
      if (step.id.endsWith('-again')) return [];
      switch (step.kind) {
        case 'haproxy.drain':
          return ['haproxy.others-up', ...(step.params.mode === 'maint' ? ['galera.others-synced'] : [])];
        case 'galera.hold':
          return ['galera.others-synced'];
        case 'pacemaker.standby':
          return ['pacemaker.elsewhere', 'pacemaker.spare'];
        case 'apt.dist-upgrade':
          return [
            ...(has('galera.hold') ? ['galera.others-synced'] : []),
            ...(has('pacemaker.standby') ? ['pacemaker.spare'] : []),
          ];
        case 'node.reboot':
          return has('pacemaker.standby') ? ['pacemaker.spare'] : [];
        case 'systemd.hold':
          // The old members of the bus are held after their clients have left: then nothing is asked of them.
          return step.id.endsWith('/rabbitmq/hold') && step.class !== 'bus'
            ? ['rabbitmq.others-running']
            : [];
        case 'pacemaker.move':
          return has('haproxy.drain') ? ['haproxy.others-up'] : [];
        case 'rabbitmq.admit':
          return ['rabbitmq.backlog'];
        default:
          return [];
      }
    };
    fc.assert(
      fc.property(anyPlan, (plan) => {
        for (const step of plan.steps) {
          const kinds = step.guards.map(({ kind }) => kind);
          expect([step.id, wanted(step, plan).filter((kind) => !kinds.includes(kind))]).toEqual([
            step.id,
            [],
          ]);
          for (const { looks } of step.guards) {
            expect(looks.length).toBeGreaterThan(0);
            for (const look of looks)
              expect(Object.keys(ha3.nodes).concat('ctl4', 'ctl5', 'ctl6', 'ctl7')).toContain(look.on);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('has a gate before the first step that cannot be undone', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const needs = before(plan);
        const gated = new Set(plan.gates.flatMap((gate) => gate.before));
        for (const step of plan.steps.filter((one) => one.return !== 'reversible')) {
          const behind = [step.id, ...(needs.get(step.id) ?? [])].some((id) => gated.has(id));
          expect([step.id, behind]).toEqual([step.id, true]);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('says reversible only of what has an undo, only reads, or is taken back by another step’s undo', () => {
    const without: Readonly<Record<string, string>> = {
      'backup.prove': 'its only trace is a proof file in the folder that backup.databases removes',
      'file.remove':
        'removes policy-rc.d, which file.write of the same plan wrote and whose undo removes it too',
      'rabbitmq.import': 'fills a cluster of one that rabbitmq.set-aside’s undo throws away',
    };
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const bare = plan.steps.filter(
          ({ return: comes, undo, commands }) =>
            comes === 'reversible' && undo.length === 0 && commands.length > 0,
        );
        for (const { id, kind } of bare)
          expect([id, Object.keys(without)]).toEqual([id, expect.arrayContaining([kind])]);
      }),
      { numRuns: 40 },
    );
  });

  test('names every node it touches, and no other', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        for (const { id, on } of plan.steps) {
          const [node = ''] = id.split('/');
          if (node !== 'cluster' && on.length === 1) expect(on).toEqual([node]);
          expect(on.length).toBe(new Set(on).size);
        }
      }),
      { numRuns: 20 },
    );
  });
});

/** Paths of all leaves of a JSON value. */
function leaves(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** A deep copy with the leaf at a path changed to another value of its type. */
function edited(value: unknown, [head, ...rest]: readonly (string | number)[]): unknown {
  if (head === undefined) {
    if (typeof value === 'number') return value + 1;
    if (typeof value === 'boolean') return !value;
    return typeof value === 'string' ? `${value}x` : 'x';
  }
  if (Array.isArray(value)) {
    return value.map((inner, at) => (String(at) === String(head) ? edited(inner, rest) : inner));
  }
  return Object.fromEntries(
    Object.entries(value as object).map(([key, inner]) => [key, key === head ? edited(inner, rest) : inner]),
  );
}

describe('a plan file', () => {
  const plan = recorded();
  const paths = leaves(plan);
  const reseal = (changed: Plan): string => writePlan({ ...changed, id: planId(changed) });

  test('is refused after any one edit of any leaf', () => {
    expect(paths.length).toBeGreaterThan(2000);
    fc.assert(
      fc.property(fc.constantFrom(...paths), (path) => {
        expect(() => readPlan(JSON.stringify(edited(plan, path)), 'plan.json')).toThrow(
          /WL-PLAN-(EDITED|SCHEMA)/,
        );
      }),
      { numRuns: 150 },
    );
  });

  test('is refused when a step is dropped, doubled or moved', () => {
    for (const steps of [
      plan.steps.slice(1),
      [...plan.steps, ...plan.steps.slice(-1)],
      plan.steps.toReversed(),
    ]) {
      expect(() => readPlan(writePlan({ ...plan, steps }), 'plan.json')).toThrow(/WL-PLAN-EDITED/);
    }
  });

  test.each([
    ['a command', { commands: [['reboot']] }, /WL-PLAN-COMMANDS/],
    ['what a command reads', { inputs: { '0': 'x' } }, /WL-PLAN-COMMANDS/],
    ['a question', { looks: { sum: { argv: ['true'] } } }, /WL-PLAN-COMMANDS/],
    ['the way back', { undo: [['rm', '-rf', '/']] }, /WL-PLAN-COMMANDS/],
    ['words on which it is run again', { again: { says: ['x'], times: 9 } }, /WL-PLAN-COMMANDS/],
    ['a need that is not there', { needs: ['ctl9/none/such'] }, /WL-PLAN-GRAPH/],
    ['a kind nobody knows', { kind: 'apt.conjure' }, /WL-KIND-UNKNOWN/],
    ['parameters its kind does not take', { params: { surprise: true } }, /WL-PLAN-COMMANDS/],
  ])('with a new hash it is refused all the same for %s', (_, change, code) => {
    const steps = plan.steps.map((step) => (step.kind === 'file.write' ? { ...step, ...change } : step));
    expect(() => readPlan(reseal({ ...plan, steps }), 'plan.json')).toThrow(code);
  });

  test('with a new hash it is refused for a guard that asks something else, or nothing', () => {
    for (const looks of [[], [{ on: 'ctl1', argv: ['true'] }]]) {
      const steps = plan.steps.map((step) => ({
        ...step,
        guards: step.guards.map((guard) => ({ ...guard, looks })),
      }));
      expect(() => readPlan(reseal({ ...plan, steps }), 'plan.json')).toThrow(/WL-PLAN-COMMANDS/);
    }
  });

  test('with a new hash it is refused for a step that needs itself, two of one name, and a gate before nothing', () => {
    const [first, second] = plan.steps;
    if (!first || !second) throw new Error('the plan is empty');
    const circle = [
      { ...first, needs: [second.id] },
      { ...second, needs: [first.id] },
    ];
    expect(() => readPlan(reseal({ ...plan, steps: circle, gates: [], checkpoints: [] }), 'p')).toThrow(
      /WL-PLAN-GRAPH/,
    );
    expect(() => readPlan(reseal({ ...plan, steps: [...plan.steps, first] }), 'p')).toThrow(/WL-PLAN-GRAPH/);
    const gates = plan.gates.map((gate) => ({ ...gate, before: ['ctl9/none/such'] }));
    expect(() => readPlan(reseal({ ...plan, gates }), 'p')).toThrow(/WL-PLAN-GRAPH/);
  });

  test.each(['', '{', '[]', 'null', '{"windlass": 2}'])('%j is no plan', (text) => {
    expect(() => readPlan(text, 'plan.json')).toThrow(/WL-PLAN-(JSON|SCHEMA): plan\.json is not/);
  });
});

describe('secrets', () => {
  test('a plan holds none: what the cluster file refers to stays a reference', () => {
    const cluster = {
      ...ha3,
      probes: {
        database: {
          kind: 'sql' as const,
          address: '10.77.2.10',
          port: 3306,
          user: 'probe',
          password: 'file:/root/s3cret-place',
          database: 'probe',
          table: 't',
        },
      },
    };
    const text = writePlan(planOf(cluster, recordedFacts()));
    expect(text).not.toContain('s3cret-place');
    expect(text).not.toMatch(/password_hash|"password"\s*:/i);
    // Passwords never stand on a command line: no tool of ours is given one.
    for (const { commands, undo, looks } of planOf(cluster, recordedFacts()).steps) {
      for (const argv of [...commands, ...undo, ...Object.values(looks).map((look) => look.argv)]) {
        expect(
          argv.filter((word) => /^(-p(?!rintf).+|--password(=.*)?)$/.test(word) && argv[0] !== 'rabbitmqctl'),
        ).toEqual([]);
      }
    }
  });
});
