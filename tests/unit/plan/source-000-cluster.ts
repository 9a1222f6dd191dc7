import { assumedFacts } from '../../../src/catalog/assume.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import { Facts, type NodeFacts } from '../../../src/model/facts.ts';

/**
 * The cluster of source 000, written by hand: Debian stretch with Rocky from stretch-rocky.debian.net, upstream's Ceph
 * Luminous, puppet. Its three controllers are network nodes too; the VIP is with the third (000 moves it there first).
 */
export const cluster: Cluster = Cluster.parse({
  cluster: 'z',
  os: 'debian/stretch',
  openstack: 'rocky',
  vips: { 'openstack-api-vip': { address: '192.0.2.10', on: ['controller'] } },
  nodes: {
    'z-controller-1': { address: '192.0.2.11', roles: ['controller', 'network'] },
    'z-controller-2': { address: '192.0.2.12', roles: ['controller', 'network'] },
    'z-controller-3': { address: '192.0.2.13', roles: ['controller', 'network'] },
    'z-compute-1': { address: '192.0.2.21', roles: ['compute'] },
    'z-compute-2': { address: '192.0.2.22', roles: ['compute'] },
    'z-compute-3': { address: '192.0.2.23', roles: ['compute'] },
  },
  services: {
    controller: ['keystone', 'glance', 'nova', 'neutron', 'heat', 'horizon'],
    network: [
      'neutron-openvswitch-agent',
      'neutron-l3-agent',
      'neutron-dhcp-agent',
      'neutron-metadata-agent',
    ],
    compute: ['nova-compute', 'neutron-openvswitch-agent'],
  },
  platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
  configuration: { by: 'puppet' },
  cloud: {
    credentials: '/root/openrc',
    canary: { image: 'cirros', flavor: 'tiny', network: 'demo-net' },
  },
  // Root disks are on the computes: 000 moves them with --block-migration.
  policy: { sample: '0%', guests: { block: 'always' } },
});

const SOURCES: NodeFacts['apt']['sources'] = [
  {
    path: '/etc/apt/sources.list',
    content: `deb http://deb.debian.org/debian stretch main
deb http://deb.debian.org/debian stretch-updates main
deb http://security.debian.org/debian-security stretch/updates main
`,
  },
  {
    path: '/etc/apt/sources.list.d/ceph.list',
    content: 'deb https://download.ceph.com/debian-luminous/ stretch main\n',
  },
  {
    path: '/etc/apt/sources.list.d/stretch-rocky.list',
    content: `deb http://stretch-rocky.debian.net/debian stretch-rocky-backports main
deb-src http://stretch-rocky.debian.net/debian stretch-rocky-backports main
`,
  },
];

/** 000's own list of what `apt-get remove` is given on a compute. */
const CEPH = [
  'libcephfs2',
  'librados2',
  'librbd1',
  'librgw2',
  'python3-cephfs',
  'python3-rados',
  'python3-rbd',
  'python3-rgw',
];
/** 000's own list of what is installed again on a controller. */
const NOVA = [
  'nova-api',
  'nova-conductor',
  'nova-consoleauth',
  'nova-consoleproxy',
  'nova-placement-api',
  'nova-scheduler',
];

function stretch(name: string, node: NodeFacts): NodeFacts {
  const controller = name.includes('controller');
  const takes = [...(controller ? NOVA : ['nova-compute', 'nova-compute-kvm']), 'python3-nova'].sort();
  const packages: NodeFacts['packages'] = { ...node.packages };
  for (const one of CEPH) packages[one] = { version: '12.2.12-1~bpo90+1', auto: true };
  for (const one of takes) packages[one] = { version: '2:18.2.1-1~bpo9+1', auto: one === 'python3-nova' };
  packages['python3-oslo.messaging'] = { version: '8.1.4-1~bpo9+1', auto: true };
  if (controller) {
    packages['mariadb-server-10.1'] = { version: '10.1.41-0+deb9u1', auto: false };
    packages.corosync = { version: '2.4.2-3+deb9u1', auto: false };
    packages.pacemaker = { version: '1.1.16-1+deb9u1', auto: false };
  }
  return {
    ...node,
    hostname: `${name}.example.com`,
    packages,
    apt: { sources: SOURCES },
    foreign: [
      {
        of: 'ceph',
        from: 'https://download.ceph.com/debian-luminous stretch/main',
        packages: CEPH,
        takes,
      },
    ],
    ...(node.pacemaker
      ? { pacemaker: { ...node.pacemaker, resources: { 'openstack-api-vip': 'z-controller-3' } } }
      : {}),
    ...(node.rabbitmq ? { rabbitmq: { ...node.rabbitmq, users: ['guest', 'openstack', 'probe'] } } : {}),
    units: {
      ...node.units,
      ...(controller ? { 'nova-consoleauth.service': { active: 'active', enabled: 'enabled' } } : {}),
    },
  };
}

const CONTROLLERS = ['z-controller-1', 'z-controller-2', 'z-controller-3'];
const COMPUTES = ['z-compute-1', 'z-compute-2', 'z-compute-3'];
const host = (name: string): string => `${name}.example.com`;

/** Routers with SNAT on each controller, guests on each compute. */
const cloud: NonNullable<Facts['cloud']> = {
  asked: 'z-controller-1',
  unread: [],
  schemas: {},
  services: [],
  computes: COMPUTES.map((node) => ({
    host: host(node),
    hypervisor: host(node),
    node,
    cell: 'nova',
    type: 'QEMU',
    version: 35,
    disabled: false,
    up: true,
    vcpus: 32,
    vcpusUsed: 4,
    memoryMb: 131_072,
    memoryUsedMb: 8_192,
    diskGb: 800,
    diskUsedGb: 40,
  })),
  agents: CONTROLLERS.flatMap((node) =>
    (
      [
        ['L3 agent', 'neutron-l3-agent'],
        ['DHCP agent', 'neutron-dhcp-agent'],
      ] as const
    ).map(([type, binary], at) => ({
      id: `${node}-${at}`,
      type,
      binary,
      host: host(node),
      node,
      adminUp: true,
      alive: true,
      age: 5,
    })),
  ),
  instances: COMPUTES.flatMap((node) =>
    ['web', 'db'].map((name) => ({
      uuid: `${name}-${node}`,
      name: `${name}-${node}`,
      host: host(node),
      node,
      project: 'demo',
      vmState: 'active',
      power: 'running' as const,
      vcpus: 2,
      memoryMb: 4_096,
      diskGb: 20,
      root: 'local' as const,
      volumes: 0,
      pci: false,
      tags: [],
    })),
  ),
  routers: CONTROLLERS.map((node, at) => ({
    id: `router-${at + 1}`,
    name: `router-${at + 1}`,
    project: 'demo',
    adminUp: true,
    gateway: true,
    ha: false,
    distributed: false,
    agents: [{ agent: `${node}-0`, host: host(node) }],
  })),
  networks: [
    {
      id: 'net-1',
      name: 'demo-net',
      dhcp: true,
      agents: [{ agent: 'z-controller-1-1', host: host('z-controller-1') }],
    },
  ],
  projects: { demo: { name: 'demo', tags: [] } },
};

/** What discovery would have read there; it was not: nobody has such a cluster any more. */
export function facts(): Facts {
  const plain = assumedFacts(cluster);
  return Facts.parse({
    ...plain,
    nodes: Object.fromEntries(Object.entries(plain.nodes).map(([name, node]) => [name, stretch(name, node)])),
    cloud,
  });
}
