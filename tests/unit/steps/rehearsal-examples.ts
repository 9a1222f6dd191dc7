import type { Example } from './examples.ts';
import { bad, ok } from './seen.ts';

const dir = '/var/lib/windlass-rehearsal';
const places = ['/etc/keystone', '/etc/nova'];
const addresses = ['192.0.2.10', '192.0.2.11'];
const names = ['ctl1'];
const hash = `sha256:${'a'.repeat(64)}`;
export const wall = (over: object = {}) =>
  ok(JSON.stringify({ asked: 2, reached: [], own: [], spoken: [], ...over }));
const prints = ok(JSON.stringify({ keystone: { hash, revisions: { alembic_version: ['e1'] } } }));
const endpoints = { database: 'keystone', urls: { identity: 'http://127.0.0.1:5000/v3' } };

/** What `rehearsal.claim` is told by a machine. */
export const machine = (claim: string, there: readonly string[] = [], codename = 'trixie') =>
  ok(`== claim\n${claim}\n== there\n${there.join('\n')}\n== os\nVERSION_CODENAME=${codename}\n`);

export const CLAIM = {
  cluster: 'prod',
  round: '20261121153000',
  codename: 'trixie',
  strange: ['mariadb-server', 'keystone'],
  units: ['keystone'],
};

export const RELAY = {
  listen: 'any',
  port: 13306,
  to: { host: '127.0.0.1', port: 3306 },
  from: ['192.0.2.98'],
} as const;
export const greeting = (over: object = {}) =>
  ok(
    JSON.stringify({
      active: 'active',
      description: 'windlass relay: any 13306 127.0.0.1 3306 192.0.2.98',
      server: '11.8.6-MariaDB',
      ...over,
    }),
  );

export const OLD_CODE = {
  path: `${dir}/old-code-glance-expanded`,
  phase: 'expanded',
  service: 'glance',
  credentials: '/root/openrc',
  at: 'http://127.0.0.1:9292',
  login: false,
  units: ['glance-api'],
  engines: [],
  beats: null,
  http: { url: 'http://127.0.0.1:9292/', expect: [200, 300] },
  reads: ['/v2/images?limit=1'],
  writes: [
    {
      what: 'image',
      make: '/v2/images',
      body: { name: '{name}' },
      find: '/v2/images?name={name}',
      list: 'images',
      id: 'id',
      at: '/v2/images/{id}',
    },
  ],
  logs: ['/var/log/glance'],
  patience: 120,
  clones: 3306,
};
export const oldCode = (over: object = {}) =>
  ok(
    JSON.stringify({
      service: 'glance',
      phase: 'expanded',
      ok: true,
      words: '',
      asked: 1,
      wrote: 1,
      ...over,
    }),
  );

export const REHEARSAL_EXAMPLES: readonly Example[] = [
  { kind: 'rehearsal.claim', params: CLAIM, done: { state: machine('prod 20261121153000') } },
  {
    kind: 'rehearsal.packages',
    params: { mark: `${dir}/lists` },
    done: { mark: ok(`${dir}/lists\n`), lists: ok('/etc/apt/sources.list:1\n') },
  },
  {
    kind: 'rehearsal.server',
    params: { version: '11.8', keeps: [{ option: 'innodb_snapshot_isolation', value: 'OFF' }] },
    done: {
      settings: ok('windlass-version\t11.8.6-MariaDB-0+deb13u1\ninnodb_snapshot_isolation\tOFF\n'),
    },
  },
  {
    kind: 'rehearsal.dump',
    params: { from: 'ctl1', database: 'keystone', path: `${dir}/keystone.sql.gz` },
    done: { mark: ok(`${dir}/keystone.sql.gz.whole\n`) },
  },
  {
    kind: 'rehearsal.restore',
    params: { database: 'keystone', dump: `${dir}/keystone.sql.gz`, mark: `${dir}/keystone.restored` },
    done: { mark: ok('47\n'), tables: ok('mysql\t31\nkeystone\t47\n') },
  },
  { kind: 'rehearsal.wall', params: { addresses }, done: { wall: wall() } },
  {
    kind: 'rehearsal.untouched',
    params: { ask: 'ctl1', fingerprints: { keystone: hash } },
    done: { live: prints },
  },
  {
    kind: 'rehearsal.versions',
    params: { path: `${dir}/versions.json`, packages: ['keystone'] },
    done: { kept: ok('{"keystone": "2:27.0.0-3", "MariaDB": "11.8.6-MariaDB"}') },
  },
  {
    kind: 'rehearsal.copy',
    params: { from: 'ctl1', places, path: `${dir}/configuration.tar.gz` },
    done: { mark: ok(`${dir}/configuration.tar.gz.done\n`) },
  },
  {
    kind: 'rehearsal.rewrite',
    params: {
      places,
      credentials: ['/root/openrc'],
      addresses,
      names,
      bus: 'rabbit://none:none@127.0.0.1:1//',
      identity: 'http://127.0.0.1:5000/v3',
    },
    done: { left: ok('{"files": 12, "left": []}') },
  },
  {
    kind: 'rehearsal.cells',
    params: { database: 'nova_api' },
    done: { cells: ok('{"cells": 2, "left": 0}') },
  },
  {
    kind: 'rehearsal.accounts',
    params: { places, databases: ['keystone', 'nova_api'], cells: 'nova_api' },
    done: { accounts: ok('{"accounts": 2, "shut": []}') },
  },
  {
    kind: 'rehearsal.endpoints',
    params: endpoints,
    done: { endpoints: ok('{"endpoints": 9, "left": 0}') },
  },
  {
    kind: 'rehearsal.sealed',
    params: { places, credentials: ['/root/openrc'], addresses, cells: 'nova_api', endpoints },
    done: {
      files: ok('{"files": 12, "named": []}'),
      cells: ok('{"cells": 2, "left": 0}'),
      endpoints: ok('{"endpoints": 9, "left": 0}'),
    },
  },
  {
    kind: 'rehearsal.heads',
    params: { databases: [{ database: 'keystone', module: 'keystone' }], modules: ['keystone'] },
    done: {
      code: ok("keystone/common/sql/migrations/versions/expand/e1.py:revision = 'e1'\n"),
      clones: prints,
    },
  },
  {
    kind: 'rehearsal.status',
    params: {
      path: `${dir}/status-nova`,
      user: 'nova',
      argv: ['nova-status', 'upgrade', 'check'],
      borne: [{ check: 'Older than N-1 computes', because: 'the plan bears with them' }],
    },
    done: {
      kept: ok(
        JSON.stringify({
          rc: 2,
          words: '',
          checks: [
            { check: 'Cells v2', result: 'Success', details: 'None' },
            { check: 'Older than N-1 computes', result: 'Failure', details: 'too old' },
          ],
        }),
      ),
    },
  },
  {
    kind: 'rehearsal.list',
    params: {
      credentials: '/root/openrc',
      at: 'http://127.0.0.1:8774',
      path: '/v2.1/servers?limit=1',
      login: false,
    },
    done: { list: ok('{"seconds": [6.1, 0.2, 0.2]}') },
  },
  { kind: 'rehearsal.relay', params: RELAY, done: { greeting: greeting() } },
  {
    kind: 'rehearsal.entered',
    params: { places },
    done: { accounts: ok('{"accounts": 7, "shut": []}') },
  },
  { kind: 'rehearsal.old-code', params: OLD_CODE, done: { kept: oldCode() } },
];

export const REHEARSAL_GUARD_EXAMPLES = [
  { kind: 'rehearsal.walled', params: { host: 'ctl1', addresses }, open: { wall: wall() } },
] as const;

export const notThere = bad(1, 'No such file');
