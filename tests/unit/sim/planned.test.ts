import { describe, expect, it } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { check } from '../../../src/check/index.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import { makePlan } from '../../../src/plan/make.ts';
import { route } from '../../../src/route/index.ts';
import { limitOf } from '../../../src/schedule/index.ts';
import { forSimulation } from '../../../src/sim/plans.ts';
import { rehearse } from '../../../src/sim/rehearse.ts';
import { simulate } from '../../../src/sim/simulate.ts';
import { passingTroubles } from '../../../src/sim/trouble.ts';
import { offences } from '../schedule/oracle.ts';

const cluster = Cluster.parse({
  cluster: 'imagined',
  os: 'debian/bookworm',
  openstack: 'epoxy',
  vips: { 'openstack-api-vip': { address: '192.0.2.10', on: ['controller'] } },
  nodes: Object.fromEntries(
    ['ctl1', 'ctl2', 'ctl3'].map((name, index) => [
      name,
      { address: `192.0.2.1${index + 1}`, roles: ['controller'] },
    ]),
  ),
  services: { controller: ['keystone', 'glance', 'placement'] },
  platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
});
const from = { os: 'debian/bookworm', openstack: 'epoxy' };
const to = { os: 'debian/trixie', openstack: 'epoxy' };
const facts = assumedFacts(cluster);
const way = route(from, to, cluster, facts);
const plan = makePlan({ cluster, facts, from, to, hops: way.hops, findings: check(cluster, facts, to) });

describe("the planner's own plan", () => {
  it('plays to its end, no rule broken', () => {
    expect(plan.steps.length).toBeGreaterThan(20);
    const run = simulate(plan);
    expect(run.outcome).toBe('finished');
    expect(offences(plan, run.events, (name) => limitOf(plan.policy, name))).toEqual([]);
  });

  it('is carried out by the real dispatcher, through troubles and deaths', async () => {
    const simulated = forSimulation(plan);
    const calm = await rehearse(simulated);
    expect(calm).toMatchObject({ outcome: { is: 'finished' }, wrongs: [], missing: [] });
    const rough = await rehearse(simulated, {
      troubles: passingTroubles(simulated, 11, 0.5),
      deaths: [7, 40, 23, 90].map((deed, turn) => ({ deed, when: turn % 2 === 0 ? 'after' : 'before' })),
    });
    expect(rough).toMatchObject({ outcome: { is: 'finished' }, wrongs: [], missing: [] });
    expect(rough.standing).toEqual(calm.standing);
  });
});
