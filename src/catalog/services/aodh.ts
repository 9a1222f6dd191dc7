import { headsCheck } from '../heads.ts';
import { backendNames, defineService, upgradeCheck } from '../service.ts';

/** `aodh-dbsync` has no read at all. */
const REPOSITORIES = `import os
from aodh import service
from aodh.storage import impl_sqlalchemy
conf = service.prepare_service([])
config = ini.Config(os.path.join(os.path.dirname(impl_sqlalchemy.__file__), 'sqlalchemy/alembic/alembic.ini'))
repositories = [(conf.database.connection, config, 'alembic_version')]
`;

export const aodh = defineService({
  name: 'aodh',
  source: 'research/rules.md; debian bookworm/trixie package list',
  after: ['keystone', 'gnocchi'],
  bus: true,
  databases: ['aodh'],
  etc: ['/etc/aodh'],
  roles: {
    controller: {
      packages: [
        'aodh-api',
        'aodh-evaluator',
        'aodh-listener',
        'aodh-notifier',
        'aodh-expirer',
        'aodh-common',
        'python3-aodh',
      ],
      units: ['aodh-evaluator', 'aodh-listener', 'aodh-notifier', 'aodh-expirer', 'aodh-api'],
    },
  },
  api: {
    port: 8042,
    path: '/',
    expect: [200, 300],
    unit: 'aodh-api',
    backends: backendNames('aodh'),
  },
  database: [
    {
      id: 'sync',
      title: "Bring Aodh's database to the new schema",
      moment: 'first',
      argv: ['aodh-dbsync'],
      runAs: 'aodh',
      check: headsCheck(REPOSITORIES),
      since: 'zed',
      estimate: 3,
      returns: 'restore',
      source: 'aodh/cmd/storage.py, aodh/storage/impl_sqlalchemy.py (20.0.0)',
    },
  ],
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'rolling',
      note: 'the schema is the same: both releases have the head 007',
      source: 'aodh/storage/sqlalchemy/alembic (15.0.0, 20.0.0)',
    },
  ],
  status: upgradeCheck('aodh', ['policy File JSON to YAML Migration'], 'aodh/cmd/status.py (20.0.0)'),
  tells: { package: 'python3-aodh', series: 'zed', major: 15 },
  incomplete:
    "nobody has upgraded it in the lab: trixie's packages were tried on MariaDB 11.8 (the database command, its check, the API's answer without a token), a roll was not",
});
