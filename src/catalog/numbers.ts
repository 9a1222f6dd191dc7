import { batchCheck } from './heads.ts';
import type { DatabaseCheck } from './service.ts';

/**
 * Before Alembic the services numbered their migrations (sqlalchemy-migrate) and kept the number in `migrate_version`, a
 * row for each repository. This compares that row with the highest number of the installed code, or with a number named
 * by `wanted`, and reads nothing else. A database that is past the code makes it end with Python's own 1.
 *
 * Python 2, as those releases were.
 */
const COMPARE = `from __future__ import print_function
import sys
from migrate.versioning import repository
from sqlalchemy import create_engine, pool, text

def behind(url, path, wanted=None):
    code = repository.Repository(path)
    latest = int(code.latest)
    engine = create_engine(url, poolclass=pool.NullPool)
    current = None
    if engine.has_table('migrate_version'):
        asked = text('SELECT version FROM migrate_version WHERE repository_id = :id')
        current = engine.execute(asked, id=code.id).scalar()
    print(code.id, 'database', current, 'code', latest, 'wanted', latest if wanted is None else wanted)
    if current is not None and current > latest:
        sys.exit(1)
    return current is None or current < (latest if wanted is None else wanted)

`;

const JUDGE = `sys.exit(10 if any([behind(*repository) for repository in repositories]) else 0)
`;

/** `setup` is Python 2 that gives `repositories`: (database URL, folder of the repository[, number wanted]). */
export function numbersCheck(setup: string): DatabaseCheck {
  return {
    argv: ['python2', '-'],
    input: `${COMPARE}${setup}${JUDGE}`,
    done: [0],
    todo: [10],
    meaning: '0 at the number wanted or past it, 10 before it',
  };
}

/**
 * As `onlineCheck` in heads.ts, for SQLAlchemy 1.1 and Python 2: there the dialect has a commit of its own, which is
 * turned into a rollback.
 */
export const numberedOnlineCheck = (setup: string): DatabaseCheck =>
  batchCheck(
    'python2',
    `from __future__ import print_function
import sys
import traceback
from sqlalchemy.dialects.mysql import base as mysql

mysql.MySQLDialect.do_commit = lambda self, connection: connection.rollback()

${setup}`,
  );
