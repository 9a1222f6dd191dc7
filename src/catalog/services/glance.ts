import { defineService } from '../service.ts';
import { healthcheckAsApp } from './healthcheck.ts';
import { loadModule } from './wsgi.ts';

const CHECK = ['glance-manage', 'db', 'check'] as const;
const CODE = 'glance/cmd/manage.py (25.1.0, 30.0.0)';

export const glance = defineService({
  name: 'glance',
  source: 'research/rules.md; research/lab.md 4 and 5; 001',
  after: ['keystone'],
  bus: false,
  databases: ['glance'],
  etc: ['/etc/glance'],
  state: [
    {
      path: '/var/lib/glance/images',
      says: 'images of the file store, where its folder is the node’s own',
      source: 'filesystem_store_datadir of glance_store',
    },
  ],
  roles: {
    controller: {
      packages: ['glance-api', 'glance-glare', 'glance-common', 'glance', 'python3-glance', 'glance-doc'],
      units: ['glance-glare', 'glance-api'],
    },
  },
  api: {
    port: 9292,
    path: '/',
    // Glance lists its versions with 300 Multiple Choices.
    expect: [200, 300],
    list: '/v2/images?limit=1',
    unit: 'glance-api',
    backends: [
      'glance',
      'glancebe',
      'glanceapi',
      'glanceapibe',
      'glance_api_back',
      'glance_api_external_back',
      'glance_api-back',
    ],
  },
  database: [
    {
      id: 'sync',
      title: "Bring Glance's database to Ocata's schema",
      moment: 'first',
      argv: ['glance-manage', 'db', 'sync'],
      runAs: 'glance',
      check: {
        argv: ['sh', '-u', '-s'],
        // Not yet under Alembic it tells a number, and is behind.
        input: `now=$(glance-manage db version 2>/dev/null) || exit 70
echo "$now"
echo "$now" | grep -qE 'ocata(_contract)?[0-9]+' || exit 10
`,
        done: [0],
        todo: [10],
        meaning: "0 the database is at Ocata's head, 10 before it, 70 glance-manage failed",
      },
      since: 'ocata',
      until: 'ocata',
      offline: true,
      estimate: 5,
      returns: 'restore',
      source: '002; glance alembic_migrations/versions/ocata_contract01; `db check` came with Queens',
    },
    {
      id: 'expand',
      title: 'Add what the new Glance needs to its database',
      moment: 'first',
      argv: ['glance-manage', 'db', 'expand'],
      runAs: 'glance',
      check: {
        argv: CHECK,
        done: [0, 4, 5],
        todo: [3],
        meaning: '3 expand, 4 migrate, 5 contract, 0 none is left',
      },
      since: 'queens',
      estimate: 2,
      returns: 'restore',
      source: CODE,
    },
    {
      id: 'migrate',
      title: "Carry Glance's data over",
      moment: 'first',
      argv: ['glance-manage', 'db', 'migrate'],
      runAs: 'glance',
      check: { argv: CHECK, done: [0, 5], todo: [4], meaning: '4 migrate, 5 contract, 0 none is left' },
      since: 'queens',
      estimate: 2,
      returns: 'restore',
      source: CODE,
    },
    {
      id: 'contract',
      title: 'Remove from the database what only the old Glance used',
      moment: 'last',
      argv: ['glance-manage', 'db', 'contract'],
      runAs: 'glance',
      check: { argv: CHECK, done: [0], todo: [5], meaning: '5 contract, 0 none is left' },
      since: 'queens',
      estimate: 2,
      returns: 'restore',
      source: CODE,
    },
  ],
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'rolling',
      note: "Zed's code answered 121 of 121 on Epoxy's schema, also after contract; no failed request in the roll",
      source: 'research/lab.md 5',
    },
    {
      from: 'mitaka',
      to: 'ocata',
      how: 'cutover',
      note: 'the new control plane was built beside the old one on cloned databases; Glare is new in between',
      source: '002',
    },
  ],
  adds: [
    {
      at: 'newton',
      package: 'glance-glare',
      unit: 'glance-glare',
      where: ['glance-api'],
      pulled: false,
      says: 'Glare, the artifact repository, in Newton and Ocata; nothing pulls it in',
      source: '002; salt-formula-glance: installed where the version is newton or ocata',
    },
  ],
  removes: [
    {
      at: 'pike',
      package: 'glance-glare',
      unit: 'glance-glare',
      says: 'Glare left Glance for a project of its own: Pike drops its tables',
      source: 'glance alembic_migrations/versions/pike_contract01_drop_artifacts_tables.py',
    },
  ],
  parts: [
    {
      id: 'glare',
      at: 'newton',
      proxy: { name: 'glare', port: 9494 },
      endpoint: {
        type: 'artifact',
        name: 'glare',
        description: 'Glance artifacts',
        like: 'image',
        cut: ':9292',
        to: ':9494',
      },
      says: 'an extra service with endpoints of its own; its tables are in Glance’s database',
      source: '002',
    },
  ],
  mends: [
    healthcheckAsApp('glance-common', '/etc/glance/glance-api-paste.ini'),
    loadModule({
      id: 'wsgi-module',
      at: '2026.2',
      where: 'glance-api',
      ini: '/etc/glance/glance-api-uwsgi.ini',
      program: '/usr/bin/glance-wsgi-api',
      module: 'glance.wsgi.api:application',
    }),
  ],
  libraries: ['python-glance-store'],
  tells: { package: 'python3-glance', series: 'zed', major: 25 },
});
