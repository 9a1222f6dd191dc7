import { Cloud } from '../../../src/model/cloud.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import { Facts, type NodeFacts } from '../../../src/model/facts.ts';

const NODES = ['ctl1', 'ctl2', 'ctl3'] as const;
const VIP = '192.0.2.10';

/** Three controllers as the lab makes them, and one compute. */
export function cleanCluster(over: Record<string, unknown> = {}): Cluster {
  return Cluster.parse({
    cluster: 'clean',
    os: 'debian/bookworm',
    openstack: 'zed',
    vips: { 'openstack-api-vip': { address: VIP, on: ['controller'] } },
    nodes: {
      ...Object.fromEntries(
        NODES.map((name, index) => [name, { address: `192.0.2.${11 + index}`, roles: ['controller'] }]),
      ),
      cmp1: { address: '192.0.2.31', roles: ['compute'] },
    },
    services: { controller: ['keystone', 'glance', 'placement'] },
    platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
    ...over,
  });
}

const active = { active: 'active', enabled: 'enabled' };

function base(address: string): NodeFacts {
  return {
    os: { id: 'debian', codename: 'bookworm', version: '12' },
    kernel: '6.1.0-40-amd64',
    arch: 'amd64',
    packages: { systemd: { version: '252.39-1~deb12u2', auto: true } },
    units: { 'ssh.service': active },
    apt: {
      sources: [
        {
          path: '/etc/apt/sources.list',
          content: `deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian bookworm-updates main
deb http://deb.debian.org/debian-security bookworm-security main
`,
        },
      ],
    },
    rebootRequired: false,
    disk: [{ mount: '/', sizeMb: 40_000, freeMb: 20_000 }],
    memoryMb: 8000,
    clockOffset: 0.1,
    interfaces: [{ name: 'host0', addresses: [`${address}/24`] }],
  };
}

function controller(index: number): NodeFacts {
  const facts = base(`192.0.2.${11 + index}`);
  const members = NODES.map((name) => `rabbit@${name}`);
  return {
    ...facts,
    packages: {
      ...facts.packages,
      keystone: { version: '2:22.0.2-0+deb12u6', auto: false },
      'python3-keystone': { version: '2:22.0.2-0+deb12u6', auto: true },
      'python3-glance': { version: '2:25.1.0-2+deb12u5', auto: true },
      'python3-placement': { version: '8.0.0-2', auto: true },
      'python3-oslo.messaging': { version: '14.0.3-0+deb12u1', auto: true },
      'mariadb-server': { version: '1:10.11.19-0+deb12u1', auto: false },
      'rabbitmq-server': { version: '3.10.8-1.1+deb12u1', auto: false },
    },
    units: {
      ...facts.units,
      ...Object.fromEntries(
        [
          'keystone',
          'glance-api',
          'placement-api',
          'mariadb',
          'rabbitmq-server',
          'corosync',
          'pacemaker',
          'haproxy',
          'memcached',
        ].map((unit) => [`${unit}.service`, active]),
      ),
    },
    galera: {
      version: '10.11.19-MariaDB-0+deb12u1',
      state: 'Synced',
      clusterSize: 3,
      clusterStatus: 'Primary',
      databases: {},
    },
    rabbitmq: {
      version: '3.10.8',
      erlang: '25.2.3',
      running: members,
      members,
      partitions: [],
      queues: [],
      policies: [],
      flags: { quorum_queue: true },
      users: ['openstack'],
    },
    pacemaker: {
      version: '2.1.5-a3f44794f94',
      quorate: true,
      online: [...NODES],
      offline: [],
      standby: [],
      resources: { 'openstack-api-vip': 'ctl3' },
      constraints: [],
    },
    haproxy: {
      version: '2.6.12-1+deb12u3',
      socket: '/run/haproxy/admin.sock',
      servers: [
        ...(['keystonebe:5000', 'glancebe:9292', 'placementbe:8778', 'galerabe:3306'] as const).flatMap(
          (word) => {
            const [backend = '', port = ''] = word.split(':');
            return NODES.map((server, at) => ({
              backend,
              server,
              address: `192.0.2.${11 + at}:${port}`,
              status: 'UP',
              sessions: 1,
              backup: backend === 'galerabe' && at > 0,
              check: 'L7OK',
            }));
          },
        ),
      ],
    },
  };
}

/** Facts of the clean cluster: nothing in them is a trap. */
export function cleanFacts(): Facts {
  return Facts.parse({
    windlass: 1,
    cluster: 'clean',
    at: '2026-11-21T00:00:00.000Z',
    assumed: false,
    nodes: {
      ...Object.fromEntries(NODES.map((name, index) => [name, controller(index)])),
      cmp1: base('192.0.2.31'),
    },
  });
}

type Part = 'galera' | 'rabbitmq' | 'pacemaker' | 'haproxy';

/** A node of the facts, to be changed. */
export function node(facts: Facts, name: string): NodeFacts {
  const found = facts.nodes[name];
  if (!found) throw new Error(`the fixture has no ${name}`);
  return found;
}

/** A part of a node of the facts, to be changed. */
export function part<P extends Part>(facts: Facts, name: string, which: P): NonNullable<NodeFacts[P]> {
  const found = node(facts, name)[which];
  if (found === undefined) throw new Error(`${name} has no ${which}`);
  return found as NonNullable<NodeFacts[P]>;
}

/** What the control plane of a healthy Zed cloud says of itself: one compute, one guest, one router. */
export function cleanCloud(): Cloud {
  const reports = { disabled: false, up: true, age: 5 };
  const lives = { adminUp: true, alive: true, age: 5 };
  return Cloud.parse({
    asked: 'ctl1',
    unread: [],
    schemas: {},
    services: [
      { of: 'nova', host: 'cmp1', node: 'cmp1', binary: 'nova-compute', version: 64, ...reports },
      { of: 'nova', host: 'ctl1', node: 'ctl1', binary: 'nova-conductor', version: 64, ...reports },
      { of: 'cinder', host: 'ctl1@lvm', node: 'ctl1', binary: 'cinder-volume', ...reports },
    ],
    computes: [
      {
        host: 'cmp1',
        hypervisor: 'cmp1',
        node: 'cmp1',
        cell: 'nova',
        type: 'QEMU',
        version: 7002000,
        disabled: false,
        up: true,
        vcpus: 2,
        vcpusUsed: 1,
        memoryMb: 4000,
        memoryUsedMb: 640,
        diskGb: 20,
        diskUsedGb: 1,
      },
    ],
    agents: [
      { id: 'a1', type: 'L3 agent', binary: 'neutron-l3-agent', host: 'ctl1', node: 'ctl1', ...lives },
    ],
    instances: [
      {
        uuid: 'g1',
        name: 'guest1',
        host: 'cmp1',
        node: 'cmp1',
        project: 'p1',
        vmState: 'active',
        power: 'running',
        vcpus: 1,
        memoryMb: 128,
        diskGb: 1,
        root: 'local',
        volumes: 0,
        pci: false,
        tags: [],
      },
    ],
    routers: [],
    networks: [],
    projects: { p1: { name: 'demo', tags: [] } },
  });
}

/** The first element of a list of the fixture, to be changed. */
export function first<T>(list: readonly T[]): T {
  const [found] = list;
  if (found === undefined) throw new Error('the fixture has none');
  return found;
}
