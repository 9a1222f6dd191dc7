import type { Topology, TopologyNode } from '../topology.ts';
import { ha3 } from './ha3.ts';

const controller = (index: number): TopologyNode => ({
  name: `ctl${index}`,
  host: 10 + index,
  roles: ['controller', 'network', 'volume'],
  site: `zone-${index}`,
});

const compute = (index: number): TopologyNode => ({
  name: `cmp${index}`,
  host: 30 + index,
  roles: ['compute'],
  site: `zone-${index}`,
});

/** What a whole cloud runs, whatever its size. */
const whole = {
  suite: 'bookworm',
  openstack: 'zed',
  services: [
    ...ha3.services,
    'nova',
    'neutron',
    'neutron-agents',
    'cinder',
    'heat',
    'horizon',
    'nova-compute',
  ],
  vip: { name: 'openstack-api-vip', host: 10 },
  guestsPerCompute: 2,
  roleServices: {
    controller: ['keystone', 'glance', 'placement', 'nova', 'neutron', 'cinder', 'heat', 'horizon'],
    network: [
      'neutron-openvswitch-agent',
      'neutron-l3-agent',
      'neutron-dhcp-agent',
      'neutron-metadata-agent',
    ],
    volume: ['cinder-volume'],
    compute: ['nova-compute', 'neutron-openvswitch-agent'],
  },
  platform: ha3.platform,
} as const satisfies Partial<Topology>;

/** A whole cloud: three controllers that are its network nodes too, two computes, and guests. */
export const cloud: Topology = {
  ...whole,
  name: 'cloud',
  about: 'a whole cloud, bookworm/Zed: three controllers, two computes with guests',
  nodes: [controller(1), controller(2), controller(3), compute(1), compute(2)],
};

const periodic = ({ services, ...rest }: Topology): Topology => ({
  ...rest,
  services: services.flatMap((name) => (name === 'neutron' ? [name, 'neutron-periodic' as const] : [name])),
});

/** The same cloud a system and five releases on: where a haul from `cloud` ends, without it. */
export const cloudEpoxy: Topology = periodic({
  ...cloud,
  name: 'cloud-epoxy',
  about: 'a whole cloud, trixie/Epoxy: three controllers, two computes with guests',
  suite: 'trixie',
  openstack: '2025.1',
});

/** And one release further, of a repository of the lab's own. */
export const cloudGazpacho: Topology = {
  ...cloudEpoxy,
  name: 'cloud-gazpacho',
  about: 'a whole cloud, trixie/Gazpacho (glance: Epoxy): three controllers, two computes with guests',
  openstack: '2026.1',
};

/** The same cloud on one controller and one compute: for quick work, not for quorum. */
export const cloudSmall: Topology = {
  ...whole,
  name: 'cloud-small',
  about: 'a whole cloud, bookworm/Zed: one controller, one compute with guests',
  nodes: [controller(1), compute(1)],
};
