import { assumedFacts } from '../../../src/catalog/assume.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import type { Facts } from '../../../src/model/facts.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';
import type { Standing } from '../../../src/model/target.ts';
import { makeRehearsal } from '../../../src/plan/rehearse/index.ts';
import { standingOf } from '../../../src/plan/standing.ts';
import { route, standing } from '../../../src/route/index.ts';
import { EPOXY } from './shapes.ts';

export const SERVICES = ['keystone', 'glance', 'placement', 'nova', 'neutron', 'cinder', 'heat', 'horizon'];

export interface Shape {
  readonly controllers?: number;
  readonly computes?: number;
  readonly services?: readonly string[];
  readonly rehearsal?: object | null;
  readonly cloud?: boolean;
  readonly archives?: object;
  readonly from?: Standing;
}

export function clusterOf({
  controllers = 3,
  computes = 2,
  services = SERVICES,
  rehearsal = { node: { address: '10.77.9.9' } },
  cloud = true,
  archives = {},
  from = { os: 'bookworm', openstack: 'zed' },
}: Shape = {}): Cluster {
  const nodes = (word: string, count: number, first: number, role: string) =>
    Array.from({ length: count }, (_, at) => [
      `${word}${at + 1}`,
      { address: `10.77.2.${first + at}`, roles: [role] },
    ]);
  return Cluster.parse({
    cluster: 'cloud',
    os: `debian/${from.os}`,
    openstack: from.openstack,
    vips: { 'openstack-api-vip': { address: '10.77.2.10', on: ['controller'] } },
    nodes: Object.fromEntries([
      ...nodes('ctl', controllers, 11, 'controller'),
      ...nodes('cmp', computes, 31, 'compute'),
    ]),
    services: {
      controller: services,
      ...(computes > 0 ? { compute: ['nova-compute', 'neutron-openvswitch-agent'] } : {}),
    },
    platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
    archives,
    ...(cloud ? { cloud: {} } : {}),
    ...(rehearsal === null ? {} : { rehearsal }),
  });
}

/** As discovery would have read it: every database with a fingerprint. */
export function factsOf(cluster: Cluster): Facts {
  const facts = assumedFacts(cluster);
  const names = Object.keys(facts.nodes.ctl1?.galera?.databases ?? {});
  return {
    ...facts,
    assumed: false,
    cloud: {
      asked: 'ctl1',
      unread: [],
      schemas: {},
      fingerprints: Object.fromEntries(names.map((name) => [name, `sha256:${name}`])),
      services: [],
      computes: [],
      agents: [],
      instances: [],
      routers: [],
      networks: [],
      projects: {},
    },
  };
}

export function rehearsalOf(
  cluster: Cluster,
  over: { to?: Standing; facts?: Facts; asShipped?: boolean; round?: string } = {},
): Plan {
  const { to = EPOXY, facts = factsOf(cluster), asShipped = false, round = '20261121153000' } = over;
  const from = standing(standingOf(cluster, facts));
  const { hops } = route(from, to, cluster, facts);
  return makeRehearsal({ cluster, facts, from, to, hops, round, asShipped });
}

export const step = ({ steps }: Plan, id: string): Step => {
  const found = steps.find((one) => one.id === id);
  if (!found) throw new Error(`no step ${id}`);
  return found;
};

/** Kinds that run a release's code, or start it. */
export const runsCode = ({ kind, params }: Step): boolean =>
  kind === 'database.migrate' ||
  kind === 'rehearsal.status' ||
  kind === 'rehearsal.list' ||
  kind === 'rehearsal.old-code' ||
  (kind === 'systemd.release' && !JSON.stringify(params).includes('rabbitmq-server'));
