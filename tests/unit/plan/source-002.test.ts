import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { CLOUD_PATH } from '../../../src/drivers/cloud.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { ancestors, planOf } from './shapes.ts';
import { cluster } from './source-002-cluster.ts';

const OCATA = { os: 'xenial', openstack: 'ocata' };
const plan: Plan = planOf(cluster, assumedFacts(cluster), OCATA);
const ids = plan.steps.map(({ id }) => id);
const text = (of: Plan, commands = false): string =>
  showPlan(of, { commands }).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');
/** The plan with these steps alone; the program that asks the cloud's APIs has tests of its own. */
const only = (wanted: (id: string) => boolean): Plan => {
  const steps = plan.steps.filter(({ id, params }) => wanted(id) && params.path !== CLOUD_PATH);
  return { ...plan, steps, phases: plan.phases.filter(({ id }) => steps.some(({ phase }) => phase === id)) };
};
const phaseOf = (id: string): string | undefined => plan.steps.find((step) => step.id === id)?.phase;

describe('source 002: Mitaka to Ocata on three controllers with Open vSwitch', () => {
  test('as an operator reads it', async () => {
    await expect(text(plan)).toMatchFileSnapshot('./golden/source-002.txt');
  });

  test('every command and check of what is new, and of the ladder', async () => {
    // Of what is the same on every node, the first.
    const once = (id: string): boolean => phaseOf(id) === 'new-parts' && /^(cluster|ctl1)\//.test(id);
    const shown = only((id) => once(id) || /^cluster\/[a-z]+-database\//.test(id));
    await expect(text(shown, true)).toMatchFileSnapshot('./golden/source-002-ladder.txt');
  });

  test('is a whole plan: its words are those its kinds give', () => {
    expect(readPlan(writePlan(plan), 'plan.json')).toEqual(plan);
  });

  test("climbs nova's ladder in the order of 002, with every old nova stopped", () => {
    const ladder = ids.filter((id) => id.startsWith('cluster/nova-database/'));
    expect(ladder.map((id) => id.split('/').at(-1))).toEqual([
      'newton-api-sync',
      'newton-sync',
      'newton-online',
      'ocata-map-cell0',
      'ocata-create-cell',
      'ocata-discover-hosts',
      'ocata-map-instances',
      'ocata-api-sync',
      'ocata-sync',
      'ocata-online',
    ]);
    for (const [at, id] of ladder.entries()) {
      const behind = ancestors(plan, id);
      for (const before of ladder.slice(0, at)) expect(behind).toContain(before);
      for (const node of ['ctl1/openstack/stop', 'ctl2/nova/leave', 'ctl3/nova/leave'])
        expect(behind).toContain(node);
    }
    expect(ancestors(plan, 'ctl1/nova/start')).toContain('cluster/nova-database/ocata-sync');
    expect(ancestors(plan, 'cluster/nova-database/ocata-online')).toContain('cmp2/nova/restart');
  });

  test('makes what is new while Mitaka serves, before the gate, each with a way back', () => {
    const parts = plan.steps.filter(({ phase }) => phase === 'new-parts');
    expect(new Set(parts.map(({ kind }) => kind))).toEqual(
      new Set(['config.addresses', 'database.create', 'haproxy.listen', 'endpoint.make', 'config.lend']),
    );
    const [gate] = plan.gates;
    for (const part of parts) {
      expect(part).toMatchObject({ return: 'reversible' });
      expect(part.undo.length).toBeGreaterThan(0);
      for (const id of gate?.before ?? []) expect(ancestors(plan, id)).toContain(part.id);
      // Everything is kept before any of it.
      expect(ancestors(plan, part.id)).toContain('ctl3/databases/prove');
    }
  });

  test('knows the database that is new: it is not dumped, since it is not there', () => {
    expect(plan.steps.find(({ kind }) => kind === 'backup.databases')?.params.databases).not.toContain(
      'nova_cell0',
    );
    expect(ids).toContain('cluster/nova_cell0/create');
  });

  test('has its data plane as 002 has it, where the policy asks: test node, canary, rest behind a gate of two hours', () => {
    const asked = Cluster.parse({ ...cluster, policy: { gates: { computes: {}, rest: {} } } });
    const made = planOf(asked, assumedFacts(asked), OCATA);
    const stages = made.phases.map(({ id }) => id).filter((id) => /^(test-node|computes-)/.test(id));
    expect(stages).toEqual(['test-node', 'computes-canary', 'computes-rest']);
    const [computes, rest] = made.gates;
    expect(computes).toMatchObject({ id: 'computes', shows: ['cmp1/packages/difference'] });
    expect(rest).toMatchObject({ id: 'rest', expires: 7200, onExpiry: 'halt' });
    // The same work, but for the look at the test node.
    const work = ({ steps }: Plan): string[] => steps.map(({ id }) => id).sort();
    expect(work(made).filter((id) => id !== 'cmp1/packages/difference')).toEqual(work(plan));
  });

  test('tells no secret: what is lent between sections never leaves the node', () => {
    for (const step of plan.steps.filter(({ kind }) => kind === 'config.lend')) {
      expect(JSON.stringify(step.params)).toContain('"password"');
      expect(step.params).toMatchObject({ otherwise: { auth_type: 'password' } });
      expect(Object.keys(step.params).sort()).toEqual(
        ['also', 'from', 'keep', 'needs', 'otherwise', 'path', 'to'].sort(),
      );
    }
  });

  test('with the system raised in the same hop, from trusty, the same ladder is climbed and the same parts made', () => {
    const trusty = Cluster.parse({ ...cluster, os: 'ubuntu/trusty' });
    const rolled = planOf(trusty, assumedFacts(trusty), OCATA);
    expect(rolled.route.map(({ strategy }) => strategy)).toEqual(['os-roll']);
    const of = (made: Plan, like: RegExp): string[] =>
      made.steps.map(({ id }) => id).filter((id) => like.test(id));
    for (const like of [/^cluster\/nova-database\//, /^cluster\/\w+\/(endpoints|create)$/])
      expect(of(rolled, like)).toEqual(of(plan, like));
    expect(of(rolled, /\/packages\/add$/)).toHaveLength(3);
  });

  test('without a word on how Keystone is asked there is no plan', () => {
    const { cloud: _, ...mute } = cluster;
    expect(() => planOf(Cluster.parse(mute), assumedFacts(cluster), OCATA)).toThrow(/WL-PLAN-CLOUD/);
  });
});
