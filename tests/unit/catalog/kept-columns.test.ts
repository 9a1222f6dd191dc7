import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DatabaseStep } from '../../../src/catalog/service.ts';
import { keeping } from '../../../src/catalog/services/kept-columns.ts';

/** In place of SQLAlchemy: the column is a file, and answers are put off as often as another file says. */
const ALCHEMY = `import os, sys
HOME = os.environ['COLUMNS_HOME']

class Error(Exception):
    orig = (1213, 'Deadlock found when trying to get lock; try restarting transaction')

class exc:
    DBAPIError = Error

class pool:
    NullPool = None

def text(words):
    return words

class Answer:
    def __init__(self, value):
        self.value = value

    def scalar(self):
        return self.value

def note(word):
    with open(HOME + '/log', 'a') as log:
        log.write(word + '\\n')

class Link:
    def execute(self, words, values=None):
        refusals = HOME + '/refusals'
        left = int(open(refusals).read()) if os.path.exists(refusals) else 0
        if left > 0 and os.path.exists(HOME + '/begun'):
            open(refusals, 'w').write(str(left - 1))
            note('put off')
            raise Error()
        column = HOME + '/column'
        if words.startswith('SELECT'):
            return Answer(1 if os.path.exists(column) else 0)
        note(words)
        open(column, 'w').close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

class Engine:
    def connect(self):
        note('connect')
        return Link()

def create_engine(url, **_):
    return Engine()
`;

const migration = (script: string): DatabaseStep => ({
  id: 'expand',
  title: 'Expand',
  moment: 'first',
  argv: ['sh', '-euc', script],
  runAs: 'neutron',
  check: { argv: ['true'], done: [0], todo: [10], meaning: '' },
  estimate: 1,
  returns: 'restore',
  source: 'test',
});

describe('a migration with a column kept for old code', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'windlass-columns-'));
    mkdirSync(join(home, 'python'));
    writeFileSync(join(home, 'python/sqlalchemy.py'), ALCHEMY);
    writeFileSync(join(home, 'column'), '');
  });
  afterEach(() => rmSync(home, { recursive: true }));

  function run(script: string): { rc: number | null; log: string[]; column: boolean } {
    const [kept] = keeping(
      migration(script),
      [{ table: 'subnets', column: 'in_use', as: 'TINYINT(1) NOT NULL DEFAULT 0' }],
      "url = 'mysql://'\n",
    );
    const [program = '', ...words] = kept.argv;
    const { status } = spawnSync(program, words, {
      env: { ...process.env, PYTHONPATH: join(home, 'python'), COLUMNS_HOME: home },
    });
    const log = readFileSync(join(home, 'log'), 'utf8').trim().split('\n');
    return { rc: status, log, column: existsSync(join(home, 'column')) };
  }
  const added = (log: readonly string[]): string[] => log.filter((line) => line.startsWith('ALTER'));
  const drop = (): string => `touch ${home}/begun; rm ${home}/column`;

  test('gives it back as soon as it is gone', () => {
    const { rc, log, column } = run(`${drop()}; sleep 0.5; [ -e ${home}/column ]`);
    expect({ rc, column }).toEqual({ rc: 0, column: true });
    expect(added(log)).toEqual(['ALTER TABLE subnets ADD COLUMN in_use TINYINT(1) NOT NULL DEFAULT 0']);
  });

  test('that goes with the last statement, too', () => {
    expect(run(drop())).toMatchObject({ rc: 0, column: true });
  });

  test('goes on where the database puts it off, with a new connection, and lets the migration come to its end', () => {
    writeFileSync(join(home, 'refusals'), '3');
    const { rc, log, column } = run(`${drop()}; sleep 0.5; touch ${home}/whole`);
    expect({ rc, column }).toEqual({ rc: 0, column: true });
    expect(existsSync(join(home, 'whole'))).toBe(true);
    expect(log.filter((line) => line === 'put off')).toHaveLength(3);
    expect(log.filter((line) => line === 'connect')).toHaveLength(4);
  });

  test('a migration that fails is told so, with the column there', () => {
    expect(run(`${drop()}; exit 3`)).toMatchObject({ rc: 3, column: true });
  });
});
