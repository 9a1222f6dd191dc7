import { headsCheck } from '../heads.ts';
import { backendNames, defineService, upgradeCheck } from '../service.ts';

/** `magnum-db-manage version` tells the database's revision but not the code's. */
const REPOSITORIES = `import os
import magnum.conf
from magnum.db.sqlalchemy import migration
magnum.conf.CONF([], project='magnum', prog='magnum-db-manage')
folder = os.path.dirname(migration.__file__)
config = ini.Config(os.path.join(folder, 'alembic.ini'))
config.set_main_option('script_location', os.path.join(folder, 'alembic'))
repositories = [(magnum.conf.CONF.database.connection, config, 'alembic_version')]
`;

export const magnum = defineService({
  name: 'magnum',
  source: 'debian bookworm/trixie package list',
  after: ['keystone', 'glance', 'nova', 'neutron', 'cinder', 'heat', 'barbican', 'octavia'],
  bus: true,
  databases: ['magnum'],
  etc: ['/etc/magnum'],
  roles: {
    controller: {
      packages: [
        'magnum-api',
        'magnum-conductor',
        'magnum-common',
        'python3-magnum',
        'python3-magnum-capi-helm',
        'magnum-cluster-api',
      ],
      units: ['magnum-conductor', 'magnum-api'],
    },
  },
  api: {
    port: 9511,
    path: '/',
    expect: [200, 300],
    unit: 'magnum-api',
    backends: backendNames('magnum'),
  },
  database: [
    {
      id: 'sync',
      title: "Bring Magnum's database to the new schema",
      moment: 'first',
      argv: ['magnum-db-manage', 'upgrade'],
      runAs: 'magnum',
      check: headsCheck(REPOSITORIES),
      since: 'zed',
      estimate: 4,
      returns: 'restore',
      source: 'magnum/cmd/db_manage.py, magnum/db/sqlalchemy/migration.py (20.0.0)',
    },
  ],
  rolls: [],
  status: upgradeCheck('magnum', ['Policy File JSON to YAML Migration'], 'magnum/cmd/status.py (20.0.0)'),
  adds: [
    {
      at: '2025.1',
      package: 'python3-magnum-capi-helm',
      where: [],
      pulled: false,
      says: 'a driver that builds clusters by Cluster API; nothing demands it',
      source: 'debian bookworm/trixie package list',
    },
    {
      at: '2025.1',
      package: 'magnum-cluster-api',
      where: [],
      pulled: false,
      says: 'another driver that builds clusters by Cluster API; nothing demands it',
      source: 'debian bookworm/trixie package list',
    },
  ],
  tells: { package: 'python3-magnum', series: 'zed', major: 15 },
  incomplete:
    "nobody has upgraded it in the lab: trixie's packages were tried on MariaDB 11.8 (the database command from bookworm's schema to trixie's, its check, the API's answer without a token), old code on the new schema was not",
});
