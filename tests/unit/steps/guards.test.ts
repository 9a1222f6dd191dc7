import { describe, expect, test } from 'vitest';
import * as guards from '../../../src/steps/guards.ts';
import { bad, bus, galera, lost, monitor, ok, opening, recorded, stat, units } from './seen.ts';

const three = { ctl1: 'online', ctl2: 'online', ctl3: 'online' } as const;

describe('galera.others-synced', () => {
  const params = { nodes: ['ctl1', 'ctl3'] };
  const synced = galera('Synced');

  test.each([
    ['both synced', synced, 'open'],
    ['one joining: stopping another now would cost the primary component', galera('Joined'), 'closed'],
    ['one only Initialized', galera('Initialized', 0, 'Disconnected', 'OFF'), 'closed'],
    ['one not primary', galera('Synced', 2, 'non-Primary'), 'closed'],
    ['one refuses', bad(1, "ERROR 2002 Can't connect"), 'closed'],
    ['one silent', lost, 'closed'],
  ])('%s', (_, ctl3, is) => {
    expect(opening(guards.galeraOthersSynced, params, { ctl1: synced, ctl3 }).is).toBe(is);
  });

  test('needs someone to ask', () => {
    expect(() => guards.galeraOthersSynced.params.parse({ nodes: [] })).toThrow();
  });
});

describe('systemd.at-rest', () => {
  const params = { units: { ctl1: ['keystone', 'nova-api'], ctl2: ['keystone'] } };
  const rest = units({ keystone: 'loaded inactive', 'nova-api': 'loaded failed' });

  test.each([
    ['everything stopped', units({ keystone: 'loaded inactive' }), 'open', /ctl1, ctl2/],
    [
      'one that a boot has started',
      units({ keystone: 'loaded active' }),
      'closed',
      /keystone on ctl2 is active/,
    ],
    ['one on its way down', units({ keystone: 'loaded deactivating' }), 'closed', /deactivating/],
    ['one silent', lost, 'closed', /ctl2/],
  ])('%s', (_, ctl2, is, because) => {
    const verdict = opening(guards.systemdAtRest, params, { ctl1: rest, ctl2 });
    expect(verdict).toMatchObject({ is, because: expect.stringMatching(because) });
  });
});

describe('rabbitmq.others-running', () => {
  const params = { nodes: ['ctl1', 'ctl3'], min: 2 };
  const both = recorded('rabbitmq-cluster-3.10.json');

  test.each([
    ['both run', both, both, 'open'],
    ['one silent, the other sees both', lost, both, 'open'],
    ['one has stopped', bus(['ctl1']), bad(69, 'nodedown'), 'closed'],
    ['partitioned', bus(['ctl1', 'ctl3'], '3.10.8', { 'rabbit@ctl1': ['rabbit@ctl3'] }), both, 'closed'],
    ['nobody answers', lost, lost, 'closed'],
  ])('%s', (_, ctl1, ctl3, is) => {
    expect(opening(guards.rabbitmqOthersRunning, params, { ctl1, ctl3 }).is).toBe(is);
  });
});

describe('rabbitmq.backlog', () => {
  const waiting = (messages: number) =>
    ok(JSON.stringify([{ name: 'q', type: 'classic', durable: true, messages }]));
  const judged = (first: number, second: number) =>
    opening(
      guards.rabbitmqBacklog,
      { node: 'ctl1', vhosts: ['/', '/nova'], max: 100 },
      { '/': waiting(first), '/nova': waiting(second) },
    ).is;

  test('counts all vhosts together, up to what the policy lets be lost', () => {
    expect(judged(0, 0)).toBe('open');
    expect(judged(60, 40)).toBe('open');
    expect(judged(60, 41)).toBe('closed');
  });
});

describe('haproxy.others-up', () => {
  const params = {
    nodes: ['ctl1', 'ctl2'],
    socket: '/run/haproxy/admin.sock',
    servers: [
      { backend: 'keystonebe', server: 'ctl2' },
      { backend: 'galerabe', server: 'ctl2' },
    ],
  };
  const fine = stat('keystonebe/ctl1 UP', 'keystonebe/ctl2 UP', 'galerabe/ctl1 UP', 'galerabe/ctl2 UP');
  const last = stat('keystonebe/ctl1 DOWN', 'keystonebe/ctl2 UP', 'galerabe/ctl1 UP');

  test.each([
    ['every balancer sees another server', fine, fine, 'open'],
    ['one balancer is silent', lost, fine, 'open'],
    ['it is the last one UP', fine, last, 'closed'],
    ['the backend is unknown', fine, stat('glancebe/ctl1 UP'), 'closed'],
    ['no balancer answers', lost, bad(1, 'refused'), 'closed'],
  ])('%s', (_, ctl1, ctl2, is) => {
    expect(opening(guards.haproxyOthersUp, params, { ctl1, ctl2 }).is).toBe(is);
  });
});

describe('pacemaker.spare', () => {
  const judged = (total: number, seen: ReturnType<typeof monitor>) =>
    opening(guards.pacemakerSpare, { ask: 'ctl1', node: 'ctl2', total }, { monitor: seen }).is;

  test('wants more than half without the node', () => {
    expect(judged(3, monitor(three))).toBe('open');
    expect(judged(3, monitor({ ...three, ctl3: 'offline' }))).toBe('closed');
    expect(judged(4, monitor(three))).toBe('closed');
    expect(judged(3, monitor(three, 'ctl1', false))).toBe('closed');
  });

  test('a node that is out already costs nothing', () => {
    expect(judged(3, monitor({ ...three, ctl2: 'offline' }))).toBe('open');
  });
});

describe('pacemaker.elsewhere', () => {
  const judged = (vip: string | null) =>
    opening(
      guards.pacemakerElsewhere,
      { ask: 'ctl1', resource: 'openstack-api-vip', node: 'ctl2' },
      { monitor: monitor(three, vip) },
    ).is;

  test('wants the VIP running, and not here', () => {
    expect(judged('ctl1')).toBe('open');
    expect(judged('ctl2')).toBe('closed');
    expect(judged(null)).toBe('closed');
  });
});
