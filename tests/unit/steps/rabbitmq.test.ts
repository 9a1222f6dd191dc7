import { describe, expect, test } from 'vitest';
import * as rabbitmq from '../../../src/steps/rabbitmq.ts';
import { argvs, bad, bus, judge, ok, recorded, undos } from './seen.ts';

const dir = '/var/backups/windlass/0123456789ab';
const MNESIA = '/var/lib/rabbitmq/mnesia';
const aside = '/var/lib/rabbitmq/mnesia.windlass';
const down = bad(69, 'Error: unable to connect to node rabbit@ctl1: nodedown');

describe('definitions', () => {
  test('are written on the node, in a folder only root enters, whole or not at all', () => {
    const commands = rabbitmq.rabbitmqExport.commands({ path: `${dir}/definitions.json` });
    expect(commands[0]?.argv).toEqual(['install', '-d', '-m', '0700', dir]);
    expect(commands[1]?.argv).toEqual(['sh', '-eus', '--', `${dir}/definitions.json`]);
    expect(commands[1]?.input).toMatch(/^umask 077\n/);
    expect(commands[1]?.input).toContain('mv "$1.new" "$1"');
    expect(undos(rabbitmq.rabbitmqExport, { path: `${dir}/definitions.json` })).toEqual([
      ['rm', '-f', '--', `${dir}/definitions.json`],
    ]);
  });

  test('count only when they hold users', () => {
    const params = { path: `${dir}/definitions.json` };
    expect(judge(rabbitmq.rabbitmqExport, params, { file: ok('3 12\n') }).is).toBe('done');
    expect(judge(rabbitmq.rabbitmqExport, params, { file: ok('0 0\n') }).is).toBe('todo');
    expect(judge(rabbitmq.rabbitmqExport, params, { file: bad(1, 'FileNotFoundError') }).is).toBe('todo');
  });

  test('are pruned of what the new server refuses, which is counted afterwards', () => {
    const params = { from: 'a.json', to: 'b.json', refused: ['ha-mode', 'ha-params'], policies: ['ha-all'] };
    expect(argvs(rabbitmq.rabbitmqPrune, params)).toEqual([
      ['python3', '-', 'a.json', 'b.json', 'ha-mode,ha-params'],
    ]);
    expect(rabbitmq.rabbitmqPrune.commands(params)[0]?.input).toContain('0o600');
    expect(judge(rabbitmq.rabbitmqPrune, params, { file: ok('0\n') }).is).toBe('done');
    expect(judge(rabbitmq.rabbitmqPrune, params, { file: ok('2\n') }).is).toBe('todo');
    expect(judge(rabbitmq.rabbitmqPrune, params, { file: bad(1) }).is).toBe('todo');
  });
});

describe('rabbitmq.set-aside', () => {
  const found = (...paths: string[]) => ({ found: bad(paths.length === 2 ? 0 : 1, '', paths.join('\n')) });

  test('moves, never deletes; its undo puts the old state back', () => {
    expect(argvs(rabbitmq.rabbitmqSetAside, { aside })).toEqual([['mv', '-T', '--', MNESIA, aside]]);
    expect(undos(rabbitmq.rabbitmqSetAside, { aside })).toEqual([
      ['rm', '-rf', '--', MNESIA],
      ['mv', '-T', '--', aside, MNESIA],
    ]);
  });

  test.each([
    ['in place', [MNESIA], 'todo'],
    ['aside', [aside], 'done'],
    ['aside, and the new server has made its own', [MNESIA, aside], 'done'],
    ['nowhere', [], 'done'],
  ])('%s', (_, paths, is) => {
    expect(judge(rabbitmq.rabbitmqSetAside, { aside }, found(...paths)).is).toBe(is);
  });
});

describe('rabbitmq.start-alone', () => {
  const params = { node: 'ctl2', version: '4.0' };

  test('closes itself to clients once it has started', () => {
    const verbs = argvs(rabbitmq.rabbitmqStartAlone, params).map((argv) => argv.at(-1));
    expect(verbs.slice(-2)).toEqual(['await_startup', 'rabbit_maintenance:suspend_all_client_listeners().']);
  });

  const closed = ok('');
  const there = ok('/etc/systemd/system/rabbitmq-server.service.d/windlass-closed.conf\n');
  const gone = bad(1, 'No such file');
  const open = ok('LISTEN 0 128 *:5672 *:*\n');

  test.each([
    ['down', down, closed, there, 'todo'],
    ['of the old version', bus(['ctl2'], '3.10.8'), closed, there, 'todo'],
    ['another member', bus(['ctl1'], '4.0.5'), closed, there, 'todo'],
    ['of the target, open to clients', bus(['ctl2'], '4.0.5'), open, there, 'todo'],
    ['of the target, and open after a boot', bus(['ctl2'], '4.0.5'), closed, gone, 'todo'],
    ['of the target', bus(['ctl2'], '4.0.5'), closed, there, 'done'],
    ['of the target with a security update', bus(['ctl2'], '4.0.9'), closed, there, 'done'],
  ])('%s', (_, status, listening, door, is) => {
    expect(judge(rabbitmq.rabbitmqStartAlone, params, { status, listening, door }).is).toBe(is);
  });
});

describe('rabbitmq.import', () => {
  const params = {
    path: `${dir}/p.json`,
    users: ['openstack', 'probe'],
    queues: ['windlass.probe.classic'],
    vhost: '/',
  };
  const both = ok('[{"user":"openstack"},{"user":"probe"}]');
  const queues = recorded('rabbitmq-queues-3.10.json');

  const commands = argvs(rabbitmq.rabbitmqImport, params);

  test('reads a copy only the server’s user can read, which goes again, and so does a guest nobody had', () => {
    const copy = '/var/lib/rabbitmq/windlass-definitions.json';
    expect(commands[0]).toEqual([
      'install',
      '-o',
      'rabbitmq',
      '-g',
      'rabbitmq',
      '-m',
      '0600',
      `${dir}/p.json`,
      copy,
    ]);
    expect(commands[1]?.slice(-2)).toEqual(['import_definitions', copy]);
    expect(commands[2]).toEqual(['rm', '-f', '--', copy]);
    expect(commands[3]?.slice(-2)).toEqual(['delete_user', 'guest']);
    expect(argvs(rabbitmq.rabbitmqImport, { ...params, users: ['guest'] })).toHaveLength(3);
  });

  test.each([
    ['the server does not answer', down, queues, 'wait'],
    ['a user is missing', ok('[{"user":"openstack"}]'), queues, 'todo'],
    [
      'a guest that the old cluster did not have',
      ok('[{"user":"openstack"},{"user":"probe"},{"user":"guest"}]'),
      queues,
      'todo',
    ],
    ['a queue is missing', both, ok('[]'), 'todo'],
    ['all there', both, queues, 'done'],
  ])('%s', (_, users, found, is) => {
    expect(judge(rabbitmq.rabbitmqImport, params, { users, queues: found }).is).toBe(is);
  });
});

describe('the cutover', () => {
  const open = ok('LISTEN 0 128 *:5672 *:*\n');

  test('admit opens what start-alone closed, and closes it again', () => {
    const word = (verb: string): string => `rabbit_maintenance:${verb}_all_client_listeners().`;
    expect(argvs(rabbitmq.rabbitmqAdmit, {}).at(-1)?.at(-1)).toBe(word('resume'));
    expect(undos(rabbitmq.rabbitmqAdmit, {}).at(-1)?.at(-1)).toBe(word('suspend'));
    const [there, gone] = [ok('windlass-closed.conf\n'), bad(1, 'No such file')];
    expect(judge(rabbitmq.rabbitmqAdmit, {}, { listening: open, door: gone }).is).toBe('done');
    expect(judge(rabbitmq.rabbitmqAdmit, {}, { listening: open, door: there }).is).toBe('todo');
    expect(judge(rabbitmq.rabbitmqAdmit, {}, { listening: ok(''), door: gone }).is).toBe('todo');
  });

  test('an old member lets its clients go, and can take them back', () => {
    expect(argvs(rabbitmq.rabbitmqStopApp, {})[0]?.at(-1)).toBe('stop_app');
    expect(undos(rabbitmq.rabbitmqStopApp, {})[0]?.at(-1)).toBe('start_app');
    expect(judge(rabbitmq.rabbitmqStopApp, {}, { listening: open }).is).toBe('todo');
    expect(judge(rabbitmq.rabbitmqStopApp, {}, { listening: ok('') }).is).toBe('done');
  });
});

describe('rabbitmq.join', () => {
  const params = { node: 'ctl3', to: 'ctl2' };

  test('joins empty: stopped, reset, joined, started, in this order', () => {
    const words = argvs(rabbitmq.rabbitmqJoin, params).map((argv) => argv.slice(4).join(' '));
    expect(words.slice(-4)).toEqual(['stop_app', 'reset', 'join_cluster rabbit@ctl2', 'start_app']);
  });

  test('its undo leaves the member down and has a peer forget it', () => {
    expect(undos(rabbitmq.rabbitmqJoin, params).at(-1)).toEqual([
      'rabbitmqctl',
      '-q',
      '-t',
      '60',
      '-n',
      'rabbit@ctl2',
      'forget_cluster_node',
      'rabbit@ctl3',
    ]);
  });

  test.each([
    ['down', down, 'todo'],
    ['alone', bus(['ctl3']), 'todo'],
    ['together', bus(['ctl2', 'ctl3']), 'done'],
  ])('%s', (_, status, is) => {
    expect(judge(rabbitmq.rabbitmqJoin, params, { status }).is).toBe(is);
  });
});

describe('rabbitmq.grow', () => {
  const params = { node: 'ctl3', vhosts: ['/'] };
  const queues = (...members: string[]) =>
    ok(
      JSON.stringify([
        { name: 'q', type: 'rabbit_quorum_queue', members },
        { name: 'c', type: 'rabbit_classic_queue', members: '' },
      ]),
    );

  test('asks of quorum queues alone', () => {
    const [command] = rabbitmq.rabbitmqGrow.commands(params);
    expect(command?.argv).toEqual(['sh', '-eus', '--', 'rabbit@ctl3']);
    // Its exit code is 0 also when a queue's members did not agree in time: what it says decides, and it is repeated.
    expect(command?.input).toContain('rabbitmq-queues -q grow "$1" all');
    const grown = { '/': queues('rabbit@ctl2', 'rabbit@ctl3') };
    expect(judge(rabbitmq.rabbitmqGrow, params, grown).is).toBe('done');
    expect(judge(rabbitmq.rabbitmqGrow, params, { '/': queues('rabbit@ctl2') })).toMatchObject({
      is: 'todo',
      because: 'without a copy on ctl3: q',
    });
    expect(judge(rabbitmq.rabbitmqGrow, params, { '/': down }).is).toBe('wait');
  });
});

test('rabbitmq.shrink wants no quorum queue of the old cluster to reckon with the node', () => {
  const params = { node: 'ctl2', vhosts: ['/', 'cell2'] };
  const queues = (...members: string[]) => ({
    '/': ok('[]'),
    cell2: ok(JSON.stringify([{ name: 'q', type: 'quorum', members }])),
  });
  expect(rabbitmq.rabbitmqShrink.commands(params)).toEqual([
    { argv: ['rabbitmq-queues', '-q', 'shrink', 'rabbit@ctl2'] },
  ]);
  expect(judge(rabbitmq.rabbitmqShrink, params, queues('rabbit@ctl1', 'rabbit@ctl3')).is).toBe('done');
  expect(judge(rabbitmq.rabbitmqShrink, params, queues('rabbit@ctl1', 'rabbit@ctl2'))).toMatchObject({
    is: 'todo',
    because: 'with a copy on ctl2: q',
  });
  expect(judge(rabbitmq.rabbitmqShrink, params, { '/': ok('[]'), cell2: down }).is).toBe('wait');
});

describe('rabbitmq.enable-flags', () => {
  const seen = (...rows: readonly { name: string; state: string; stability: string }[]) => ({
    flags: ok(JSON.stringify(rows)),
  });
  const khepri = { name: 'khepri_db', state: 'disabled', stability: 'experimental' };
  const stable = { name: 'a', stability: 'stable' };

  test('wants every stable flag and no experimental one', () => {
    const on = seen(khepri, { ...stable, state: 'enabled' });
    expect(judge(rabbitmq.rabbitmqFlags, {}, on).is).toBe('done');
    expect(judge(rabbitmq.rabbitmqFlags, {}, seen(khepri, { ...stable, state: 'disabled' }))).toMatchObject({
      is: 'todo',
      because: 'off: a',
    });
    expect(judge(rabbitmq.rabbitmqFlags, {}, { flags: down }).is).toBe('wait');
  });
});
