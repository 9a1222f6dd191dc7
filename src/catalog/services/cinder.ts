import { headsCheck, onlineCheck } from '../heads.ts';
import { numbersCheck } from '../numbers.ts';
import { backendNames, defineService, upgradeCheck } from '../service.ts';
import { additive } from './additive.ts';
import { loadModule } from './wsgi.ts';

const START = `from oslo_config import cfg
from cinder import objects
from cinder.common import config
cfg.CONF([], project='cinder', prog='cinder-manage')
`;

/** `cinder-manage db version` tells the database's version but not the code's. */
const REPOSITORIES = `${START}from cinder.db import migration
repositories = [(cfg.CONF.database.connection, migration._find_alembic_conf(), 'alembic_version')]
`;

const NUMBERED = `import os
import sys
from oslo_config import cfg
from cinder import objects
from cinder.common import config
from cinder.db import sqlalchemy as code
cfg.CONF([], project='cinder', prog='cinder-manage')
repositories = [(cfg.CONF.database.connection, os.path.join(os.path.dirname(code.__file__), 'migrate_repo'))]
`;

const ONLINE = `${START}from cinder import context as cinder_context
from cinder.cmd import manage
objects.register_all()
context = cinder_context.get_admin_context()
objects.ServiceList.get_all(context)
migrations = manage.DbCommands.online_migrations
`;

export const cinder = defineService({
  name: 'cinder',
  source: 'research/rules.md; research/lab.md 4 and 5; 001; 003; debian bookworm/trixie package list',
  after: ['keystone', 'glance'],
  bus: true,
  databases: ['cinder'],
  etc: ['/etc/cinder'],
  roles: {
    controller: {
      packages: ['cinder-api', 'cinder-scheduler', 'cinder-common', 'python3-cinder'],
      // Scheduler, volume, backup, the API last (research/rules.md).
      units: ['cinder-scheduler', 'cinder-api'],
    },
    volume: {
      packages: ['cinder-volume', 'cinder-backup', 'cinder-common', 'python3-cinder'],
      units: ['cinder-volume', 'cinder-backup'],
      usual: ['cinder-volume'],
    },
  },
  api: {
    port: 8776,
    path: '/',
    expect: [200, 300],
    list: '/v3/{project}/volumes?limit=1',
    unit: 'cinder-api',
    backends: backendNames('cinder'),
  },
  database: [
    {
      id: 'sync',
      title: "Bring Cinder's database to the new schema",
      moment: 'first',
      argv: ['cinder-manage', 'db', 'sync'],
      runAs: 'cinder',
      check: numbersCheck(NUMBERED),
      since: 'newton',
      until: 'ocata',
      offline: true,
      estimate: 5,
      returns: 'restore',
      source: '002; cinder/db/sqlalchemy/migrate_repo',
    },
    {
      id: 'sync',
      title: "Bring Cinder's database to the new schema",
      moment: 'first',
      argv: ['cinder-manage', 'db', 'sync'],
      runAs: 'cinder',
      check: headsCheck(REPOSITORIES),
      since: 'xena',
      estimate: 3,
      returns: 'restore',
      source: 'cinder/db/migration.py (26.0.0); research/rules.md',
    },
    {
      id: 'online',
      title: "Carry Cinder's rows over to the new form",
      moment: 'after',
      argv: ['cinder-manage', 'db', 'online_data_migrations'],
      runAs: 'cinder',
      check: onlineCheck(ONLINE),
      since: 'xena',
      estimate: 3,
      returns: 'restore',
      source: 'cinder/cmd/manage.py (26.0.0): without --max_count it repeats until nothing is left',
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
    {
      from: 'mitaka',
      to: 'ocata',
      how: 'cutover',
      note: 'the new control plane was built beside the old one; the v3 endpoint must be added',
      source: '002',
    },
  ],
  parts: [
    {
      id: 'v3',
      at: 'ocata',
      endpoint: {
        type: 'volumev3',
        name: 'cinderv3',
        description: 'Volumes v3',
        like: 'volumev2',
        cut: '/v2/',
        to: '/v3/%(project_id)s',
      },
      says: 'Ocata requires that the v3 endpoint be configured',
      source: '002',
    },
  ],
  status: upgradeCheck(
    'cinder',
    [
      'Backup Driver Path',
      'Use of Policy File',
      'Windows Driver Path',
      'Removed Drivers',
      'Periodic Interval Use',
      'Service UUIDs',
      'Attachment specs',
      'Use of Nested Quota Driver',
    ],
    'cinder/cmd/status.py (26.0.0)',
  ),
  pace: [
    {
      class: 'volume',
      units: ['cinder-volume', 'cinder-backup'],
      limit: 1,
      every: 30,
      source: '001: satellite services right after the control plane, not all at once',
    },
  ],
  facts: [
    {
      says: 'rows of services that are no more hold the oldest version down, and new services refuse to start: cinder-manage service remove',
      source: 'research/rules.md',
    },
    {
      says: 'its services agree on the oldest version when they start: restart them once more when all are new',
      source: 'cinder/cmd/manage.py (26.0.0), sync --bump-versions',
    },
  ],
  mends: [
    loadModule({
      id: 'wsgi-module',
      at: '2026.1',
      where: 'cinder-api',
      ini: '/etc/cinder/cinder-api-uwsgi.ini',
      program: '/usr/bin/cinder-wsgi',
      module: 'cinder.wsgi.api:application',
    }),
  ],
  tells: { package: 'python3-cinder', series: 'zed', major: 21 },
});
