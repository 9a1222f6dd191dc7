import { z } from 'zod';
import type { Look, Seen } from '../model/command.ts';
import { complaint, json } from './text.ts';

/**
 * What of each database a migration can meet: tables, columns with their types and collations, keys, and the revisions
 * of its migrations; no rows. Only a hash of it leaves the node. Without names it tells all databases that are not the
 * server's own. Standard library only, from Python 3.5 on.
 */
const PROGRAM = `import hashlib, json, subprocess, sys

OWN = ('mysql', 'sys', 'information_schema', 'performance_schema')

def rows(sql):
    argv = ['mariadb', '--batch', '--skip-column-names', '-e', 'SET SESSION TRANSACTION READ ONLY; ' + sql]
    out = subprocess.check_output(argv).decode('utf-8', 'surrogateescape')
    return [line.split('\\t') for line in out.split('\\n') if line]

READS = (
    'SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA',
    "SELECT TABLE_SCHEMA, TABLE_NAME, ENGINE, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'",
    'SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, COLLATION_NAME, EXTRA FROM information_schema.COLUMNS',
    'SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE FROM information_schema.STATISTICS',
    'SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS',
)

def quoted(name):
    return chr(96) + name.replace(chr(96), chr(96) * 2) + chr(96)

wanted = set(sys.argv[1:])
found, versions = {}, []
for kind, sql in enumerate(READS):
    for row in rows(sql):
        schema = row[0]
        if schema in OWN or (wanted and schema not in wanted):
            continue
        found.setdefault(schema, []).append([str(kind)] + row[1:])
        if kind == 1 and row[1].startswith('alembic_version'):
            versions.append((schema, row[1]))
told = {}
for schema in found:
    told[schema] = {'hash': '', 'revisions': {}}
for schema, table in versions:
    heads = sorted(row[0] for row in rows('SELECT version_num FROM %s.%s' % (quoted(schema), quoted(table))))
    told[schema]['revisions'][table] = heads
    found[schema].append(['heads', table] + heads)
for schema in found:
    text = json.dumps(sorted(found[schema]))
    told[schema]['hash'] = 'sha256:' + hashlib.sha256(text.encode('ascii')).hexdigest()
print(json.dumps(told, sort_keys=True))
`;

const Told = z.record(
  z.string(),
  z.strictObject({
    hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    /** Version table -> its revisions. */
    revisions: z.record(z.string(), z.array(z.string())),
  }),
);
/** Database -> the hash of its schema, and the revisions of its migrations. */
export type Fingerprints = z.infer<typeof Told>;

/** Asks a database server for the fingerprints of some databases, or of all. */
export const fingerprints = (databases: readonly string[] = []): Look => ({
  argv: ['python3', '-', ...databases],
  input: PROGRAM,
});

/** What it told; a string with the complaint when it told nothing. */
export function readFingerprints(seen: Seen): Fingerprints | string {
  if (seen.lost) return 'node does not answer';
  if (seen.rc !== 0) return complaint(seen);
  const parsed = Told.safeParse(json(seen.out));
  return parsed.success ? parsed.data : `the node said something else: ${seen.out.slice(0, 200)}`;
}
