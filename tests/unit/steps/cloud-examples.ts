import type { Example } from './examples.ts';
import { ok, units } from './seen.ts';

const host = { credentials: '/root/openrc', host: 'cmp1' };
/** What the cloud says of a compute on which nothing runs. */
export const hostState = (wanted: Record<string, unknown> = {}) =>
  ok(
    JSON.stringify({
      host: 'cmp1',
      state: 'up',
      status: 'disabled',
      reason: 'windlass',
      age: 4,
      canary: [],
      running: [],
      kept: [],
      stopped: [],
      agents: [{ type: 'Open vSwitch agent', alive: true, up: true, age: 12 }],
      ...wanted,
    }),
  );
const guest = { id: 'b4d1', name: 'g', status: 'ACTIVE', task: null, power: 1, tag: null };

/** Of computes and networks, as the cloud's own APIs tell them. */
export const CLOUD_EXAMPLES: readonly Example[] = [
  {
    kind: 'nova.disable',
    params: { ...host, reason: 'windlass' },
    done: { host: hostState() },
  },
  { kind: 'nova.enable', params: host, done: { host: hostState({ status: 'enabled', reason: null }) } },
  {
    kind: 'guests.move',
    params: { ...host, stuck: 'fail', block: 'auto', timeout: 600, patience: 3600 },
    done: { host: hostState() },
  },
  { kind: 'guests.start', params: { ...host, timeout: 600 }, done: { host: hostState() } },
  { kind: 'compute.alive', params: host, done: { host: hostState() } },
  {
    kind: 'canary.boot',
    params: { ...host, image: 'tiny', flavor: 'small', timeout: 300 },
    done: { host: hostState({ canary: [guest] }) },
  },
  { kind: 'canary.remove', params: host, done: { host: hostState() } },
  {
    kind: 'api.warm',
    params: {
      credentials: '/root/openrc',
      at: 'http://10.0.0.1:8774',
      path: '/v2.1/servers?limit=1',
      login: false,
    },
    done: { warm: ok(JSON.stringify({ seconds: [0.2, 0.01] })) },
  },
  {
    kind: 'systemd.restart',
    params: {
      units: ['nova-conductor'],
      key: '0123-nova',
      http: { url: 'http://10.0.0.1:8774/', expect: [200] },
    },
    done: {
      note: ok('/var/lib/windlass/restarted/0123-nova'),
      states: units({ 'nova-conductor': 'loaded active' }),
      http: ok('200'),
    },
  },
  {
    kind: 'network.leave',
    params: host,
    done: { agents: ok(JSON.stringify({ host: 'cmp1', agents: [] })) },
  },
  {
    kind: 'network.return',
    params: { ...host, routers: ['r1'], networks: [] },
    done: {
      agents: ok(
        JSON.stringify({
          host: 'cmp1',
          agents: [{ type: 'L3 agent', alive: true, up: true, carries: ['r1'], others: [] }],
        }),
      ),
      gone: ok('{"gone": []}'),
    },
    spare: { gone: 'is only needed of what is not back' },
  },
];
