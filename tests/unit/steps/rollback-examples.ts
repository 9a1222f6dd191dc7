import type { Example } from './examples.ts';
import { bad, ok } from './seen.ts';

const dir = '/var/backups/windlass/0123456789ab';
const same = {
  put: [],
  gone: [],
  auto: [],
  manual: [],
  hold: [],
  unhold: [],
  other: [],
  lacks: [],
  kept: 125,
};

export const ROLLBACK_EXAMPLES: readonly Example[] = [
  {
    kind: 'backup.packages',
    params: {
      dir: `${dir}/packages`,
      archive: '/etc/apt/sources.list.d/windlass-2025.1.list',
      held: [],
      removes: ['neutron-linuxbridge-agent'],
      adds: ['neutron-periodic-workers'],
    },
    done: { kept: ok('kept 125\n'), files: ok('') },
  },
  { kind: 'pacemaker.keep-cib', params: { path: `${dir}/cib.xml` }, done: { file: ok('1\n') } },
  {
    kind: 'rabbitmq.force-boot',
    params: {},
    done: {
      states: ok('Id=rabbitmq-server.service\nActiveState=inactive\n'),
      mark: ok('/var/lib/rabbitmq/mnesia/rabbit@ctl1/force_load\n'),
    },
  },
  { kind: 'run.ended', params: { run: '202611211834-beef' }, done: { units: ok('') } },
  {
    kind: 'packages.lower',
    params: { dir: `${dir}/packages` },
    done: { differs: ok(JSON.stringify(same)), audit: ok('') },
  },
  {
    kind: 'etc.back',
    params: { path: `${dir}/etc.tar.gz`, aside: `${dir}/etc-1.tar.gz`, places: ['/etc/nova'], absent: [] },
    done: { differs: ok('places 41\n') },
  },
  {
    kind: 'backup.restore',
    params: {
      ...{ dir: `${dir}/databases`, databases: ['keystone', 'nova'], round: '20261121183400' },
      numbers: [{ database: 'nova', table: 'instances' }],
    },
    done: {
      back: ok(`${dir}/databases/back-20261121183400\n`),
      proof: ok(''),
      ready: ok('wsrep_ready\tON\n'),
    },
    spare: {
      proof: 'only says whether the dumps may be put back at all',
      ready: 'only says whether they can be put back now',
    },
  },
  { kind: 'backup.retire', params: { dir, to: `${dir}-back-1` }, done: { there: bad(1, 'No such file') } },
  {
    kind: 'package.keep-lost',
    params: {
      dir: '/var/backups/windlass/0123456789ab/packages',
      package: 'openstack-dashboard',
      path: '/var/lib/openstack-dashboard/secret-key',
    },
    done: { kept: ok('openstack-dashboard.made.tar\n'), there: ok('secret-key\n') },
  },
  {
    kind: 'package.give-back',
    params: {
      dir: '/var/backups/windlass/0123456789ab/packages',
      package: 'openstack-dashboard',
      path: '/var/lib/openstack-dashboard/secret-key',
    },
    done: { kept: ok('openstack-dashboard.made.tar\n'), same: ok() },
  },
];
