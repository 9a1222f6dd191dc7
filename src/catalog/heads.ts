import type { DatabaseCheck } from './service.ts';

/**
 * The tools of the services tell a database's revision, or do as if, but not the one the installed code wants. This
 * compares both, for every Alembic repository that `setup` names, by reading the database's version table and nothing
 * else. A revision that the code does not know makes it end with Python's own 1: the database is newer than the code.
 *
 * `setup` is Python that gives `repositories`: (database URL, Alembic configuration, name of the version table).
 */
const COMPARE = `import sys
from alembic import config as ini, script
from alembic.runtime import migration as alembic
from sqlalchemy import create_engine, pool

def behind(url, config, table):
    directory = script.ScriptDirectory.from_config(config)
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context = alembic.MigrationContext.configure(connection, opts={'version_table': table})
        current = set(context.get_current_heads())
    for revision in current:
        directory.get_revision(revision)
    # A head that another one depends on has no row of its own.
    applied = {one.revision for one in directory.get_all_current(tuple(current))}
    wanted = set(directory.get_heads())
    print(table, 'database', sorted(current), 'code', sorted(wanted))
    return [directory.get_revision(head) for head in wanted - applied]

`;

const JUDGE = `missing = [head for repository in repositories for head in behind(*repository)]
branches = ['contract' if 'contract' in head.branch_labels else 'expand' for head in missing]
sys.exit(10 if 'expand' in branches else 11 if branches else 0)
`;

const ask = (setup: string): Pick<DatabaseCheck, 'argv' | 'input'> => ({
  argv: ['python3', '-'],
  input: `${COMPARE}${setup}${JUDGE}`,
});

/** DONE is: every repository's heads are the database's. Answers 10 when not. */
export function headsCheck(setup: string): DatabaseCheck {
  return { ...ask(setup), done: [0], todo: [10], meaning: '0 at the head, 10 not' };
}

/** As `headsCheck` for repositories with a branch for old and new code together and one that only new code bears. */
export function branchCheck(setup: string, branch: 'expand' | 'contract'): DatabaseCheck {
  const meaning = '0 all done, 11 only contract is left, 10 expand';
  return branch === 'expand'
    ? { ...ask(setup), done: [0, 11], todo: [10], meaning }
    : { ...ask(setup), done: [0], todo: [11], meaning };
}

/**
 * Online data migrations have no command that only looks. This runs each of the release's own migration functions for
 * one batch with every commit turned into a rollback, so that nothing stays, and counts the rows that would have been
 * changed: what the command itself goes by when it ends 0. A function that fails counts as not done: the command then
 * says why (2: look into it). Rows that match but cannot be migrated stay for good and do not count (research/lab.md 4).
 *
 * `setup` is Python that gives `context`, and `migrations`: functions of (context, number of rows) that give
 * (found, done), and has asked the database something, so that one that cannot be reached is a fault.
 */
const DRY = `import sys
import traceback
from sqlalchemy.dialects.mysql import base as mysql
from sqlalchemy.engine import default

if mysql.MySQLDialect.do_commit is not default.DefaultDialect.do_commit:
    sys.exit('this SQLAlchemy commits in a way that is not known here')
default.DefaultDialect.do_commit = lambda self, connection: self.do_rollback(connection)

`;

const COUNT = `left = 0
for migrate in migrations:
    try:
        found, done = migrate(context, 50)
    except Exception:
        traceback.print_exc()
        found, done = 'some', 1
    print(getattr(migrate, '__name__', migrate), found, 'found', done, 'to be migrated')
    left += done
sys.exit(10 if left else 0)
`;

/** DONE is: one more batch would change no row. Answers 10 when it would. */
export const onlineCheck = (setup: string): DatabaseCheck => batchCheck('python3', `${DRY}${setup}`);

/** `prepared` gives `context` and `migrations`, has turned every commit into a rollback, and imported traceback and sys. */
export function batchCheck(python: string, prepared: string): DatabaseCheck {
  return {
    argv: [python, '-'],
    input: `${prepared}${COUNT}`,
    done: [0],
    todo: [10],
    meaning: '0 nothing is left to migrate, 10 some rows are',
  };
}
