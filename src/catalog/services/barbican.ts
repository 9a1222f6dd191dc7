import { headsCheck } from '../heads.ts';
import { backendNames, defineService, upgradeCheck } from '../service.ts';

/** `barbican-db-manage current` prints the database's revision and ends 0 for every one. */
const REPOSITORIES = `from barbican.model.migration import commands
config = commands.init_config()
repositories = [(config.barbican_sqlalchemy_url, config, 'alembic_version')]
`;

export const barbican = defineService({
  name: 'barbican',
  source: 'research/rules.md; debian bookworm/trixie package list',
  after: ['keystone'],
  bus: true,
  databases: ['barbican'],
  etc: ['/etc/barbican'],
  roles: {
    controller: {
      packages: [
        'barbican-api',
        'barbican-worker',
        'barbican-keystone-listener',
        'barbican-common',
        'python3-barbican',
      ],
      units: ['barbican-worker', 'barbican-keystone-listener', 'barbican-api'],
    },
  },
  api: {
    port: 9311,
    path: '/',
    expect: [200, 300],
    unit: 'barbican-api',
    backends: backendNames('barbican'),
  },
  database: [
    {
      id: 'sync',
      title: "Bring Barbican's database to the new schema",
      moment: 'first',
      argv: ['barbican-db-manage', 'upgrade'],
      runAs: 'barbican',
      check: headsCheck(REPOSITORIES),
      since: 'zed',
      estimate: 3,
      returns: 'restore',
      source: 'barbican/cmd/db_manage.py, barbican/model/migration/commands.py (15.0.1, 20.0.0)',
    },
  ],
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'rolling',
      note: 'the schema is the same: both releases have the head 8c74e2d7f1ff',
      source: 'barbican/model/migration (15.0.1, 20.0.0)',
    },
  ],
  status: upgradeCheck('barbican', ['Policy File JSON to YAML Migration'], 'barbican/cmd/status.py (20.0.0)'),
  tells: { package: 'python3-barbican', series: 'zed', major: 15 },
  incomplete:
    "nobody has upgraded it in the lab: trixie's packages were tried on MariaDB 11.8 (the database command, its check, the API's answer without a token), a roll was not",
});
