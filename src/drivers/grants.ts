import type { Command, Look, Seen } from '../model/command.ts';
import { CLIENT } from './galera.ts';
import { lines } from './text.ts';

/** Who may use which database, by name: rights on everything (`*.*`) are not told. */
export const grants: Look = {
  argv: [...CLIENT, '-e', "SELECT REPLACE(Db, '\\\\_', '_'), User, Host FROM mysql.db"],
};

/** Schema -> the accounts that have rights on it. */
export function readGrants(seen: Seen): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of lines(seen.out)) {
    const [schema = '', user = '', host = ''] = line.split('\t');
    found.set(schema, (found.get(schema) ?? new Set()).add(`${user}@${host}`));
  }
  return found;
}

/**
 * Makes a database as another one is, or takes it away again while it has no table. Rights are taken over from what the
 * server says of each account; its line with the password is passed over and nothing of it is printed.
 */
const PROGRAM = `import re, subprocess, sys

verb, schema, like = sys.argv[1:4]

def sql(text):
    asked = ['mariadb', '--batch', '--raw', '--skip-column-names', '-e', text]
    return subprocess.check_output(asked, universal_newlines=True).splitlines()

def name(text):
    return '\`%s\`' % text.replace('\`', '\`\`')

def value(text):
    return "'%s'" % text.replace('\\\\', '\\\\\\\\').replace("'", "''")

def accounts(of):
    rows = sql("SELECT User, Host FROM mysql.db WHERE REPLACE(Db, '\\\\\\\\_', '_') = %s" % value(of))
    return ['%s@%s' % tuple(value(word) for word in row.split('\\t')) for row in rows]

if verb == 'make':
    asked = 'SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s'
    row = sql(asked % value(like))
    if not row:
        sys.exit('there is no database %s' % like)
    letters = tuple(row[0].split('\\t'))
    sql('CREATE DATABASE IF NOT EXISTS %s CHARACTER SET %s COLLATE %s' % ((name(schema),) + letters))
    for account in accounts(like):
        for line in sql('SHOW GRANTS FOR ' + account):
            said = re.match(r'GRANT (.+) ON \`((?:[^\`]|\`\`)*)\`\\.\\* TO ', line)
            if said and said.group(2).replace('\\\\_', '_') == like:
                more = ' WITH GRANT OPTION' if line.endswith('WITH GRANT OPTION') else ''
                sql('GRANT %s ON %s.* TO %s%s' % (said.group(1), name(schema), account, more))
elif sql('SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s LIMIT 1' % value(schema)):
    print('%s has tables and is left: the old release does not know it' % schema)
else:
    for account in accounts(schema):
        sql('REVOKE ALL PRIVILEGES ON %s.* FROM %s' % (name(schema), account))
    sql('DROP DATABASE IF EXISTS ' + name(schema))
`;

/** A database as `like` is, for whoever may use that one; and the way back. */
export const databaseLike = (verb: 'make' | 'take', schema: string, like: string): Command => ({
  argv: ['python3', '-', verb, schema, like],
  input: PROGRAM,
});
