import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { NOBODY_BORN } from '../../../src/drivers/born.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { planId } from '../../../src/model/hash.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { decide } from '../../../src/plan/rollback/databases.ts';
import { makeRollback } from '../../../src/plan/rollback/index.ts';
import { beyondMakingWay, leftInHand, type Past, pastOf } from '../../../src/plan/rollback/past.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { begin, fold, ready } from '../../../src/schedule/index.ts';
import { type Shape, WHOLE } from './rolled.ts';
import { AHEAD, AT, back, everything, journal } from './rolled-back.ts';
import { ancestors } from './shapes.ts';

const WHOLE_CLOUD: Shape = { services: WHOLE, computes: 2, networks: 1 };

const until =
  (id: string) =>
  (plan: Plan): number => {
    const place = plan.steps.findIndex((step) => step.id === id);
    if (place < 0) throw new Error(`no step ${id}`);
    return place + 1;
  };
const of = (plan: Plan, kind: string): Step[] => plan.steps.filter((step) => step.kind === kind);
const ids = (plan: Plan): string[] => plan.steps.map(({ id }) => id);
const codes = ({ findings }: Plan): string[] => findings.map(({ level, code }) => `${level} ${code}`);
const text = (plan: Plan): string => showPlan(plan).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');

test('what was handed over and not seen to end is known by node and unit; what failed or finished is not in hand', () => {
  const applied = (at: number, step: string, node: string, unit: string): RunEvent => ({
    type: 'step.applied',
    at,
    step,
    node,
    unit,
  });
  const finished = (at: number, step: string): RunEvent => ({
    type: 'step.finished',
    at,
    step,
    outcome: 'done',
    because: '',
  });
  const first = [applied(1, 'a', 'ctl1', 'a-1'), finished(2, 'a')];
  expect(leftInHand(first)).toEqual([]);
  expect(
    leftInHand([
      ...first,
      applied(3, 'b', 'ctl1', 'b-1'),
      applied(4, 'b', 'ctl2', 'b-1'),
      applied(5, 'b', 'ctl1', 'b-2'),
    ]),
  ).toEqual([
    { at: 5, node: 'ctl1', unit: 'b-2' },
    { at: 4, node: 'ctl2', unit: 'b-1' },
  ]);
  expect(leftInHand([...first, applied(3, 'b', 'ctl1', 'b-1'), finished(4, 'b')])).toEqual([]);
});

describe('the way back of a finished run', () => {
  test('the plan', async () => {
    await expect(text(back(WHOLE_CLOUD, everything).plan)).toMatchFileSnapshot('./golden/rollback.txt');
  });

  test('takes every node, restores all databases, and nothing starts before', () => {
    const { plan } = back(WHOLE_CLOUD, everything);
    expect(
      of(plan, 'packages.lower')
        .map(({ on }) => on[0])
        .sort(),
    ).toEqual(['cmp1', 'cmp2', 'ctl1', 'ctl2', 'ctl3', 'net1']);
    for (const { id } of of(plan, 'systemd.release')) {
      const first = [...ancestors(plan, id)];
      expect(first).toContain('ctl3/databases/restore');
      for (const node of ['ctl1', 'ctl2', 'ctl3'])
        expect([id, first]).toEqual([id, expect.arrayContaining([`${node}/etc/back`])]);
    }
  });

  test('databases of services come back, a further cell’s among them, and an operator’s own stay as they are', () => {
    const { plan, past } = back(WHOLE_CLOUD, everything, { others: ['nova_cell1', 'probe'] });
    const databases = (made: Plan, kind: string): unknown => of(made, kind)[0]?.params.databases;
    const dumped = z.array(z.string()).parse(databases(past.plan, 'backup.databases'));
    expect(dumped).toContain('probe');
    expect(databases(plan, 'backup.restore')).toEqual(dumped.filter((name) => name !== 'probe'));
    expect(databases(plan, 'backup.restore')).toContain('nova_cell1');
  });

  test('guests born later get no number that a guest of before may still go by: every cell counts on', () => {
    const { plan } = back(WHOLE_CLOUD, everything, { others: ['nova_cell1'] });
    expect(of(plan, 'backup.restore')[0]?.params.numbers).toEqual(
      expect.arrayContaining(['nova', 'nova_cell1'].map((database) => ({ database, table: 'instances' }))),
    );
  });

  test('a key that another source of the node named before the run stays; one that only the run’s names goes', () => {
    const { request } = back(WHOLE_CLOUD, everything);
    const key = '/etc/apt/keyrings/maker.asc';
    const shared = { path: '/etc/apt/sources.list.d/older.sources', content: `Signed-By: ${key}\n` };
    const withKey = ({ steps, ...plan }: Plan): Plan => ({
      ...plan,
      steps: steps.map((step) =>
        step.kind === 'archive.add'
          ? { ...step, params: { ...step.params, key: { path: key, content: 'KEY' } } }
          : step,
      ),
    });
    const keyed = withKey(request.past.plan);
    const past = { ...request.past, plan: keyed, applied: keyed.steps };
    const gone = (sources: { path: string; content: string }[]): string[] => {
      const { ctl1, ...others } = request.before.nodes;
      if (ctl1 === undefined) throw new Error('no ctl1');
      const before = {
        ...request.before,
        nodes: { ...others, ctl1: { ...ctl1, apt: { ...ctl1.apt, sources } } },
      };
      const { absent } = z
        .object({ absent: z.array(z.string()) })
        .parse(
          of(makeRollback({ ...request, past, before }), 'etc.back').find(({ on }) => on[0] === 'ctl1')
            ?.params,
        );
      return absent;
    };
    expect(gone([])).toContain(key);
    expect(gone([shared])).not.toContain(key);
    expect(gone([shared]).some((path) => path.includes('windlass-2025.1'))).toBe(true);
  });

  test('where databases come back, who writes to them on a node of volumes stops too', () => {
    const { request } = back(WHOLE_CLOUD, until('ctl2/openstack/raise'), { databases: 'restore' });
    const vol1 = { address: '192.0.2.61', roles: ['volume' as const], site: 'zone-1' };
    const { net1 } = request.before.nodes;
    if (net1 === undefined) throw new Error('no net1');
    const cluster = Cluster.parse({
      ...request.cluster,
      nodes: { ...request.cluster.nodes, vol1 },
      services: { ...request.cluster.services, volume: ['cinder-volume'] },
    });
    const unit = { active: 'active', sub: 'running', enabled: 'enabled' };
    const facts = {
      ...request.before,
      nodes: { ...request.before.nodes, vol1: { ...net1, units: { 'cinder-volume.service': unit } } },
    };
    const plan = makeRollback({ ...request, cluster, before: facts, now: facts });
    expect(of(plan, 'backup.restore')).toHaveLength(1);
    expect(ancestors(plan, of(plan, 'backup.restore')[0]?.id ?? '')).toContain('vol1/openstack/stop');
    expect(ids(plan)).toContain('vol1/openstack/stop');
  });

  test('nodes are lowered side by side: none waits for another', () => {
    const { plan } = back(WHOLE_CLOUD, everything);
    for (const { id } of of(plan, 'packages.lower'))
      expect([...ancestors(plan, id)].filter((other) => other.endsWith('/packages/lower'))).toEqual([]);
  });

  test('controllers start side by side, and where nobody serves no API is kept out of a balancer before they do', () => {
    for (const done of [everything, until('cluster/neutron-database/expand')]) {
      const { plan } = back(WHOLE_CLOUD, done, { databases: 'restore' });
      const start = (node: string): string => `${node}/openstack/start`;
      for (const node of ['ctl1', 'ctl2', 'ctl3']) {
        const before = ancestors(plan, start(node));
        expect(before).toContain('cluster/haproxy/let-in');
        expect([...before].filter((id) => id.endsWith('/openstack/start'))).toEqual([]);
        expect(ancestors(plan, 'cluster/haproxy/enable')).toContain(start(node));
      }
      // A step on the balancers holds every node: in the middle of a node's start it would make the others wait for it.
      const between = of(plan, 'haproxy.enable').map(({ id }) => id);
      expect(between).toEqual(['cluster/haproxy/enable-keystone', 'cluster/haproxy/enable']);
      // An answer that takes its time is better than none: no way back stands still for it.
      expect(new Set(of(plan, 'api.warm').map(({ params }) => params.within))).toEqual(new Set([30]));
    }
  });

  test('while others serve, an API is kept out until it has answered', () => {
    const { plan } = back(WHOLE_CLOUD, until('ctl2/openstack/raise'), { cut: false });
    expect(of(plan, 'haproxy.let-in')).toEqual([]);
    expect(ancestors(plan, 'cluster/haproxy/enable')).toContain('ctl2/nova/warm');
    expect(of(plan, 'api.warm').map(({ params }) => 'within' in params)).not.toContain(true);
  });

  test('a compute is started after the control plane, and one of them bears a guest where the file says of what', () => {
    const { plan } = back(WHOLE_CLOUD, everything);
    const before = ancestors(plan, 'cmp1/nova/start');
    for (const node of ['ctl1', 'ctl2', 'ctl3']) expect(before).toContain(`${node}/nova/start`);
    // Its agent and it take their time until they are heard of: they need not wait for each other, nor for a warm API.
    expect(before).not.toContain('cluster/haproxy/enable');
    expect(before).not.toContain('cmp1/neutron/start');
    expect(ancestors(plan, 'cluster/cluster/verify')).toContain('cmp2/nova/alive');
  });
});

describe('the way back of a run that was left', () => {
  test('before its checkpoint is whole: the archive goes, and nothing is stopped', () => {
    const { plan } = back(WHOLE_CLOUD, until('ctl1/archive/add'));
    expect(new Set(plan.steps.map(({ kind }) => kind))).toEqual(
      new Set(['run.ended', 'file.remove', 'backup.retire']),
    );
    expect(plan.rollback).toMatchObject({ databases: 'untouched' });
    expect(plan.findings).toEqual([]);
  });

  test('while the first controller rises: that one alone, the databases untouched', () => {
    const { plan } = back(WHOLE_CLOUD, until('ctl2/openstack/raise'), { cut: false });
    expect(of(plan, 'packages.lower').map(({ on }) => on[0])).toEqual(['ctl2']);
    expect(of(plan, 'systemd.stop').map(({ on }) => on[0])).toEqual(['ctl2']);
    expect(ids(plan)).toContain('ctl3/ours/remove');
    expect(plan.rollback).toMatchObject({ databases: 'untouched', checkpoint: 'before' });
  });

  test('a node that was only drained is given back, and nothing is stopped', () => {
    const { plan } = back(WHOLE_CLOUD, until('ctl2/haproxy/drain'));
    expect(of(plan, 'systemd.stop')).toEqual([]);
    expect(ids(plan)).toContain('ctl2/haproxy/enable');
  });

  test('after migrations that only add, before new code served: what tenants did stays', () => {
    const { plan } = back(WHOLE_CLOUD, until('cluster/glance-database/migrate'));
    expect(plan.rollback).toMatchObject({ databases: 'keep' });
    expect(of(plan, 'backup.restore')).toEqual([]);
    expect(codes(plan)).toEqual(['warn WL-ROLLBACK-KEEP']);
  });

  test('a migration cut in the middle: the dumps', () => {
    const { plan } = back(WHOLE_CLOUD, until('cluster/keystone-database/expand'), { cut: true });
    expect(plan.rollback).toMatchObject({ databases: 'restore' });
  });

  test('once new code served: the dumps, and who is lost is named', () => {
    const guests = [{ id: '1b', name: 'born-late', host: 'cmp1' }];
    const deleted = [{ id: '2d', name: 'gone' }];
    const { plan } = back(WHOLE_CLOUD, until('ctl2/keystone/start'), {
      born: { ...NOBODY_BORN, guests, deleted },
    });
    expect(plan.rollback).toMatchObject({ databases: 'restore' });
    expect(plan.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'WL-ROLLBACK-BORN', evidence: 'born-late (1b, on cmp1)' }),
        expect.objectContaining({ code: 'WL-ROLLBACK-DELETED', evidence: 'gone (2d)' }),
      ]),
    );
  });

  test('the operator may say otherwise, and is told what it costs', () => {
    const { plan } = back(WHOLE_CLOUD, until('ctl2/keystone/start'), { databases: 'keep' });
    expect(of(plan, 'backup.restore')).toEqual([]);
    expect(codes(plan)).toContain('warn WL-ROLLBACK-KEEP');
  });

  test('what keeps it from being taken is said before anything is stopped', () => {
    const at = until('ctl2/openstack/raise');
    expect(codes(back(WHOLE_CLOUD, at, { kept: { ctl2: 'No such file' } }).plan)).toContain(
      'block WL-ROLLBACK-PACKAGES',
    );
    const lacking = { ...AHEAD, lacks: ['nova-common'] };
    expect(codes(back(WHOLE_CLOUD, at, { kept: { ctl2: lacking } }).plan)).toContain(
      'block WL-ROLLBACK-PACKAGES',
    );
    expect(codes(back(WHOLE_CLOUD, everything, { born: 'no member is Synced' }).plan)).toContain(
      'block WL-ROLLBACK-UNREAD',
    );
    const bare = { ...WHOLE_CLOUD, policy: { rollback: 'none' } };
    expect(codes(back(bare, at, { kept: { ctl2: 'the checkpoint holds no packages' } }).plan)).toContain(
      'block WL-ROLLBACK-PACKAGES',
    );
  });
});

/** Plays the plan by the engine's own rules; gives the order in which steps began. */
function play(plan: Plan): string[] {
  let state = begin(plan);
  const order: string[] = [];
  for (let now = AT; order.length < plan.steps.length; now += 60_000) {
    const { start } = ready(state, now);
    if (start.length === 0 && order.length < plan.steps.length && now > AT + 600 * 60_000)
      throw new Error('stuck');
    for (const step of start) {
      state = fold(state, { type: 'step.started', at: now, step, attempt: 1 });
      state = fold(state, { type: 'step.finished', at: now, step, outcome: 'done', because: '' });
      order.push(step);
    }
  }
  return order;
}

describe('from every step of a run', () => {
  const shapes: readonly Shape[] = [
    WHOLE_CLOUD,
    { services: ['keystone', 'glance', 'placement'] },
    { ...WHOLE_CLOUD, policy: { classes: { controller: { limit: 2 } } } },
  ];
  const anywhere = fc.record({
    shape: fc.constantFrom(...shapes),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.boolean(),
  });

  test('the way back runs to its end, stops nothing guests live by, restores before it starts, and lowers all that rose', () => {
    fc.assert(
      fc.property(anywhere, ({ shape, share, cut }) => {
        const { plan, past, request } = back(shape, (run) => Math.floor(share * run.steps.length), { cut });
        expect(plan.id).toBe(planId(plan));
        expect(readPlan(writePlan(plan), 'rollback-plan.json')).toEqual(plan);
        const order = play(plan);
        expect(new Set(order).size).toBe(plan.steps.length);
        for (const step of of(plan, 'systemd.stop'))
          expect(step.params.units).not.toEqual(
            expect.arrayContaining([expect.stringMatching(/libvirt|openvswitch-switch|^ovs|qemu/)]),
          );
        const place = (id: string): number => order.indexOf(id);
        for (const { id: restore } of of(plan, 'backup.restore')) {
          for (const { id } of of(plan, 'systemd.stop')) expect(place(id)).toBeLessThan(place(restore));
          for (const { id } of of(plan, 'systemd.release')) expect(place(id)).toBeGreaterThan(place(restore));
        }
        const ahead = Object.entries(request.kept).flatMap(([node, found]) =>
          found === AHEAD ? [node] : [],
        );
        expect(of(plan, 'packages.lower').flatMap(({ on }) => on)).toEqual(expect.arrayContaining(ahead));
        expect(plan.findings.filter(({ level }) => level === 'block')).toEqual([]);
        expect(plan.rollback?.databases).toBe(decide(past).is);
      }),
      { numRuns: 60 },
    );
  });

  test('what was stopped on a controller is started there again', () => {
    fc.assert(
      fc.property(anywhere, ({ shape, share, cut }) => {
        const { plan } = back(shape, (run) => Math.floor(share * run.steps.length), { cut });
        const started = new Set(
          of(plan, 'systemd.release').flatMap(({ on, params }) =>
            (params.units as string[]).map((unit) => `${on[0]} ${unit}`),
          ),
        );
        const stopped = of(plan, 'systemd.stop').flatMap(({ on, params }) =>
          (params.units as string[]).map((unit) => `${on[0]} ${unit}`),
        );
        expect(stopped.filter((unit) => !started.has(unit))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a way back that is planned anew', () => {
  const shape: Shape = { services: WHOLE, computes: 1 };
  /** A way back that halted after so many of its steps. */
  const halted = (plan: Plan, done: number): Past => pastOf('back-1', plan, journal(plan, done, true));
  const nodesOf = (steps: readonly Step[]): Set<string> => new Set(steps.flatMap(({ on }) => on));
  const Servers = z.array(z.object({ backend: z.string(), server: z.string() }));
  const serversOf = (steps: readonly Step[]): Set<string> =>
    new Set(
      steps.flatMap(({ params }) =>
        Servers.parse(params.servers).map(({ backend, server }) => `${backend}/${server}`),
      ),
    );
  /** Steps before the first that brings something back. */
  const makingWay = (plan: Plan): number =>
    plan.steps.findIndex(({ phase }) => !['quiet', 'prepare', 'stop'].includes(phase));

  test('is one of its own, by the journal of the run, and takes the place of the one that was given up', () => {
    const { plan, request } = back(shape, until('ctl1/keystone/start'));
    const anew = makeRollback({ ...request, givenUp: [halted(plan, 4)], round: '20261121200000' });
    expect(anew.id).not.toBe(plan.id);
    expect(anew.rollback).toEqual({ ...plan.rollback, after: 'back-1', round: '20261121200000' });
    expect(ids(anew)).toEqual(ids(plan));
    expect(of(anew, 'file.remove').flatMap(({ params }) => params.paths)).toEqual(
      expect.arrayContaining([`/var/lib/windlass/runs/${request.past.run}`, '/var/lib/windlass/runs/back-1']),
    );
  });

  test('whoever the first one stopped or drained comes back, also where the second would not have touched them', () => {
    const { plan, request } = back({}, until('ctl1/keystone/start'));
    const begun = halted(plan, makingWay(plan) - 1);
    expect(plan.rollback?.databases).toBe('restore');
    const stops = begun.applied.filter(({ kind }) => kind === 'systemd.stop');
    const keeping = { ...request, databases: 'keep' as const };
    // What makes the case: by itself the second would leave two of the three controllers as they are.
    expect(nodesOf(of(makeRollback(keeping), 'systemd.release'))).not.toEqual(nodesOf(stops));
    const anew = makeRollback({ ...keeping, givenUp: [begun] });
    expect([...nodesOf(of(anew, 'systemd.release'))]).toEqual(expect.arrayContaining([...nodesOf(stops)]));
    const drained = serversOf(begun.applied.filter(({ kind }) => kind === 'haproxy.drain'));
    const given = serversOf([...of(anew, 'haproxy.enable'), ...of(anew, 'haproxy.let-in')]);
    expect([...given]).toEqual(expect.arrayContaining([...drained]));
  });

  test('from every point of a run, and every point of the first way back before anything comes back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat({ max: 30 }),
        fc.constantFrom(undefined, 'keep' as const),
        (share, far, databases) => {
          const { plan, request } = back({}, (run) => Math.floor(share * run.steps.length));
          const begun = halted(plan, Math.min(far, Math.max(0, makingWay(plan) - 1)));
          const anew = makeRollback({ ...request, givenUp: [begun], ...(databases ? { databases } : {}) });
          const stopped = nodesOf(begun.applied.filter(({ kind }) => kind === 'systemd.stop'));
          const starts = nodesOf(of(anew, 'systemd.release'));
          expect([...stopped].filter((node) => !starts.has(node))).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('is none once the first has begun to bring something back', () => {
    const { plan } = back(shape, until('ctl1/keystone/start'));
    const first = makingWay(plan);
    expect(beyondMakingWay(halted(plan, first - 1))).toBeUndefined();
    expect(beyondMakingWay(halted(plan, first))?.id).toBe(plan.steps[first]?.id);
  });
});
