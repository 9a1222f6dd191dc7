import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as systemd from '../../../src/drivers/systemd.ts';
import type { Command, Look } from '../../../src/model/command.ts';
import {
  nodeReboot,
  nodeVerify,
  systemdBeginStop,
  systemdHold,
  systemdRelease,
  systemdStop,
} from '../../../src/steps/systemd.ts';
import { argvs, bad, judge, lost, ok, osRelease, recorded, undos, units } from './seen.ts';

describe('systemd.hold', () => {
  const params = { units: ['keystone', 'glance-api'] };

  test('stops, then masks; its undo unmasks, then starts', () => {
    expect(argvs(systemdHold, params)).toEqual([
      ['systemctl', 'stop', 'keystone', 'glance-api'],
      ['sh', '-eus', '--', '/sys/fs/cgroup', '/proc', 'keystone.service', 'glance-api.service'],
      ['systemctl', 'mask', 'keystone', 'glance-api'],
    ]);
    expect(undos(systemdHold, params)).toEqual([
      ['systemctl', 'unmask', 'keystone', 'glance-api'],
      ['systemctl', 'start', 'keystone', 'glance-api'],
    ]);
  });

  test.each([
    ['running', { keystone: 'loaded active', 'glance-api': 'loaded active' }, 'todo'],
    ['one still running', { keystone: 'masked inactive', 'glance-api': 'loaded active' }, 'todo'],
    ['stopped, not masked', { keystone: 'loaded inactive', 'glance-api': 'masked inactive' }, 'todo'],
    ['on its way down', { keystone: 'loaded deactivating', 'glance-api': 'masked inactive' }, 'wait'],
    ['both held', { keystone: 'masked inactive', 'glance-api': 'masked failed' }, 'done'],
    ['one not told of', { keystone: 'masked inactive' }, 'todo'],
  ])('%s', (_, states, is) => {
    expect(judge(systemdHold, params, { states: units(states), left: ok('') }).is).toBe(is);
  });

  test('reads what systemd 252 really prints', () => {
    const states = recorded('systemctl-show.txt');
    expect(judge(systemdHold, { units: ['mariadb'] }, { states, left: ok('') })).toMatchObject({
      is: 'todo',
      because: 'mariadb.service is active',
    });
  });
});

describe('systemd.begin-stop', () => {
  const params = { units: ['nova-conductor', 'nova-scheduler'] };

  test('tells them and does not wait; its undo starts them', () => {
    expect(argvs(systemdBeginStop, params)).toEqual([
      ['systemctl', 'stop', '--no-block', 'nova-conductor', 'nova-scheduler'],
    ]);
    expect(undos(systemdBeginStop, params)).toEqual([
      ['systemctl', 'start', 'nova-conductor', 'nova-scheduler'],
    ]);
  });

  test.each([
    [
      'on their way down',
      { 'nova-conductor': 'loaded deactivating', 'nova-scheduler': 'loaded inactive' },
      'done',
    ],
    ['one not told', { 'nova-conductor': 'loaded active', 'nova-scheduler': 'loaded inactive' }, 'todo'],
    [
      'one that failed at it',
      { 'nova-conductor': 'loaded failed', 'nova-scheduler': 'masked inactive' },
      'done',
    ],
    ['one nobody knows', { 'nova-conductor': 'loaded deactivating' }, 'todo'],
  ])('%s', (_, states, is) => {
    expect(judge(systemdBeginStop, params, { states: units(states) }).is).toBe(is);
  });
});

describe('systemd.release', () => {
  const params = { units: ['keystone'], http: { url: 'http://10.77.2.12:5000/v3', expect: [200] } };
  const active = units({ keystone: 'loaded active' });

  test('unmasks, forgives and starts; its undo stops and masks', () => {
    const [unmasks, , forgives, starts] = systemdRelease.commands(params);
    expect([unmasks?.argv, starts?.argv]).toEqual([
      ['systemctl', 'unmask', 'keystone'],
      ['systemctl', 'start', 'keystone'],
    ]);
    expect(forgives?.argv).toEqual(['sh', '-eus', '--', 'keystone']);
    expect(undos(systemdRelease, params).map(([, verb]) => verb)).toEqual(['stop', 'mask']);
  });

  test('forgives only who has failed: systemd knows nothing of a unit that is disabled and off', () => {
    const dir = mkdtempSync(join(tmpdir(), 'windlass-systemctl-'));
    const said = join(dir, 'said');
    writeFileSync(said, '');
    const fake = `#!/bin/sh
if [ "$1 $2" = '-q is-failed' ]; then [ "$4" = glance-api ]; exit; fi
echo "$@" >>${said}
[ "$3" = glance-api ]
`;
    writeFileSync(join(dir, 'systemctl'), fake, { mode: 0o755 });
    const { argv, input } = systemd.forgive('placement-api', 'glance-api', 'keystone');
    const [program = '', ...words] = argv;
    const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` };
    const ran = spawnSync(program, words, { input: String(input), env, encoding: 'utf8' });
    expect([ran.status, ran.stderr]).toEqual([0, '']);
    expect(readFileSync(said, 'utf8')).toBe('reset-failed -- glance-api\n');
    rmSync(dir, { recursive: true });
  });

  test('stops what runs, all at once, and minds no unit that has gone with its package', () => {
    const dir = mkdtempSync(join(tmpdir(), 'windlass-systemctl-'));
    const said = join(dir, 'said');
    writeFileSync(said, '');
    const fake = `#!/bin/sh
if [ "$1" = show ]; then
  case $5 in nova-conductor | keystone) echo active ;; heat-engine) echo failed ;; *) echo inactive ;; esac
  exit
fi
echo "$@" >>${said}
`;
    writeFileSync(join(dir, 'systemctl'), fake, { mode: 0o755 });
    const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` };
    const ran = (...names: string[]) => {
      const { argv, input } = systemd.stopRunning(...names);
      const [program = '', ...words] = argv;
      return spawnSync(program, words, { input: String(input), env, encoding: 'utf8' }).status;
    };
    expect(ran('nova-conductor', 'neutron-periodic-workers', 'heat-engine', 'keystone')).toBe(0);
    expect(ran('neutron-periodic-workers')).toBe(0);
    expect(readFileSync(said, 'utf8')).toBe('stop -- nova-conductor keystone\n');
    rmSync(dir, { recursive: true });
  });

  test('starts many in turn, two for each core, and one that fails keeps none from it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'windlass-systemctl-'));
    const said = join(dir, 'said');
    writeFileSync(said, '');
    writeFileSync(join(dir, 'nproc'), '#!/bin/sh\necho 2\n', { mode: 0o755 });
    const fake = `#!/bin/sh\necho "$@" >>${said}\ncase " $* " in *' c '*) exit 1 ;; esac\n`;
    writeFileSync(join(dir, 'systemctl'), fake, { mode: 0o755 });
    const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` };
    const { argv, input } = systemd.startInTurn('a', 'b', 'c', 'd', 'e', 'f');
    const [program = '', ...words] = argv;
    expect(spawnSync(program, words, { input: String(input), env, encoding: 'utf8' }).status).not.toBe(0);
    expect(readFileSync(said, 'utf8')).toBe('start a b c d\nstart e f\n');
    expect(systemd.startInTurn('a', 'b').argv).toEqual(['systemctl', 'start', 'a', 'b']);
    rmSync(dir, { recursive: true });
  });

  test('asks the API itself, on its own node and past any proxy', () => {
    const argv = systemdRelease.looks(params).http?.argv ?? [];
    expect(argv[0]).toBe('curl');
    expect(argv).toContain('--noproxy');
    expect(argv.at(-1)).toBe('http://10.77.2.12:5000/v3');
  });

  test.each([
    ['masked', units({ keystone: 'masked inactive' }), ok('000'), 'todo'],
    ['starting', units({ keystone: 'loaded activating' }), ok('000'), 'wait'],
    ['ended by systemd before it was ready', units({ keystone: 'loaded deactivating' }), ok('000'), 'wait'],
    ['crashed', units({ keystone: 'loaded failed' }), ok('000'), 'todo'],
    ['uwsgi that lies: active and 500', active, ok('500'), 'wait'],
    ['nothing listens yet', active, bad(7, 'Connection refused', '000'), 'wait'],
    ['active and answering', active, ok('200'), 'done'],
  ])('%s', (_, states, http, is) => {
    expect(judge(systemdRelease, params, { states, down: ok(''), http }).is).toBe(is);
  });

  test('what keeps it down goes before it starts, and is looked for', () => {
    const down = ok('/etc/systemd/system/keystone.service.d/windlass-down.conf\n');
    expect(judge(systemdRelease, params, { states: active, down, http: ok('200') })).toEqual({
      is: 'todo',
      because: 'keystone is kept from starting',
    });
    const commands = systemdRelease.commands(params);
    const lifts = commands.findIndex(({ argv }) => argv.includes(systemd.downPaths(['keystone'])[0] ?? ''));
    expect(lifts).toBeGreaterThanOrEqual(0);
    expect(lifts).toBeLessThan(commands.findIndex(({ argv }) => argv.includes('start')));
  });

  test('what a boot has to start too is enabled, where its package left it disabled', () => {
    const both = { ...params, enable: ['keystone'] };
    const shown = (enabled: string) =>
      ok(`Id=keystone.service\nLoadState=loaded\nActiveState=active\nUnitFileState=${enabled}\n`);
    const judged = (enabled: string) =>
      judge(systemdRelease, both, { states: shown(enabled), down: ok(''), http: ok('200') });
    expect(judged('disabled')).toEqual({ is: 'todo', because: 'keystone would not start at a boot' });
    expect(judged('enabled').is).toBe('done');
    expect(judged('generated').is).toBe('done');
    const said = systemdRelease
      .commands(both)
      .flatMap(({ input }) => (input === undefined ? [] : [String(input)]));
    expect(said.join('')).toContain('systemctl enable');
    const alone = systemdRelease
      .commands(params)
      .flatMap(({ input }) => (input === undefined ? [] : [String(input)]));
    expect(alone.join('')).not.toContain('systemctl enable');
  });

  test('without an API the unit alone is asked', () => {
    const alone = { units: ['keystone'] };
    expect(Object.keys(systemdRelease.looks(alone))).toEqual(['states', 'down']);
    expect(judge(systemdRelease, alone, { states: active, down: ok('') }).is).toBe('done');
  });
});

describe('node.reboot', () => {
  const mark = ok('/run/reboot-required\n');
  const none = bad(1, "find: '/run/reboot-required': No such file or directory");

  test.each([
    ['not yet booted', mark, ok('running\n'), 'todo'],
    ['going down', mark, ok('stopping\n'), 'wait'],
    ['coming up', none, bad(1, '', 'starting\n'), 'wait'],
    ['up', none, ok('running\n'), 'done'],
    ['up, a unit failed: the later look tells of it', none, bad(1, '', 'degraded\n'), 'done'],
  ])('%s', (_, found, system, is) => {
    expect(judge(nodeReboot, {}, { mark: found, system }).is).toBe(is);
  });
});

describe('node.verify', () => {
  const params = { codename: 'trixie', absent: ['/usr/sbin/policy-rc.d', '/var/cache/windlass'] };
  const clean = {
    os: osRelease('trixie'),
    failed: ok(''),
    masked: ok(''),
    down: ok(''),
    audit: ok(''),
    absent: bad(1, 'No such file'),
  };

  test('changes nothing', () => expect(argvs(nodeVerify, params)).toEqual([]));

  test.each([
    ['clean', clean, 'done', /nothing left behind/],
    ['old', { ...clean, os: osRelease('bookworm') }, 'todo', /not on trixie/],
    [
      'a failed unit',
      { ...clean, failed: ok('glance-api.service loaded failed failed\n') },
      'todo',
      /glance-api/,
    ],
    [
      'a unit still masked',
      { ...clean, masked: ok('/etc/systemd/system/mariadb.service\n') },
      'todo',
      /masked/,
    ],
    [
      'a unit still kept down',
      { ...clean, down: ok('/etc/systemd/system/heat-engine.service.d/windlass-down.conf\n') },
      'todo',
      /kept from starting: .*heat-engine/,
    ],
    ['half configured', { ...clean, audit: bad(1, '', 'keystone is half configured\n') }, 'todo', /dpkg/],
    ['ours left behind', { ...clean, absent: bad(1, '', '/usr/sbin/policy-rc.d\n') }, 'todo', /left behind/],
  ])('%s', (_, seen, is, because) => {
    expect(judge(nodeVerify, params, seen)).toMatchObject({ is, because: expect.stringMatching(because) });
  });
});

describe('systemd.stop', () => {
  const params = { units: ['keystone'] };

  test('stops, and takes off a mask: keystone’s postinst fails on one', () => {
    expect(argvs(systemdStop, params)).toEqual([
      ['systemctl', 'stop', 'keystone'],
      ['sh', '-eus', '--', '/sys/fs/cgroup', '/proc', 'keystone.service'],
      ['systemctl', 'unmask', 'keystone'],
    ]);
    expect(undos(systemdStop, params)).toEqual([['systemctl', 'start', 'keystone']]);
  });

  test.each([
    ['running', 'loaded active', 'todo'],
    ['on its way down', 'loaded deactivating', 'wait'],
    ['masked', 'masked inactive', 'todo'],
    ['stopped', 'loaded inactive', 'done'],
    ['stopped by a signal', 'loaded failed', 'done'],
  ])('%s', (_, state, is) => {
    expect(judge(systemdStop, params, { states: units({ keystone: state }), left: ok('') }).is).toBe(is);
  });

  test('stopped by systemd’s word, and its daemon runs on: the unit was made from an init script', () => {
    const seen = { states: units({ keystone: 'loaded inactive' }), left: ok('39758\n') };
    expect(judge(systemdStop, params, seen)).toEqual({
      is: 'todo',
      because: 'process 39758 runs on though its unit stopped',
    });
    expect(judge(systemdStop, params, { ...seen, left: lost }).is).toBe('wait');
  });

  test('what runs on is told to end by its unit’s name alone: an agent leaves dnsmasq on purpose', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'windlass-left-'));
    const ran = ({ argv: [program = '', ...words], input }: Command | Look, proc = '/proc') =>
      spawnSync(
        program,
        words.map((word) => (word === '/sys/fs/cgroup' ? dir : word === '/proc' ? proc : word)),
        { input: String(input), encoding: 'utf8', timeout: 20_000 },
      );
    const group = (unit: string, pids: readonly (number | undefined)[]): void => {
      mkdirSync(join(dir, `system.slice/${unit}.service`), { recursive: true });
      writeFileSync(join(dir, `system.slice/${unit}.service/cgroup.procs`), `${pids.join('\n')}\n`);
    };
    // As Neutron's daemons write it: one word with blanks in it.
    group('neutron-periodic-workers', [7]);
    mkdirSync(join(dir, 'proc/7'), { recursive: true });
    writeFileSync(
      join(dir, 'proc/7/cmdline'),
      '/usr/bin/python3 /usr/bin/neutron-periodic-workers --config-file=/etc',
    );
    expect(
      ran(systemd.leftRunning(['neutron-periodic-workers', 'keystone']), join(dir, 'proc')),
    ).toMatchObject({
      status: 0,
      stdout: '7\n',
    });

    const [daemon, kept] = [spawn('sleep', ['600']), spawn('tail', ['-f', '/dev/null'])];
    const ended = new Promise((resolve) => daemon.once('exit', (_, signal) => resolve(signal)));
    group('sleep', [daemon.pid, kept.pid]);
    expect(ran(systemd.endLeft('sleep'))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`told to end: ${daemon.pid}\n`),
    });
    expect(await ended).toBe('SIGTERM');
    expect(kept.exitCode ?? kept.signalCode).toBeNull();
    kept.kill();
    rmSync(dir, { recursive: true });
  });

  describe('until it is released', () => {
    const lasting = { ...params, until: 'release' } as const;
    const path = '/etc/systemd/system/keystone.service.d/windlass-down.conf';
    const stoppedNow = units({ keystone: 'loaded inactive' });

    test('a boot in the middle does not start it either: that is laid before it stops, and undone first', () => {
      expect(argvs(systemdStop, lasting)).toEqual([
        ['sh', '-eus', '--', path],
        ['systemctl', 'stop', 'keystone'],
        ['sh', '-eus', '--', '/sys/fs/cgroup', '/proc', 'keystone.service'],
        ['systemctl', 'unmask', 'keystone'],
      ]);
      expect(undos(systemdStop, lasting)).toEqual([
        ['sh', '-eus', '--', path],
        ['systemctl', 'start', 'keystone'],
      ]);
    });

    test.each([
      ['stopped, and nothing keeps it down', stoppedNow, ok(''), 'todo'],
      ['stopped and kept down', stoppedNow, ok(`${path}\n`), 'done'],
      ['kept down and still running', units({ keystone: 'loaded active' }), ok(`${path}\n`), 'todo'],
    ])('%s', (_, states, down, is) => {
      expect(judge(systemdStop, lasting, { states, left: ok(''), down }).is).toBe(is);
    });
  });
});
