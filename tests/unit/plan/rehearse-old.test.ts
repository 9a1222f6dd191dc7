// The old release's code, asked on a second machine within a rehearsal.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { databaseStepsOn, service } from '../../../src/catalog/services/index.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { clusterOf, factsOf, rehearsalOf, runsCode, SERVICES, step } from './rehearsals.ts';
import { ancestors } from './shapes.ts';

const OLD = 'rehearsal-old';
const rehearsal = { node: { address: '10.77.9.9' }, old: { node: { address: '10.77.9.8' } } };
const SAME = { os: 'bookworm', openstack: '2025.1' };
const archives = { '2025.1': { source: 'deb http://repo.example/epoxy ./\n' } };
const plan = rehearsalOf(clusterOf({ rehearsal }));
const same = rehearsalOf(clusterOf({ rehearsal, archives }), { to: SAME });

const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    controllers: fc.integer({ min: 1, max: 3 }),
    computes: fc.integer({ min: 0, max: 2 }),
    services: fc.subarray(SERVICES.slice(1)).map((some) => ['keystone', ...some]),
    stays: fc.boolean(),
  })
  .map(({ stays, ...shape }) =>
    rehearsalOf(clusterOf({ ...shape, rehearsal, archives }), stays ? { to: SAME } : {}),
  );

const asks = ({ steps }: Plan, phase: string) =>
  steps.filter(({ kind, params }) => kind === 'rehearsal.old-code' && params.phase === phase);
const ladder = ({ steps }: Plan) => steps.filter(({ kind }) => kind === 'database.migrate');

describe('a rehearsal with the old release beside it', () => {
  test('as an operator reads it', async () => {
    const text = showPlan(plan).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');
    await expect(text).toMatchFileSnapshot('./golden/rehearsal-old.txt');
    expect(readPlan(writePlan(plan), 'rehearsal-plan.json')).toEqual(plan);
  });

  test('changes its two machines and no other; of the cluster only the first one reads databases', () => {
    fc.assert(
      fc.property(anyPlan, ({ steps }) => {
        for (const { id, on, guards, kind, carries = [], looks } of steps) {
          expect([id, ['rehearsal', OLD].includes(on[0] ?? '') && on.length === 1]).toEqual([id, true]);
          for (const guard of guards) {
            for (const look of guard.looks) expect(['rehearsal', OLD]).toContain(look.on);
          }
          if (on[0] === OLD && carries.length > 0) expect(kind).toBe('rehearsal.copy');
          const elsewhere = Object.values(looks).filter(
            ({ on: where }) => where !== undefined && !['rehearsal', OLD].includes(where),
          );
          if (elsewhere.length > 0) expect([kind, on]).toEqual(['rehearsal.untouched', ['rehearsal']]);
        }
      }),
      { numRuns: 10 },
    );
  });

  test('cuts both machines off before any code of either release runs, and asks both walls as long as both work', () => {
    fc.assert(
      fc.property(anyPlan, (one) => {
        const first = ['rehearsal', OLD].flatMap((host) => [
          `${host}/wall/raise`,
          `${host}/configuration/rewrite`,
          `${host}/configuration/prove`,
        ]);
        const stop = `${OLD}/openstack/stop`;
        for (const found of one.steps.filter(runsCode)) {
          const before = ancestors(one, found.id);
          expect([found.id, first.filter((id) => !before.has(id))]).toEqual([found.id, []]);
          const walls = found.guards.filter(({ kind }) => kind === 'rehearsal.walled');
          expect(walls.map(({ params }) => params.host)).toEqual(
            before.has(stop) ? ['rehearsal'] : ['rehearsal', OLD],
          );
        }
        expect(step(one, `${OLD}/wall/raise`).params).toEqual(step(one, 'rehearsal/wall/raise').params);
      }),
      { numRuns: 10 },
    );
  });

  test('asks each on its own schema, expands, asks again, stops it, and only then goes on', () => {
    fc.assert(
      fc.property(anyPlan, (one) => {
        const own = asks(one, 'own').map(({ id }) => id);
        const expanded = asks(one, 'expanded').map(({ id }) => id);
        const end = [`${OLD}/openstack/stop`, `${OLD}/relay/close`, 'rehearsal/relay/close'];
        expect(expanded.map((id) => id.replace(/-expanded$/, ''))).toEqual(
          own.map((id) => id.replace(/-own$/, '')),
        );
        expect(own.length).toBeGreaterThan(0);
        for (const { id } of ladder(one)) {
          const before = ancestors(one, id);
          expect(own.filter((each) => !before.has(each))).toEqual([]);
          const [, name = '', word = ''] = /^cluster\/(\w+)-database\/(.+)$/.exec(id) ?? [];
          const known = databaseStepsOn(service(name), one.from, one.to).find((each) => each.id === word);
          // What takes something away, or wants nobody there, comes when nobody old is there any more.
          const late = known?.moment !== 'first' || known.offline === true;
          const wanted = [...expanded, ...end];
          expect([id, wanted.filter((each) => before.has(each)).length]).toEqual([
            id,
            late ? wanted.length : 0,
          ]);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('runs the same commands as without it, each once', () => {
    fc.assert(
      fc.property(fc.subarray(SERVICES.slice(1)), fc.boolean(), (some, stays) => {
        const shape = { services: ['keystone', ...some], archives };
        const over = stays ? { to: SAME } : {};
        const ids = (one: Plan) =>
          ladder(one)
            .map(({ id, params }) => `${id} ${JSON.stringify(params)}`)
            .sort();
        expect(ids(rehearsalOf(clusterOf({ ...shape, rehearsal }), over))).toEqual(
          ids(rehearsalOf(clusterOf(shape), over)),
        );
      }),
      { numRuns: 10 },
    );
  });

  test('has the old release’s system, packages and daemons there, and no database server', () => {
    const on = (kind: string) => plan.steps.filter((one) => one.kind === kind && one.on[0] === OLD);
    expect(on('rehearsal.claim')[0]?.params.codename).toBe('bookworm');
    expect(on('apt.dist-upgrade')[0]?.params.codename).toBe('bookworm');
    const packages = on('apt.install').flatMap(({ params }) => params.packages as string[]);
    expect(packages).toEqual(expect.arrayContaining(['mariadb-client', 'nova-conductor', 'neutron-api']));
    expect(packages).not.toContain('mariadb-server');
    expect(packages).not.toContain('neutron-periodic-workers');
    const nova = step(plan, `${OLD}/nova/old-expanded`).params;
    expect(nova).toMatchObject({
      units: ['nova-conductor', 'nova-scheduler', 'nova-api'],
      engines: ['nova-conductor', 'nova-scheduler'],
      beats: '/v2.1/os-services',
    });
    expect(step(plan, `${OLD}/keystone/old-own`).params).toMatchObject({ login: true, beats: null });
    // None of the old release's daemons is started on the target's machine.
    for (const { params, on: where } of plan.steps.filter(({ kind }) => kind === 'rehearsal.old-code')) {
      if (where[0] === 'rehearsal') expect(params).toMatchObject({ phase: 'new', units: [], http: null });
    }
  });

  test('lets the old machine alone in to the clones, at its own loopback', () => {
    expect(step(plan, 'rehearsal/relay/open').params).toMatchObject({
      listen: 'any',
      to: { host: '127.0.0.1', port: 3306 },
      from: ['10.77.9.8'],
    });
    expect(step(plan, `${OLD}/relay/open`).params).toMatchObject({
      listen: 'loopback',
      port: 3306,
      to: { host: '10.77.9.9' },
      from: [],
    });
    expect(step(plan, 'rehearsal/mariadb/configure').params.content).toContain('bind-address = 127.0.0.1\n');
  });

  test('keeps neutron’s column where the system stays, as the live way does, and says what the catalogue does', () => {
    expect(step(same, 'cluster/neutron-database/expand').title).toContain('keep subnets.in_use');
    const says = (one: Plan) =>
      Object.fromEntries(
        Object.entries(one.rehearsal?.old?.services ?? {}).map(([name, { catalogue }]) => [name, catalogue]),
      );
    expect(says(same)).toEqual({
      keystone: 'rolls',
      glance: 'rolls',
      placement: 'rolls',
      nova: 'takes-over',
      neutron: 'rolls',
      cinder: 'rolls',
      heat: 'rolls',
    });
    expect(says(plan)).toMatchObject({ nova: 'cut-over', neutron: 'cut-over', keystone: 'rolls' });
  });

  test('has the new code read what the old one wrote, once it serves', () => {
    for (const { id, params } of asks(plan, 'new')) {
      const before = ancestors(plan, id);
      expect(before.has(`rehearsal/${String(params.service)}/start`)).toBe(true);
      expect(before.has(`${OLD}/${String(params.service)}/old-expanded`)).toBe(true);
    }
    expect(asks(plan, 'new')).toHaveLength(7);
  });

  test('says why a service is not asked', () => {
    const cluster = clusterOf({ rehearsal });
    const facts = factsOf(cluster);
    for (const name of ['ctl1', 'ctl2', 'ctl3']) delete facts.nodes[name]?.units['glance-api.service'];
    const { rehearsal: of, steps } = rehearsalOf(cluster, { facts });
    expect(of?.old?.services.glance?.because).toMatch(/^glance-api was not found on ctl\d$/);
    expect(steps.filter(({ id }) => id.startsWith(`${OLD}/glance/`))).toEqual([]);
  });

  test('has commands of its own for the machine', () => {
    const provider = { make: ['./up', 'old'], remove: ['./down', 'old'] };
    const one = rehearsalOf(
      clusterOf({
        rehearsal: { ...rehearsal, old: { node: { name: 'zed01', address: '10.77.9.8' }, provider } },
      }),
    );
    expect(one.rehearsal?.old).toMatchObject({
      host: 'zed01',
      make: { argv: provider.make },
      remove: { argv: provider.remove },
    });
    expect(showPlan(one)).toContain('zed01 is made here by: ./up old');
  });

  test('is refused where nobody could ask its code', () => {
    expect(() => rehearsalOf(clusterOf({ rehearsal, cloud: false }))).toThrow(/WL-REHEARSE-OLD/);
  });

  test('takes the release from its archive where the system has another one', () => {
    const from = { os: 'trixie', openstack: '2026.1' };
    const to = { os: 'trixie', openstack: '2026.2' };
    const both = Object.fromEntries(
      ['2026.1', '2026.2'].map((release) => [release, { source: `deb http://repo.example/${release} ./\n` }]),
    );
    const one = rehearsalOf(clusterOf({ rehearsal, from, archives: both }), { to });
    const path = (host: string) => step(one, `${host}/archive/add`).params.source;
    expect(path(OLD)).toMatchObject({ path: '/etc/apt/sources.list.d/windlass-2026.1.list' });
    expect(path('rehearsal')).toMatchObject({ path: '/etc/apt/sources.list.d/windlass-2026.2.list' });
  });
});
