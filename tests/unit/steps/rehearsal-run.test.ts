// The scripts of a rehearsal's steps run for real, in a folder of their own in place of the node's.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WALL } from '../../../src/drivers/rehearsal-programs.ts';
import type { Carry, Command, Look, Seen } from '../../../src/model/command.ts';
import {
  REHEARSAL_DIR,
  rehearsalClaim,
  rehearsalDump,
  rehearsalRestore,
} from '../../../src/steps/rehearsal.ts';
import { rehearsalRelay } from '../../../src/steps/rehearsal-old.ts';
import { rehearsalCopy } from '../../../src/steps/rehearsal-seal.ts';
import { CLAIM, RELAY } from './rehearsal-examples.ts';

let dir = '';
let bin = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-rehearsal-'));
  bin = join(dir, 'bin');
  mkdirSync(bin);
});
afterEach(() => rmSync(dir, { recursive: true }));

const program = (name: string, text: string): void => {
  writeFileSync(join(bin, name), `#!/bin/bash\n${text}`);
  chmodSync(join(bin, name), 0o755);
};

/** The command with the node's folder exchanged for ours. */
function hand({ argv, input }: Command | Look | Carry): Seen & { bytes: Buffer } {
  const [name = '', ...words] = argv.map((word) => word.replace(REHEARSAL_DIR, join(dir, 'rehearsal')));
  const ran = spawnSync(name, words, {
    input: input ?? '',
    env: { PATH: `${bin}:${process.env.PATH}`, LC_ALL: 'C' },
  });
  return { rc: ran.status ?? 255, out: ran.stdout.toString(), err: ran.stderr.toString(), bytes: ran.stdout };
}

describe('a claim', () => {
  const look = () => {
    const [, state] = Object.entries(rehearsalClaim.looks(CLAIM))[0] ?? [];
    if (!state) throw new Error('nothing is asked');
    return hand(state);
  };
  beforeEach(() => {
    program('systemctl', `if [ "$1" = show ]; then echo loaded; else echo "$@" >>${dir}/stopped; fi`);
    program('dpkg-query', 'exit 1');
  });

  test('stops no unit that is not there, and is not made when one does not stop', () => {
    const [command] = rehearsalClaim.commands(CLAIM);
    if (!command) throw new Error('nothing is done');
    program('systemctl', `if [ "$1" = show ]; then echo not-found; else exit 5; fi`);
    expect(hand(command).rc).toBe(0);
    program('systemctl', `if [ "$1" = show ]; then echo loaded; else echo 'Job failed' >&2; exit 1; fi`);
    expect(hand(command)).toMatchObject({ rc: 1, err: 'Job failed\n' });
  });

  test('is written whole; a later round removes what the earlier one left, and stops what it left running', () => {
    expect(look().out).toMatch(/^== claim\n== there\n== os\n/);
    for (const round of ['1', '2']) {
      for (const command of rehearsalClaim.commands({ ...CLAIM, round })) {
        expect(hand(command)).toMatchObject({ rc: 0, err: '' });
      }
      expect(readFileSync(join(dir, 'rehearsal', 'claim'), 'utf8')).toBe(`prod ${round}\n`);
      expect(existsSync(join(dir, 'rehearsal', 'left'))).toBe(false);
      writeFileSync(join(dir, 'rehearsal', 'left'), 'x');
    }
    expect(look().out).toMatch(/^== claim\nprod 2\n== there\n/);
    expect(readFileSync(join(dir, 'stopped'), 'utf8')).toBe('stop -- keystone\nstop -- keystone\n');
  });

  test('is told what is installed', () => {
    program('dpkg-query', 'echo "mariadb-server installed"; echo "keystone config-files"; exit 1');
    expect(look().out).toMatch(/== there\nmariadb-server\n== os/);
  });
});

describe('a dump', () => {
  const params = { from: 'ctl1', database: 'nova', path: '/x/nova.sql.gz' };
  const carry = (): Seen & { bytes: Buffer } => {
    const [one] = rehearsalDump.carries?.(params) ?? [];
    if (!one) throw new Error('nothing is carried');
    return hand(one);
  };

  test('is the tool’s own words, packed', () => {
    program('mariadb-dump', 'shift 6; echo "dump of $*"');
    const { rc, bytes } = carry();
    expect(rc).toBe(0);
    expect(spawnSync('gunzip', { input: bytes }).stdout.toString()).toBe('dump of nova\n');
  });

  test('that breaks off is none', () => {
    program('mariadb-dump', 'echo half; echo "Got error: 1045" >&2; exit 2');
    expect(carry()).toMatchObject({ rc: 2, err: expect.stringContaining('1045') });
  });
});

describe('a restore', () => {
  const restore = () => {
    const dump = join(dir, 'nova.sql.gz');
    const mark = join(dir, 'nova.restored');
    writeFileSync(dump, gzipSync('CREATE DATABASE nova;\n'));
    return { ran: rehearsalRestore.commands({ database: 'nova', dump, mark }).map(hand), mark };
  };

  test('drops what was there, loads the dump, and only then says how many tables', () => {
    program(
      'mariadb',
      `printf '%s\\n' "$*" >>${dir}/asked\ncase "$*" in *COUNT*) echo 110 ;; *DROP*) ;; *) cat >>${dir}/asked ;; esac`,
    );
    const { ran, mark } = restore();
    expect(ran).toMatchObject([{ rc: 0, err: '' }]);
    const asked = readFileSync(join(dir, 'asked'), 'utf8').split('\n');
    expect(asked.slice(0, 3)).toEqual(['-e DROP DATABASE IF EXISTS `nova`', '', 'CREATE DATABASE nova;']);
    expect(readFileSync(mark, 'utf8')).toBe('110\n');
  });

  test('that fails leaves no mark', () => {
    program('mariadb', 'case "$*" in *DROP*) ;; *) exit 1 ;; esac');
    const { ran, mark } = restore();
    expect(ran[0]?.rc).not.toBe(0);
    expect(existsSync(mark)).toBe(false);
  });
});

describe('configuration that is brought', () => {
  test('has what an operator changed, links as files, and not what a package brought and nobody touched', () => {
    const etc = join(dir, 'etc', 'nova');
    mkdirSync(join(etc, 'nova.conf.d'), { recursive: true });
    const untouched = join(etc, 'api-paste.ini');
    writeFileSync(untouched, 'as shipped\n');
    writeFileSync(join(etc, 'nova.conf'), 'connection = mysql://u:s3cret@live/nova\n');
    writeFileSync(join(etc, 'nova.conf.d', '10-own.conf'), '[a]\n');
    writeFileSync(join(dir, 'linked'), 'elsewhere\n');
    spawnSync('ln', ['-s', join(dir, 'linked'), join(etc, 'linked.conf')]);
    const sum = spawnSync('md5sum', [untouched]).stdout.toString().slice(0, 32);
    program(
      'dpkg-query',
      `echo " ${untouched} ${sum}"; echo " ${etc}/nova.conf 0123456789abcdef0123456789abcdef"`,
    );
    const [carry] =
      rehearsalCopy.carries?.({ from: 'ctl1', places: [etc, join(dir, 'nowhere')], path: '/x' }) ?? [];
    if (!carry) throw new Error('nothing is carried');
    const { rc, err, bytes } = hand(carry);
    expect([rc, err]).toEqual([0, '']);
    const list = spawnSync('tar', ['-tz'], { input: bytes }).stdout.toString().trim().split('\n');
    expect(list.map((path) => `/${path}`.replace(/\/$/, '')).sort()).toEqual(
      [
        etc,
        `${etc}/linked.conf`,
        `${etc}/nova.conf`,
        `${etc}/nova.conf.d`,
        `${etc}/nova.conf.d/10-own.conf`,
      ].sort(),
    );
    const target = join(dir, 'root');
    mkdirSync(target);
    spawnSync('tar', ['-C', target, '-xzp'], { input: bytes });
    expect(readFileSync(join(target, etc, 'linked.conf'), 'utf8')).toBe('elsewhere\n');
  });
});

describe('the wall', () => {
  const wall = (mode: string, ...words: string[]) => {
    const ran = hand({ argv: ['python3', '-', mode, ...words], input: WALL });
    expect(ran).toMatchObject({ rc: 0, err: '' });
    return JSON.parse(ran.out) as unknown;
  };
  /** A kernel with one route that was made unreachable, one address of its own, and a way to everything else. */
  beforeEach(() => {
    program('ss', 'echo "0 0 10.0.0.5:22 10.77.2.1:50112 users:((\\"sshd-session\\",pid=1,fd=4))"');
    program(
      'ip',
      `echo "$@" >>${dir}/routes
case "$*" in
*"get 192.0.2.12"*) [ -e ${dir}/up ] || { echo "$4 via 10.0.0.1 dev eth0"; exit 0; }; echo "RTNETLINK answers: No route to host"; exit 2 ;;
*"get 192.0.2.13"*) echo "local 192.0.2.13 dev lo src 192.0.2.13" ;;
*replace*) touch ${dir}/up ;;
esac`,
    );
  });

  test('tells what can be reached, what is its own, and from where it is spoken to', () => {
    expect(wall('look', '192.0.2.12', '192.0.2.13', '10.77.2.1')).toEqual({
      asked: 3,
      reached: ['192.0.2.12'],
      own: ['192.0.2.13'],
      spoken: ['10.77.2.1'],
    });
    expect(readFileSync(join(dir, 'routes'), 'utf8')).not.toContain('replace');
  });

  test('is raised by routes, and never against who speaks to it', () => {
    expect(wall('raise', '192.0.2.12', '10.77.2.1')).toMatchObject({ reached: [], spoken: ['10.77.2.1'] });
    expect(readFileSync(join(dir, 'routes'), 'utf8')).toBe(
      '-4 route replace unreachable 192.0.2.12\n-4 route get 192.0.2.12\n',
    );
  });
});

describe('a relay', () => {
  // The first command writes the program from a standard input that this test cannot give it.
  const make = () => {
    const start = rehearsalRelay.commands(rehearsalRelay.params.parse(RELAY)).at(-1);
    if (!start) throw new Error('nothing is done');
    return hand(start);
  };
  const did = () => readFileSync(join(dir, 'did'), 'utf8');
  beforeEach(() => program('systemd-run', `echo "run $*" >>${dir}/did`));

  test('is a unit with its words as description, and an earlier round’s ends first', () => {
    program('systemctl', `case "$1" in show) echo loaded;; -q) exit 1;; *) echo "$@" >>${dir}/did;; esac`);
    expect(make()).toMatchObject({ rc: 0, err: '' });
    expect(did()).toMatch(
      /^stop -- windlass-rehearsal-relay\nrun --quiet --unit=windlass-rehearsal-relay --description=windlass relay: any 13306 127\.0\.0\.1 3306 192\.0\.2\.98 .* -- python3 .*\/relay\.py any 13306 127\.0\.0\.1 3306 192\.0\.2\.98\n$/,
    );
  });

  test('is not made beside one that does not stop', () => {
    program('systemctl', 'if [ "$1" = show ]; then echo loaded; else echo "Job failed" >&2; exit 1; fi');
    expect(make()).toMatchObject({ rc: 1, err: 'Job failed\n' });
    expect(existsSync(join(dir, 'did'))).toBe(false);
  });
});
