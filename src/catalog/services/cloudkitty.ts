import { headsCheck } from '../heads.ts';
import { backendNames, defineService, upgradeCheck } from '../service.ts';

/** Itself and every rating module have a repository and a version table each, all in one database. */
const REPOSITORIES = `import os
from oslo_config import cfg
from stevedore import extension
from cloudkitty import config as _, service
from cloudkitty.common.db.alembic import migration
from cloudkitty.db import api
service.prepare_service(['cloudkitty-dbsync'])
plugins = [one.plugin for one in extension.ExtensionManager('cloudkitty.rating.processors')]
sources = [api.get_instance()] + [one.db_api for one in plugins if hasattr(one, 'db_api')]
folders = [source.get_migration().ALEMBIC_REPO for source in sources]

def table(folder):
    with open(os.path.join(folder, 'env.py')) as env:
        return [line.split("'")[1] for line in env if line.startswith('version_table = ')][0]

repositories = [
    (cfg.CONF.database.connection, migration.load_alembic_config(folder), table(folder)) for folder in folders
]
`;

export const cloudkitty = defineService({
  name: 'cloudkitty',
  source: 'research/rules.md; debian bookworm/trixie package list',
  after: ['keystone', 'gnocchi'],
  bus: true,
  databases: ['cloudkitty'],
  etc: ['/etc/cloudkitty'],
  roles: {
    controller: {
      packages: ['cloudkitty-api', 'cloudkitty-processor', 'cloudkitty-common', 'python3-cloudkitty'],
      units: ['cloudkitty-processor', 'cloudkitty-api'],
    },
  },
  api: {
    port: 8889,
    path: '/',
    expect: [200, 300],
    unit: 'cloudkitty-api',
    backends: backendNames('cloudkitty'),
  },
  database: [
    {
      id: 'sync',
      title: "Bring CloudKitty's database and its rating modules' tables to the new schema",
      moment: 'first',
      argv: ['cloudkitty-dbsync', 'upgrade'],
      runAs: 'cloudkitty',
      check: headsCheck(REPOSITORIES),
      since: 'zed',
      estimate: 4,
      returns: 'restore',
      source: 'cloudkitty/cli/dbsync.py (22.0.0)',
    },
  ],
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'rolling',
      note: 'the schema is the same: both releases have the heads 385e33fef139, 4e0232ce and 75c205f6f1a2',
      source: "cloudkitty's repositories (17.0.0, 22.0.0)",
    },
  ],
  status: upgradeCheck(
    'cloudkitty',
    ['Storage version', 'Policy File JSON to YAML Migration'],
    'cloudkitty/cli/status.py (22.0.0)',
  ),
  facts: [
    {
      says: 'cloudkitty-storage-init makes what a storage needs; the v2 storages have no revisions',
      source: 'cloudkitty/cli (22.0.0)',
    },
  ],
  tells: { package: 'python3-cloudkitty', series: 'zed', major: 17 },
  incomplete:
    "nobody has upgraded it in the lab: trixie's packages were tried on MariaDB 11.8 (the database command, its check, the API's answer without a token), a roll was not",
});
