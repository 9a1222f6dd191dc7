import { branchCheck } from '../heads.ts';
import { backendNames, type DatabaseStep, defineService, upgradeCheck } from '../service.ts';
import { additive } from './additive.ts';
import { keeping } from './kept-columns.ts';
import { loadModule } from './wsgi.ts';

const FILES = [
  '--config-file',
  '/etc/neutron/neutron.conf',
  '--config-file',
  '/etc/neutron/plugins/ml2/ml2_conf.ini',
] as const;

/** The tool's own module with the configuration read, as the tool itself reads it. */
const CONFIGURED = `from neutron.db.migration import cli
cli.CONF([${FILES.map((word) => `'${word}'`).join(', ')}, 'current'], project='neutron')
`;

/**
 * After a failed expand `has_offline_migrations` says none and `--contract` ends 0 (research/lab.md 4, item 6). Every
 * installed plugin (dynamic routing, VPNaaS, BGPVPN, SFC, …) has a repository and a version table of its own in
 * Neutron's database, and `neutron-db-manage` without --subproject upgrades them all.
 */
const REPOSITORIES = `from alembic.runtime import environment
${CONFIGURED}
def table(config):
    seen = []
    directory = script.ScriptDirectory.from_config(config)
    def look(revision, context):
        seen.append(context.version_table)
        return []
    with environment.EnvironmentContext(config, directory, fn=look, dont_mutate=True):
        directory.run_env()
    return seen[0]

repositories = [(cli.CONF.database.connection, one, table(one)) for one in cli.get_alembic_configs()]
`;

/** Ocata to Ussuri ran on Python 2 as well: both branches of Neutron itself, by what the tool prints. */
const HEADS = `out=$(neutron-db-manage ${FILES.join(' ')} current 2>&1) || { echo "$out"; exit 70; }
echo "$out"
[ "$(echo "$out" | grep -cE '^[0-9a-z]+ \\(head\\)$')" -ge 2 ] || exit 10
`;

const L2 = [
  'neutron-openvswitch-agent',
  'neutron-linuxbridge-agent',
  'neutron-sriov-agent',
  'neutron-macvtap-agent',
  'neutron-taas-openvswitch-agent',
] as const;
const L3 = ['neutron-l3-agent', 'neutron-dhcp-agent', 'neutron-metadata-agent'] as const;
const OVN = ['neutron-ovn-metadata-agent', 'neutron-ovn-agent'] as const;
const MORE = ['neutron-metering-agent', 'neutron-bgp-dragent', 'neutron-l2gateway-agent'] as const;

const LISTS = 'debian bookworm/trixie package list';
const INIT_ONLY = 'it has only a script in /etc/init.d, for which systemd makes a unit when it loads';

const EXPAND: DatabaseStep = {
  id: 'expand',
  title: "Add what the new Neutron needs to its database, and its plugins' to theirs",
  moment: 'first',
  argv: ['neutron-db-manage', ...FILES, 'upgrade', '--expand'],
  runAs: 'neutron',
  check: branchCheck(REPOSITORIES, 'expand'),
  since: 'victoria',
  estimate: 5,
  returns: 'restore',
  source: 'neutron/db/migration/cli.py (26.0.3); research/rules.md; research/lab.md 4 (item 6)',
};

/** Where Neutron's own database is, as its configuration has it. */
const URL = `${CONFIGURED}url = cli.CONF.database.connection
`;

/** 2023.2's migration 93f394357a27 drops what Zed's code names in every query of a subnet. */
const FOR_ZED = keeping(
  EXPAND,
  [{ table: 'subnets', column: 'in_use', as: 'TINYINT(1) NOT NULL DEFAULT 0' }],
  URL,
);

export const neutron = defineService({
  name: 'neutron',
  source: `research/rules.md; research/lab.md 4 and 5; 000; 001; 002; 003; ${LISTS}`,
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
        'neutron-ovn-maintenance-worker',
        'neutron-services-server',
        'neutron-dynamic-routing-common',
        'python3-neutron-dynamic-routing',
        'neutron-vpnaas-common',
        'python3-neutron-vpnaas',
        'python3-neutron-fwaas',
        'python3-neutron-taas',
        'python3-networking-bgpvpn',
        'python3-networking-l2gw',
        'python3-networking-sfc',
        'neutron-common',
        'python3-neutron',
      ],
      units: [
        'neutron-rpc-server',
        'neutron-periodic-workers',
        'neutron-ovn-maintenance-worker',
        'neutron-services-server',
        'neutron-server',
        'neutron-api',
      ],
      usual: ['neutron-rpc-server', 'neutron-periodic-workers', 'neutron-api'],
    },
    network: {
      packages: [...L2, ...L3, ...OVN, ...MORE, 'neutron-common', 'python3-neutron'],
      // L2 agents, then L3, DHCP and metadata (research/rules.md).
      units: [...L2, ...L3, ...OVN, ...MORE],
      usual: [
        'neutron-openvswitch-agent',
        'neutron-l3-agent',
        'neutron-dhcp-agent',
        'neutron-metadata-agent',
      ],
    },
    compute: {
      packages: [...L2, ...L3, ...OVN, 'neutron-common', 'python3-neutron'],
      units: [...L2, ...L3, ...OVN],
      usual: ['neutron-openvswitch-agent'],
    },
  },
  api: {
    port: 9696,
    path: '/',
    expect: [200],
    list: '/v2.0/networks?limit=1',
    unit: 'neutron-api',
    green: '/etc/neutron/neutron-api-uwsgi.ini',
    backends: [...backendNames('neutron'), 'neutron_server_back', 'neutron_server-back'],
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
      until: 'ussuri',
      offline: true,
      estimate: 5,
      returns: 'restore',
      source: 'research/rules.md; research/lab.md 4 (item 6)',
    },
    EXPAND,
    {
      id: 'contract',
      title: 'Remove from the database what only the old Neutron used, with every server stopped',
      moment: 'first',
      argv: ['neutron-db-manage', ...FILES, 'upgrade', '--contract'],
      runAs: 'neutron',
      check: branchCheck(REPOSITORIES, 'contract'),
      since: 'victoria',
      offline: true,
      estimate: 5,
      returns: 'restore',
      source:
        'neutron/db/migration/cli.py (26.0.3); research/rules.md. From Zed to Epoxy there is none: both have the contract head 5c85685d616d',
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
      beside: {
        database: FOR_ZED,
        note: 'with subnets.in_use kept, Zed and Epoxy made, changed and deleted networks, subnets, ports and routers of each other',
        source: 'docs/rolling.md: both on one database of a lab, asked in turn',
      },
    },
    ...additive(
      'a stricter tags table and a unique key on network_segment_ranges, nothing taken away, nothing to contract; until the last server has risen an old one cannot add a segment range without a physical network',
      'tables and a unique key more, nothing taken away, nothing to contract',
    ),
    {
      from: 'mitaka',
      to: 'ocata',
      how: 'cutover',
      note: 'the new control plane was built beside the old one; OVS DVR may lose its default route (review 475108)',
      source: '002',
    },
  ],
  serversFirst:
    "research/rules.md (servers before agents); lab: Epoxy's agents beside Zed's servers, `Endpoint does not support RPC version 1.3. Attempted method: report_state`, `Invalid target version 1.10` of a port; guests behind a router cut off for 6 s",
  status: upgradeCheck(
    'neutron',
    [
      'Worker counts configured',
      'Networking-ovn database revision',
      'NIC Switch agent check kernel',
      'VLAN allocations valid segmentation ID check',
      'Policy File JSON to YAML Migration',
      'Port MAC address sanity check',
      'NetworkSegments unique constraint check',
      'Port Binding profile sanity check',
      'Floating IP inherits the QoS policy from the external network',
      'Port extra DHCP options check',
      'Duplicated HA network per project check',
      'OVN support for BM provisioning over IPv6 check',
      'ML2/OVS IGMP Flood check',
      'Floating IP Port forwarding and OVN L3 plugin configuration',
      'Existing tags exceeds limit per resource',
    ],
    'neutron/cmd/status.py (26.0.3)',
  ),
  pace: [
    {
      class: 'neutron-agent',
      units: [...L2, ...L3, ...OVN, ...MORE],
      limit: 3,
      every: 30,
      source: '001: 30 s between two restarts, or the bus gets a hailstorm and neutron-rpc-server is busy',
    },
  ],
  adds: [
    {
      at: '2025.1',
      package: 'neutron-periodic-workers',
      unit: 'neutron-periodic-workers',
      where: ['neutron-rpc-server', 'neutron-server'],
      pulled: false,
      says: `the periodic tasks left neutron-rpc-server for a process of their own; ${INIT_ONLY}`,
      source: `research/lab.md 4 (item 11); ${LISTS}`,
    },
    {
      at: '2025.1',
      package: 'neutron-ovn-maintenance-worker',
      unit: 'neutron-ovn-maintenance-worker',
      where: ['neutron-ovn-metadata-agent', 'ovn-central'],
      pulled: false,
      says: `with ML2/OVN its maintenance tasks have a process of their own; ${INIT_ONLY}`,
      source: LISTS,
    },
    {
      at: '2025.1',
      package: 'neutron-ovn-agent',
      unit: 'neutron-ovn-agent',
      where: [],
      pulled: false,
      says: 'an agent that may take the place of neutron-ovn-metadata-agent; nothing demands it',
      source: LISTS,
    },
    {
      at: '2025.1',
      package: 'neutron-services-server',
      unit: 'neutron-services-server',
      where: [],
      pulled: false,
      says: "a process for the service plugins' own workers; nothing demands it",
      source: LISTS,
    },
  ],
  removes: [
    {
      at: 'victoria',
      package: 'python3-neutron-fwaas',
      says: 'Debian has no neutron-fwaas from bullseye on, only a dashboard: take fwaas out of service_plugins and of the L3 agent before',
      source: 'debian bullseye/bookworm/trixie package list',
    },
    {
      at: '2025.1',
      package: 'neutron-linuxbridge-agent',
      unit: 'neutron-linuxbridge-agent',
      hollow: true,
      says: 'the mechanism driver is gone; package and unit are still shipped, the program is not: move to Open vSwitch before',
      source: 'research/lab.md 4 (item 10)',
    },
  ],
  facts: [
    {
      says: 'a DHCP agent that cannot reach neutron-rpc-server may cost guests their address',
      source: '000',
    },
    {
      says: 'Neutron of Rocky cannot read iptables-nft: on buster select iptables-legacy by update-alternatives',
      source: '000',
    },
    {
      says: 'guests on Open vSwitch lose packets while the agent synchronises after a restart',
      source: '002',
    },
    {
      says: 'L3 agents carry SNAT routers: move them to another node before the work and back after',
      source: '000',
    },
    {
      says: "a plugin's head may show as effective head, when another one depends on it: counting (head) in what current prints misses it",
      source: 'networking-bgpvpn and networking-l2gw on neutron-db-manage 26.0.3',
    },
  ],
  mends: [
    loadModule({
      id: 'wsgi-module',
      at: '2026.1',
      where: 'neutron-api',
      ini: '/etc/neutron/neutron-api-uwsgi.ini',
      program: '/usr/bin/neutron-api',
      module: 'neutron.wsgi.api:application',
    }),
  ],
  libraries: ['python-neutron-lib'],
  tells: { package: 'python3-neutron', series: 'zed', major: 21 },
});
