import { headsCheck } from '../heads.ts';
import { backendNames, defineService } from '../service.ts';

/** Octavia's own module reads the command line when it is loaded: the repository is opened without it. */
const REPOSITORIES = `import os
from oslo_config import cfg
from oslo_db import options
from octavia.db import migration
options.set_defaults(cfg.CONF)
cfg.CONF([], project='octavia', prog='octavia-db-manage')
config = ini.Config(os.path.join(os.path.dirname(migration.__file__), 'alembic.ini'))
config.set_main_option('script_location', 'octavia.db.migration:alembic_migrations')
repositories = [(cfg.CONF.database.connection, config, 'alembic_version')]
`;

export const octavia = defineService({
  name: 'octavia',
  source: 'research/rules.md; debian bookworm/trixie package list',
  after: ['keystone', 'glance', 'nova', 'neutron', 'barbican'],
  bus: true,
  databases: ['octavia'],
  etc: ['/etc/octavia'],
  roles: {
    controller: {
      packages: [
        'octavia-api',
        'octavia-worker',
        'octavia-health-manager',
        'octavia-housekeeping',
        'octavia-driver-agent',
        'octavia-common',
        'python3-octavia',
        'python3-ovn-octavia-provider',
      ],
      units: [
        'octavia-health-manager',
        'octavia-housekeeping',
        'octavia-worker',
        'octavia-driver-agent',
        'octavia-api',
      ],
    },
  },
  api: {
    port: 9876,
    path: '/',
    expect: [200, 300],
    unit: 'octavia-api',
    backends: backendNames('octavia'),
  },
  database: [
    {
      id: 'sync',
      title: "Bring Octavia's database to the new schema, with its services stopped",
      moment: 'first',
      argv: ['octavia-db-manage', 'upgrade', 'head'],
      runAs: 'octavia',
      check: headsCheck(REPOSITORIES),
      since: 'zed',
      offline: true,
      estimate: 3,
      returns: 'restore',
      source: 'octavia/db/migration/cli.py (16.0.0); research/rules.md: status check, stop, upgrade head',
    },
  ],
  rolls: [],
  facts: [
    {
      says: 'octavia-status upgrade check ends 255 on every cloud (no such option oslo_policy): it tells nothing, and is not asked',
      source: "octavia/cmd/status.py (16.0.0), run with trixie's packages",
    },
    {
      says: 'octavia-agent is for the image of an amphora: a controller does not have it, and running amphorae keep their own release until they are failed over',
      source: 'debian bookworm/trixie package list',
    },
    {
      says: 'a taskflow job board keeps its flows in a database of its own: octavia-db-manage upgrade_persistence',
      source: 'octavia/db/migration/cli.py (16.0.0)',
    },
  ],
  tells: { package: 'python3-octavia', series: 'zed', major: 11 },
  incomplete:
    "nobody has upgraded it in the lab: trixie's packages were tried on MariaDB 11.8 (the database command from bookworm's schema to trixie's, its check, the API's answer without a token), old code on the new schema was not; upgrade_persistence is not planned",
});
