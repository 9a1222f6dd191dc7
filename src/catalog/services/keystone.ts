import { numbersCheck } from '../numbers.ts';
import { defineService } from '../service.ts';
import { additive } from './additive.ts';
import { loadModule } from './wsgi.ts';

/**
 * `keystone-manage db_sync --check` compares the database's heads with themselves since the move to Alembic (Yoga:
 * get_db_version and get_current_heads both read the database), so it says 0 for a database that was never expanded.
 * This asks what it was meant to: the heads of the installed code against those of the database.
 */
const HEADS = `import sys
from alembic import script
import keystone.conf
from keystone.common import sql
from keystone.common.sql import upgrades
keystone.conf.configure()
sql.initialize()
keystone.conf.CONF([], project='keystone', prog='keystone-manage')
code = script.ScriptDirectory.from_config(upgrades._find_alembic_conf())
wanted = {}
for head in code.get_heads():
    labels = code.get_revision(head).branch_labels
    wanted['contract' if 'contract' in labels else 'expand'] = head
current = upgrades.get_current_heads()
print('database', current, 'code', wanted)
if current.get('expand') != wanted['expand']:
    sys.exit(10)
sys.exit(0 if current.get('contract') == wanted['contract'] else 11)
`;

/** Before Pike there is no `--check`, and its argument parser's own 2 would look like a database to be expanded. */
const NUMBERED = `import os
import sys
import keystone.conf
from keystone.common import config, sql
config.configure()
keystone.conf.CONF([], project='keystone', prog='keystone-manage')
folder = os.path.dirname(sql.__file__)
names = ['migrate_repo', 'expand_repo', 'data_migration_repo', 'contract_repo']
url = keystone.conf.CONF.database.connection
repositories = [(url, os.path.join(folder, name)) for name in names]
`;

const heads = { argv: ['python3', '-'] as const, input: HEADS };
const legacy = { argv: ['keystone-manage', 'db_sync', '--check'] as const };
const CODE = 'keystone/cmd/cli.py, keystone/common/sql/upgrades.py (22.0.2, 27.0.0); research/rules.md';

export const keystone = defineService({
  name: 'keystone',
  source: 'research/rules.md; research/lab.md 4 and 5; 001',
  after: [],
  bus: false,
  databases: ['keystone'],
  etc: ['/etc/keystone'],
  state: [
    {
      path: '/etc/keystone/fernet-keys',
      exact: true,
      says: 'tokens are signed with them; they are rotated on the node, so that no configurer knows them',
      source: 'keystone-manage fernet_rotate',
    },
    {
      path: '/etc/keystone/credential-keys',
      exact: true,
      says: 'credentials in the database are encrypted with them',
      source: 'keystone-manage credential_rotate',
    },
  ],
  roles: {
    controller: { packages: ['keystone', 'python3-keystone', 'keystone-doc'], units: ['keystone'] },
  },
  api: {
    port: 5000,
    path: '/v3',
    expect: [200],
    list: '/v3/services?limit=1',
    unit: 'keystone',
    backends: [
      'keystone',
      'keystonebe',
      'keystonepublic',
      'keystonepublicbe',
      'keystoneadmin',
      'keystoneadminbe',
      'keystone_internal_back',
      'keystone_external_back',
      'keystone_service-back',
      'keystone-front',
    ],
  },
  database: [
    {
      id: 'sync',
      title: "Bring Keystone's database to the new schema, with every process stopped",
      moment: 'first',
      argv: ['keystone-manage', 'db_sync'],
      runAs: 'keystone',
      check: numbersCheck(NUMBERED),
      since: 'newton',
      until: 'ocata',
      offline: true,
      estimate: 7,
      returns: 'restore',
      source: '002; keystone/common/sql/migration_helpers.py (11.0.0): expand, migrate and contract at once',
    },
    {
      id: 'expand',
      title: 'Add what the new Keystone needs to its database',
      moment: 'first',
      argv: ['keystone-manage', 'db_sync', '--expand'],
      runAs: 'keystone',
      check: {
        ...heads,
        done: [0, 11],
        todo: [10],
        meaning: '0 all done, 11 only contract is left, 10 expand',
      },
      since: 'yoga',
      estimate: 7,
      returns: 'restore',
      source: CODE,
    },
    {
      id: 'contract',
      title: 'Remove from the database what only the old Keystone used',
      moment: 'last',
      argv: ['keystone-manage', 'db_sync', '--contract'],
      runAs: 'keystone',
      check: {
        ...heads,
        done: [0],
        todo: [11],
        meaning: '0 all done, 11 contract; 10 would mean expand was lost',
      },
      since: 'yoga',
      estimate: 5,
      returns: 'restore',
      source: CODE,
    },
    {
      id: 'expand',
      title: 'Add what the new Keystone needs to its database',
      moment: 'first',
      argv: ['keystone-manage', 'db_sync', '--expand'],
      runAs: 'keystone',
      check: {
        ...legacy,
        done: [0, 3, 4],
        todo: [2],
        meaning: '2 expand, 3 migrate, 4 contract, 0 none is left',
      },
      since: 'pike',
      until: 'xena',
      estimate: 7,
      returns: 'restore',
      source: 'keystone/cmd/cli.py from Pike, where --check came, to Xena',
    },
    {
      id: 'migrate',
      title: "Carry Keystone's data over",
      moment: 'first',
      argv: ['keystone-manage', 'db_sync', '--migrate'],
      runAs: 'keystone',
      check: { ...legacy, done: [0, 4], todo: [3], meaning: '3 migrate, 4 contract, 0 none is left' },
      since: 'pike',
      until: 'xena',
      estimate: 7,
      returns: 'restore',
      source: 'keystone/cmd/cli.py from Pike to Xena; from Yoga on it does nothing (research/rules.md)',
    },
    {
      id: 'contract',
      title: 'Remove from the database what only the old Keystone used',
      moment: 'last',
      argv: ['keystone-manage', 'db_sync', '--contract'],
      runAs: 'keystone',
      check: { ...legacy, done: [0], todo: [4], meaning: '4 contract, 0 none is left' },
      since: 'pike',
      until: 'xena',
      estimate: 5,
      returns: 'restore',
      source: 'keystone/cmd/cli.py from Pike, where --check came, to Xena',
    },
  ],
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'rolling',
      note: "Zed's code answered 121 of 121 on Epoxy's schema, also after contract; 508 of 509 tokens in the roll",
      source: 'research/lab.md 5',
    },
    ...additive(
      'two indexes more, nothing taken away',
      "no migration: both archives have Hibiscus's Keystone",
    ),
    {
      from: 'mitaka',
      to: 'ocata',
      how: 'cutover',
      note: 'the new control plane was built beside the old one on cloned databases; Keystone v2 is gone in Ocata',
      source: '002',
    },
  ],
  parts: [
    {
      id: 'v3',
      at: 'ocata',
      endpoint: {
        type: 'identity',
        name: 'keystone',
        description: 'Identity',
        like: 'identity',
        cut: '/v2.0',
        to: '/v3',
      },
      addresses: { cut: '/v2.0', to: '/v3' },
      says: 'clients of Keystone v2 are gone in Ocata: endpoints and files that name v2.0 have to name v3, which Mitaka answers already',
      source: '002',
    },
  ],
  mends: [
    loadModule({
      id: 'wsgi-module',
      at: '2026.1',
      where: 'keystone',
      ini: '/etc/keystone/keystone-uwsgi.ini',
      program: '/usr/bin/keystone-wsgi-public',
      module: 'keystone.wsgi.api:application',
    }),
  ],
  tells: { package: 'python3-keystone', series: 'zed', major: 22 },
});
