// Route, checks and plan for 1,000 nodes from the cluster file alone, facts assumed.
import { assumedFacts } from '../../src/catalog/assume.ts';
import { check } from '../../src/check/index.ts';
import { Cluster } from '../../src/model/cluster.ts';
import { makePlan } from '../../src/plan/make.ts';
import { route } from '../../src/route/index.ts';
import { figure, peak, tell, trials } from '../measure.ts';

const node = (index: number, role: string) => ({
  address: `10.0.${index >> 8}.${index & 255}`,
  roles: [role],
});
const cluster = Cluster.parse({
  cluster: 'bench',
  os: 'debian/bookworm',
  openstack: 'epoxy',
  vips: { 'openstack-api-vip': { address: '10.0.255.1', on: ['controller'] } },
  nodes: Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) =>
      index < 3
        ? [`ctl${index + 1}`, node(index + 1, 'controller')]
        : [`cmp${index - 2}`, node(index + 1, 'compute')],
    ),
  ),
  services: { controller: ['keystone', 'glance', 'placement'] },
  platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
});
const from = { os: 'debian/bookworm', openstack: 'epoxy' };
const to = { os: 'debian/trixie', openstack: 'epoxy' };

function once(): { steps: number } {
  const facts = assumedFacts(cluster);
  const way = route(from, to, cluster, facts);
  const findings = [...check(cluster, facts, to), ...way.findings];
  const plan = makePlan({ cluster, facts, from, to, hops: way.hops, findings });
  return { steps: plan.steps.length };
}

const { steps } = once();
if (steps === 0) throw new Error('there is nothing in the plan: nothing was measured');
const memory = peak();
const times = await trials(5, once);
tell([
  figure('assume facts, route, check and plan for 1,000 nodes', 'ms', times),
  figure('  peak memory, once, node itself included', 'MB', [memory]),
  figure('  steps in that plan', 'steps', [steps]),
]);
