import { headsCheck } from '../heads.ts';
import { backendNames, defineService, upgradeCheck } from '../service.ts';

/** `designate-manage database version` prints both and ends 0 whatever they are. */
const REPOSITORIES = `from designate import conf, utils
from designate.manage import database
utils.read_config('designate', ['designate-manage'])
config = database.DatabaseCommands()._get_alembic_config()
repositories = [(conf.CONF['storage:sqlalchemy'].connection, config, 'alembic_version')]
`;

export const designate = defineService({
  name: 'designate',
  source: 'research/rules.md; debian bookworm/trixie package list',
  after: ['keystone', 'neutron'],
  bus: true,
  databases: ['designate'],
  etc: ['/etc/designate'],
  roles: {
    controller: {
      packages: [
        'designate-api',
        'designate-central',
        'designate-worker',
        'designate-producer',
        'designate-mdns',
        'designate-sink',
        'designate-agent',
        'designate-pool-manager',
        'designate-zone-manager',
        'designate-common',
        'designate',
        'python3-designate',
      ],
      units: [
        'designate-central',
        'designate-worker',
        'designate-producer',
        'designate-mdns',
        'designate-sink',
        'designate-agent',
        'designate-pool-manager',
        'designate-zone-manager',
        'designate-api',
      ],
      usual: [
        'designate-central',
        'designate-worker',
        'designate-producer',
        'designate-mdns',
        'designate-api',
      ],
    },
  },
  api: {
    port: 9001,
    path: '/',
    expect: [200, 300],
    unit: 'designate-api',
    backends: backendNames('designate'),
  },
  database: [
    {
      id: 'sync',
      title: "Bring Designate's database to the new schema",
      moment: 'first',
      argv: ['designate-manage', 'database', 'sync'],
      runAs: 'designate',
      check: headsCheck(REPOSITORIES),
      since: 'zed',
      estimate: 3,
      returns: 'restore',
      source: 'designate/manage/database.py (20.0.0); research/rules.md: as the designate user',
    },
  ],
  rolls: [],
  status: upgradeCheck(
    'designate',
    ['Duplicate service status', 'Policy File JSON to YAML Migration'],
    'designate/cmd/status.py (20.0.0)',
  ),
  facts: [
    {
      says: 'designate-manage pool update writes pools.yaml into the database whatever is there, and asks designate-central over the bus: it belongs to a change of pools, not to a release',
      source: 'designate/manage/pool.py (20.0.0)',
    },
    {
      says: 'run designate-manage in a folder that the designate user can read',
      source: 'research/rules.md',
    },
  ],
  tells: { package: 'python3-designate', series: 'zed', major: 15 },
  incomplete:
    "nobody has upgraded it in the lab: trixie's packages were tried on MariaDB 11.8 (the database command, its check, the API's answer without a token), old code on the new schema was not",
});
