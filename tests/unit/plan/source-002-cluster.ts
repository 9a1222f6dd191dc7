import { Cluster } from '../../../src/model/cluster.ts';

/**
 * A cluster as source 002 upgrades them: Mitaka, three controllers, Open vSwitch with ML2, here with its control plane on
 * Ubuntu 16.04 already (the computes of 002 are). Ocata comes from the Ubuntu Cloud Archive.
 */
export const cluster: Cluster = Cluster.parse({
  cluster: 'mcp',
  os: 'ubuntu/xenial',
  openstack: 'mitaka',
  vips: { vip: { address: '192.0.2.10', on: ['controller'] } },
  nodes: {
    ctl1: { address: '192.0.2.11', roles: ['controller', 'network', 'volume'] },
    ctl2: { address: '192.0.2.12', roles: ['controller', 'network', 'volume'] },
    ctl3: { address: '192.0.2.13', roles: ['controller', 'network', 'volume'] },
    cmp1: { address: '192.0.2.21', roles: ['compute'] },
    cmp2: { address: '192.0.2.22', roles: ['compute'] },
  },
  services: {
    controller: ['keystone', 'glance', 'nova', 'neutron', 'cinder', 'heat', 'horizon'],
    network: [
      'neutron-openvswitch-agent',
      'neutron-l3-agent',
      'neutron-dhcp-agent',
      'neutron-metadata-agent',
    ],
    volume: ['cinder-volume'],
    compute: ['nova-compute', 'neutron-openvswitch-agent'],
  },
  platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
  cloud: {},
  archives: {
    ocata: { source: 'deb http://ubuntu-cloud.archive.canonical.com/ubuntu xenial-updates/ocata main\n' },
  },
});
