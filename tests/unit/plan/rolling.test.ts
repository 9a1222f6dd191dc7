import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { findService, mustCutOver } from '../../../src/catalog/services/index.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { Servers } from '../../../src/steps/haproxy.ts';
import { EPOXY, EPOXY_HERE, GAZPACHO_HERE, HIBISCUS_HERE, rolled, type Shape, WHOLE } from './rolled.ts';
import { ancestors, planOf } from './shapes.ts';

/** From one release to the next. */
const plan = (shape: Shape = {}): Plan => {
  const cluster = rolled({ ...shape, from: GAZPACHO_HERE });
  return planOf(cluster, assumedFacts(cluster), HIBISCUS_HERE);
};
/** From one SLURP release to the next, over one between. */
const slurp = (shape: Shape = {}): Plan => {
  const cluster = rolled({ ...shape, from: EPOXY });
  return planOf(cluster, assumedFacts(cluster), GAZPACHO_HERE);
};
/** Five releases at once. */
const leap = (shape: Shape = {}): Plan => {
  const cluster = rolled(shape);
  return planOf(cluster, assumedFacts(cluster), EPOXY_HERE);
};
const text = (made: Plan): string => showPlan(made).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');

/** Place of a step in the order of the file, which is the order steps could run one by one. */
const place = ({ steps }: Plan, id: string): number => {
  const at = steps.findIndex((step) => step.id === id);
  if (at < 0) throw new Error(`no step ${id}`);
  return at;
};

describe('one release on, on the same system', () => {
  test('the plan', async () => {
    const made = plan();
    expect(made.route[0]?.strategy).toBe('rolling');
    await expect(text(made)).toMatchFileSnapshot('./golden/rolling.txt');
  });

  test('a whole cloud: agents and computes follow at their pace', async () => {
    await expect(text(plan({ services: WHOLE, computes: 4, networks: 2 }))).toMatchFileSnapshot(
      './golden/rolling-cloud.txt',
    );
  });

  test('neither system, bus, database, cluster nor node is touched', () => {
    const kinds = new Set(plan({ services: WHOLE, computes: 2 }).steps.map(({ kind }) => kind));
    for (const kind of kinds)
      expect(kind).not.toMatch(
        /^(apt\.dist-upgrade|node\.reboot|galera\.|rabbitmq\.(?!export)|pacemaker\.(?!keep)|guests\.)/,
      );
  });

  test('nova takes over on the first controller, and the others rise when their old API is out of the balancers', () => {
    const made = plan({ services: WHOLE });
    expect(ancestors(made, 'ctl2/nova-api/start')).toContain('cluster/nova-database/sync');
    expect(ancestors(made, 'ctl1/nova/make-way')).toContain('ctl2/nova/warm');
    expect(ancestors(made, 'ctl2/nova/start')).toContain('ctl3/nova/make-way');
    expect(ancestors(made, 'cluster/haproxy/turn-nova')).toContain('ctl2/haproxy/enable-nova');
    expect(ancestors(made, 'ctl1/nova/raise')).toContain('ctl3/nova/leave');
  });

  test('requests under way have as long as the policy gives them, and are ended then only where it says so', () => {
    const drains = (policy: Record<string, unknown>) =>
      plan({ services: WHOLE, policy }).steps.filter(({ kind }) => kind === 'haproxy.drain');
    const held = drains({ drain: '10m' });
    expect(held.length).toBeGreaterThan(6);
    expect(held.map(({ settle, params }) => [settle, 'end' in params])).toEqual(held.map(() => [600, false]));
    const ended = drains({ drain: '10m', undrained: 'end' });
    expect(ended.map(({ params, timeout }) => [params.end, timeout > 600])).toEqual(
      held.map(() => [600, true]),
    );
  });

  test('the others rise together where the policy allows as many controllers at once, the first always alone', () => {
    const classes = { controller: { limit: 2 } };
    for (const made of [
      plan({ services: WHOLE, policy: { classes } }),
      leap({ services: WHOLE, policy: { classes } }),
    ]) {
      const raises = made.steps.filter(({ kind, on }) => kind === 'archive.raise' && on[0] === 'ctl1');
      for (const { id } of raises) {
        const twin = id.replace('ctl1', 'ctl3');
        expect(ancestors(made, id)).toContain(id.replace('ctl1', 'ctl2'));
        expect(ancestors(made, id)).not.toContain(twin);
        expect(ancestors(made, twin)).not.toContain(id);
      }
      expect(raises.length).toBeGreaterThan(0);
    }
  });

  test('libraries rise on a node that takes no requests, with no service package moving', () => {
    const made = plan();
    for (const node of ['ctl1', 'ctl2', 'ctl3']) {
      const before = ancestors(made, `${node}/libraries/raise`);
      expect(before).toContain(`${node}/haproxy/drain`);
      expect(before).toContain(`${node}/openstack/stop`);
      expect(ancestors(made, `${node}/haproxy/enable`)).toContain(`${node}/keystone/back`);
      const { params } = made.steps[place(made, `${node}/libraries/raise`)] ?? {};
      expect(params).toMatchObject({ held: expect.arrayContaining(['keystone', 'nova', 'neutron']) });
      expect(params).not.toHaveProperty('removes');
    }
  });

  test('what was stopped for a raise is stopped by it once more: a boot in the middle would have started it', () => {
    for (const made of [plan({ services: WHOLE }), leap({ services: WHOLE })]) {
      const raises = made.steps.filter(
        ({ kind, on }) => kind === 'archive.raise' && /^ctl/.test(on[0] ?? ''),
      );
      expect(raises.length).toBeGreaterThan(2);
      for (const { id, params } of raises) {
        const before = ancestors(made, id);
        const stops = made.steps.filter((step) => step.kind === 'systemd.stop' && before.has(step.id));
        expect(
          stops.filter(({ on }) => on[0] === id.slice(0, 4)).map((step) => step.params.units),
          id,
        ).toContainEqual(params.stopped);
      }
    }
  });

  test('the node with the VIP goes first, and one service is everywhere before the next begins', () => {
    const made = plan();
    expect(place(made, 'ctl2/keystone/raise')).toBeLessThan(place(made, 'ctl1/keystone/raise'));
    expect([...ancestors(made, 'ctl2/placement/raise')]).toEqual(
      expect.arrayContaining(['ctl1/haproxy/enable-keystone', 'ctl3/haproxy/enable-keystone']),
    );
  });

  test('a service the archive does not have stays, packages and all', () => {
    const made = slurp();
    expect(made.steps.filter(({ id }) => /glance(-database)?\/(raise|expand|migrate)/.test(id))).toEqual([]);
    expect(place(made, 'ctl1/glance/start')).toBeGreaterThan(place(made, 'ctl1/openstack/raise'));
    for (const { id, kind, params } of made.steps)
      if (kind === 'archive.raise' || kind === 'archive.fetch')
        expect(params.held, id).toEqual(expect.arrayContaining(['glance', 'python-glance-store']));
  });

  test('a library that a service left behind cannot do without waits for that service', () => {
    const made = plan({ services: WHOLE });
    const held = (id: string): unknown => made.steps[place(made, id)]?.params.held;
    for (const id of ['ctl1/libraries/raise', 'ctl2/libraries/raise', 'ctl1/keystone/raise'])
      expect(held(id)).toContain('python-oslo.db');
    for (const id of ['ctl1/glance/raise', 'ctl2/glance/raise', 'ctl1/nova/raise'])
      expect(held(id)).not.toContain('python-oslo.db');
    const whole = slurp({ services: WHOLE });
    expect(whole.steps[place(whole, 'ctl1/openstack/raise')]?.params.held).toContain('python-oslo.db');
  });

  test('what other services stand in the way of waits, until the last one of the node has risen', () => {
    const made = plan({ services: WHOLE, computes: 1 });
    const raises = made.steps.filter(({ kind, id }) => kind === 'archive.raise' && !id.includes('libraries'));
    const waiting = raises.filter(({ params }) => params.blocked !== undefined).map(({ id }) => id);
    for (const id of ['ctl1/keystone/raise', 'ctl2/neutron/raise', 'cmp1/nova/raise'])
      expect(waiting).toContain(id);
    for (const node of ['ctl1', 'ctl2', 'ctl3', 'cmp1']) {
      const mine = raises.filter(({ on }) => on[0] === node);
      expect(waiting).not.toContain(mine.at(-1)?.id);
      expect(mine.filter(({ id }) => !waiting.includes(id))).toHaveLength(1);
    }
    for (const { params } of slurp({ services: WHOLE }).steps) expect(params).not.toHaveProperty('blocked');
  });

  test('controllers rise as a whole where the archive is known to want that, and the policy does not', () => {
    const together = plan({ services: WHOLE, policy: { libraries: 'together' } });
    const known = plan({ services: WHOLE, policy: { libraries: undefined } });
    for (const { steps } of [together, known]) {
      const ids = steps.map(({ id }) => id);
      expect(ids).toContain('ctl1/openstack/raise');
      expect(ids).not.toContain('ctl1/libraries/raise');
    }
    expect(known.steps.find(({ id }) => id === 'ctl1/openstack/raise')?.why).toContain('oslo.policy');
    expect(text(leap({ policy: { libraries: 'ahead' } }))).toBe(text(leap()));
  });

  test('contract and online migrations wait for every node that has the service, and for no other', () => {
    const made = plan({ services: WHOLE, computes: 2 });
    const keystone = ancestors(made, 'cluster/keystone-database/contract');
    for (const id of ['ctl1/keystone/start', 'ctl3/keystone/start']) expect(keystone).toContain(id);
    const nova = ancestors(made, 'cluster/nova-database/online');
    for (const id of ['ctl3/nova/start', 'cmp1/nova/alive', 'cmp2/nova/restart']) expect(nova).toContain(id);
    for (const before of [keystone, nova]) expect(before).not.toContain('cmp2/neutron/restart');
  });

  test('a node is made ready beside the first one, never raised before it is, and tidied when it is through', () => {
    for (const made of [plan({ services: WHOLE, computes: 2 }), leap({ services: WHOLE, computes: 2 })]) {
      const [lead] = made.steps.flatMap(({ kind, on }) => (kind === 'archive.raise' ? on : []));
      for (const { id, on } of made.steps.filter(({ kind }) => kind === 'archive.raise')) {
        const before = ancestors(made, id);
        for (const kept of ['packages/keep', 'etc/keep', 'archive/fetch'])
          expect(before, id).toContain(`${on[0]}/${kept}`);
        expect(before, id).toContain('ctl3/databases/prove');
        for (const calm of ['ctl1', 'ctl2', 'ctl3', on[0]])
          expect(before, id).toContain(`${calm}/policy-rc.d/write`);
        if (on[0] === lead) expect(before, id).not.toContain('cmp1/archive/fetch');
      }
      expect(made.checkpoints[0]?.after).toContain(`${lead}/packages/keep`);
      expect(made.checkpoints[0]?.after).not.toContain('cmp1/packages/keep');
      // The first one's turn stops daemons of the others: what a way back compares with is kept there before.
      const stops = made.steps.filter(({ id }) => /\/nova\/(make-way|made-way|leave)$/.test(id));
      expect(stops.length).toBeGreaterThan(0);
      for (const { id, on } of stops) expect(ancestors(made, id), id).toContain(`${on[0]}/etc/keep`);
      for (const node of ['ctl1', 'ctl2', 'ctl3'])
        expect(made.checkpoints[0]?.after).toContain(`${node}/etc/keep`);
      const last = ancestors(made, 'ctl3/packages/autoremove');
      for (const node of ['ctl1', 'ctl2']) expect(last).toContain(`${node}/packages/autoremove`);
      const tidied = ancestors(made, 'cmp1/packages/autoremove');
      expect(tidied).toContain('cmp1/neutron/restart');
      expect(tidied).not.toContain('cmp2/neutron/restart');
      for (const node of ['ctl1', 'cmp1', 'cmp2'])
        expect(ancestors(made, 'cluster/cluster/verify')).toContain(`${node}/node/verify`);
      expect(ancestors(made, 'ctl1/node/verify')).toContain('cluster/nova-database/online');
    }
  });

  test('agents wait while the bus is behind, notifications not counted', () => {
    const made = plan({ services: WHOLE, computes: 1, networks: 1 });
    const restart = made.steps[place(made, 'net1/neutron/restart')];
    expect(restart).toMatchObject({ class: 'network' });
    expect(restart?.guards).toMatchObject([
      { kind: 'rabbitmq.backlog', params: { max: 10_000, without: 'notifications' } },
    ]);
    expect(made.steps[place(made, 'cmp1/neutron/restart')]).toMatchObject({ class: 'neutron-agent' });
    expect(made.steps[place(made, 'cmp1/nova/restart')]).toMatchObject({ class: 'nova-compute' });
  });
});

describe('several releases at once on the same system', () => {
  test('from one SLURP release to the next as well: a node rises as a whole, and nothing is cut over', async () => {
    const made = slurp({ services: WHOLE, computes: 2, networks: 1 });
    expect(made.route[0]?.strategy).toBe('rolling');
    await expect(text(made)).toMatchFileSnapshot('./golden/rolling-slurp.txt');
  });

  test('the plan: old services do not run on the new libraries, so a node rises as a whole', async () => {
    const made = leap({ services: WHOLE, computes: 2, networks: 1 });
    expect(made.route[0]?.strategy).toBe('rolling');
    await expect(text(made)).toMatchFileSnapshot('./golden/rolling-leap.txt');
  });

  test('nothing of a node takes requests while it rises, and what rolls is never stopped everywhere', () => {
    const made = leap({ services: WHOLE });
    for (const node of ['ctl1', 'ctl2', 'ctl3'])
      expect(ancestors(made, `${node}/openstack/raise`)).toContain(`${node}/haproxy/drain`);
    expect(ancestors(made, 'ctl1/openstack/stop')).toContain('ctl2/haproxy/enable');
    expect(ancestors(made, 'ctl3/openstack/stop')).toContain('ctl1/haproxy/enable');
  });

  test('whatever stops a daemon gives it the time that nova takes from 2026.1 on', () => {
    for (const made of [plan({ services: WHOLE, computes: 2 }), leap({ services: WHOLE, computes: 2 })]) {
      const stops = made.steps.filter(({ kind }) => /^systemd\.(stop|hold|restart)$/.test(kind));
      expect(stops.length).toBeGreaterThan(3);
      expect(stops.filter(({ timeout }) => timeout < 185).map(({ id, timeout }) => [id, timeout])).toEqual(
        [],
      );
    }
  });

  test('balancers are given back what was taken out of them, and the database was not', () => {
    for (const made of [plan({ services: WHOLE }), slurp({ services: WHOLE }), leap({ services: WHOLE })]) {
      const named = (kind: string): Set<string> =>
        new Set(
          made.steps
            .filter((step) => step.kind === kind)
            .flatMap(({ params }) => Servers.parse(params.servers))
            .map(({ backend, server }) => `${backend}/${server}`),
        );
      const [out, back] = [named('haproxy.drain'), named('haproxy.enable')];
      expect(back.size).toBeGreaterThan(10);
      expect([...back].filter((name) => !out.has(name))).toEqual([]);
      expect([...back].filter((name) => /galera|sql/.test(name))).toEqual([]);
    }
  });

  test('nova takes over: every request finds an API, and old and new conductors never work at the same time', () => {
    const made = leap({ services: WHOLE });
    const comesAfter = (id: string, ...earlier: string[]): void => {
      for (const before of earlier) expect(ancestors(made, id), id).toContain(before);
    };
    comesAfter('ctl2/nova-api/start', 'cluster/nova-database/sync', 'ctl2/openstack/raise');
    // Nothing old stops before the new API is loaded and warm.
    for (const old of ['ctl1', 'ctl3']) comesAfter(`${old}/nova/make-way`, 'ctl2/nova/warm');
    comesAfter('ctl2/nova/start', 'ctl1/nova/make-way', 'ctl3/nova/make-way');
    comesAfter('ctl2/haproxy/enable-nova', 'ctl2/nova/start');
    // The balancers have the new one before the old ones go.
    comesAfter('cluster/haproxy/turn-nova', 'ctl2/haproxy/enable-nova');
    for (const old of ['ctl1', 'ctl3']) comesAfter(`${old}/nova/leave`, 'cluster/haproxy/turn-nova');
    comesAfter('ctl1/openstack/stop', 'ctl3/nova/leave');
  });

  test('what reads only stays where it is: consoles and metadata of the other controllers go on', () => {
    const stopped = leap({ services: WHOLE }).steps.flatMap(({ id, params }) =>
      /\/nova\/(make-way|leave)$/.test(id) && Array.isArray(params.units) ? params.units.map(String) : [],
    );
    expect([...new Set(stopped)].sort()).toEqual(['nova-api', 'nova-conductor', 'nova-scheduler']);
  });

  test('what has risen as a whole restarts each service at its own pace, none waiting for another', () => {
    const made = leap({ services: WHOLE, computes: 2 });
    for (const service of ['nova', 'neutron'])
      expect(ancestors(made, `cmp1/${service}/restart`)).toContain('cmp1/openstack/raise');
    expect(ancestors(made, 'cmp1/neutron/restart')).not.toContain('cmp1/nova/restart');
    expect(made.steps.filter(({ id }) => /^cmp1\/\w+\/raise$/.test(id)).map(({ id }) => id)).toEqual([
      'cmp1/openstack/raise',
    ]);
  });

  test('a column that old neutron asks for is kept until nothing old is left', () => {
    const made = leap({ services: WHOLE, computes: 1 });
    const expand = made.steps[place(made, 'cluster/neutron-database/expand')];
    expect(expand?.title).toContain('keep subnets.in_use for the old code');
    expect(expand?.commands[0]).toEqual(expect.arrayContaining(['neutron-db-manage', '--expand']));
    expect(made.steps.filter(({ id }) => /\/neutron\/leave$/.test(id))).toEqual([]);
    const before = ancestors(made, 'cluster/neutron-database/drop-kept');
    for (const id of ['ctl1/neutron/start', 'ctl3/neutron/start', 'cmp1/neutron/restart'])
      expect(before).toContain(id);
    expect(ancestors(made, 'ctl1/neutron/start')).toContain('cluster/neutron-database/expand');
  });

  test('what the operator wants cut over stops everywhere together, once the first node is ready', () => {
    const made = leap({ services: WHOLE, policy: { cutover: ['nova', 'neutron'] } });
    expect(made.route[0]?.strategy).toBe('cutover');
    const left = made.steps.filter(({ id }) => id.endsWith('/leave')).map(({ id }) => id);
    expect(left.sort()).toEqual([
      'ctl1/neutron/leave',
      'ctl1/nova/leave',
      'ctl3/neutron/leave',
      'ctl3/nova/leave',
    ]);
    expect(ancestors(made, 'ctl1/nova/leave')).toContain('ctl2/openstack/raise');
    expect(ancestors(made, 'ctl2/nova/start')).toContain('ctl3/nova/leave');
    expect(ancestors(made, 'ctl1/nova/leave')).not.toContain('ctl1/openstack/raise');
  });
});

describe('agents on controllers', () => {
  const AGENTS = ['neutron-openvswitch-agent', 'neutron-l3-agent', 'neutron-dhcp-agent'];
  const shape: Shape = { services: WHOLE, computes: 1, collocated: true };
  const unitsOf = (made: Plan, kind: string): unknown[] =>
    made.steps.filter((step) => step.kind === kind).flatMap(({ params }) => params.units ?? params.stopped);
  const restarts = (made: Plan): string[] =>
    made.steps.map(({ id }) => id).filter((id) => id.endsWith('/neutron-agents/restart'));

  test.each([
    ['a node rises as a whole', leap],
    ['libraries go ahead', plan],
  ])(
    'go on as they are until the last server has risen, and are restarted one after the other: %s',
    (_, by) => {
      const made = by(shape);
      for (const kind of ['systemd.stop', 'systemd.release', 'archive.raise'])
        expect(unitsOf(made, kind).filter((unit) => AGENTS.includes(String(unit)))).toEqual([]);
      const [first = '', second = '', third = ''] = restarts(made);
      expect([first, second, third].toSorted()).toEqual(
        ['ctl1', 'ctl2', 'ctl3'].map((node) => `${node}/neutron-agents/restart`),
      );
      for (const node of ['ctl1', 'ctl2', 'ctl3'])
        expect(ancestors(made, first)).toContain(`${node}/neutron/start`);
      expect(ancestors(made, second)).toContain(first);
      expect(ancestors(made, third)).toContain(second);
      expect(made.steps[place(made, first)]).toMatchObject({
        class: 'network',
        params: { units: expect.arrayContaining(AGENTS) },
      });
      for (const id of ['ctl1/packages/autoremove', 'cluster/cluster/verify'])
        expect(ancestors(made, id)).toContain(third);
    },
  );

  test('what neutron keeps for old code is kept until they are new', () => {
    const made = leap(shape);
    for (const id of restarts(made))
      expect(ancestors(made, 'cluster/neutron-database/drop-kept')).toContain(id);
  });

  test('that a run which was given up had stopped are let up first', () => {
    const cluster = rolled(shape);
    const facts = assumedFacts(cluster);
    const unit = facts.nodes.ctl1?.units['neutron-l3-agent.service'];
    if (unit === undefined) throw new Error('no L3 agent on ctl1');
    unit.active = 'inactive';
    unit.enabled = 'enabled';
    const made = planOf(cluster, facts, EPOXY_HERE);
    const starts = made.steps.filter(({ id }) => id.endsWith('/neutron-agents/start'));
    expect(starts.map(({ id, params }) => [id, params.units])).toEqual([
      ['ctl1/neutron-agents/start', ['neutron-l3-agent']],
    ]);
    expect(ancestors(made, 'ctl1/neutron-agents/restart')).toContain('ctl1/neutron-agents/start');
  });

  test('stop and start with their node where neutron is cut over: no old server is left then', () => {
    const made = leap({ ...shape, policy: { cutover: ['neutron'] } });
    expect(restarts(made)).toEqual([]);
    expect(unitsOf(made, 'systemd.stop')).toEqual(expect.arrayContaining(AGENTS));
    for (const node of ['ctl1', 'ctl3'])
      expect(ancestors(made, 'ctl2/neutron-agents/start')).toContain(`${node}/neutron/leave`);
  });
});

test('options the target renamed are changed with the new packages in place, where the policy says so', () => {
  const cluster = rolled({ services: WHOLE, computes: 1, policy: { options: 'change' } });
  const facts = assumedFacts(cluster);
  for (const node of ['ctl2', 'cmp1']) {
    const found = facts.nodes[node];
    if (!found) throw new Error(`no ${node}`);
    found.options = { '/etc/nova/nova.conf': { DEFAULT: { lock_path: { lines: [12] } } } };
  }
  const made = planOf(cluster, facts, EPOXY_HERE);
  expect(made.steps.filter(({ kind }) => kind === 'config.edit').map(({ id }) => id)).toEqual([
    'ctl2/nova/change-options',
    'cmp1/nova/change-options',
  ]);
  expect(ancestors(made, 'ctl2/nova/change-options')).toContain('ctl2/openstack/raise');
  expect(ancestors(made, 'ctl2/nova/start')).toContain('ctl2/nova/change-options');
  expect(ancestors(made, 'cmp1/nova/restart')).toContain('cmp1/nova/change-options');
});

describe('what may not roll', () => {
  test('neutron’s migrations that want every server stopped are asked for and never done under a running one', () => {
    const made = plan({ services: WHOLE });
    const step = made.steps[place(made, 'cluster/neutron-database/contract')];
    expect(step).toMatchObject({
      commands: [],
      params: { forbidden: 'neutron is served while this hop goes on' },
      title: "See that neutron's database needs nothing that stops every server",
    });
    expect(made.steps.filter(({ id }) => id.endsWith('/neutron/leave'))).toEqual([]);
  });

  test('a service the operator names is cut over, and then they are done', () => {
    const made = plan({ services: WHOLE, policy: { cutover: ['neutron'] } });
    expect(made.route[0]?.strategy).toBe('cutover');
    const contract = made.steps[place(made, 'cluster/neutron-database/contract')];
    expect(contract?.commands).toHaveLength(1);
    const before = ancestors(made, 'cluster/neutron-database/contract');
    for (const id of ['ctl1/neutron/leave', 'ctl3/neutron/leave']) expect(before).toContain(id);
    expect(ancestors(made, 'ctl1/nova/leave')).toContain('cluster/haproxy/turn-nova');
  });

  test('of a hop nobody has looked at, what wants every process stopped is cut over', () => {
    const neutron = findService('neutron');
    const keystone = findService('keystone');
    if (!neutron || !keystone) throw new Error('no such services');
    const at = (openstack: string) => ({ os: 'trixie', openstack });
    expect(mustCutOver(neutron, at('2025.1'), at('2025.2'))).toBe(true);
    expect(mustCutOver(keystone, at('2025.1'), at('2025.2'))).toBe(false);
    expect(mustCutOver(neutron, at('2025.1'), at('2026.1'))).toBe(false);
    expect(mustCutOver(neutron, at('2025.1'), at('epoxy'))).toBe(false);
  });
});

describe('the archive', () => {
  test('one nobody named is asked for by name', () => {
    expect(() => leap({ archives: {} })).toThrow(
      expect.objectContaining({
        fault: expect.objectContaining({
          code: 'WL-PLAN-ARCHIVE',
          remedy: expect.stringContaining("'2025.1'"),
        }),
      }),
    );
  });

  test('one in deb822 is written to a file apt reads as such, its key beside it', () => {
    const source =
      'Types: deb\nURIs: http://repo.example/epoxy\nSuites: ./\nSigned-By: /etc/apt/keyrings/epoxy.asc\n';
    const content = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n-----END PGP PUBLIC KEY BLOCK-----\n';
    const made = leap({
      archives: { '2025.1': { source, key: { path: '/etc/apt/keyrings/epoxy.asc', content } } },
    });
    expect(made.steps[place(made, 'ctl1/archive/add')]?.params).toEqual({
      source: { path: '/etc/apt/sources.list.d/windlass-2025.1.sources', content: source },
      key: { path: '/etc/apt/keyrings/epoxy.asc', content },
    });
  });
});
