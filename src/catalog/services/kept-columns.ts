import type { DatabaseStep } from '../service.ts';

/** A column that a migration takes away and that old code still asks for. */
export interface KeptColumn {
  readonly table: string;
  readonly column: string;
  /** As SQL: it must have a default, since new code does not name it. */
  readonly as: string;
}

/** What the programs below share; a `setup` behind it gives the database's `url`. */
const OPEN = `import json, subprocess, sys, time
from sqlalchemy import create_engine, exc, pool, text
columns = json.loads(sys.argv[1])
HERE = text('SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = :table AND column_name = :column')

def here(link, one):
    return link.execute(HERE, {'table': one['table'], 'column': one['column']}).scalar() > 0

def connect(url):
    return create_engine(url, poolclass=pool.NullPool, isolation_level='AUTOCOMMIT').connect()

`;

/**
 * Runs the migration and gives each column back the moment it goes: old code misses it for as long as one look takes.
 * It looks a last time after the migration has ended. A member of Galera that carries out the migration's statements puts
 * off whoever reads or alters beside them (1213, lab cloud): that is tried again, and the migration is never left alone:
 * systemd would end it in the middle of a revision.
 */
const KEEP = `PATIENCE = 60
link = connect(url)
running = subprocess.Popen(sys.argv[2:])
try:
    ended = None
    while True:
        if ended is None:
            ended = running.poll()
            over = time.time()
        try:
            link = link or connect(url)
            for one in columns:
                if not here(link, one):
                    link.execute(text('ALTER TABLE %(table)s ADD COLUMN %(column)s %(as)s' % one))
                    print('kept', one['table'], one['column'])
            if ended is not None:
                sys.exit(ended)
        except exc.DBAPIError as error:
            if link is not None:
                print('put off:', error.orig)
            link = None
            if ended is not None and time.time() - over > PATIENCE:
                raise
        time.sleep(0.02)
finally:
    running.wait()
`;

const MISSING = `with connect(url) as link:
    for one in columns:
        if not here(link, one):
            print('old code misses', one['table'], one['column'])
            sys.exit(10)
`;

const LEFT = `with connect(url) as link:
    sys.exit(10 if any(here(link, one) for one in columns) else 0)
`;

const DROP = `with connect(url) as link:
    for one in columns:
        if here(link, one):
            link.execute(text('ALTER TABLE %(table)s DROP COLUMN %(column)s' % one))
`;

/**
 * The same migration with columns kept for old code that goes on beside the new, and the step that takes them away when
 * nothing old is left. `setup` is Python that gives `url` as the service's own configuration has it.
 */
export function keeping(
  step: DatabaseStep,
  columns: readonly KeptColumn[],
  setup: string,
): readonly [DatabaseStep, DatabaseStep] {
  const words = JSON.stringify(columns);
  const names = columns.map(({ table, column }) => `${table}.${column}`).join(', ');
  const kept: DatabaseStep = {
    ...step,
    title: `${step.title}, and keep ${names} for the old code`,
    argv: ['python3', '-c', `${OPEN}${setup}${KEEP}`, words, ...step.argv],
    check: {
      argv: [
        'sh',
        '-eu',
        '-c',
        'python3 -c "$1" "$2"; shift 2; exec "$@"',
        'check',
        `${OPEN}${setup}${MISSING}`,
        words,
        ...step.check.argv,
      ],
      ...(step.check.input === undefined ? {} : { input: step.check.input }),
      done: step.check.done,
      todo: [...new Set([...step.check.todo, 10])],
      meaning: `${step.check.meaning}; 10 also where old code would miss ${names}`,
    },
  };
  const drop: DatabaseStep = {
    id: 'drop-kept',
    title: `Take ${names} away, which only old code asked for`,
    moment: 'last',
    argv: ['python3', '-c', `${OPEN}${setup}${DROP}`, words],
    runAs: step.runAs,
    check: {
      argv: ['python3', '-c', `${OPEN}${setup}${LEFT}`, words],
      done: [0],
      todo: [10],
      meaning: `10 ${names} is still there, 0 it is not`,
    },
    estimate: 3,
    returns: 'restore',
    source: step.source,
  };
  return [kept, drop];
}
