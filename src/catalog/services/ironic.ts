import { headsCheck, onlineCheck } from '../heads.ts';
import { backendNames, defineService, upgradeCheck } from '../service.ts';

const START = `from ironic.common import service
service.prepare_command(['ironic-dbsync'])
`;

/** `ironic-dbsync version` tells the database's revision but not the code's. */
const REPOSITORIES = `${START}from ironic.conf import CONF
from ironic.db.sqlalchemy import migration
repositories = [(CONF.database.connection, migration._alembic_config(), 'alembic_version')]
`;

const ONLINE = `${START}from ironic.cmd import dbsync
from ironic.common import context as ironic_context
from ironic.db import migration
migration.version()
context = ironic_context.get_admin_context()
migrations = [getattr(owner, name) for owner, name in dbsync.ONLINE_MIGRATIONS]
`;

export const ironic = defineService({
  name: 'ironic',
  source: 'research/rules.md; debian bookworm/trixie package list',
  after: ['keystone', 'glance', 'neutron'],
  bus: true,
  databases: ['ironic', 'ironic_inspector'],
  etc: ['/etc/ironic', '/etc/ironic-inspector'],
  roles: {
    controller: {
      packages: [
        'ironic-api',
        'ironic-conductor',
        'ironic-novncproxy',
        'ironic-inspector',
        'ironic-neutron-agent',
        'ironic-common',
        'python3-ironic',
        'python3-ironic-inspector',
      ],
      units: [
        'ironic-conductor',
        'ironic-novncproxy',
        'ironic-inspector',
        'ironic-inspector-conductor',
        'ironic-inspector-api',
        'ironic-neutron-agent',
        'ironic-api',
      ],
      usual: ['ironic-conductor', 'ironic-api'],
    },
  },
  api: {
    port: 6385,
    path: '/',
    expect: [200, 300],
    unit: 'ironic-api',
    backends: backendNames('ironic'),
  },
  moreApis: [
    {
      port: 5050,
      path: '/',
      expect: [200, 300],
      unit: 'ironic-inspector-api',
      backends: backendNames('ironic_inspector'),
    },
  ],
  database: [
    {
      id: 'sync',
      title: "Bring Ironic's database to the new schema",
      moment: 'first',
      argv: ['ironic-dbsync', 'upgrade'],
      runAs: 'ironic',
      check: headsCheck(REPOSITORIES),
      since: 'zed',
      estimate: 4,
      returns: 'restore',
      source:
        'ironic/cmd/dbsync.py, ironic/db/sqlalchemy/migration.py (29.0.5): ends 2 when the release before has online migrations left',
    },
    {
      id: 'online',
      title: "Carry Ironic's rows over to the new form",
      moment: 'after',
      argv: ['ironic-dbsync', 'online_data_migrations'],
      runAs: 'ironic',
      check: onlineCheck(ONLINE),
      since: 'zed',
      estimate: 4,
      returns: 'restore',
      source: 'ironic/cmd/dbsync.py (29.0.5): without --max-count it repeats until nothing is left',
    },
  ],
  rolls: [],
  status: upgradeCheck(
    'ironic',
    [
      'Object versions',
      'Database Index Status',
      'Allocations Name Field Length Check',
      'Policy File JSON to YAML Migration',
      'Hardware Types and Interfaces Check',
      'Mismatch between Child and Parent Owners',
    ],
    'ironic/cmd/status.py (29.0.5)',
  ),
  adds: [
    {
      at: '2025.1',
      package: 'ironic-novncproxy',
      unit: 'ironic-novncproxy',
      where: [],
      pulled: false,
      says: 'graphical consoles of bare metal; nothing demands it',
      source: 'debian bookworm/trixie package list',
    },
    {
      at: '2025.1',
      package: 'ironic-inspector',
      unit: 'ironic-inspector-api',
      where: ['ironic-inspector'],
      pulled: true,
      says: 'the package splits its unit into ironic-inspector-api and ironic-inspector-conductor',
      source: 'debian bookworm/trixie package list',
    },
    {
      at: '2025.1',
      package: 'ironic-inspector',
      unit: 'ironic-inspector-conductor',
      where: ['ironic-inspector'],
      pulled: true,
      says: 'the package splits its unit into ironic-inspector-api and ironic-inspector-conductor',
      source: 'debian bookworm/trixie package list',
    },
  ],
  removes: [
    {
      at: '2025.1',
      unit: 'ironic-inspector',
      says: 'its work is split over ironic-inspector-api and ironic-inspector-conductor',
      source: 'debian bookworm/trixie package list',
    },
  ],
  pins: [
    {
      file: '/etc/ironic/ironic.conf',
      section: 'DEFAULT',
      options: ['pin_release_version'],
      during: 'the release before',
      source: 'ironic/conf/default.py (29.0.5)',
    },
  ],
  facts: [
    {
      says: "bookworm's 21.4.4 is of 2023.1, not of Zed as the rest; its numbers grow by more than one with a release",
      source: 'debian bookworm/trixie package list',
    },
  ],
  incomplete:
    "nobody has upgraded it in the lab: trixie's packages were tried on MariaDB 11.8 (the database command from bookworm's schema to trixie's, its check, the API's answer without a token), old code on the new schema was not; ironic-inspector's own database (ironic-inspector-dbsync) is not planned",
});
