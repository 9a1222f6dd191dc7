import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { databaseSteps, service } from '../../../src/catalog/services/index.ts';
import { planId } from '../../../src/model/hash.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { clusterOf, factsOf, rehearsalOf, runsCode, SERVICES, step } from './rehearsals.ts';
import { ancestors } from './shapes.ts';

const plan = rehearsalOf(clusterOf());

const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    controllers: fc.integer({ min: 1, max: 5 }),
    computes: fc.integer({ min: 0, max: 3 }),
    services: fc.subarray(SERVICES.slice(1)).map((some) => ['keystone', ...some]),
    cloud: fc.boolean(),
    asShipped: fc.boolean(),
  })
  .map(({ asShipped, ...shape }) => rehearsalOf(clusterOf(shape), { asShipped }));

describe('a rehearsal', () => {
  test('as an operator reads it', async () => {
    const text = showPlan(plan).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');
    await expect(text).toMatchFileSnapshot('./golden/rehearsal.txt');
  });

  test('is a plan as any other: whole, and the same for the same request', () => {
    fc.assert(
      fc.property(anyPlan, (one) => {
        expect(one.id).toBe(planId(one));
        expect(readPlan(writePlan(one), 'rehearsal-plan.json')).toEqual(one);
      }),
      { numRuns: 15 },
    );
    expect(rehearsalOf(clusterOf()).id).toBe(plan.id);
    expect(rehearsalOf(clusterOf(), { round: '2' }).id).not.toBe(plan.id);
  });

  test('changes nothing but its machine: every step, way back and command is there', () => {
    fc.assert(
      fc.property(anyPlan, ({ steps }) => {
        for (const { id, on, guards } of steps) {
          expect([id, on]).toEqual([id, ['rehearsal']]);
          for (const guard of guards) for (const look of guard.looks) expect(look.on).toBe('rehearsal');
        }
      }),
      { numRuns: 15 },
    );
  });

  test('reads of the cluster dumps, configuration and fingerprints, each from the node it names', () => {
    fc.assert(
      fc.property(anyPlan, ({ steps }) => {
        for (const { kind, carries = [], looks } of steps) {
          for (const { on } of carries) {
            expect(['rehearsal.dump', 'rehearsal.copy']).toContain(kind);
            expect(on).toMatch(/^ctl\d$/);
          }
          const elsewhere = Object.values(looks).filter(({ on }) => on !== undefined && on !== 'rehearsal');
          if (elsewhere.length > 0) expect(kind).toBe('rehearsal.untouched');
        }
      }),
      { numRuns: 15 },
    );
  });

  test('rewrites every address, raises the wall and proves both before any of the target’s code runs', () => {
    fc.assert(
      fc.property(anyPlan, (one) => {
        const has = (id: string): boolean => one.steps.some((found) => found.id === id);
        const first = [
          'rehearsal/wall/raise',
          'rehearsal/configuration/rewrite',
          'rehearsal/configuration/prove',
          'rehearsal/live-databases/before',
          'rehearsal/keystone-endpoints/rewrite',
          ...(has('rehearsal/nova_api/restore') ? ['rehearsal/nova-cells/rewrite'] : []),
        ];
        for (const found of one.steps.filter(runsCode)) {
          const before = ancestors(one, found.id);
          expect([found.id, first.filter((id) => !before.has(id))]).toEqual([found.id, []]);
          expect([found.id, found.guards.map(({ kind }) => kind)]).toEqual([found.id, ['rehearsal.walled']]);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('walls off every node, every VIP and what the controllers are besides reached by', () => {
    const cluster = clusterOf();
    const facts = factsOf(cluster);
    const ctl1 = facts.nodes.ctl1;
    if (!ctl1) throw new Error('no ctl1');
    ctl1.interfaces = [
      { name: 'host1', addresses: ['10.88.0.11/24', 'fe80::1/64'] },
      { name: 'docker0', addresses: ['172.17.0.1/16'] },
    ];
    const { params } = step(rehearsalOf(cluster, { facts }), 'rehearsal/wall/raise');
    expect(params).toEqual({
      addresses: [
        '10.77.2.10',
        '10.77.2.11',
        '10.77.2.12',
        '10.77.2.13',
        '10.77.2.31',
        '10.77.2.32',
        '10.88.0.11',
      ],
    });
  });

  test('runs the whole ladder: every database command of the catalogue for the target, in the order of moments', () => {
    const wanted = SERVICES.flatMap((name) =>
      databaseSteps(service(name), '2025.1').map(({ id, moment }) => ({
        id: `cluster/${name}-database/${id}`,
        moment,
      })),
    );
    const order = plan.steps.filter(({ kind }) => kind === 'database.migrate').map(({ id }) => id);
    expect([...order].sort()).toEqual(wanted.map(({ id }) => id).sort());
    const moments = order.map((id) => wanted.find((one) => one.id === id)?.moment);
    const rank = { first: 0, last: 1, after: 2 };
    const ranks = moments.map((moment) => (moment ? rank[moment] : -1));
    expect(ranks).toEqual([...ranks].sort());
  });

  test('asks for the lists that source 002 asks for', () => {
    const asked = plan.steps.filter(({ kind }) => kind === 'rehearsal.list').map(({ params }) => params.path);
    expect(asked).toEqual([
      '/v3/services?limit=1',
      '/v2/images?limit=1',
      '/resource_providers?name=none',
      '/v2.1/servers?limit=1',
      '/v2.1/flavors?limit=1',
      '/v2.1/os-services',
      '/v2.0/networks?limit=1',
      '/v3/{project}/volumes?limit=1',
      '/v1/{project}/stacks?limit=1',
    ]);
  });

  test('asks nobody for a token where the cluster file names no credentials', () => {
    const { steps } = rehearsalOf(clusterOf({ cloud: false }));
    expect(steps.filter(({ kind }) => kind === 'rehearsal.list')).toEqual([]);
    expect(steps.filter(({ id }) => id === 'rehearsal/nova/start')).toHaveLength(1);
  });

  test('brings what the services cannot do without, and nothing that is only recommended', () => {
    const installs = plan.steps.filter(({ kind }) => kind === 'apt.install');
    expect(installs.length).toBeGreaterThanOrEqual(4);
    for (const { params } of installs) expect(params.recommends).toBe(false);
  });

  test('keeps the old database defaults as the plan does; as shipped, it does not', () => {
    const content = (one: Plan) => step(one, 'rehearsal/mariadb/configure').params.content;
    expect(content(plan)).toContain('character_set_collations = utf8mb3=utf8mb3_general_ci');
    const shipped = rehearsalOf(clusterOf(), { asShipped: true });
    expect(content(shipped)).not.toContain('character_set_collations');
    expect(step(shipped, 'rehearsal/mariadb/verify').params).toEqual({ version: '11.8', keeps: [] });
    expect(shipped.rehearsal?.asShipped).toBe(true);
  });

  test('says which steps will be an outage: those of services that are cut over', () => {
    expect(plan.rehearsal?.window).toEqual({
      nova: [
        'cluster/nova-database/api-sync',
        'cluster/nova-database/sync',
        'cluster/nova-database/sync-cells',
        'rehearsal/nova/start',
      ],
      neutron: [
        'cluster/neutron-database/expand',
        'cluster/neutron-database/contract',
        'rehearsal/neutron/start',
      ],
    });
    // What no rehearsal has: the stop of old code and the return into the balancers, as the real plan estimates them.
    expect(plan.rehearsal?.around).toEqual({ nova: 13, neutron: 13 });
  });

  test('holds no secret, and names none on a command line', () => {
    const text = writePlan(plan);
    expect(text).not.toMatch(/:\/\/[^\s"'\\]*:(?!none@|guest@|p@)[^\s"'\\/@%{}()[\]^]+@(?!127)/);
    for (const { commands, carries = [] } of plan.steps) {
      for (const argv of [...commands, ...carries.map((carry) => carry.argv)]) {
        expect(argv.filter((word) => /^(-p(?!rintf).+|--password)/.test(word))).toEqual([]);
      }
    }
  });

  test('says how its machine is made and removed, where a command does that', () => {
    const provider = { make: ['virsh', 'start', 'upg01'], remove: ['virsh', 'destroy', 'upg01'] };
    const one = rehearsalOf(
      clusterOf({ rehearsal: { node: { name: 'upg01', address: '10.77.9.9' }, provider } }),
    );
    expect(one.rehearsal).toMatchObject({
      host: 'upg01',
      make: { argv: provider.make },
      remove: { argv: provider.remove },
    });
    expect(showPlan(one)).toContain('upg01 is made here by: virsh start upg01');
  });

  test('says what libvirt is told on its host, whole', () => {
    const libvirt = {
      host: { name: 'hyp1', address: '10.77.9.5' },
      image: '/images/debian-13.qcow2',
      bridge: 'br0',
      address: '10.77.9.9/24',
      keys: ['ssh-ed25519 AAAA'],
    };
    const node = { name: 'upg01', address: '10.77.9.9' };
    const one = rehearsalOf(clusterOf({ rehearsal: { node, provider: { libvirt } } }));
    expect(one.rehearsal).toMatchObject({ make: { on: 'hyp1' }, remove: { on: 'hyp1' } });
    expect(one.rehearsal?.make?.input).toContain("<source bridge='br0'/>");
    expect(showPlan(one)).toMatch(
      /upg01 is made on hyp1 by: bash .* upg01 \/images\/debian-13\.qcow2 qcow2 40G, with a script of \d+ lines/,
    );
  });

  test('on the same system takes the release from the archive of the cluster file', () => {
    const from = { os: 'trixie', openstack: '2025.1' };
    const archives = { '2026.1': { source: 'deb http://repo.example/gazpacho ./\n' } };
    const one = rehearsalOf(clusterOf({ from, archives }), { to: { os: 'trixie', openstack: '2026.1' } });
    expect(step(one, 'rehearsal/archive/add').params.source).toEqual({
      path: '/etc/apt/sources.list.d/windlass-2026.1.list',
      content: archives['2026.1'].source,
    });
    expect(step(one, 'rehearsal/mariadb/verify').params).toEqual({ version: '11.8', keeps: [] });
  });
});

describe('no rehearsal', () => {
  test.each([
    ['without a machine', () => rehearsalOf(clusterOf({ rehearsal: null })), /WL-REHEARSE-HOST/],
    [
      'where no schema changes',
      () => rehearsalOf(clusterOf(), { to: { os: 'bookworm', openstack: 'zed' } }),
      /WL-REHEARSE-NOTHING/,
    ],
    [
      'where nobody read the schemas',
      () => {
        const cluster = clusterOf();
        return rehearsalOf(cluster, { facts: { ...assumedFacts(cluster), assumed: false } });
      },
      /WL-REHEARSE-FINGERPRINT/,
    ],
    [
      'where there are no databases',
      () => {
        const cluster = clusterOf();
        const facts = factsOf(cluster);
        for (const node of Object.values(facts.nodes)) if (node.galera) node.galera.databases = {};
        return rehearsalOf(cluster, { facts });
      },
      /WL-REHEARSE-DATABASES/,
    ],
  ])('%s', (_, make, code) => {
    expect(make).toThrow(code);
  });
});
