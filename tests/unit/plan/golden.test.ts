import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import type { Facts } from '../../../src/model/facts.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { assumed, clusterOf, ha3, planOf, recorded, recordedFacts, withUpgraded } from './shapes.ts';

/** A plan's text with its own hash left out: that changes with every word of the planner. */
const text = (plan: Plan, commands = false): string =>
  showPlan(plan, { commands }).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');

/** Read the changed file as an operator would, then accept it: npx vitest run --project unit tests/unit/plan -u */
const golden = (name: string): string => `./golden/${name}.txt`;

describe('the plan for three controllers, bookworm/Zed to trixie/Epoxy', () => {
  test('from what discovery read', async () => {
    await expect(text(recorded())).toMatchFileSnapshot(golden('ha3'));
  });

  test('with every command, guard and file', async () => {
    await expect(text(recorded(), true)).toMatchFileSnapshot(golden('ha3-commands'));
  });

  test('offline, from the cluster file alone', async () => {
    await expect(text(assumed(ha3))).toMatchFileSnapshot(golden('ha3-assumed'));
  });

  test('half-way: one node is on trixie already', async () => {
    const plan = planOf(ha3, withUpgraded(recordedFacts(), 'ctl2'));
    await expect(text(plan)).toMatchFileSnapshot(golden('ha3-half-way'));
    expect(
      plan.steps.filter(({ on, commands }) => on.includes('ctl2') && commands.length > 0),
    ).not.toContainEqual(expect.objectContaining({ kind: 'apt.dist-upgrade' }));
  });

  test('half-way: only the node that carries the VIP is left', async () => {
    const plan = planOf(ha3, withUpgraded(recordedFacts(), 'ctl2', 'ctl3'));
    await expect(text(plan)).toMatchFileSnapshot(golden('ha3-last-node'));
  });

  test('there already: nothing to do', async () => {
    const plan = planOf(ha3, withUpgraded(recordedFacts(), 'ctl1', 'ctl2', 'ctl3'));
    await expect(text(plan)).toMatchFileSnapshot(golden('ha3-there'));
    expect(plan).toMatchObject({ steps: [], gates: [], phases: [], route: [], complete: true });
  });
});

describe('other shapes', () => {
  test.each([
    ['five-controllers', clusterOf(5)],
    ['no-pacemaker', clusterOf(3, ['rabbitmq', 'galera', 'haproxy', 'memcached'])],
    ['no-rabbitmq', clusterOf(3, ['galera', 'pacemaker', 'haproxy', 'memcached'])],
    ['services-alone', clusterOf(3, [])],
  ])('%s', async (name, cluster) => {
    const plan = planOf(cluster, assumedFacts(cluster));
    await expect(text(plan)).toMatchFileSnapshot(golden(name));
  });

  test('a part that is not there is not spoken of', () => {
    const kinds = (platform: readonly string[]) =>
      [...new Set(assumed(clusterOf(3, platform)).steps.map(({ kind }) => kind.split('.')[0]))].sort();
    expect(kinds(['rabbitmq', 'galera', 'haproxy'])).not.toContain('pacemaker');
    expect(kinds(['galera', 'pacemaker', 'haproxy'])).not.toContain('rabbitmq');
    expect(kinds(['rabbitmq', 'pacemaker', 'haproxy'])).not.toContain('galera');
    expect(kinds(['rabbitmq', 'galera', 'pacemaker'])).not.toContain('haproxy');
  });
});

describe('what the roll of controllers does not plan', () => {
  test('a bus or a database on machines of its own', () => {
    const split = clusterOf(3, undefined, { mq1: ['messaging'], mq2: ['messaging'], mq3: ['messaging'] });
    expect(() => assumed(split)).toThrow(
      /WL-PLAN-SHAPE: galera is on ctl1, ctl2, ctl3, but not on mq1, mq2, mq3/,
    );
  });

  test('on from a node whose own roll was not finished', () => {
    const facts: Facts = withUpgraded(recordedFacts(), 'ctl2');
    const bus = facts.nodes.ctl2?.rabbitmq;
    if (!bus) throw new Error('the fixture has no RabbitMQ on ctl2');
    bus.running = [];
    expect(() => planOf(ha3, facts)).toThrow(/WL-PLAN-HALF-WAY: ctl2 runs trixie already/);
  });

  test('half-way, the nodes that are there are cleaned and looked at all the same', () => {
    const { steps } = planOf(ha3, withUpgraded(recordedFacts(), 'ctl2'));
    for (const thing of ['leftovers/remove', 'packages/autoremove', 'node/verify']) {
      expect(steps.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['ctl1', 'ctl2', 'ctl3'].map((node) => `${node}/${thing}`)),
      );
    }
  });
});
