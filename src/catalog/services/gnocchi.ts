import { headsCheck } from '../heads.ts';
import { backendNames, defineService } from '../service.ts';

/** Of the three things `gnocchi-upgrade` raises only the index has revisions; storage and incoming have none. */
const REPOSITORIES = `from gnocchi import indexer, service
conf = service.prepare_service(args=[])
config = indexer.get_driver(conf)._get_alembic_config()
config.conf = conf
repositories = [(conf.indexer.url, config, 'alembic_version')]
`;

export const gnocchi = defineService({
  name: 'gnocchi',
  source: 'research/rules.md; debian bookworm/trixie package list',
  after: ['keystone'],
  bus: false,
  databases: ['gnocchi'],
  etc: ['/etc/gnocchi'],
  roles: {
    controller: {
      packages: ['gnocchi-api', 'gnocchi-metricd', 'gnocchi-statsd', 'gnocchi-common', 'python3-gnocchi'],
      units: ['gnocchi-metricd', 'gnocchi-statsd', 'gnocchi-api'],
      usual: ['gnocchi-metricd', 'gnocchi-api'],
    },
  },
  api: {
    port: 8041,
    path: '/',
    expect: [200, 300],
    unit: 'gnocchi-api',
    backends: backendNames('gnocchi'),
  },
  database: [
    {
      id: 'upgrade',
      title: "Bring Gnocchi's index to the new schema",
      moment: 'first',
      argv: ['gnocchi-upgrade'],
      runAs: 'gnocchi',
      check: headsCheck(REPOSITORIES),
      since: 'zed',
      estimate: 5,
      returns: 'restore',
      source: 'gnocchi/cli/manage.py, gnocchi/indexer/sqlalchemy.py (4.6.5)',
    },
  ],
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'rolling',
      note: 'the schema is the same: both releases have the head 04eba72e4f90',
      source: 'gnocchi/indexer/alembic (4.4.2, 4.6.5)',
    },
  ],
  facts: [
    {
      says: 'it has its own numbers and no upgrade check: bookworm has 4.4.2, trixie 4.6.5',
      source: 'debian bookworm/trixie package list',
    },
  ],
  incomplete:
    "nobody has upgraded it in the lab: trixie's packages were tried on MariaDB 11.8 (the database command, its check, the API's answer without a token), a roll was not; what gnocchi-upgrade does to its storage is not read back, and it is not run at all where the index is at its head",
});
