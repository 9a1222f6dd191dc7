import { defineService } from '../service.ts';

/** `cinder-manage db version` tells the database's version but not the code's: this asks for both. */
const HEAD = `import sys
from alembic import script
from oslo_config import cfg
from cinder.common import config
from cinder.db import migration
cfg.CONF([], project='cinder', prog='cinder-manage')
wanted = script.ScriptDirectory.from_config(migration._find_alembic_conf()).get_current_head()
current = migration.db_version()
print('database', current, 'code', wanted)
sys.exit(0 if current == wanted else 10)
`;

export const cinder = defineService({
  name: 'cinder',
  source: 'research/rules.md; research/lab.md 4 and 5; 001; 003',
  after: ['keystone', 'glance'],
  bus: true,
  databases: ['cinder'],
  etc: ['/etc/cinder'],
  roles: {
    controller: {
      packages: ['cinder-api', 'cinder-scheduler', 'cinder-common', 'python3-cinder'],
      units: ['cinder-scheduler', 'cinder-api'],
    },
    volume: {
      packages: ['cinder-volume', 'cinder-backup', 'cinder-common', 'python3-cinder'],
      units: ['cinder-volume', 'cinder-backup'],
    },
  },
  api: {
    port: 8776,
    path: '/',
    expect: [200, 300],
    unit: 'cinder-api',
    backends: ['cinder', 'cinderbe', 'cinderapi', 'cinderapibe', 'cinder_api_back', 'cinder_api-back'],
  },
  database: [
    {
      id: 'sync',
      title: "Bring Cinder's database to the new schema",
      moment: 'first',
      argv: ['cinder-manage', 'db', 'sync'],
      runAs: 'cinder',
      check: { argv: ['python3', '-'], input: HEAD, done: [0], todo: [10], meaning: '0 at the head, 10 not' },
      since: 'xena',
      estimate: 3,
      returns: 'restore',
      source: 'cinder/db/migration.py (26.0.0); research/rules.md',
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
    {
      from: 'mitaka',
      to: 'ocata',
      how: 'cutover',
      note: 'the new control plane was built beside the old one; the v3 endpoint must be added',
      source: '002',
    },
  ],
  tells: { package: 'python3-cinder', series: 'zed', major: 21 },
  incomplete:
    'online_data_migrations have no read that shows them done; stale rows of services block the start and are only found by cinder-manage',
});
