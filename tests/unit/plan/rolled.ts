// Clusters whose system stays, for tests of plans over releases alone.
import { Cluster } from '../../../src/model/cluster.ts';
import type { Standing } from '../../../src/model/target.ts';

const SOURCE = 'deb http://repo.example/epoxy ./\n';
export const EPOXY_HERE: Standing = { os: 'bookworm', openstack: '2025.1' };
export const HIBISCUS_HERE: Standing = { os: 'trixie', openstack: '2026.2' };
export const GAZPACHO_HERE: Standing = { os: 'trixie', openstack: '2026.1' };

export interface Shape {
  /** Three unless said. */
  readonly controllers?: number;
  readonly computes?: number;
  readonly networks?: number;
  /** The controllers are network nodes too. */
  readonly collocated?: boolean;
  readonly services?: readonly string[];
  readonly archives?: object;
  readonly policy?: object;
  /** Where it stands; bookworm/zed unless said. */
  readonly from?: Standing;
}

export const ZED_HERE: Standing = { os: 'bookworm', openstack: 'zed' };
export const EPOXY: Standing = { os: 'trixie', openstack: '2025.1' };

export function rolled({
  controllers = 3,
  computes = 0,
  networks = 0,
  collocated = false,
  services,
  archives,
  policy,
  from = ZED_HERE,
}: Shape): Cluster {
  const nodes = (word: string, count: number, first: number, roles: readonly string[]) =>
    Array.from({ length: count }, (_, at) => [
      `${word}${at + 1}`,
      { address: `10.77.2.${first + at}`, roles, site: 'one' },
    ]);
  return Cluster.parse({
    cluster: 'rolled',
    os: `debian/${from.os}`,
    openstack: from.openstack,
    vips: { 'openstack-api-vip': { address: '10.77.2.10', on: [controllers > 1 ? 'ctl2' : 'ctl1'] } },
    nodes: Object.fromEntries([
      ...nodes('ctl', controllers, 11, collocated ? ['controller', 'network'] : ['controller']),
      ...nodes('net', networks, 21, ['network']),
      ...nodes('cmp', computes, 31, ['compute']),
    ]),
    services: {
      controller: services ?? ['keystone', 'glance', 'placement'],
      ...(networks > 0 || collocated
        ? { network: ['neutron-openvswitch-agent', 'neutron-l3-agent', 'neutron-dhcp-agent'] }
        : {}),
      ...(computes > 0 ? { compute: ['nova-compute', 'neutron-openvswitch-agent'] } : {}),
    },
    platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
    cloud: {},
    // Service by service, as an archive allows where nothing else is known of it.
    policy: { ...(from === GAZPACHO_HERE ? { libraries: 'ahead' } : {}), ...policy },
    archives: archives ?? {
      '2025.1': { source: SOURCE },
      '2026.1': { source: SOURCE },
      '2026.2': { source: SOURCE },
    },
  });
}

/** Everything the catalogue rolls or cuts over. */
export const WHOLE = ['keystone', 'glance', 'placement', 'nova', 'neutron', 'cinder', 'heat'];
