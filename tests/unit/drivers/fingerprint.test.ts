import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fingerprints, readFingerprints } from '../../../src/drivers/fingerprint.ts';
import { fakeMariadb } from './fake-mariadb.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-print-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const ROWS = {
  SCHEMATA: [
    ['mysql', 'utf8mb4_general_ci'],
    ['nova', 'utf8mb3_general_ci'],
    ['keystone', 'utf8mb3_general_ci'],
  ],
  'information_schema.TABLES': [
    ['nova', 'instances', 'InnoDB', 'utf8mb3_general_ci'],
    ['nova', 'alembic_version', 'InnoDB', 'utf8mb3_general_ci'],
    ['keystone', 'user', 'InnoDB', 'utf8mb3_general_ci'],
  ],
  'information_schema.COLUMNS': [
    ['nova', 'instances', 'uuid', 'varchar(36)', 'YES', 'NULL', 'utf8mb3_general_ci', ''],
  ],
  'information_schema.STATISTICS': [['nova', 'instances', 'PRIMARY', '1', 'id', '0']],
  alembic_version: [['960aac0e09ea']],
};

function prints(rows: Record<string, string[][]>, names: readonly string[] = []) {
  const { path } = fakeMariadb(dir, { rows });
  const { argv, input } = fingerprints(names);
  const [program = '', ...words] = argv;
  const ran = spawnSync(program, words, { input, encoding: 'utf8', env: { PATH: path } });
  const told = readFingerprints({ rc: ran.status ?? 255, out: ran.stdout, err: ran.stderr });
  if (typeof told === 'string') throw new Error(told);
  return told;
}

describe('the fingerprint of a schema', () => {
  test("is a hash for each database that is not the server's own, with its revisions", () => {
    const told = prints(ROWS);
    expect(Object.keys(told).sort()).toEqual(['keystone', 'nova']);
    expect(told.nova?.revisions).toEqual({ alembic_version: ['960aac0e09ea'] });
    expect(told.nova?.hash).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('is of the databases asked for, and of each one alone', () => {
    expect(Object.keys(prints(ROWS, ['nova']))).toEqual(['nova']);
    expect(prints(ROWS, ['nova']).nova).toEqual(prints(ROWS).nova);
  });

  test('does not change with the order of rows', () => {
    const turned = { ...ROWS, 'information_schema.TABLES': ROWS['information_schema.TABLES'].toReversed() };
    expect(prints(turned)).toEqual(prints(ROWS));
  });

  test.each([
    [
      'a column’s type',
      {
        'information_schema.COLUMNS': [
          ['nova', 'instances', 'uuid', 'char(36)', 'YES', 'NULL', 'utf8mb3_general_ci', ''],
        ],
      },
    ],
    [
      'a column’s collation',
      {
        'information_schema.COLUMNS': [
          ['nova', 'instances', 'uuid', 'varchar(36)', 'YES', 'NULL', 'utf8mb4_bin', ''],
        ],
      },
    ],
    [
      'the default collation',
      {
        SCHEMATA: [
          ['nova', 'utf8mb4_general_ci'],
          ['keystone', 'utf8mb3_general_ci'],
        ],
      },
    ],
    ['an index', { 'information_schema.STATISTICS': [] }],
    ['a revision', { alembic_version: [['next']] }],
  ])('changes with %s, and the other database’s does not', (_, over) => {
    const [was, is] = [prints(ROWS), prints({ ...ROWS, ...over })];
    expect(is.nova?.hash).not.toBe(was.nova?.hash);
    expect(is.keystone).toEqual(was.keystone);
  });

  test('of a server that does not answer is its complaint', () => {
    expect(readFingerprints({ rc: 1, out: '', err: 'Access denied' })).toBe('Access denied');
    expect(readFingerprints({ rc: 0, out: '{"nova": 1}', err: '' })).toContain('something else');
  });
});
