import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { NOBODY_BORN } from '../../../src/drivers/born.ts';
import { planId } from '../../../src/model/hash.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';
import { wayBack as mapOf, showBack } from '../../../src/plan/back.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import type { RollbackRequest } from '../../../src/plan/rollback/request.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { EPOXY, rolled, WHOLE } from './rolled.ts';
import { everything } from './rolled-back.ts';
import { ancestors, planOf } from './shapes.ts';
import { BY_LIBVIRT, BY_LVM, type Disked, disked, planned, wayBack } from './with-disks.ts';

const THREE: Disked = { services: ['keystone', 'glance', 'placement'] };
const CLOUD: Disked = { services: WHOLE, computes: 1 };
const ids = (plan: Plan): string[] => plan.steps.map(({ id }) => id);
const of = (plan: Plan, kind: string): Step[] => plan.steps.filter((step) => step.kind === kind);
const nodesOf = (steps: readonly Step[]): string[] => steps.map(({ id }) => id.split('/')[0] ?? '');
const codes = ({ findings }: Plan): string[] => findings.map(({ level, code }) => `${level} ${code}`);
const text = (plan: Plan): string => showPlan(plan).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');
const until =
  (id: string) =>
  (plan: Plan): number => {
    const place = plan.steps.findIndex((step) => step.id === id);
    if (place < 0) throw new Error(`no step ${id}`);
    return place + 1;
  };

describe('an os-roll of nodes whose disks somebody keeps', () => {
  test('the plan', async () => {
    await expect(text(planned(THREE))).toMatchFileSnapshot('./golden/disks.txt');
  });

  test('a disk is kept when its node is emptied, its database and its bus have stopped, and before anything rises', () => {
    const plan = planned(THREE);
    for (const node of ['ctl1', 'ctl2', 'ctl3']) {
      const before = [...ancestors(plan, `${node}/disk/keep`)];
      expect(before).toEqual(
        expect.arrayContaining([
          `${node}/haproxy/drain-apis`,
          `${node}/rabbitmq/hold`,
          `${node}/mariadb/hold`,
        ]),
      );
      expect(before).not.toContain(`${node}/sources/switch`);
      const after = ancestors(plan, `${node}/sources/switch`);
      expect(after).toContain(`${node}/disk/keep`);
      expect(after).toContain(`${node}/disk/mark`);
    }
  });

  test('a compute’s is kept when its guests have left it', () => {
    expect(ancestors(planned(CLOUD), 'cmp1/disk/keep')).toContain('cmp1/guests/move');
  });

  test('each is asked of who keeps it: the node, its hypervisor, or this machine', () => {
    const plan = planned({
      ...THREE,
      own: { ctl1: BY_LVM, ctl2: { ...BY_LIBVIRT, domain: 'vm-2' }, ctl3: { provider: 'none' } },
    });
    expect(of(plan, 'disk.keep').map(({ id, on, params }) => [id, on, params.by])).toEqual(
      expect.arrayContaining([
        ['ctl1/disk/keep', ['ctl1'], 'lvm'],
        ['ctl2/disk/keep', ['kvm1'], 'libvirt'],
      ]),
    );
    expect(ids(plan)).not.toContain('ctl3/disk/keep');
    expect(of(planned(THREE), 'disk.keep')[0]?.on).toEqual(['localhost']);
  });

  test('after a run that was given up, a plan keeps disks and dumps of its own', () => {
    const cluster = disked(THREE);
    const facts = assumedFacts(cluster);
    const first = planOf(cluster, facts, EPOXY);
    const [ctl1] = Object.entries(facts.nodes);
    if (ctl1) ctl1[1].kept = ['0123456789ab'];
    const next = planOf(cluster, facts, EPOXY);
    for (const kind of ['disk.keep', 'backup.databases', 'backup.etc']) {
      const [before, after] = [of(first, kind), of(next, kind)].map((steps) =>
        steps.map(({ params }) => params),
      );
      expect(after?.length).toBeGreaterThan(0);
      for (const params of after ?? []) expect(before).not.toContainEqual(params);
    }
    expect(ids(next)).toEqual(ids(first));
  });

  test('without anybody who keeps them, the plan is what it was', () => {
    const cluster = rolled(THREE);
    const plan = planOf(cluster, assumedFacts(cluster), EPOXY);
    expect(ids(plan).filter((id) => id.includes('/disk/'))).toEqual([]);
    expect(plan.checkpoints.map(({ id }) => id)).toEqual(['before']);
  });

  test.each([
    [
      'a host with two addresses',
      { own: { ctl1: BY_LIBVIRT, ctl2: { ...BY_LIBVIRT, host: { name: 'kvm1', address: '192.0.2.8' } } } },
    ],
    [
      'a node that is the host of its own disk',
      { own: { ctl1: { ...BY_LIBVIRT, host: { name: 'ctl1', address: '10.77.2.11' } } } },
    ],
  ])('%s is refused', (_, shape) => {
    expect(() => planned({ ...THREE, ...shape })).toThrow(/WL-PLAN-DISKS/);
  });

  test('the map of the way back knows them: no step of it is past every way back', () => {
    const map = mapOf(planned(THREE));
    expect(map.firstIrreversible).toBeUndefined();
    const steps = map.phases.flatMap((phase) => phase.steps);
    expect(steps.find(({ id }) => id === 'ctl2/os/upgrade')).toMatchObject({
      by: 'restore',
      checkpoint: 'disk-ctl2',
      needs: ['disk of checkpoint disk-ctl2'],
    });
    expect(steps.find(({ id }) => id === 'cluster/rabbitmq/enable-flags')?.needs).toEqual([
      'disk of checkpoint disk-ctl1',
      'disk of checkpoint disk-ctl3',
      'disk of checkpoint disk-ctl2',
    ]);
    expect(steps.find(({ id }) => id.startsWith('cluster/keystone-database/'))?.checkpoint).toBe('before');
  });

  test('the map, as an operator reads it', async () => {
    const shown = showBack(planned(THREE)).replace(/plan sha256:[0-9a-f]+/, 'plan sha256:…');
    await expect(shown).toMatchFileSnapshot('./golden/disks-back.txt');
  });

  test('one controller without: what only all of them bring back is past every way back', () => {
    const map = mapOf(planned({ ...THREE, own: { ctl3: { provider: 'none' } } }));
    expect(map.firstIrreversible?.step.id).toBe('ctl3/os/upgrade');
    const flags = map.phases
      .flatMap(({ steps }) => steps)
      .find(({ id }) => id === 'cluster/rabbitmq/enable-flags');
    expect(flags?.by).toBe('never');
  });
});

describe('the way back over a change of the system', () => {
  test('only the first controller was changed, and new code served: the plan', async () => {
    await expect(text(wayBack(THREE, until('ctl1/haproxy/enable')).plan)).toMatchFileSnapshot(
      './golden/rollback-first-disk.txt',
    );
  });

  test('all were changed: the plan', async () => {
    await expect(text(wayBack(THREE, everything).plan)).toMatchFileSnapshot('./golden/rollback-disks.txt');
  });

  test('while the first controller’s packages rise: its disk alone, no database touched, the others serve on', () => {
    const { plan } = wayBack(THREE, until('ctl1/sources/switch'), { cut: true });
    expect(plan.rollback).toMatchObject({ databases: 'untouched', disks: ['ctl1'] });
    expect(nodesOf(of(plan, 'disk.restore'))).toEqual(['ctl1']);
    expect(new Set(nodesOf(of(plan, 'systemd.stop')))).toEqual(new Set(['ctl1']));
    expect(of(plan, 'galera.bootstrap')).toEqual([]);
    expect(codes(plan)).toEqual(['warn WL-ROLLBACK-DISKS']);
    expect(of(plan, 'disk.restore')[0]?.guards.map(({ title }) => title)).toEqual([
      'openstack-api-vip is elsewhere',
    ]);
  });

  test('a node that was only emptied takes its places again, whoever keeps its disk', () => {
    for (const disks of [undefined, { provider: 'none' }]) {
      const shape = disks ? { ...THREE, disks } : THREE;
      const { plan } = wayBack(shape, until('ctl1/mariadb/hold'));
      expect(of(plan, 'disk.restore')).toEqual([]);
      expect(ids(plan)).toEqual(
        expect.arrayContaining(['ctl1/pacemaker/online', 'ctl1/mariadb/rejoin', 'ctl1/rabbitmq/start']),
      );
      expect(codes(plan)).toEqual([]);
    }
  });

  test('two of three were changed: one after the other, so that the cluster keeps its quorum', () => {
    const { plan } = wayBack(THREE, until('ctl3/haproxy/enable'));
    const [first, second] = nodesOf(of(plan, 'disk.restore'));
    expect(ancestors(plan, `${second}/disk/restore`)).toContain(`${first}/pacemaker/online`);
    // A member of the new release must not feed one of the old.
    for (const node of [first, second])
      expect(ancestors(plan, `${first}/mariadb/rejoin`)).toContain(`${node}/mariadb/stop`);
    expect(of(plan, 'galera.bootstrap')).toEqual([]);
  });

  test('all were changed: all at once, and the database starts from the member that was stopped last', () => {
    const { plan } = wayBack(THREE, everything);
    for (const { id } of of(plan, 'disk.restore'))
      expect([...ancestors(plan, id)].filter((one) => one.endsWith('/disk/restore'))).toEqual([]);
    for (const { id } of of(plan, 'disk.restore'))
      for (const node of ['ctl1', 'ctl2', 'ctl3'])
        for (const thing of ['pacemaker', 'rabbitmq', 'mariadb'])
          expect(ancestors(plan, id)).toContain(`${node}/${thing}/stop`);
    expect(ids(plan)).toContain('ctl2/mariadb/bootstrap');
    expect(plan.rollback).toMatchObject({ databases: 'restore' });
    expect(ancestors(plan, 'ctl2/databases/restore')).toContain('ctl1/mariadb/rejoin');
  });

  test('the first node comes to the old bus as a fresh member once that was told to forget its copies', () => {
    const { plan } = wayBack(THREE, until('ctl1/haproxy/enable'));
    expect(ancestors(plan, 'ctl1/rabbitmq/join')).toContain('ctl1/rabbitmq/forget');
    expect(ids(wayBack(THREE, until('ctl1/os/reboot')).plan)).not.toContain('ctl1/rabbitmq/forget');
  });

  test('old members that left together wait for nobody: the last one that was told to starts the old bus, the others come to it', () => {
    const { plan } = wayBack(THREE, everything);
    const [first, ...more] = nodesOf(of(plan, 'rabbitmq.force-boot'));
    expect([first, more]).toEqual(['ctl3', []]);
    expect(ancestors(plan, 'ctl3/rabbitmq/start')).toContain('ctl3/rabbitmq/force-boot');
    expect(ancestors(plan, 'ctl2/rabbitmq/start')).toContain('ctl3/rabbitmq/start');
    expect(ancestors(plan, 'ctl1/rabbitmq/join')).toContain('ctl2/rabbitmq/start');
  });

  test('where one of them did not leave yet, the others come to it as they always do', () => {
    const { plan } = wayBack(THREE, until('ctl2/rabbitmq/stop-app'));
    expect(of(plan, 'rabbitmq.force-boot')).toEqual([]);
    expect(ids(plan)).toContain('ctl3/rabbitmq/start');
  });

  test('one that has left its clients and runs on is stopped first: a start would do nothing', () => {
    const one = wayBack(THREE, until('ctl2/rabbitmq/stop-app')).plan;
    expect(ancestors(one, 'ctl2/rabbitmq/start')).toContain('ctl2/rabbitmq/end');
    expect(ids(one)).not.toContain('ctl3/rabbitmq/end');
    // What was handed over and seen by nobody may have been done.
    const both = wayBack(THREE, until('ctl2/rabbitmq/stop-app'), { cut: true }).plan;
    for (const node of ['ctl2', 'ctl3'])
      expect(ancestors(both, 'ctl3/rabbitmq/force-boot')).toContain(`${node}/rabbitmq/end`);
    const held = wayBack(THREE, until('ctl1/haproxy/enable')).plan;
    expect(ids(held).filter((id) => id.endsWith('/rabbitmq/end'))).toEqual([]);
  });

  test('nova goes on from the number it said when this was planned, not from what its old disk says', () => {
    const floor = (born: RollbackRequest['born']): unknown[] =>
      of(wayBack({ services: WHOLE }, everything, { born }).plan, 'backup.restore').map(({ params }) => [
        params.numbers,
        params.floor,
      ]);
    const numbers = ['nova', 'nova_api', 'nova_cell0'].map((database) => ({ database, table: 'instances' }));
    expect(floor({ ...NOBODY_BORN, number: 41 })).toEqual([[numbers, 1041]]);
    expect(floor('no member is Synced')).toEqual([[numbers, undefined]]);
  });

  test('a single controller: its disk holds bus and database, and nothing is started anew', () => {
    const { plan } = wayBack({ ...THREE, controllers: 1 }, everything);
    expect(of(plan, 'galera.bootstrap')).toEqual([]);
    expect(ids(plan)).toEqual(expect.arrayContaining(['ctl1/mariadb/rejoin', 'ctl1/rabbitmq/start']));
  });

  test('kept disks are used up: a later plan of the same facts must take its own', () => {
    const { plan } = wayBack(THREE, until('ctl1/haproxy/enable'));
    expect(nodesOf(of(plan, 'disk.drop'))).toEqual(['ctl1']);
    expect(ancestors(plan, 'ctl1/disk/drop')).toContain('cluster/cluster/verify');
  });

  test.each<[string, Disked, (plan: Plan) => number, string]>([
    [
      'a changed node has none',
      { ...THREE, own: { ctl1: { provider: 'none' } } },
      until('ctl1/os/upgrade'),
      'WL-ROLLBACK-BEYOND',
    ],
    ['a compute was come to', CLOUD, until('cmp1/nova/disable'), 'WL-ROLLBACK-WORKERS'],
    ['a compute was changed', CLOUD, everything, 'WL-ROLLBACK-WORKERS'],
  ])('%s: it says so, and is not taken', (_, shape, done, code) => {
    expect(codes(wayBack(shape, done).plan)).toContain(`block ${code}`);
  });

  test('a disk that was not surely kept is none', () => {
    const { plan } = wayBack(THREE, until('ctl1/disk/keep'), { cut: true });
    expect(of(plan, 'disk.restore')).toEqual([]);
    expect(nodesOf(of(plan, 'disk.drop'))).toEqual(['ctl1']);
  });

  test('databases that lie on disks that go back cannot stay as they are', () => {
    expect(codes(wayBack(THREE, everything, { databases: 'keep' }).plan)).toContain(
      'block WL-ROLLBACK-DATABASES',
    );
  });
});

describe('from every step of a run over a change of the system', () => {
  const shapes: readonly Disked[] = [
    THREE,
    { services: WHOLE },
    { ...THREE, controllers: 1 },
    { ...THREE, own: { ctl1: BY_LVM, ctl2: BY_LIBVIRT } },
  ];
  test('the way back is a plan, asks for every disk before it stops anything, and starts nothing before all is old', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...shapes),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (shape, share, cut) => {
          const { plan } = wayBack(shape, (run) => Math.floor(share * run.steps.length), { cut });
          expect(plan.id).toBe(planId(plan));
          expect(readPlan(writePlan(plan), 'rollback-plan.json')).toEqual(plan);
          const blocks = plan.findings.filter(({ level }) => level === 'block').map(({ code }) => code);
          expect(blocks).toEqual([]);
          const restored = of(plan, 'disk.restore');
          for (const step of restored) {
            const [node = ''] = nodesOf([step]);
            const before = ancestors(plan, step.id);
            expect(before).toContain(`${node}/disk/has`);
            for (const { id } of of(plan, 'systemd.stop'))
              if (!id.endsWith('/stop-again'))
                expect([id, before.has(`${node}/disk/has`)]).toEqual([id, true]);
            if (ids(plan).includes(`${node}/mariadb/stop`)) expect(before).toContain(`${node}/mariadb/stop`);
          }
          for (const { id, params } of of(plan, 'systemd.release')) {
            const units = params.units as string[];
            if (units.includes('rabbitmq-server')) continue;
            for (const { id: one } of restored)
              expect([id, [...ancestors(plan, id)]]).toEqual([id, expect.arrayContaining([one])]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
