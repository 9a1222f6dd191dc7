import { defineService } from '../service.ts';

const FILES = [
  '--config-file',
  '/etc/neutron/neutron.conf',
  '--config-file',
  '/etc/neutron/plugins/ml2/ml2_conf.ini',
] as const;

/**
 * After a failed expand `has_offline_migrations` says none and `--contract` ends 0: only `current` tells, and both of
 * its branches must be at the head (research/lab.md 4, item 6).
 */
const HEADS = `out=$(neutron-db-manage ${FILES.join(' ')} current 2>&1) || { echo "$out"; exit 70; }
echo "$out"
[ "$(echo "$out" | grep -cE '^[0-9a-z]+ \\(head\\)$')" -ge 2 ] || exit 10
`;

export const neutron = defineService({
  name: 'neutron',
  source: 'research/rules.md; research/lab.md 4 and 5; 001; 002; 003',
  after: ['keystone', 'nova'],
  bus: true,
  databases: ['neutron'],
  etc: ['/etc/neutron'],
  roles: {
    controller: {
      packages: [
        'neutron-api',
        'neutron-server',
        'neutron-rpc-server',
        'neutron-periodic-workers',
        'neutron-common',
        'python3-neutron',
      ],
      units: ['neutron-api', 'neutron-server', 'neutron-rpc-server', 'neutron-periodic-workers'],
    },
    network: {
      packages: [
        'neutron-openvswitch-agent',
        'neutron-linuxbridge-agent',
        'neutron-l3-agent',
        'neutron-dhcp-agent',
        'neutron-metadata-agent',
        'neutron-common',
        'python3-neutron',
      ],
      units: [
        'neutron-openvswitch-agent',
        'neutron-linuxbridge-agent',
        'neutron-l3-agent',
        'neutron-dhcp-agent',
        'neutron-metadata-agent',
      ],
    },
    compute: {
      packages: [
        'neutron-openvswitch-agent',
        'neutron-linuxbridge-agent',
        'neutron-common',
        'python3-neutron',
      ],
      units: ['neutron-openvswitch-agent', 'neutron-linuxbridge-agent'],
    },
  },
  api: {
    port: 9696,
    path: '/',
    expect: [200],
    unit: 'neutron-api',
    backends: [
      'neutron',
      'neutronbe',
      'neutronapi',
      'neutronapibe',
      'neutron_server_back',
      'neutron_server-back',
    ],
  },
  database: [
    {
      id: 'sync',
      title: "Bring both branches of Neutron's database to the head, with every server stopped",
      moment: 'first',
      argv: ['neutron-db-manage', ...FILES, 'upgrade', 'heads'],
      runAs: 'neutron',
      check: {
        argv: ['sh', '-u', '-s'],
        input: HEADS,
        done: [0],
        todo: [10],
        meaning: '0 both branches are at the head, 10 one is not, 70 neutron-db-manage failed',
      },
      since: 'mitaka',
      estimate: 5,
      returns: 'restore',
      source: 'research/rules.md; research/lab.md 4 (item 6)',
    },
  ],
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'cutover',
      outage: 28.2,
      note: "expand alone breaks Zed's neutron-api: 500 on every GET (Unknown column subnets.in_use)",
      source: 'research/lab.md 5 (item 5)',
    },
    {
      from: 'mitaka',
      to: 'ocata',
      how: 'cutover',
      note: 'the new control plane was built beside the old one; OVS DVR may lose its default route (review 475108)',
      source: '002',
    },
  ],
  tells: { package: 'python3-neutron', series: 'zed', major: 21 },
  incomplete: 'plugin databases (vpnaas, bgpvpn, sfc) and ML2/OVN are not handled',
});
