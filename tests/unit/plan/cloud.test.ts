import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';
import type { Standing } from '../../../src/model/target.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { ancestors, EPOXY, planOf } from './shapes.ts';

interface Shape {
  readonly controllers?: number;
  readonly computes?: number;
  readonly policy?: object;
  readonly cloud?: object | null;
  readonly from?: Standing;
}

/** A whole cloud: its controllers are network nodes too. */
function cloudOf({ controllers = 3, computes = 3, policy = {}, cloud, from }: Shape = {}): Cluster {
  const node = (at: number, roles: readonly string[]) => ({
    address: `10.77.2.${at}`,
    roles,
    site: `zone-${(at % 2) + 1}`,
  });
  const ctl = Array.from({ length: controllers }, (_, at) => [
    `ctl${at + 1}`,
    node(11 + at, ['controller', 'network', 'volume']),
  ]);
  const cmp = Array.from({ length: computes }, (_, at) => [`cmp${at + 1}`, node(31 + at, ['compute'])]);
  return Cluster.parse({
    cluster: 'cloud',
    os: `debian/${from?.os ?? 'bookworm'}`,
    openstack: from?.openstack ?? 'zed',
    vips: { 'openstack-api-vip': { address: '10.77.2.10', on: ['controller'] } },
    nodes: Object.fromEntries([...ctl, ...cmp]),
    services: {
      controller: ['keystone', 'glance', 'placement', 'nova', 'neutron', 'cinder', 'heat', 'horizon'],
      network: [
        'neutron-openvswitch-agent',
        'neutron-l3-agent',
        'neutron-dhcp-agent',
        'neutron-metadata-agent',
      ],
      volume: ['cinder-volume'],
      compute: ['nova-compute', 'neutron-openvswitch-agent'],
    },
    platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
    ...(cloud === null
      ? {}
      : { cloud: cloud ?? { canary: { image: 'tiny', flavor: 'small', network: 'tenant' } } }),
    policy,
  });
}

const plan = (shape: Shape = {}, to: Standing = EPOXY): Plan => {
  const cluster = cloudOf(shape);
  return planOf(cluster, assumedFacts(cluster), to);
};

const step = ({ steps }: Plan, id: string): Step => {
  const found = steps.find((one) => one.id === id);
  if (!found) throw new Error(`no step ${id}`);
  return found;
};

describe('a whole cloud, bookworm/Zed to trixie/Epoxy', () => {
  test('as an operator reads it', async () => {
    const text = showPlan(plan()).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');
    await expect(text).toMatchFileSnapshot('./golden/cloud.txt');
  });

  test('computes come after the control plane, whose nova bears with them on both sides until the last is new', () => {
    const made = plan();
    expect(ancestors(made, 'cmp1/nova/disable')).toContain('ctl1/haproxy/enable');
    expect(ancestors(made, 'ctl2/nova/start')).toContain('ctl2/nova/bear-old-computes');
    expect(ancestors(made, 'cmp2/nova/start')).toContain('cmp2/nova/bear-old-computes');
    for (const node of ['ctl1', 'ctl2', 'ctl3', 'cmp1', 'cmp2', 'cmp3']) {
      const behind = ancestors(made, `${node}/nova/end-old-computes`);
      for (const compute of ['cmp1', 'cmp2', 'cmp3']) expect(behind).toContain(`${compute}/nova/enable`);
    }
  });

  test('a compute is emptied before its packages move, asked again before each step that would cut guests off', () => {
    const made = plan();
    expect(ancestors(made, 'cmp2/os/upgrade')).toContain('cmp2/guests/move');
    for (const id of ['cmp2/os/upgrade', 'cmp2/os/reboot']) {
      expect(step(made, id).guards.map(({ kind }) => kind)).toContain('compute.emptied');
    }
    expect(ancestors(made, 'cmp2/nova/enable')).toContain('cmp2/canary/boot');
  });

  test('everything waits for the canary; behind the others a lane goes on whatever became of them', () => {
    const made = plan({ computes: 4, policy: { sample: '0%' } });
    for (const node of ['cmp2', 'cmp3', 'cmp4'])
      expect(ancestors(made, `${node}/nova/disable`)).toContain('cmp1/nova/enable');
    expect(ancestors(made, 'cmp4/nova/disable')).not.toContain('cmp2/nova/enable');
    // Site by site: cmp3 is where cmp1 was, and they go one at a time.
    const first = made.steps.filter(({ id }) => id.endsWith('/nova/disable')).map(({ on: _, ...one }) => one);
    expect(first.map(({ id, follows }) => [id.split('/')[0], follows])).toEqual([
      ['cmp1', []],
      ['cmp2', []],
      ['cmp4', ['cmp2/nova/enable']],
      ['cmp3', ['cmp4/nova/enable']],
    ]);
  });

  test('as many computes of a site are under way at once as the policy allows; no two sites are', () => {
    const made = plan({ computes: 5, policy: { sample: '0%', classes: { compute: { limit: 2 } } } });
    const follows = made.steps
      .filter(({ id }) => id.endsWith('/nova/disable'))
      .map((one) => [one.id.split('/')[0], one.follows.map((id) => id.split('/')[0])]);
    expect(follows).toEqual([
      ['cmp1', []],
      ['cmp2', []],
      ['cmp4', []],
      ['cmp3', ['cmp2', 'cmp4']],
      ['cmp5', ['cmp2', 'cmp4']],
    ]);
  });

  test('one live migration at a time, and questions to the APIs go to the controllers in turn', () => {
    const made = plan();
    const moves = made.steps.filter(({ kind }) => kind === 'guests.move');
    expect(new Set(moves.map((one) => one.class))).toEqual(new Set(['migrate']));
    expect(moves.map(({ on }) => on)).toEqual([['ctl1'], ['ctl2'], ['ctl3']]);
  });

  test('nova and neutron stop everywhere before their schema changes; the others are never all away', () => {
    const made = plan();
    for (const service of ['nova', 'neutron']) {
      const migrations = made.steps.filter(
        ({ id, phase }) => id.startsWith(`cluster/${service}-database/`) && phase === 'roll-ctl2',
      );
      expect(migrations.length).toBeGreaterThan(0);
      for (const { id } of migrations) {
        const before = ancestors(made, id);
        expect(before).toContain(`ctl1/${service}/leave`);
        expect(before).toContain(`ctl3/${service}/leave`);
      }
    }
    const left = made.steps.filter(({ id }) => id.endsWith('/leave') && !id.includes('/network/'));
    expect(new Set(left.map(({ id }) => id.split('/')[1]))).toEqual(new Set(['nova', 'neutron']));
    // Agents go on: they carry the guests' traffic.
    for (const one of left) expect(JSON.stringify(one.params)).not.toContain('agent');
  });

  test('routers and DHCP leave a network node before anything else is done to it, and come back last', () => {
    const made = plan();
    const phase = made.steps.filter((one) => one.phase === 'roll-ctl3');
    expect(phase.at(0)?.kind).toBe('network.leave');
    expect(phase.at(-1)?.kind).toBe('network.return');
  });

  test('where guests that cannot be moved are let stay, no compute is booted', () => {
    const made = plan({ policy: { guests: { stuck: 'skip' } } });
    expect(made.steps.filter(({ kind }) => kind === 'node.reboot').flatMap(({ on }) => on)).toEqual([
      'ctl2',
      'ctl3',
      'ctl1',
    ]);
  });
});

test('options the target renamed are changed between the new packages and the service’s start, if the policy says so', () => {
  const made = (options: 'tell' | 'change') => {
    const cluster = cloudOf({ computes: 1, policy: { options } });
    const facts = assumedFacts(cluster);
    const ctl2 = facts.nodes.ctl2;
    if (!ctl2) throw new Error('no ctl2');
    ctl2.options = { '/etc/nova/nova.conf': { DEFAULT: { lock_path: { lines: [12] } } } };
    return planOf(cluster, facts, EPOXY);
  };
  expect(made('tell').steps.filter(({ kind }) => kind === 'config.edit')).toEqual([]);
  const changed = made('change');
  expect(changed.steps.filter(({ kind }) => kind === 'config.edit').map(({ id }) => id)).toEqual([
    'ctl2/nova/change-options',
  ]);
  expect(ancestors(changed, 'ctl2/nova/change-options')).toContain('ctl2/os/reboot');
  expect(ancestors(changed, 'ctl2/nova/start')).toContain('ctl2/nova/change-options');
});

test('the same release on a newer system: computes are the easier ones and go first (000)', () => {
  const cluster = cloudOf({ from: { os: 'stretch', openstack: 'rocky' } });
  const made = planOf(cluster, assumedFacts(cluster), { os: 'buster', openstack: 'rocky' });
  const phases = made.phases.map(({ id }) => id).filter((id) => /^(roll|computes)/.test(id));
  expect(phases).toEqual([
    'computes-canary',
    'computes-sample',
    'computes-rest',
    'roll-ctl2',
    'roll-ctl3',
    'roll-ctl1',
  ]);
  expect(made.steps.filter(({ id }) => id.includes('old-computes'))).toEqual([]);
});

describe('refused', () => {
  test('computes, and no word about how they are asked to be emptied', () => {
    expect(() => plan({ cloud: null })).toThrow('WL-PLAN-CLOUD');
  });

  test('nodes with data or quorum of their own, controllers that are computes', () => {
    for (const roles of [['ceph-osd'], ['swift-store'], ['controller', 'compute']] as const) {
      const cluster = cloudOf({ computes: 1 });
      const odd = Cluster.parse({
        ...cluster,
        nodes: { ...cluster.nodes, odd: { address: '10.77.2.99', roles, site: 'zone-1' } },
      });
      expect(() => planOf(odd, assumedFacts(odd), EPOXY)).toThrow('WL-PLAN-SHAPE');
    }
  });
});
