import { headsCheck, onlineCheck } from '../heads.ts';
import { type Beside, defineService, upgradeCheck } from '../service.ts';
import { additive } from './additive.ts';
import { healthcheckAsApp } from './healthcheck.ts';
import { NOVA_LADDER } from './nova-ladder.ts';
import { NOVA_PARTS } from './nova-parts.ts';
import { loadModule } from './wsgi.ts';

const START = `from nova import config, context as nova_context, objects
from nova.db import migration
import nova.conf
config.parse_args(['nova-manage'])
objects.register_all()
admin = nova_context.get_admin_context()
`;

const repository = (database: 'api' | 'main'): string =>
  `migration._find_alembic_conf('${database}'), 'alembic_version'`;

/** `nova-manage db sync` brings cell0 and the cell of its own configuration file up, and no other. */
const API = `${START}repositories = [(nova.conf.CONF.api_database.connection, ${repository('api')})]
`;
const MAIN = `${START}cells = [cell for cell in objects.CellMappingList.get_all(admin) if cell.is_cell0()]
urls = [nova.conf.CONF.database.connection] + [cell.database_connection for cell in cells]
repositories = [(url, ${repository('main')}) for url in urls]
`;
const CELLS = `${START}repositories = [
    (cell.database_connection, ${repository('main')}) for cell in objects.CellMappingList.get_all(admin)
]
`;

/** What `nova-manage db sync` does for cell0, for every cell that is mapped. */
const SYNC_CELLS = `${START}for cell in objects.CellMappingList.get_all(admin):
    with nova_context.target_cell(admin, cell) as targeted:
        migration.db_sync(context=targeted)
`;

const ONLINE = `${START}from nova.cmd import manage
context = admin
objects.CellMappingList.get_all(context)
migrations = manage.DbCommands.online_migrations
`;

/** What an old API asked of a conductor waits on the bus for the new one. Its migrations from Zed to Epoxy only add. */
const CONDUCTORS: Beside = {
  mixes: ['nova-conductor', 'nova-scheduler'],
  note: 'conductors and schedulers of two releases do not understand each other: the old ones stop everywhere before new ones start, and the new API, warm by then, takes over',
  source:
    "nova, admin/upgrades: all conductors at the same time; research/lab.md 5 (item 6); the migrations in the packages' own code, read: bookworm's and trixie's",
};

export const nova = defineService({
  name: 'nova',
  source: 'research/rules.md; research/lab.md 4 and 5; 000; 001; 002; debian bookworm/trixie package list',
  after: ['keystone', 'glance', 'placement'],
  bus: true,
  databases: ['nova_api', 'nova', 'nova_cell0'],
  numbers: [
    {
      table: 'instances',
      names: "a guest's domain on its compute (instance-0000002a)",
      source:
        'nova/conf/compute.py, instance_name_template; lab cloud: a guest born after a way back was refused, `domain already exists`, for one that was born before it',
    },
  ],
  etc: ['/etc/nova'],
  roles: {
    controller: {
      packages: [
        'nova-api',
        'nova-conductor',
        'nova-scheduler',
        'nova-consoleproxy',
        'nova-consoleauth',
        'nova-placement-api',
        'nova-common',
        'python3-nova',
      ],
      // Conductor first, API last (research/rules.md).
      units: [
        'nova-conductor',
        'nova-scheduler',
        'nova-consoleauth',
        'nova-novncproxy',
        'nova-serialproxy',
        'nova-spicehtml5proxy',
        'nova-placement-api',
        'nova-api-metadata',
        'nova-api',
      ],
      usual: [
        'nova-conductor',
        'nova-scheduler',
        'nova-consoleauth',
        'nova-novncproxy',
        'nova-placement-api',
        'nova-api-metadata',
        'nova-api',
      ],
    },
    compute: {
      packages: [
        'nova-compute',
        'nova-compute-qemu',
        'nova-compute-kvm',
        'nova-compute-lxc',
        'nova-compute-ironic',
        'nova-common',
        'python3-nova',
      ],
      units: ['nova-compute'],
    },
  },
  api: {
    port: 8774,
    path: '/',
    expect: [200, 300],
    list: '/v2.1/servers?limit=1',
    unit: 'nova-api',
    green: '/etc/nova/nova-api-uwsgi.ini',
    backends: ['nova', 'novabe', 'novaapi', 'novaapibe', 'nova_api_back', 'nova_api_os_compute-back'],
  },
  moreApis: [
    {
      port: 8775,
      path: '/',
      expect: [200],
      unit: 'nova-api-metadata',
      backends: [
        'metadatabe',
        'novametadata',
        'novametadatabe',
        'nova_metadata_back',
        'nova_api_metadata-back',
      ],
    },
    {
      port: 6080,
      path: '/vnc_lite.html',
      expect: [200],
      unit: 'nova-novncproxy',
      backends: ['novncproxy', 'novncproxybe', 'novavncbe', 'nova_novncproxy_back', 'nova_console-back'],
    },
  ],
  database: [
    {
      id: 'api-sync',
      title: "Bring Nova's API database to the new schema",
      moment: 'first',
      argv: ['nova-manage', 'api_db', 'sync'],
      runAs: 'nova',
      check: headsCheck(API),
      since: 'wallaby',
      estimate: 7,
      returns: 'restore',
      source: 'nova/db/migration.py (31.0.0); research/lab.md 5',
    },
    {
      id: 'sync',
      title: "Bring Nova's database and its cell0 to the new schema",
      moment: 'first',
      argv: ['nova-manage', 'db', 'sync'],
      runAs: 'nova',
      check: headsCheck(MAIN),
      since: 'wallaby',
      estimate: 7,
      returns: 'restore',
      source: 'nova/cmd/manage.py, nova/db/migration.py (31.0.0); research/lab.md 5',
    },
    {
      id: 'sync-cells',
      title: "Bring the databases of Nova's further cells to the new schema",
      moment: 'first',
      argv: ['python3', '-c', SYNC_CELLS],
      runAs: 'nova',
      check: headsCheck(CELLS),
      since: 'wallaby',
      estimate: 1,
      returns: 'restore',
      source: 'research/rules.md: db sync per cell; nova/cmd/manage.py (31.0.0) does the same for cell0',
    },
    {
      id: 'online',
      title: "Carry Nova's rows over to the new form",
      moment: 'after',
      argv: ['nova-manage', 'db', 'online_data_migrations'],
      runAs: 'nova',
      check: onlineCheck(ONLINE),
      since: 'wallaby',
      estimate: 7,
      returns: 'restore',
      source:
        'nova/cmd/manage.py (31.0.0): without --max-count it repeats until nothing is left; research/rules.md',
    },
  ],
  ladder: NOVA_LADDER,
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'cutover',
      outage: 32.2,
      note: "lists work on Epoxy's schema, a new server is a 404; computes below the floor need disable_compute_service_check_for_ffu",
      source: 'research/lab.md 4 (item 7) and 5 (item 6)',
      beside: CONDUCTORS,
    },
    ...additive('no migration at all', 'two indexes more, nothing taken away').map((known) => ({
      ...known,
      beside: CONDUCTORS,
    })),
    {
      from: 'mitaka',
      to: 'ocata',
      how: 'cutover',
      note: "schema first to Newton's (api_db 20, db 334), online migrations, cell0 and cell1 mapped, then Ocata's; Mitaka computes still boot guests",
      source: '002',
    },
  ],
  status: upgradeCheck(
    'nova',
    [
      'Cells v2',
      'Placement API',
      'Cinder API',
      'Policy File JSON to YAML Migration',
      'Older than N-1 computes',
      'hw_machine_type unset',
      'Service User Token Configuration',
    ],
    'nova/cmd/status.py (31.0.0)',
  ),
  pace: [
    {
      class: 'compute',
      units: ['nova-compute'],
      limit: 1,
      every: 0,
      source: '000: one compute after the other, its guests moved away first',
    },
  ],
  adds: [
    {
      at: 'ocata',
      package: 'nova-placement-api',
      unit: 'nova-placement-api',
      where: ['nova-api'],
      pulled: false,
      says: 'Placement, of the same source and on the same databases until Train; nothing pulls it in',
      source: '002',
    },
  ],
  parts: NOVA_PARTS,
  removes: [
    {
      at: 'train',
      package: 'nova-consoleauth',
      unit: 'nova-consoleauth',
      says: 'console tokens are in the cell databases: nothing has to take its place',
      source: 'nova 20.0.0 release notes; debian bullseye package list',
    },
    {
      at: 'train',
      package: 'nova-placement-api',
      unit: 'nova-placement-api',
      says: 'Placement is a service of its own, with a database of its own (placement-api)',
      source: 'nova 20.0.0 release notes; debian bullseye package list',
    },
  ],
  pins: [
    {
      file: '/etc/nova/nova.conf',
      section: 'upgrade_levels',
      options: ['compute', 'conductor', 'scheduler', 'baseapi'],
      during: 'auto',
      source: 'nova/conf/upgrade_levels.py (31.0.0); research/lab.md 4: compute=auto with Zed computes',
    },
    {
      file: '/etc/nova/nova.conf',
      section: 'workarounds',
      options: ['disable_compute_service_check_for_ffu'],
      during: 'true',
      source: 'research/lab.md 4 (items 7 and 8): needed on both sides, then removed',
    },
  ],
  facts: [
    {
      says: 'every release’s rows must be carried over before the next one’s schema: Ocata’s migrations refuse what Newton has not, and Newton’s functions are still in Ocata’s code (002 runs them there)',
      source: '002',
    },
    {
      says: 'online_data_migrations ends 1 when it has to run again, 2 when something has to be looked into, 0 when done',
      source: 'nova/cmd/manage.py (31.0.0); research/rules.md',
    },
    {
      says: 'from 2026.1 on a conductor, a scheduler or a compute that is told to stop takes nothing new and sleeps 160 s for what it has begun: `[DEFAULT] manager_shutdown_timeout` is what an upgrade waits for on every node',
      source: 'nova/conductor/manager.py (33.0.2); lab, Gazpacho to Hibiscus: 166 s',
    },
    {
      says: 'the mapping of the cells holds database and bus addresses: on a copy rewrite it before any sync, or the live cell0 is migrated',
      source: 'research/lab.md 4',
    },
    {
      says: 'a compute that is newer than its control plane looks up and builds no server: roll both back together',
      source: 'research/lab.md 4',
    },
  ],
  mends: [
    healthcheckAsApp('nova-common', '/etc/nova/api-paste.ini'),
    loadModule({
      id: 'wsgi-module',
      at: '2026.1',
      where: 'nova-api',
      ini: '/etc/nova/nova-api-uwsgi.ini',
      program: '/usr/bin/nova-api-wsgi',
      module: 'nova.wsgi.osapi_compute:application',
    }),
    loadModule({
      id: 'wsgi-metadata-module',
      at: '2026.1',
      where: 'nova-api',
      ini: '/etc/nova/nova-api-metadata-uwsgi.ini',
      program: '/usr/bin/nova-metadata-wsgi',
      module: 'nova.wsgi.metadata:application',
    }),
  ],
  tells: { package: 'python3-nova', series: 'zed', major: 26 },
});
