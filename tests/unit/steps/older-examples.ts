import type { Answers } from '../../../src/steps/kind.ts';
import type { Example } from './examples.ts';
import { bad, ok } from './seen.ts';

/** `eval` of a server before 3.8, as it prints the term. */
export const olderBus = (self: string, running: readonly string[], version = '3.7.8') => {
  const list = running.map((name) => `'rabbit@${name}'`).join(',');
  return ok(`{"${version}",'rabbit@${self}',\n [${list}],\n [${list}],[]}\n`);
};

/** `crm_mon --as-xml`: the same as of newer versions, under another root. */
export function olderMonitor(
  online: readonly string[],
  quorum: boolean,
  vip: string | null,
  offline: readonly string[] = [],
) {
  const node = (name: string, is: boolean) => `<node name="${name}" online="${is}" standby="false"/>`;
  const resource =
    vip === null
      ? '<resource id="openstack-api-vip" active="false"/>'
      : `<resource id="openstack-api-vip" active="true"><node name="${vip}" id="1"/></resource>`;
  return ok(
    `<?xml version="1.0"?>\n<crm_mon version="2.0.1"><summary><current_dc version="2.0.1-9e909a5bdd" with_quorum="${quorum}"/></summary><nodes>${online.map((name) => node(name, true)).join('')}${offline.map((name) => node(name, false)).join('')}</nodes><resources>${resource}</resources></crm_mon>`,
  );
}

export const gate = (word: 'open' | 'closed') => ok(`${word}\n${word}\n`);

export const OLDER_EXAMPLES: readonly Example[] = [
  {
    kind: 'apt.remove',
    params: { packages: ['librbd1', 'python3-rbd'], takes: ['nova-api'] },
    done: { there: bad(1, 'dpkg-query: no packages found matching librbd1'), goes: ok('') },
    spare: { goes: 'what would go is of no matter once they are gone' },
  },
  {
    kind: 'apt.install',
    params: { packages: ['nova-api', 'python3-rbd'], auto: ['python3-rbd'] },
    done: { there: ok('nova-api\tinstalled\npython3-rbd\tinstalled\n'), audit: ok('') },
  },
  {
    kind: 'rabbitmq.keep-older',
    params: { path: '/var/backups/windlass/0123456789ab/definitions.term' },
    done: { head: ok('windlass 3 1 3 1 \n') },
  },
  { kind: 'rabbitmq.close-older', params: {}, done: { gate: gate('closed') } },
  {
    kind: 'rabbitmq.start-older',
    params: { node: 'ctl1', version: '3.7' },
    done: { status: olderBus('ctl1', ['ctl1']), gate: gate('closed') },
  },
  {
    kind: 'rabbitmq.give-older',
    params: { path: '/var/backups/windlass/0123456789ab/definitions.term', users: ['openstack'] },
    done: { users: ok('[<<"openstack">>]\n'), given: ok('/run/windlass-bus-given\n') },
  },
  {
    kind: 'rabbitmq.admit-older',
    params: {},
    done: { gate: gate('open'), listening: ok('LISTEN 0 128 *:5672 *:*\n') },
  },
  {
    kind: 'rabbitmq.join-older',
    params: { node: 'ctl2', to: 'ctl1' },
    done: { status: olderBus('ctl2', ['ctl1', 'ctl2']) },
  },
  {
    kind: 'pacemaker.apart',
    params: { members: ['ctl1'], addresses: ['10.77.2.10'] },
    done: {
      monitor: olderMonitor(['ctl1'], false, null, ['ctl2', 'ctl3']),
      address: ok('2: eth0    inet 10.77.2.11/24 scope global eth0\n'),
    },
  },
  {
    kind: 'pacemaker.form',
    params: { members: ['ctl1', 'ctl2'], vips: ['openstack-api-vip'] },
    done: { monitor: olderMonitor(['ctl1', 'ctl2'], true, 'ctl1', ['ctl3']) },
  },
  { kind: 'pacemaker.without-quorum', params: { is: 'freeze' }, done: { policy: ok('freeze\n') } },
];

export const OLDER_GUARD_EXAMPLES: readonly {
  readonly kind: string;
  readonly params: Record<string, unknown>;
  readonly open: Answers;
}[] = [
  {
    kind: 'rabbitmq.older-running',
    params: { nodes: ['ctl2', 'ctl3'], min: 2 },
    open: {
      ctl2: olderBus('ctl2', ['ctl1', 'ctl2', 'ctl3'], '3.6.6'),
      ctl3: olderBus('ctl3', ['ctl2', 'ctl3']),
    },
  },
  { kind: 'rabbitmq.older-backlog', params: { node: 'ctl2', max: 100 }, open: { waiting: ok('7\n') } },
  { kind: 'pacemaker.stops-alone', params: { ask: 'ctl3', is: 'stop' }, open: { policy: ok('stop\n') } },
];
