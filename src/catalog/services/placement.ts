import { defineService } from '../service.ts';
import { additive } from './additive.ts';
import { loadModule } from './wsgi.ts';

const CONFIGURE = `import sys
from oslo_config import cfg
from placement import conf, db_api
config = cfg.ConfigOpts()
conf.register_opts(config)
config([], project='placement', prog='placement-manage')
db_api.configure(config)
`;

/** `placement-manage` can tell the database's version but not the code's: this asks for both and compares. */
const HEAD = `${CONFIGURE}from alembic import script
from placement.db.sqlalchemy import migration
wanted = script.ScriptDirectory.from_config(migration._alembic_config()).get_current_head()
current = migration.version()
print('database', current, 'code', wanted)
sys.exit(0 if current == wanted else 10)
`;

/** The two row checks of `placement-status upgrade check`, without its third, which is about a policy file. */
const ROWS = `${CONFIGURE}from placement.cmd import status
checks = status.Checks(config)
results = [checks._check_root_provider_ids(), checks._check_incomplete_consumers()]
print([(result.code.name, result.details) for result in results])
sys.exit(0 if all(result.code.name == 'SUCCESS' for result in results) else 10)
`;

export const placement = defineService({
  name: 'placement',
  source: 'research/rules.md; research/lab.md 4 and 5',
  after: ['keystone'],
  bus: false,
  databases: ['placement'],
  etc: ['/etc/placement'],
  roles: {
    controller: {
      packages: ['placement-api', 'placement-common', 'python3-placement', 'placement-doc'],
      units: ['placement-api'],
    },
  },
  api: {
    port: 8778,
    path: '/',
    expect: [200],
    list: '/resource_providers?name=none',
    unit: 'placement-api',
    backends: [
      'placement',
      'placementbe',
      'placementapi',
      'placementapibe',
      'novaplacementbe',
      'placement_api_back',
      'placement_api_external_back',
      'placement-back',
    ],
  },
  database: [
    {
      id: 'sync',
      title: "Bring Placement's database to the new schema",
      moment: 'first',
      argv: ['placement-manage', 'db', 'sync'],
      runAs: 'placement',
      check: {
        argv: ['python3', '-'],
        input: HEAD,
        done: [0],
        todo: [10],
        meaning: "0 the database has the installed code's head, 10 it has another",
      },
      since: 'stein',
      estimate: 2,
      returns: 'restore',
      source: 'placement/cmd/manage.py, placement/db/sqlalchemy/migration.py (8.0.0, 13.0.0)',
    },
    {
      id: 'online',
      title: "Complete Placement's rows that older releases left without a root provider or a consumer",
      moment: 'after',
      argv: ['placement-manage', 'db', 'online_data_migrations'],
      runAs: 'placement',
      check: {
        argv: ['python3', '-'],
        input: ROWS,
        done: [0],
        todo: [10],
        meaning: '0 no such row is left, 10 some are',
      },
      since: 'stein',
      estimate: 2,
      returns: 'restore',
      source: 'placement/cmd/status.py (13.0.0)',
    },
  ],
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'rolling',
      note: "Zed's code answered 121 of 121 on Epoxy's schema; no failed request in the roll",
      source: 'research/lab.md 5',
    },
    ...additive('no migration at all', 'no migration at all'),
  ],
  mends: [
    loadModule({
      id: 'wsgi-module',
      at: '2026.1',
      where: 'placement-api',
      ini: '/etc/placement/placement-api-uwsgi.ini',
      program: '/usr/bin/placement-api',
      module: 'placement.wsgi.api:application',
    }),
  ],
  tells: { package: 'python3-placement', series: 'stein', major: 1 },
});
