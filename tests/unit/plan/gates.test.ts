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
    const { computes: _, ...others } = gates;
    const silent = osRoll({});
    const asked = osRoll({ gates: others });
    expect(asked.steps).toEqual(silent.steps);
    expect(asked.id).not.toBe(silent.id);
  });

  test('the first shows what the test node’s apt would change, asked when everything before is done', () => {
    const plan = osRoll({ gates });
    const shows = ['cmp1/packages/difference'];
    expect(gateOf(plan, 'computes')).toMatchObject({ shows });
    expect(gateOf(plan, 'sample')).not.toHaveProperty('shows');
    const look = plan.steps.find(({ id }) => id === shows[0]);
    expect(look).toMatchObject({ kind: 'apt.difference', commands: [], class: 'read', phase: 'test-node' });
    expect(ancestors(plan, shows[0] ?? '')).toContain('ctl2/haproxy/enable');
    for (const id of gateOf(plan, 'computes')?.before ?? []) expect(ancestors(plan, id)).toContain(shows[0]);
  });
});

describe('a release on the same system', () => {
  const here = (
    policy: object,
    more: { computes?: number; sites?: number; networks?: number } = {},
  ): Plan => {
    const { computes = 5, sites = 1, networks = 0 } = more;
    const services = ['keystone', 'nova', 'neutron'];
    const whole = rolled({ computes, networks, services, policy, from: GAZPACHO_HERE });
    const site = (name: string): string => `az-${(Number(name.slice(3)) % sites) + 1}`;
    const nodes = Object.entries(whole.nodes).map(([name, node]) => [name, { ...node, site: site(name) }]);
    const cluster = Cluster.parse({ ...whole, nodes: Object.fromEntries(nodes) });
    return planOf(cluster, assumedFacts(cluster), HIBISCUS_HERE);
  };
  const gates = { computes: {}, sample: {}, rest: {} };
  const titles = (plan: Plan): string[] => plan.phases.map(({ title }) => title);

  test('has no waves where nobody asks for one: what a service runs elsewhere follows it at once', () => {
    const plan = here({});
    expect(plan.phases.filter(({ id }) => id.startsWith('computes-') || id === 'test-node')).toEqual([]);
    expect(plan.gates.map(({ id }) => id)).toEqual(['point-of-no-return']);
    expect(ancestors(plan, 'cmp5/nova/restart')).not.toContain('cmp1/nova/restart');
    expect(ancestors(plan, 'cmp1/nova/restart')).not.toContain('ctl3/neutron/start');
  });

  test.each([
    ['a gate in the data plane', { gates: { rest: {} } }],
    ['a canary', { canary: ['cmp3'] }],
  ])('goes in waves behind the control plane where the policy has %s', (_, policy) => {
    const plan = here(policy);
    const canary = 'canary' in policy ? 'cmp3' : 'cmp1';
    expect(titles(plan)).toEqual(
      expect.arrayContaining(['Computes: the canary', 'Computes: a sample', 'Computes: the rest']),
    );
    const wave = (name: string): string[] => [
      ...new Set(nodesOf(plan.steps.filter(({ phase }) => phase === `computes-${name}`).map(({ id }) => id))),
    ];
    expect(wave('canary')).toEqual([canary]);
    expect(wave('sample')).toHaveLength(1);
    expect(wave('rest')).toHaveLength(3);
    for (const node of [...wave('sample'), ...wave('rest')]) {
      const behind = ancestors(plan, `${node}/nova/raise`);
      for (const done of [`${canary}/nova/restart`, `${canary}/neutron/restart`, 'ctl1/neutron/start'])
        expect(behind).toContain(done);
    }
  });

  test('has a gate before the test node that shows what would change there, and before each later wave', () => {
    const plan = here({ gates });
    expect(plan.gates.map(({ id }) => id)).toEqual(['computes', 'sample', 'rest', 'point-of-no-return']);
    expect(gateOf(plan, 'computes')).toMatchObject({ shows: ['cmp1/packages/difference'], expires: 7200 });
    expect(gateOf(plan, 'rest')).toMatchObject({ approvals: 1, expires: 7200, onExpiry: 'halt' });
    const look = plan.steps.find(({ id }) => id === 'cmp1/packages/difference');
    expect(look).toMatchObject({ kind: 'archive.difference', commands: [], class: 'read' });
    expect(ancestors(plan, 'cmp1/packages/difference')).toContain('ctl3/neutron/start');
    for (const [id, nodes] of [
      ['computes', ['cmp1']],
      ['sample', ['cmp2']],
      ['rest', ['cmp3', 'cmp4', 'cmp5']],
    ] as const) {
      const held = gateOf(plan, id)?.before ?? [];
      expect([id, [...new Set(nodesOf(held))]]).toEqual([id, nodes]);
      const behind = plan.steps.filter(
        ({ id: step, phase }) =>
          nodes.some((node) => step.startsWith(`${node}/`)) && phase.startsWith('computes-'),
      );
      expect(behind.length).toBeGreaterThan(3);
      for (const { id: step } of behind)
        expect([step, ...ancestors(plan, step)].some((one) => held.includes(one))).toBe(true);
    }
    expect(readPlan(writePlan(plan), 'p')).toEqual(plan);
  });

  test('with two computes: one is the canary, the sample is empty, the other is the rest', () => {
    const plan = here({ gates }, { computes: 2 });
    expect(nodesOf(gateOf(plan, 'computes')?.before)).toEqual(['cmp1']);
    expect(nodesOf(gateOf(plan, 'rest')?.before)).toEqual(['cmp2']);
    expect(gateOf(plan, 'rest')?.title).toBe('The canary is through (cmp1); the rest is next: 1 node');
    expect(titles(plan)).not.toContain('Computes: a sample');
  });

  test('takes the rest one zone after the other; a zone’s nodes go at the pace of their classes', () => {
    const plan = here({ gates: { rest: {} }, sample: '0%' }, { computes: 7, sites: 3 });
    expect(titles(plan).filter((title) => title.startsWith('Computes'))).toEqual([
      'Computes: the canary',
      'Computes: the rest, az-3',
      'Computes: the rest, az-1',
      'Computes: the rest, az-2',
    ]);
    const first = (node: string) => plan.steps.find(({ id }) => id === `${node}/nova/raise`);
    expect(first('cmp2')?.follows).toEqual([]);
    expect(first('cmp5')?.follows).toEqual([]);
    expect([...new Set(nodesOf(first('cmp3')?.follows))].sort()).toEqual(['cmp2', 'cmp5']);
    expect([...new Set(nodesOf(first('cmp4')?.follows))].sort()).toEqual(['cmp3', 'cmp6']);
    // Of one zone and of another: neither is kept by a failure of the other for ever.
    expect(ancestors(plan, 'cmp4/nova/raise')).not.toContain('cmp3/nova/restart');
  });

  test('has computes for canaries also where there are network nodes; these go with the rest', () => {
    const plan = here({ gates }, { networks: 2, computes: 3 });
    expect(nodesOf(gateOf(plan, 'computes')?.before)).toEqual(['cmp1']);
    const others = nodesOf([
      ...(gateOf(plan, 'sample')?.before ?? []),
      ...(gateOf(plan, 'rest')?.before ?? []),
    ]);
    expect([...new Set(others)].sort()).toEqual(['cmp2', 'cmp3', 'net1', 'net2']);
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
