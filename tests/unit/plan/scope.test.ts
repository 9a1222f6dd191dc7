import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { majorAt, SERVICES } from '../../../src/catalog/services/index.ts';
import type { Facts } from '../../../src/model/facts.ts';
import { leftOut, type Scope } from '../../../src/plan/scope.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { EPOXY, EPOXY_HERE, GAZPACHO_HERE, rolled, WHOLE } from './rolled.ts';
import { ancestors, planOf } from './shapes.ts';

const shape = { services: WHOLE, computes: 3, networks: 1 };
const old = rolled({ ...shape, from: EPOXY });
const facts = assumedFacts(old);
const plan = (scope: Scope = {}, of: Facts = facts) => planOf(old, of, GAZPACHO_HERE, scope);

/** Facts in which the packages of these nodes are of a release already. */
function risen(release: string, ...names: readonly string[]): Facts {
  const versions = new Map(
    SERVICES.flatMap((service) => {
      const major = majorAt(service, release);
      return service.tells && major !== undefined ? [[service.tells.package, `2:${major}.0.1-1`]] : [];
    }),
  );
  return {
    ...facts,
    nodes: Object.fromEntries(
      Object.entries(facts.nodes).map(([name, node]) => [
        name,
        names.includes(name)
          ? {
              ...node,
              packages: Object.fromEntries(
                Object.entries(node.packages).map(([of, found]) => [
                  of,
                  { ...found, version: versions.get(of) ?? found.version },
                ]),
              ),
            }
          : node,
      ]),
    ),
  };
}

describe('a scope', () => {
  test.each<[string, Scope, string[]]>([
    ['nothing said is everything', {}, []],
    ['the control plane alone', { partial: true }, ['net1', 'cmp1', 'cmp2', 'cmp3']],
    ['all but one', { skip: ['cmp2'] }, ['cmp2']],
    ['one of the others', { only: ['cmp2'] }, ['net1', 'cmp1', 'cmp3']],
    ['one of two', { only: ['cmp1', 'cmp2'], skip: ['cmp2'] }, ['net1', 'cmp2', 'cmp3']],
  ])('%s', (_, scope, out) => {
    expect(leftOut(old, scope)).toEqual(out);
  });

  test.each<[string, Scope, string]>([
    ['a name no node has', { skip: ['cmp9'] }, 'no node is called cmp9'],
    ['a controller', { skip: ['ctl1'] }, 'ctl1 is a member of the control plane'],
    ['both at once', { partial: true, only: ['cmp1'] }, '--partial is the control plane alone'],
  ])('%s is refused', (_, scope, message) => {
    expect(() => leftOut(old, scope)).toThrow(
      expect.objectContaining({
        fault: expect.objectContaining({ code: 'WL-PLAN-SCOPE', message: expect.stringContaining(message) }),
      }),
    );
  });
});

describe('a plan with nodes left as they are', () => {
  test('touches and asks none of them, says so, and does nothing that needs every node to be new', () => {
    const made = plan({ skip: ['cmp2'] });
    expect(made.leftOut).toEqual(['cmp2']);
    expect(made.findings.map(({ code }) => code)).not.toContain('WL-CHECK-NODE-UNREACHED');
    expect(made.steps.filter(({ on, id }) => on.includes('cmp2') || id.startsWith('cmp2/'))).toEqual([]);
    expect(made.steps.map(({ id }) => id)).toContain('cmp1/openstack/raise');
    expect(made.steps.map(({ id }) => id)).not.toContain('cluster/keystone-database/contract');
    expect(showPlan(made)).toContain('Left as they are: cmp2; what needs every node to be new waits');
  });

  test('lets the new control plane bear with the computes it leaves', () => {
    const cluster = rolled(shape);
    const made = planOf(cluster, assumedFacts(cluster), EPOXY_HERE, { partial: true });
    const ids = made.steps.map(({ id }) => id);
    expect(ids).toContain('ctl1/nova/bear-old-computes');
    expect(ids.filter((id) => id.endsWith('/end-old-computes'))).toEqual([]);
  });

  test('is gone on with by a plan of the rest: what has risen is left alone, and now everything is done', () => {
    const after = plan({}, risen('2026.1', 'ctl1', 'ctl2', 'ctl3'));
    const ids = after.steps.map(({ id }) => id);
    expect(ids.filter((id) => /^ctl\d\/.*\/(raise|drain|hold)/.test(id))).toEqual([]);
    for (const id of ['net1/openstack/raise', 'cmp3/nova/restart', 'cluster/keystone-database/contract'])
      expect(ids).toContain(id);
    expect(after.leftOut).toBeUndefined();
  });

  test('a controller that has risen has what its cloud is asked by before anything is asked there', () => {
    for (const names of [['ctl1', 'ctl2', 'ctl3'], ['ctl1']]) {
      const made = plan({}, risen('2026.1', ...names));
      const asked = made.steps.filter(({ kind }) => kind === 'compute.alive');
      expect(asked.length).toBeGreaterThan(0);
      for (const { id, on } of asked)
        expect(ancestors(made, id), id).toContain(`${on[0]}/cloud-program/write`);
    }
  });

  test('a node that an earlier run left half way is not taken for risen', () => {
    const held = risen('2026.1', 'ctl1', 'ctl2', 'ctl3');
    const [ctl1, ctl2] = [held.nodes.ctl1, held.nodes.ctl2];
    if (!ctl1 || !ctl2) throw new Error('no controllers');
    ctl1.units['keystone.service'] = { active: 'inactive', enabled: 'enabled' };
    ctl2.apt.audit = 'half configured: keystone';
    const ids = plan({}, held).steps.map(({ id }) => id);
    expect(ids.filter((id) => /^ctl\d\/openstack\/raise$/.test(id))).toEqual([
      'ctl2/openstack/raise',
      'ctl1/openstack/raise',
    ]);
  });

  test('with a new system as well: the other computes stay, enabled, and may be had later', () => {
    const cluster = rolled({ services: WHOLE, computes: 2 });
    const made = planOf(cluster, assumedFacts(cluster), EPOXY, { skip: ['cmp2'] });
    const ids = made.steps.map(({ id }) => id);
    expect(ids).toContain('cmp1/os/upgrade');
    expect(ids.filter((id) => id.startsWith('cmp2/'))).toEqual([]);
    expect(ids).toContain('ctl1/nova/bear-old-computes');
    expect(ids.filter((id) => id.endsWith('/end-old-computes'))).toEqual([]);
    expect(ids).toContain('cluster/rabbitmq/enable-flags');
  });
});

describe('where a cluster stands', () => {
  test('an archive that has one service of the next series, and lacks another, tells its own series', () => {
    const everyone = Object.keys(old.nodes);
    const whole = risen('2026.1', ...everyone);
    const odd: Readonly<Record<string, string>> = {
      'python3-keystone': '2:30.0.0-3',
      'python3-glance': '2:30.0.0-3',
    };
    const nodes = Object.entries(whole.nodes).map(([name, node]) => [
      name,
      {
        ...node,
        packages: Object.fromEntries(
          Object.entries(node.packages).map(([of, found]) => [
            of,
            { ...found, version: odd[of] ?? found.version },
          ]),
        ),
      },
    ]);
    const made = plan({}, { ...whole, nodes: Object.fromEntries(nodes) });
    expect(made.from).toEqual(GAZPACHO_HERE);
    expect(made.steps).toEqual([]);
  });
});
