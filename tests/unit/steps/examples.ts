import type { Answers } from '../../../src/steps/kind.ts';
import { ARCHIVE_EXAMPLES } from './archive-examples.ts';
import { CLOUD_EXAMPLES, hostState } from './cloud-examples.ts';
import { CONFIGURE_EXAMPLES } from './configure-examples.ts';
import { DISK_EXAMPLES } from './disk-examples.ts';
import { OLDER_EXAMPLES, OLDER_GUARD_EXAMPLES } from './older-examples.ts';
import { PARTS_EXAMPLES } from './parts-examples.ts';
import { REBUILD_EXAMPLES } from './rebuild-examples.ts';
import { REHEARSAL_EXAMPLES, REHEARSAL_GUARD_EXAMPLES } from './rehearsal-examples.ts';
import { ROLLBACK_EXAMPLES } from './rollback-examples.ts';
import {
  bad,
  bus,
  galera,
  monitor,
  ok,
  osRelease,
  recorded,
  serversState,
  sha256,
  simulated,
  stat,
  units,
} from './seen.ts';

/** Parameters as the planner gives them, and answers under which the step is done. */
export interface Example {
  readonly kind: string;
  readonly params: Record<string, unknown>;
  readonly done: Answers;
  /** Looks whose answer is not needed for `done` with these answers, and why. */
  readonly spare?: Readonly<Record<string, string>>;
}

const dir = '/var/backups/windlass/0123456789ab';
const after = 'deb http://deb.debian.org/debian trixie main\n';
const before = 'deb http://deb.debian.org/debian bookworm main\n';
const socket = '/run/haproxy/admin.sock';
const servers = [{ backend: 'keystonebe', server: 'ctl2' }];
const three = { ctl1: 'online', ctl2: 'online', ctl3: 'online' } as const;
const flags = ok(JSON.stringify([{ name: 'khepri_db', state: 'disabled', stability: 'experimental' }]));

export const EXAMPLES: readonly Example[] = [
  {
    kind: 'file.write',
    params: { path: '/usr/sbin/policy-rc.d', mode: '0755', content: 'exit 101\n', before: null },
    done: { sum: ok(`${sha256('exit 101\n')}  /usr/sbin/policy-rc.d\n`) },
  },
  {
    kind: 'file.remove',
    params: { paths: ['/usr/sbin/policy-rc.d'] },
    done: { found: bad(1, 'No such file') },
  },
  {
    kind: 'apt.prefetch',
    params: {
      dir: '/var/cache/windlass',
      sources: [{ name: 'sources.list', content: after }],
      codename: 'trixie',
    },
    done: {
      os: osRelease('bookworm'),
      lists: ok('/var/cache/windlass/lists/x_Packages\n'),
      missing: ok(''),
    },
    spare: { os: 'only says that nothing is left to fetch for' },
  },
  {
    kind: 'apt.sources',
    params: { files: [{ path: '/etc/apt/sources.list', before, after }] },
    done: { sums: ok(`${sha256(after)}  /etc/apt/sources.list\n`) },
  },
  {
    kind: 'apt.dist-upgrade',
    params: { codename: 'trixie' },
    done: { os: osRelease('trixie'), audit: ok(''), simulation: simulated(0, 0, 0) },
  },
  { kind: 'apt.autoremove', params: {}, done: { simulation: simulated(0, 0, 0), audit: ok('') } },
  {
    kind: 'systemd.hold',
    params: { units: ['rabbitmq-server'] },
    done: { states: units({ 'rabbitmq-server': 'masked inactive' }), left: ok('') },
  },
  {
    kind: 'systemd.begin-stop',
    params: { units: ['nova-conductor'] },
    done: { states: units({ 'nova-conductor': 'loaded deactivating' }) },
  },
  {
    kind: 'systemd.stop',
    params: { units: ['keystone'] },
    done: { states: units({ keystone: 'loaded inactive' }), left: ok('') },
  },
  {
    kind: 'systemd.release',
    params: { units: ['keystone'], http: { url: 'http://10.77.2.12:5000/v3', expect: [200] } },
    done: { states: units({ keystone: 'loaded active' }), down: ok(''), http: ok('200') },
  },
  { kind: 'node.reboot', params: {}, done: { mark: bad(1, 'No such file'), system: ok('running\n') } },
  {
    kind: 'node.verify',
    params: { codename: 'trixie', absent: ['/var/cache/windlass'] },
    done: {
      os: osRelease('trixie'),
      failed: ok(''),
      masked: ok(''),
      down: ok(''),
      audit: ok(''),
      absent: bad(1, 'No such file'),
    },
  },
  {
    kind: 'haproxy.drain',
    params: { socket, servers, mode: 'drain' },
    done: { stat: stat('keystonebe/ctl1 UP', 'keystonebe/ctl2 DRAIN 0'), state: serversState({}) },
    spare: { state: 'is only needed of a server that is also DOWN' },
  },
  {
    kind: 'kept.drop',
    params: { folders: ['/var/backups/windlass/0123456789ab', '/var/backups/windlass/0123456789ab-back-1'] },
    done: { there: ok('/var/backups/windlass/fedcba987654\n') },
  },
  { kind: 'haproxy.enable', params: { socket, servers }, done: { stat: stat('keystonebe/ctl2 UP') } },
  {
    kind: 'haproxy.let-in',
    params: { socket, servers },
    done: { stat: stat('keystonebe/ctl2 DOWN'), state: serversState({}) },
    spare: { state: 'is only needed of a server that is also DOWN' },
  },
  {
    kind: 'pacemaker.move',
    params: { resource: 'openstack-api-vip', from: 'ctl1', to: 'ctl2', address: '10.77.2.10' },
    done: {
      monitor: monitor(three, 'ctl2'),
      constraints: ok('<constraints/>\n'),
      address: ok('2: host0    inet 10.77.2.10/24 scope global secondary host0\n'),
    },
  },
  {
    kind: 'pacemaker.standby',
    params: { node: 'ctl2' },
    done: { monitor: recorded('crm_mon-2.1.5.xml') },
  },
  { kind: 'pacemaker.online', params: { node: 'ctl2', members: 3 }, done: { monitor: monitor(three) } },
  {
    kind: 'pacemaker.upgrade-cib',
    params: {},
    done: { head: recorded('cib-head.xml'), schemas: ok('pacemaker-3.9.rng\npacemaker-3.2.rng\n') },
  },
  {
    kind: 'galera.hold',
    params: { unit: 'mariadb' },
    done: { states: units({ mariadb: 'masked inactive' }), grastate: ok('version: 2.1\nseqno:   4711\n') },
  },
  {
    kind: 'galera.rejoin',
    params: { unit: 'mariadb', size: 3 },
    done: { states: units({ mariadb: 'loaded active' }), status: galera('Synced') },
  },
  {
    kind: 'galera.defaults',
    params: {
      schemas: [{ schema: 'heat', collation: 'utf8mb3_general_ci', before: 'utf8mb4_general_ci' }],
    },
    done: { databases: ok('heat\tutf8mb3_general_ci\n') },
  },
  { kind: 'galera.upgrade-tables', params: {}, done: { needed: bad(1, '', 'already upgraded') } },
  {
    kind: 'cluster.verify',
    params: {
      galera: ['ctl1'],
      rabbitmq: ['ctl1'],
      pacemaker: ['ctl1', 'ctl2', 'ctl3'],
      haproxy: ['ctl1'],
      socket,
      vips: ['openstack-api-vip'],
    },
    done: {
      'galera ctl1': galera('Synced', 1),
      'rabbitmq ctl1': bus(['ctl1']),
      pacemaker: monitor(three),
      constraints: ok('<constraints/>\n'),
      'haproxy ctl1': stat('keystonebe/ctl1 UP'),
    },
  },
  {
    kind: 'rabbitmq.export',
    params: { path: `${dir}/definitions.json` },
    done: { file: ok('3 12\n') },
  },
  {
    kind: 'rabbitmq.prune',
    params: {
      from: `${dir}/definitions.json`,
      to: `${dir}/definitions-pruned.json`,
      refused: ['ha-mode', 'ha-params'],
      policies: ['ha-all'],
    },
    done: { file: ok('0\n') },
  },
  {
    kind: 'rabbitmq.set-aside',
    params: { aside: '/var/lib/rabbitmq/mnesia.windlass' },
    done: { found: ok('/var/lib/rabbitmq/mnesia.windlass\n') },
  },
  {
    kind: 'rabbitmq.start-alone',
    params: { node: 'ctl2', version: '4.0' },
    done: { status: bus(['ctl2']), listening: ok(''), door: ok('windlass-closed.conf\n') },
  },
  {
    kind: 'rabbitmq.import',
    params: { path: `${dir}/definitions-pruned.json`, users: ['openstack'], queues: ['q'], vhost: '/' },
    done: {
      users: ok('[{"user":"openstack","tags":[]}]'),
      queues: ok('[{"name":"q","type":"classic","durable":true,"messages":0}]'),
    },
  },
  {
    kind: 'rabbitmq.admit',
    params: {},
    done: { listening: ok('LISTEN 0 128 *:5672 *:*\n'), door: bad(1, 'No such file') },
  },
  { kind: 'rabbitmq.stop-app', params: {}, done: { listening: ok('') } },
  {
    kind: 'rabbitmq.join',
    params: { node: 'ctl3', to: 'ctl2' },
    done: { status: bus(['ctl2', 'ctl3']) },
  },
  {
    kind: 'rabbitmq.shrink',
    params: { node: 'ctl2', vhosts: ['/'] },
    done: { '/': ok('[{"name":"q","type":"quorum","members":["rabbit@ctl1","rabbit@ctl3"]}]') },
  },
  {
    kind: 'rabbitmq.grow',
    params: { node: 'ctl3', vhosts: ['/'] },
    done: { '/': ok('[{"name":"q","type":"quorum","members":["rabbit@ctl2","rabbit@ctl3"]}]') },
  },
  { kind: 'rabbitmq.enable-flags', params: {}, done: { flags } },
  {
    kind: 'database.migrate',
    params: {
      argv: ['runuser', '-u', 'keystone', '--', 'keystone-manage', 'db_sync', '--expand'],
      check: { argv: ['python3', '-'], input: 'print(1)\n', done: [0, 11], todo: [10], meaning: '10 expand' },
    },
    done: { check: bad(11) },
  },
  {
    kind: 'package.mend',
    params: {
      argv: ['a2dissite', '-q', 'default-ssl'],
      check: { argv: ['sh', '-us'], input: 'exit 0', done: [0], todo: [10], meaning: '10 cannot start' },
    },
    done: { check: ok('') },
  },
  {
    kind: 'backup.databases',
    params: { dir: `${dir}/databases`, databases: ['keystone', 'glance'] },
    done: { files: ok('keystone.sql.gz\nglance.sql.gz\nrows.before\nrows.after\n') },
  },
  {
    kind: 'backup.prove',
    params: { dir: `${dir}/databases`, databases: ['keystone', 'glance'] },
    done: { proof: ok('61 tables, 4521 rows restored and counted\n') },
  },
  {
    kind: 'config.edit',
    params: {
      files: [
        {
          path: '/etc/neutron/neutron.conf',
          keep: '/etc/neutron/neutron.conf.before-2025.1',
          edits: [
            {
              section: 'DEFAULT',
              name: 'lock_path',
              to: { section: 'oslo_concurrency', name: 'lock_path' },
              multi: false,
            },
          ],
        },
      ],
    },
    done: { options: ok('== /etc/neutron/neutron.conf\n[oslo_concurrency]\nlock_path =\n') },
  },
  { kind: 'backup.etc', params: { path: `${dir}/etc.tar.gz` }, done: { list: ok('1403\n') } },
  ...CLOUD_EXAMPLES,
  ...ROLLBACK_EXAMPLES,
  ...DISK_EXAMPLES,
  ...REBUILD_EXAMPLES,
  ...ARCHIVE_EXAMPLES,
  ...CONFIGURE_EXAMPLES,
  ...OLDER_EXAMPLES,
  ...REHEARSAL_EXAMPLES,
  ...PARTS_EXAMPLES,
];

/** Parameters of guards, and answers under which they are open. */
export const GUARD_EXAMPLES: readonly (Omit<Example, 'done' | 'spare'> & { readonly open: Answers })[] = [
  {
    kind: 'galera.others-synced',
    params: { nodes: ['ctl1', 'ctl3'] },
    open: { ctl1: galera('Synced'), ctl3: galera('Synced') },
  },
  {
    kind: 'rabbitmq.others-running',
    params: { nodes: ['ctl1', 'ctl3'], min: 2 },
    open: { ctl1: recorded('rabbitmq-cluster-3.10.json'), ctl3: recorded('rabbitmq-cluster-3.10.json') },
  },
  {
    kind: 'rabbitmq.backlog',
    params: { node: 'ctl1', vhosts: ['/'], max: 100 },
    open: { '/': recorded('rabbitmq-queues-3.10.json') },
  },
  {
    kind: 'haproxy.others-up',
    params: {
      nodes: ['ctl1', 'ctl2'],
      socket,
      servers: [
        { backend: 'keystonebe', server: 'ctl2' },
        { backend: 'glancebe', server: 'ctl2' },
      ],
    },
    open: { ctl1: recorded('haproxy-stat-2.6.csv'), ctl2: recorded('haproxy-stat-2.6.csv') },
  },
  {
    kind: 'pacemaker.spare',
    params: { ask: 'ctl1', node: 'ctl2', total: 3 },
    open: { monitor: recorded('crm_mon-2.1.5.xml') },
  },
  {
    kind: 'pacemaker.elsewhere',
    params: { ask: 'ctl1', resource: 'openstack-api-vip', node: 'ctl2' },
    open: { monitor: recorded('crm_mon-2.1.5.xml') },
  },
  {
    kind: 'compute.emptied',
    params: { credentials: '/root/openrc', host: 'cmp1', ask: 'ctl1' },
    open: { host: hostState() },
  },
  {
    kind: 'systemd.at-rest',
    params: { units: { ctl1: ['keystone'] } },
    open: { ctl1: units({ keystone: 'loaded inactive' }) },
  },
  ...OLDER_GUARD_EXAMPLES,
  ...REHEARSAL_GUARD_EXAMPLES,
];
