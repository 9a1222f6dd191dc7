import { describe, expect, test } from 'vitest';
import { backupDatabases, backupEtc, backupProve } from '../../../src/steps/backup.ts';
import { databaseMigrate } from '../../../src/steps/database.ts';
import { fileRemove, fileWrite } from '../../../src/steps/file.ts';
import { argvs, bad, judge, ok, sha256, undos } from './seen.ts';

describe('file.write', () => {
  const params = { path: '/usr/sbin/policy-rc.d', mode: '0755', content: 'exit 101\n', before: null };

  test('writes by standard input; its undo removes what was not there, or puts back what was', () => {
    expect(fileWrite.commands(params)).toEqual([
      { argv: ['install', '-D', '-m', '0755', '/dev/stdin', '/usr/sbin/policy-rc.d'], input: 'exit 101\n' },
    ]);
    expect(undos(fileWrite, params)).toEqual([['rm', '-f', '--', '/usr/sbin/policy-rc.d']]);
    expect(fileWrite.undo?.({ ...params, before: 'exit 0\n' })).toMatchObject([{ input: 'exit 0\n' }]);
  });

  test.each([
    ['absent', bad(1, 'No such file'), 'todo'],
    ["somebody else's", ok(`${sha256('exit 0\n')}  /usr/sbin/policy-rc.d\n`), 'refuse'],
    ['as planned', ok(`${sha256('exit 101\n')}  /usr/sbin/policy-rc.d\n`), 'done'],
  ])('%s', (_, sum, is) => {
    expect(judge(fileWrite, params, { sum }).is).toBe(is);
  });

  test('writes over what it was planned over, and over nothing else', () => {
    const over = { ...params, before: 'exit 0\n' };
    const sum = (text: string) => ok(`${sha256(text)}  /usr/sbin/policy-rc.d\n`);
    expect(judge(fileWrite, over, { sum: sum('exit 0\n') }).is).toBe('todo');
    expect(judge(fileWrite, over, { sum: sum('exit 7\n') }).is).toBe('refuse');
  });

  test('writes over what an earlier plan left, known by how it begins', () => {
    const ours = '# Written by Windlass: a program';
    const seen = (head: string) => ({ sum: ok(`${sha256('older')}  /x\n`), head: ok(head) });
    const mine = { ...params, ours };
    expect(judge(fileWrite, mine, seen(`#!/usr/bin/env python3\n${ours}, see --help\n`)).is).toBe('todo');
    expect(judge(fileWrite, mine, seen('#!/usr/bin/env python3\n# mine\n')).is).toBe('refuse');
  });

  test('takes absolute paths and real modes only', () => {
    expect(() => fileWrite.params.parse({ ...params, path: 'etc/x' })).toThrow();
    expect(() => fileWrite.params.parse({ ...params, mode: '755' })).toThrow();
  });
});

describe('file.remove', () => {
  const params = { paths: ['/var/cache/windlass', '/var/lib/rabbitmq/mnesia.windlass'] };

  test('removes exactly these, none of them read as an option', () => {
    expect(argvs(fileRemove, params)).toEqual([['rm', '-rf', '--', ...params.paths]]);
    expect(() => fileRemove.params.parse({ paths: ['relative'] })).toThrow();
    expect(() => fileRemove.params.parse({ paths: [] })).toThrow();
  });

  test.each([
    ['both gone', bad(1, 'No such file'), 'done'],
    ['one left', bad(1, 'No such file', '/var/cache/windlass\n'), 'todo'],
    ['both left', ok(params.paths.join('\n')), 'todo'],
  ])('%s', (_, found, is) => {
    expect(judge(fileRemove, params, { found }).is).toBe(is);
  });
});

describe('database.migrate', () => {
  const params = {
    argv: ['runuser', '-u', 'keystone', '--', 'keystone-manage', 'db_sync', '--expand'],
    check: {
      argv: ['runuser', '-u', 'keystone', '--', 'python3', '-'],
      input: 'print(1)\n',
      done: [0, 11],
      todo: [10],
      meaning: '0 all done, 11 only contract is left, 10 expand',
    },
  };

  test('runs the service’s own command and nothing else', () => {
    expect(databaseMigrate.commands(params)).toEqual([{ argv: params.argv }]);
    expect(databaseMigrate.looks(params).check?.input).toBe('print(1)\n');
  });

  test.each([
    ['nothing left', 0, 'done'],
    ['nothing of this part left', 11, 'done'],
    ['needed', 10, 'todo'],
    ['a traceback is no answer', 1, 'refuse'],
    ['the program is not there', 127, 'refuse'],
  ])('%s', (_, rc, is) => {
    expect(judge(databaseMigrate, params, { check: bad(rc, 'x') }).is).toBe(is);
  });

  test.each([
    [true, "(pymysql.err.OperationalError) (1213, 'Deadlock found when trying to get lock; try restarting')"],
    [true, "oslo_db.exception.DBError: (pymysql.err.OperationalError) (1205, 'Lock wait timeout exceeded')"],
    [true, 'ERROR 1047 (08S01) at line 3: WSREP has not yet prepared node for application use'],
    [false, '(pymysql.err.OperationalError) (1060, "Duplicate column name \'in_use\'")'],
    [false, "(pymysql.err.OperationalError) (2013, 'Lost connection to MySQL server during query')"],
    [false, 'Running upgrade 1205a -> 1213b'],
  ])('run again: %s, for %s', (again, line) => {
    expect((databaseMigrate.again?.says ?? []).some((word) => line.includes(word))).toBe(again);
  });

  test('what is forbidden is asked, never run, and refused where there is something to do', () => {
    const only = { ...params, forbidden: 'neutron is served while this hop goes on' };
    expect(databaseMigrate.commands(only)).toEqual([]);
    expect(judge(databaseMigrate, only, { check: bad(0) }).is).toBe('done');
    expect(judge(databaseMigrate, only, { check: bad(10) })).toMatchObject({
      is: 'refuse',
      because: expect.stringContaining('but neutron is served while this hop goes on'),
      remedy: expect.stringContaining('policy: cutover'),
    });
  });

  test('says which codes it knows when it refuses', () => {
    expect(judge(databaseMigrate, params, { check: bad(1, 'OperationalError: gone away') })).toMatchObject({
      because: expect.stringContaining('OperationalError'),
      remedy: expect.stringContaining('11 only contract is left'),
    });
  });
});

describe('backups', () => {
  const params = { dir: '/var/backups/windlass/0123456789ab/databases', databases: ['keystone', 'glance'] };

  test('databases go to the script as arguments', () => {
    for (const kind of [backupDatabases, backupProve]) {
      expect(argvs(kind, params)).toEqual([
        ['bash', '-euo', 'pipefail', '-s', '--', params.dir, 'keystone', 'glance'],
      ]);
    }
    expect(() => backupDatabases.params.parse({ ...params, databases: ['a`b'] })).toThrow();
  });

  test('a dump is one transaction, kept whole or not at all, readable by root alone', () => {
    const script = backupDatabases.commands(params)[0]?.input ?? '';
    expect(script).toContain('umask 077');
    expect(script).toContain('--single-transaction');
    expect(script).toMatch(/mv "\$dir\/\$database\.sql\.gz\.new"/);
  });

  test.each([
    ['no folder', bad(1, 'No such file'), 'todo'],
    ['one dumped', ok('keystone.sql.gz\n'), 'todo'],
    ['both dumped, not counted', ok('keystone.sql.gz\nglance.sql.gz\nrows.before\n'), 'todo'],
    ['a dump cut off', ok('keystone.sql.gz\nglance.sql.gz.new\nrows.after\n'), 'todo'],
    ['both dumped and counted', ok('keystone.sql.gz\nglance.sql.gz\nrows.after\n'), 'done'],
  ])('%s', (_, files, is) => {
    expect(judge(backupDatabases, params, { files }).is).toBe(is);
  });

  test('a backup counts only by its proof', () => {
    expect(judge(backupProve, params, { proof: bad(1, 'No such file') }).is).toBe('todo');
    expect(judge(backupProve, params, { proof: ok('\n') }).is).toBe('todo');
    expect(judge(backupProve, params, { proof: ok('61 tables, 4521 rows restored and counted\n') })).toEqual({
      is: 'done',
      because: '61 tables, 4521 rows restored and counted',
    });
  });

  test('the configuration is an archive that can be listed', () => {
    const etc = { path: '/var/backups/windlass/0123456789ab/etc.tar.gz' };
    expect(argvs(backupEtc, etc)).toEqual([
      ['install', '-d', '-m', '0700', '/var/backups/windlass/0123456789ab'],
      ['sh', '-eus', '--', etc.path],
    ]);
    expect(judge(backupEtc, etc, { list: ok('1403\n') }).is).toBe('done');
    // `wc` says 0 also when tar could not read the archive.
    expect(judge(backupEtc, etc, { list: ok('0\n') }).is).toBe('todo');
  });
});
