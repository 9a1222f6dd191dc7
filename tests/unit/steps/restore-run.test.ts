// The program that puts databases back, run for real with a stand-in for MariaDB's client: it notes what it is told, and
// answers the counts that a test gives.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backupRestore } from '../../../src/steps/rollback.ts';

/** With `-e` it is asked for statements that count; told some by its input, it says what they gave; else it notes them. */
const CLIENT = `#!/bin/bash
case " $* " in
  *' -e '*) echo "\${@: -1}" >>"$NOTES/asked"; cat "$NOTES/statements" ;;
  *' --batch '*) cat >>"$NOTES/counted"; cat "$NOTES/counts" ;;
  *) cat >>"$NOTES/restored" ;;
esac
`;
const ROWS = 'keystone\tproject\t7\nnova\tinstances\t3\n';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-restore-'));
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin', 'mariadb'), CLIENT);
  chmodSync(join(dir, 'bin', 'mariadb'), 0o755);
  writeFileSync(join(dir, 'statements'), "SELECT 'nova','instances',COUNT(*) FROM `nova`.`instances`;\n");
  writeFileSync(join(dir, 'counts'), ROWS.split('\n').reverse().filter(Boolean).join('\n').concat('\n'));
  writeFileSync(join(dir, 'rows.restored'), ROWS);
  for (const name of ['keystone', 'nova'])
    writeFileSync(join(dir, `${name}.sql.gz`), gzipSync(`CREATE DATABASE \`${name}\`;\n`));
});
afterEach(() => rmSync(dir, { recursive: true }));

function restore(): { rc: number | null; out: string } {
  const [command] = backupRestore.commands({ dir, databases: ['keystone', 'nova'], round: 'r1' });
  const [program = '', ...words] = command?.argv ?? [];
  const env = { PATH: `${join(dir, 'bin')}:${process.env.PATH}`, NOTES: dir, LC_ALL: 'C' };
  const ran = spawnSync(program, words, { input: command?.input ?? '', env });
  return { rc: ran.status, out: `${ran.stdout}${ran.stderr}` };
}
const note = (name: string): string => readFileSync(join(dir, name), 'utf8');

test('each database goes and comes back from its dump, and the rows are those that were proved', () => {
  const { rc, out } = restore();
  expect([rc, out]).toEqual([0, '']);
  expect(note('restored')).toBe(
    ['keystone', 'nova']
      .map((name) => `DROP DATABASE IF EXISTS \`${name}\`;\nCREATE DATABASE \`${name}\`;\n`)
      .join(''),
  );
  expect(note('asked')).toContain("TABLE_SCHEMA IN ('keystone','nova')");
  expect(note('asked')).toContain("',COUNT(*) FROM `', TABLE_SCHEMA, '`.`', TABLE_NAME, '`;')");
  expect(note('counted')).toBe(note('statements'));
  expect(note('back-r1')).toBe('2 tables, 10 rows as they were proved\n');
});

test('other rows than were proved fail the step, and nothing says it was done', () => {
  writeFileSync(join(dir, 'counts'), 'keystone\tproject\t7\nnova\tinstances\t4\n');
  expect(restore()).toMatchObject({ rc: 12, out: expect.stringContaining('not what was proved') });
  expect(existsSync(join(dir, 'back-r1'))).toBe(false);
});

test('what else was dumped is neither restored nor counted', () => {
  writeFileSync(join(dir, 'rows.restored'), `${ROWS}shop\torders\t9\n`);
  expect(restore()).toEqual({ rc: 0, out: '' });
  expect(note('restored')).not.toContain('shop');
});

test('of a statement that fails nothing is told but the number and the line: it may hold password hashes', () => {
  const failing = `cat >/dev/null; echo "INSERT INTO user VALUES ('hash-of-it')"; echo "ERROR 1062 (23000) at line 7: Duplicate entry 'hash-of-it'" >&2; exit 1`;
  writeFileSync(join(dir, 'bin', 'mariadb'), CLIENT.replace('cat >>"$NOTES/restored"', failing));
  expect(restore()).toEqual({ rc: 1, out: 'ERROR 1062 (23000) at line 7\n' });
});

test('a dump that is cut is found before any database is dropped', () => {
  writeFileSync(join(dir, 'nova.sql.gz'), gzipSync('CREATE DATABASE `nova`;\n').subarray(0, 20));
  expect(restore().rc).not.toBe(0);
  expect(existsSync(join(dir, 'restored'))).toBe(false);
});
