import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { wayBack as mapOf } from '../../../src/plan/back.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { EPOXY, WHOLE } from './rolled.ts';
import { ancestors, planOf } from './shapes.ts';
import { BY_LVM, type Disked, disked, wayBackOf } from './with-disks.ts';

const REBUILD = { remake: ['/opt/machines', 'remake'], remade: ['/opt/machines', 'remade'] };
const HOOK = { by: 'command', on: 'localhost', apply: ['/opt/configure', '{node}'] };
const PAUSE = {
  disable: ['/opt/agent', 'off'],
  enable: ['/opt/agent', 'on'],
  disabled: { argv: ['/opt/agent', 'is-off'], yes: [0], no: [1] },
};
const THREE: Disked = { services: ['keystone', 'glance', 'placement'] };

const rebuilt = (shape: Disked = THREE, more: object = {}): Cluster =>
  Cluster.parse({ ...disked(shape), configuration: HOOK, rebuild: REBUILD, ...more });
const planned = (cluster: Cluster): Plan => planOf(cluster, assumedFacts(cluster), EPOXY);
const ids = ({ steps }: Plan): string[] => steps.map(({ id }) => id);
const text = (plan: Plan): string => showPlan(plan).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');

describe('controllers on fresh machines', () => {
  test('the plan', async () => {
    await expect(text(planned(rebuilt()))).toMatchFileSnapshot('./golden/rebuild.txt');
  });

  test('nothing is upgraded on a machine that is made anew', () => {
    const plan = planned(rebuilt());
    expect(
      plan.steps.filter(({ kind }) => /^apt\.(sources|dist-upgrade|prefetch|remove)$/.test(kind)),
    ).toEqual([]);
  });

  test('a machine is made anew when its disk is kept and what only it has is elsewhere', () => {
    const plan = planned(rebuilt());
    for (const node of ['ctl1', 'ctl2', 'ctl3']) {
      const before = ancestors(plan, `${node}/machine/remake`);
      for (const step of ['mariadb/hold', 'rabbitmq/hold', 'disk/keep', 'openstack/stop', 'state/carry'])
        expect(before).toContain(`${node}/${step}`);
      const keeper = plan.steps.find(({ id }) => id === `${node}/state/carry`)?.on;
      expect(keeper).not.toContain(node);
    }
  });

  test('nothing of OpenStack, bus or database can start on it before it has what the old one had', () => {
    const plan = planned(rebuilt());
    const before = [...ancestors(plan, 'ctl1/command/build')];
    expect(before).toEqual(
      expect.arrayContaining(['ctl1/policy-rc.d/write', 'ctl1/platform/mask', 'ctl1/openstack/keep-down']),
    );
    for (const start of ['mariadb/rejoin', 'rabbitmq/start-alone', 'keystone/start'])
      expect(ancestors(plan, `ctl1/${start}`)).toContain('ctl1/state/put');
    expect(ancestors(plan, 'ctl1/os/reboot')).toContain('ctl1/state/put');
  });

  test.each([
    ['puppet’s agent', { by: 'puppet' }, ['ctl1/puppet/disable-again']],
    ['a command that the node itself keeps off', { ...HOOK, pause: PAUSE }, ['ctl1/command/disable-again']],
    ['one that is kept off elsewhere', { ...HOOK, pause: { ...PAUSE, on: 'localhost' } }, []],
    ['one that never comes by itself', HOOK, []],
  ])('%s is kept off the new machine too, before it is called', (_, configuration, wanted) => {
    const plan = planned(rebuilt(THREE, { configuration }));
    expect(ids(plan).filter((id) => id.startsWith('ctl1/') && id.endsWith('/disable-again'))).toEqual(wanted);
    for (const id of wanted) {
      expect(ancestors(plan, id)).toContain('ctl1/machine/remake');
      expect(ancestors(plan, id.replace('disable-again', 'build'))).toContain(id);
    }
  });

  test('takes along data, keys, the cookie and this plan’s own dumps', () => {
    const carry = planned(rebuilt()).steps.find(({ id }) => id === 'ctl1/state/carry');
    expect(carry?.params.state).toEqual([
      { path: expect.stringMatching(/^\/var\/backups\/windlass\/[0-9a-f]{12}$/), exact: false },
      { path: '/var/lib/rabbitmq/.erlang.cookie', exact: false },
      { path: '/var/lib/mysql', exact: true },
      { path: '/etc/corosync/authkey', exact: false },
      { path: '/etc/keystone/fernet-keys', exact: true },
      { path: '/etc/keystone/credential-keys', exact: true },
      { path: '/var/lib/glance/images', exact: false },
    ]);
  });

  test('a network node’s switch takes its bridges along', () => {
    const cluster = rebuilt();
    const facts = assumedFacts(cluster);
    const packages = facts.nodes.ctl1?.packages;
    if (packages) packages['openvswitch-switch'] = { version: '3.1.0-2', auto: true };
    const carry = planOf(cluster, facts, EPOXY).steps.find(({ id }) => id === 'ctl1/state/carry');
    expect(carry?.params.state).toEqual(
      expect.arrayContaining(
        ['/var/lib/openvswitch/conf.db', '/etc/openvswitch/system-id.conf'].map((path) => ({
          path,
          exact: false,
        })),
      ),
    );
  });

  test('only those that are named are made anew', () => {
    const plan = planned(rebuilt(THREE, { rebuild: { ...REBUILD, nodes: ['ctl3'] } }));
    expect(ids(plan).filter((id) => id.endsWith('/machine/remake'))).toEqual(['ctl3/machine/remake']);
    expect(ids(plan)).toContain('ctl1/os/upgrade');
  });

  test('each comes back by its kept disk', () => {
    const steps = mapOf(planned(rebuilt())).phases.flatMap((phase) => phase.steps);
    expect(steps.find(({ id }) => id === 'ctl2/machine/remake')).toMatchObject({
      by: 'restore',
      checkpoint: 'disk-ctl2',
    });
    expect(mapOf(planned(rebuilt())).firstIrreversible).toBeUndefined();
  });

  test.each([
    ['nobody keeps its disk', { disks: undefined }],
    ['its disk is kept by other means than it is made', { disks: BY_LVM }],
    ['nobody configures it', { configuration: undefined }],
    ['guests lie on it', { rebuild: { ...REBUILD, nodes: ['ctl1', 'controller'] }, also: ['volume'] }],
    ['it carries networks alone', { rebuild: { ...REBUILD, nodes: ['net1'] } }],
  ])('is refused where %s', (_, { also, ...more }: { also?: string[]; [key: string]: unknown }) => {
    const cluster = rebuilt({ ...THREE, networks: 1 }, more);
    const own = cluster.nodes.ctl1;
    if (also && own) own.roles.push(...(also as typeof own.roles));
    expect(() => planned(cluster)).toThrow(/WL-PLAN-REBUILD/);
  });

  test('a volume node is, where its volumes lie elsewhere', () => {
    const cluster = rebuilt(THREE, { rebuild: { ...REBUILD, volumes: 'elsewhere' } });
    cluster.nodes.ctl1?.roles.push('volume');
    expect(ids(planned(cluster))).toContain('ctl1/machine/remake');
  });

  test('is refused where there is but one controller', () => {
    expect(() => planned(rebuilt({ ...THREE, controllers: 1 }))).toThrow(/WL-PLAN-REBUILD/);
  });

  test('computes are upgraded as ever', () => {
    const plan = planned(rebuilt({ services: WHOLE, computes: 1 }));
    expect(ids(plan)).toContain('cmp1/os/upgrade');
  });
});

describe('the way back from machines made anew', () => {
  const until = (id: string) => (plan: Plan) => plan.steps.findIndex((step) => step.id === id) + 1;

  test.each([
    ['made, and not marked yet', 'ctl1/machine/remake', ['ctl1']],
    ['made a controller', 'ctl1/state/put', ['ctl1']],
    ['serving again', 'ctl1/haproxy/enable', ['ctl1']],
    ['all of them', 'ctl2/haproxy/enable', ['ctl1', 'ctl3', 'ctl2']],
  ])('%s: their old disks go back', (_, id, disks) => {
    const { plan } = wayBackOf(rebuilt(), until(id));
    expect(plan.rollback?.disks).toEqual(disks);
    expect(plan.findings.filter(({ level }) => level === 'block')).toEqual([]);
    const restore = plan.steps.find((step) => step.id === 'ctl1/disk/restore');
    expect(restore?.params).toMatchObject({ remade: REBUILD.remade });
  });

  test('one that is no controller yet may have no balancer that runs: it is drained all the same', () => {
    const { plan } = wayBackOf(rebuilt(), until('ctl1/machine/remake'));
    const drained = plan.steps.filter(({ kind }) => kind === 'haproxy.drain');
    expect(drained.map(({ id }) => id)).toEqual(['ctl1/haproxy/drain', 'ctl1/haproxy/drain-sql']);
    for (const { on, params } of drained) {
      expect(on).toContain('ctl1');
      expect(params.mayRest).toBe(true);
    }
  });

  test('what was carried before the machine was touched is left behind nowhere', () => {
    const { plan } = wayBackOf(rebuilt(), until('ctl1/state/put'));
    const forget = plan.steps.find(({ id }) => id === 'ctl3/run/forget');
    expect(forget?.params.paths).toContain('/var/lib/windlass/state-ctl1.tar');
  });
});
