import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import { Plan } from '../../../src/model/plan.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { EPOXY, GAZPACHO_HERE, HIBISCUS_HERE, rolled } from './rolled.ts';
import { ancestors, planOf } from './shapes.ts';

interface Asked {
  readonly gates?: object;
  readonly computes?: number;
  readonly probes?: object;
  readonly sample?: string;
}

const clusterOf = ({ gates, computes = 5, probes = {}, sample = '30%' }: Asked): Cluster =>
  Cluster.parse({
    ...rolled({ computes, policy: { sample, ...(gates ? { gates } : {}) } }),
    probes,
  });
/** System and release together, node by node. */
const osRoll = (asked: Asked): Plan => {
  const cluster = clusterOf(asked);
  return planOf(cluster, assumedFacts(cluster), EPOXY);
};
const gateOf = (plan: Plan, id: string) => plan.gates.find((gate) => gate.id === id);
const nodesOf = (ids: readonly string[] = []): string[] => ids.map((id) => id.split('/')[0] ?? '');

describe('a policy that says nothing of gates', () => {
  test('leaves the one gate there always was', () => {
    const plan = osRoll({});
    expect(plan.gates).toEqual([
      expect.objectContaining({ id: 'point-of-no-return', approvals: 1, expires: 7200, onExpiry: 'halt' }),
    ]);
    expect(gateOf(plan, 'point-of-no-return')).not.toHaveProperty('approvers');
    expect(plan.policy).not.toHaveProperty('gates');
  });
});

describe('gates of the data plane', () => {
  const gates = {
    approvers: ['ann', 'bob'],
    approvals: 2,
    expires: '4h',
    computes: {},
    sample: {},
    rest: {},
  };

  test('stand before the computes, after the canary and after the sample, on every node that comes next', () => {
    const plan = osRoll({ gates });
    expect(plan.gates.map(({ id }) => id)).toEqual(['computes', 'sample', 'rest', 'point-of-no-return']);
    expect(nodesOf(gateOf(plan, 'computes')?.before)).toEqual(['cmp1']);
    expect(nodesOf(gateOf(plan, 'sample')?.before)).toEqual(['cmp2', 'cmp3']);
    expect(nodesOf(gateOf(plan, 'rest')?.before)).toEqual(['cmp4', 'cmp5']);
    expect(gateOf(plan, 'sample')?.title).toBe('The canary is through (cmp1); a sample is next: cmp2, cmp3');
  });

  test('let nothing through behind them: every step of a node that changes it waits for its gate', () => {
    const plan = osRoll({ gates });
    for (const [id, nodes] of [
      ['sample', ['cmp2', 'cmp3']],
      ['rest', ['cmp4', 'cmp5']],
    ] as const) {
      const held = gateOf(plan, id)?.before ?? [];
      const wave = plan.steps.filter(
        ({ id: step, phase }) =>
          nodes.some((node) => step.startsWith(`${node}/`)) && phase.startsWith('computes-'),
      );
      expect(wave.length).toBeGreaterThan(10);
      for (const step of wave) {
        const before = [step.id, ...ancestors(plan, step.id)];
        expect([step.id, before.some((one) => held.includes(one))]).toEqual([step.id, true]);
      }
    }
  });

  test('are decided as the policy says for all, unless it says otherwise for one', () => {
    const rest = { approvals: 1, approvers: ['cyd'], expires: '1h' };
    const plan = osRoll({ gates: { ...gates, rest } });
    const all = { approvers: ['ann', 'bob'], approvals: 2, expires: 14_400 };
    expect(gateOf(plan, 'point-of-no-return')).toMatchObject(all);
    expect(gateOf(plan, 'sample')).toMatchObject(all);
    expect(gateOf(plan, 'rest')).toMatchObject({ approvers: ['cyd'], approvals: 1, expires: 3600 });
  });

  test('after the canary also where there is no sample; none where no node comes next', () => {
    const plain = { sample: {}, rest: {} };
    const none = osRoll({ gates: plain, sample: '0%' });
    expect(nodesOf(gateOf(none, 'sample')?.before)).toEqual(['cmp2', 'cmp3', 'cmp4', 'cmp5']);
    const one = osRoll({ gates: plain, computes: 1 });
    expect(one.gates.map(({ id }) => id)).toEqual(['point-of-no-return']);
    expect(showPlan(one)).toContain("No place in this plan for the policy's gates: sample, rest");
  });

  test('are part of the plan file, and told with it', () => {
    const plan = osRoll({ gates });
    expect(readPlan(writePlan(plan), 'p').gates).toEqual(plan.gates);
    expect(showPlan(plan)).toContain(
      '— gate rest: The sample is through (cmp2, cmp3); the rest is next: 2 nodes (2 approvals of ann, bob, 4 h 0 min)',
    );
    const silent = osRoll({});
    expect(plan.steps).toEqual(silent.steps);
    expect(plan.id).not.toBe(silent.id);
  });
});

describe('a release on the same system', () => {
  test('has a gate before what runs outside the controllers, where the control plane does not wait', () => {
    const cluster = Cluster.parse({
      ...rolled({
        computes: 3,
        services: ['keystone', 'nova', 'neutron'],
        policy: { gates: { computes: { approvals: 1 }, rest: {} } },
        from: GAZPACHO_HERE,
      }),
    });
    const plan = planOf(cluster, assumedFacts(cluster), HIBISCUS_HERE);
    const { before = [] } = gateOf(plan, 'computes') ?? {};
    expect(nodesOf(before).sort()).toEqual(['cmp1', 'cmp2', 'cmp3']);
    const restarts = plan.steps.filter(({ id }) => /^cmp\d\/\w+\/(raise|restart)$/.test(id));
    expect(restarts.length).toBeGreaterThan(3);
    for (const { id } of restarts) {
      expect([id, ...ancestors(plan, id)].some((one) => before.includes(one))).toBe(true);
    }
    const control = plan.steps.filter(({ id }) => /^ctl\d\/neutron\/(raise|start)/.test(id));
    expect(control.length).toBeGreaterThan(0);
    for (const { id } of control) expect(before.some((one) => ancestors(plan, id).has(one))).toBe(false);
    expect(showPlan(plan)).toContain("policy's gates: rest\n");
  });
});

describe('what is measured', () => {
  const probes = {
    'canary-host': { kind: 'ping', address: '10.77.2.31' },
    other: { kind: 'ping', address: '10.77.2.32' },
  };

  test('of a canary that is to be alive are the probes that knock at it, unless some are named', () => {
    const alive = { kind: 'alive', minutes: 15 };
    const sample = { approvals: 0, condition: alive };
    const found = osRoll({ gates: { sample }, probes });
    expect(gateOf(found, 'sample')).toMatchObject({
      approvals: 0,
      condition: { ...alive, probes: ['canary-host'] },
    });
    expect(showPlan(found)).toContain('(once canary-host answered for 15 min, 2 h 0 min)');
    const named = osRoll({ gates: { sample: { condition: { ...alive, probes: ['other'] } } }, probes });
    expect(gateOf(named, 'sample')).toMatchObject({ approvals: 1, condition: { probes: ['other'] } });
  });

  test.each([
    ['nobody knocks at the canary', { sample: { condition: { kind: 'alive', minutes: 15 } } }, 'cmp1 alive'],
    ['nothing is watched', { rest: { condition: { kind: 'quiet', minutes: 15 } } }, 'no probes to tell'],
  ])('cannot be planned where %s', (_, gates, words) => {
    expect(() => osRoll({ gates })).toThrow(
      expect.objectContaining({
        exit: 3,
        fault: expect.objectContaining({ code: 'WL-PLAN-GATE', message: expect.stringContaining(words) }),
      }),
    );
  });
});

describe('a gate that could never open, or would close nothing,', () => {
  const gate = { id: 'g', title: 'G', before: [], approvals: 1, expires: 1, onExpiry: 'halt' };
  test.each([
    ['wants more people than may', { approvals: 2, approvers: ['ann', 'ann'] }],
    ['wants nothing at all', { approvals: 0 }],
  ])('is no plan’s: it %s', (_, more) => {
    expect(Plan.shape.gates.safeParse([{ ...gate, ...more }]).success).toBe(false);
  });
});
