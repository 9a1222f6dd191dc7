import { headsCheck } from '../heads.ts';
import { backendNames, defineService, upgradeCheck } from '../service.ts';

/** `manila-manage db version` tells the database's revision but not the code's. */
const REPOSITORIES = `from oslo_config import cfg
from manila.common import config as _
from manila.db.migrations.alembic import migration
cfg.CONF([], project='manila', prog='manila-manage')
repositories = [(cfg.CONF.database.connection, migration._alembic_config(), 'alembic_version')]
`;

export const manila = defineService({
  name: 'manila',
  source: 'debian bookworm/trixie package list',
  after: ['keystone', 'glance', 'nova', 'neutron', 'cinder'],
  bus: true,
  databases: ['manila'],
  etc: ['/etc/manila'],
  roles: {
    controller: {
      packages: ['manila-api', 'manila-scheduler', 'manila-common', 'python3-manila'],
      units: ['manila-scheduler', 'manila-api'],
    },
    volume: {
      packages: ['manila-share', 'manila-data', 'manila-common', 'python3-manila'],
      units: ['manila-share', 'manila-data'],
      usual: ['manila-share'],
    },
  },
  api: {
    port: 8786,
    path: '/',
    expect: [200, 300],
    unit: 'manila-api',
    backends: backendNames('manila'),
  },
  database: [
    {
      id: 'sync',
      title: "Bring Manila's database to the new schema",
      moment: 'first',
      argv: ['manila-manage', 'db', 'sync'],
      runAs: 'manila',
      check: headsCheck(REPOSITORIES),
      since: 'zed',
      estimate: 5,
      returns: 'restore',
      source: 'manila/cmd/manage.py, manila/db/migrations/alembic/migration.py (20.0.0)',
    },
  ],
  rolls: [],
  status: upgradeCheck('manila', ['Policy File JSON to YAML Migration'], 'manila/cmd/status.py (20.0.0)'),
  pace: [
    {
      class: 'volume',
      units: ['manila-share', 'manila-data'],
      limit: 1,
      every: 30,
      source: '001: satellite services right after the control plane, not all at once',
    },
  ],
  tells: { package: 'python3-manila', series: 'zed', major: 15 },
  incomplete:
    "nobody has upgraded it in the lab: trixie's packages were tried on MariaDB 11.8 (the database command from bookworm's schema to trixie's, its check, the API's answer without a token), old code on the new schema was not",
});
