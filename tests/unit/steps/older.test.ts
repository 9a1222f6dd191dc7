import { describe, expect, test } from 'vitest';
import { aptInstall, aptRemove } from '../../../src/steps/apt.ts';
import * as apart from '../../../src/steps/pacemaker-apart.ts';
import * as older from '../../../src/steps/rabbitmq-older.ts';
import { gate, olderBus, olderMonitor } from './older-examples.ts';
import { argvs, bad, judge, lost, ok, opening, undos } from './seen.ts';

describe('apt.remove', () => {
  const params = { packages: ['librbd1'], takes: ['nova-api'] };
  const there = ok('librbd1\tinstalled\n');
  const goes = (...names: string[]) => ok(names.map((name) => `Remv ${name} [1.0]\n`).join(''));

  test('keeps configuration, never asks, and its way back installs all of it', () => {
    expect(argvs(aptRemove, params)[0]).toEqual(
      expect.arrayContaining(['apt-get', '-qy', 'remove', 'librbd1']),
    );
    expect(undos(aptRemove, params)[0]?.slice(-3)).toEqual(['--', 'librbd1', 'nova-api']);
  });

  test.each([
    ['there, and only what was seen goes along', there, goes('librbd1', 'nova-api'), 'todo'],
    ['more would go than discovery saw', there, goes('librbd1', 'nova-api', 'glance-api'), 'refuse'],
    ['apt cannot say', there, bad(100, 'E: lock'), 'refuse'],
    ['dpkg cannot say', bad(2, 'locked'), goes(), 'refuse'],
    ['gone, its configuration left', bad(1, '', 'librbd1\tconfig-files\n'), goes(), 'done'],
  ])('%s', (_, was, would, is) => {
    expect(judge(aptRemove, params, { there: was, goes: would }).is).toBe(is);
  });

  test('takes nothing that is not the name of a package', () => {
    expect(() => aptRemove.params.parse({ packages: ['-o=x'], takes: [] })).toThrow(/package name/);
  });
});

describe('apt.install', () => {
  const params = { packages: ['nova-api', 'python3-nova'], auto: ['python3-nova'] };
  const both = ok('nova-api\tinstalled\npython3-nova\tinstalled\n');

  test('marks mere dependencies as such again', () => {
    expect(argvs(aptInstall, params).at(-1)).toEqual(['apt-mark', 'auto', '--', 'python3-nova']);
    expect(argvs(aptInstall, { packages: ['mariadb-backup'] })).toHaveLength(2);
  });

  test('leaves out what is only recommended where it is told so, and nowhere else', () => {
    const bare = argvs(aptInstall, { packages: ['mariadb-server'], recommends: false }).at(-1);
    expect(bare).toEqual(
      expect.arrayContaining(['install', '--no-install-recommends', '--', 'mariadb-server']),
    );
    expect(argvs(aptInstall, params).flat()).not.toContain('--no-install-recommends');
  });

  test.each([
    ['all there', both, ok(''), 'done'],
    ['one missing', ok('nova-api\tinstalled\n'), ok(''), 'todo'],
    ['half configured', both, ok(' nova-api\n'), 'todo'],
    ['dpkg cannot say', bad(2, 'locked'), ok(''), 'refuse'],
  ])('%s', (_, there, audit, is) => expect(judge(aptInstall, params, { there, audit }).is).toBe(is));
});

describe('definitions of an older RabbitMQ', () => {
  const path = '/var/backups/windlass/0123456789ab/definitions.term';
  const copy = older.OLDER_COPY;

  test('are written into a file that was closed to others before, and nothing of it stays', () => {
    const commands = argvs(older.rabbitmqKeepOlder, { path });
    expect(commands[1]).toEqual([
      'install',
      '-o',
      'rabbitmq',
      '-g',
      'rabbitmq',
      '-m',
      '0600',
      '/dev/null',
      copy,
    ]);
    expect(commands.at(-2)).toEqual(['install', '-m', '0600', copy, path]);
    expect(commands.at(-1)).toEqual(['rm', '-f', '--', copy]);
  });

  test.each([
    ['three users', ok('windlass 3 1 3 0 \n'), 'done'],
    ['nobody in it', ok('windlass 0 1 0 0 \n'), 'todo'],
    ['something else', ok('{badrpc,nodedown}\n'), 'todo'],
    ['no file', bad(2, 'No such file'), 'todo'],
  ])('kept: %s', (_, head, is) => expect(judge(older.rabbitmqKeepOlder, { path }, { head }).is).toBe(is));

  const given = ok('/run/windlass-bus-given\n');
  test.each([
    ['all of it', ok('[<<"openstack">>]'), given, 'done'],
    ['a user, but cut off before the end', ok('[<<"openstack">>]'), bad(1, 'No such file'), 'todo'],
    ['a user is missing', ok('[]'), given, 'todo'],
    ['a guest nobody had', ok('[<<"guest">>,<<"openstack">>]'), given, 'todo'],
    ['no answer', bad(69, 'nodedown'), given, 'wait'],
  ])('given: %s', (_, users, mark, is) => {
    const params = { path, users: ['openstack'] };
    expect(judge(older.rabbitmqGiveOlder, params, { users, given: mark }).is).toBe(is);
  });
});

describe('the gate of an older bus', () => {
  const params = { node: 'ctl1', version: '3.7' };

  test.each([
    ['alone and closed', olderBus('ctl1', ['ctl1']), gate('closed'), 'done'],
    ['open to clients', olderBus('ctl1', ['ctl1']), gate('open'), 'wait'],
    ['with old members', olderBus('ctl1', ['ctl1', 'ctl2']), gate('closed'), 'wait'],
    ['of the old version', olderBus('ctl1', ['ctl1'], '3.6.6'), gate('closed'), 'todo'],
    ['down', bad(69, 'nodedown'), gate('closed'), 'todo'],
  ])('a server %s', (_, status, is, verdict) => {
    expect(judge(older.rabbitmqStartOlder, params, { status, gate: is }).is).toBe(verdict);
  });

  test('closing one family is not closing', () => {
    expect(judge(older.rabbitmqCloseOlder, {}, { gate: ok('closed\nopen\n') }).is).toBe('todo');
    expect(judge(older.rabbitmqCloseOlder, {}, { gate: bad(127, 'iptables: not found') }).is).toBe('wait');
  });

  test('is open when nothing refuses and somebody listens', () => {
    const listening = ok('LISTEN 0 128 *:5672 *:*\n');
    expect(judge(older.rabbitmqAdmitOlder, {}, { gate: gate('closed'), listening }).is).toBe('todo');
    expect(judge(older.rabbitmqAdmitOlder, {}, { gate: gate('open'), listening: ok('') }).is).toBe('wait');
  });

  test.each([
    ['one of them runs on', { ctl2: olderBus('ctl2', ['ctl2']), ctl3: lost }, 1, 'open'],
    ['both have to', { ctl2: olderBus('ctl2', ['ctl2']), ctl3: lost }, 2, 'closed'],
    ['nobody answers', { ctl2: lost, ctl3: bad(69, 'nodedown') }, 1, 'closed'],
  ])('guard: %s', (_, seen, min, is) => {
    expect(opening(older.rabbitmqOlderRunning, { nodes: ['ctl2', 'ctl3'], min }, seen).is).toBe(is);
  });

  test.each([
    ['few wait', ok('100\n'), 'open'],
    ['many wait', ok('101\n'), 'closed'],
    ['no number', ok('{badrpc,nodedown}'), 'closed'],
  ])('backlog: %s', (_, waiting, is) => {
    expect(opening(older.rabbitmqOlderBacklog, { node: 'ctl2', max: 100 }, { waiting }).is).toBe(is);
  });
});

describe('two clusters side by side', () => {
  const address = (held: boolean) =>
    ok(`2: eth0 inet 10.77.2.11/24\n${held ? '2: eth0 inet 10.77.2.10/24\n' : ''}`);
  const alone = { members: ['ctl1'], addresses: ['10.77.2.10'] };

  test.each([
    ['without a quorum and without the VIP', olderMonitor(['ctl1'], false, null), address(false), 'done'],
    [
      'with a quorum of its own: refused at once',
      olderMonitor(['ctl1'], true, 'ctl1'),
      address(true),
      'refuse',
    ],
    ['with the address', olderMonitor(['ctl1'], false, null), address(true), 'wait'],
    ['not up', bad(102, 'not connected'), address(false), 'todo'],
    ['still joining', olderMonitor([], false, null, ['ctl1']), address(false), 'wait'],
  ])('the first one %s', (_, monitor, shown, is) => {
    expect(judge(apart.pacemakerApart, alone, { monitor, address: shown }).is).toBe(is);
  });

  const pair = { members: ['ctl1', 'ctl2'], vips: ['openstack-api-vip'] };
  test.each([
    ['carry the VIP', olderMonitor(['ctl1', 'ctl2'], true, 'ctl2', ['ctl3']), 'done'],
    ['do not see each other', olderMonitor(['ctl2'], false, null, ['ctl1', 'ctl3']), 'wait'],
    ['have not started it', olderMonitor(['ctl1', 'ctl2'], true, null, ['ctl3']), 'wait'],
    ['are not up', bad(102, 'not connected'), 'todo'],
  ])('two of three %s', (_, monitor, is) => {
    expect(judge(apart.pacemakerForm, pair, { monitor }).is).toBe(is);
  });

  test('what is done without a quorum is asked, set, and set back', () => {
    expect(judge(apart.pacemakerWithoutQuorum, { is: 'freeze' }, { policy: ok('stop\n') }).is).toBe('todo');
    expect(undos(apart.pacemakerWithoutQuorum, { is: 'freeze' })[0]?.at(-1)).toBe('stop');
    for (const said of ['ignore', 'freeze', '']) {
      expect(opening(apart.pacemakerStopsAlone, { ask: 'ctl3', is: 'stop' }, { policy: ok(said) }).is).toBe(
        'closed',
      );
    }
  });
});
