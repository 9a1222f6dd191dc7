import { z } from 'zod';
import { bash } from '../drivers/bash.ts';
import { CLIENT } from '../drivers/galera.ts';
import { LOAD } from '../drivers/load-dump.ts';
import { defineStep } from './kind.ts';
import { answer, done, todo } from './verdict.ts';

const COUNT = `count() {
  for database in "$@"; do
    ${CLIENT.join(' ')} $client -e "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA='$database' AND TABLE_TYPE='BASE TABLE'" |
      sort | while read -r table; do
        printf '%s\\t%s\\t%s\\n' "$database" "$table" "$(${CLIENT.join(' ')} $client -e "SELECT COUNT(*) FROM \\\`$database\\\`.\\\`$table\\\`" </dev/null)"
      done
  done
}
`;

/** Consistent dumps, with the rows of every table counted before and after. */
const DUMP = `dir=$1; shift
umask 077
mkdir -p "$dir"
client=
${COUNT}
count "$@" >"$dir/rows.before"
for database in "$@"; do
  mariadb-dump --single-transaction --quick --routines --triggers --events --databases "$database" | gzip -1 >"$dir/$database.sql.gz.new"
  mv "$dir/$database.sql.gz.new" "$dir/$database.sql.gz"
done
count "$@" >"$dir/rows.after.new"
mv "$dir/rows.after.new" "$dir/rows.after"
`;

/**
 * The dumps restored into a throwaway server and counted. A table that did not change while it was dumped must
 * have exactly its rows; one that did, at least as many as the smaller count less what clients deleted meanwhile,
 * so only its presence is asked.
 */
const PROVE = `${LOAD}dir=$1; shift
scratch=$(mktemp -d /var/tmp/windlass-scratch.XXXXXX)
chown mysql: "$scratch"
socket=$scratch/socket
client="--socket=$socket"
${COUNT}
finish() {
  if [ -f "$scratch/pid" ]; then mariadb-admin --no-defaults --socket="$socket" shutdown; fi
  rm -rf -- "$scratch"
}
trap finish EXIT
mariadb-install-db --no-defaults --user=mysql --datadir="$scratch/data" --skip-test-db --auth-root-authentication-method=normal >"$scratch/log"
mariadbd --no-defaults --user=mysql --datadir="$scratch/data" --socket="$socket" --pid-file="$scratch/pid" --skip-networking --innodb-buffer-pool-size=32M --performance-schema=OFF >>"$scratch/log" 2>&1 &
for _ in $(seq 120); do
  mariadb-admin --no-defaults --socket="$socket" --silent ping 2>/dev/null && break
  sleep 0.5
done
mariadb-admin --no-defaults --socket="$socket" ping
for database in "$@"; do
  zcat "$dir/$database.sql.gz" | load mariadb --no-defaults --socket="$socket"
done
count "$@" >"$dir/rows.restored"
join -t '	' <(awk -F'\\t' '{print $1"."$2"\\t"$3}' "$dir/rows.before" | sort) <(awk -F'\\t' '{print $1"."$2"\\t"$3}' "$dir/rows.after" | sort) |
  join -a1 -e missing -o 0,1.2,1.3,2.2 -t '	' - <(awk -F'\\t' '{print $1"."$2"\\t"$3}' "$dir/rows.restored" | sort) >"$dir/rows.compared"
if awk -F'\\t' '$4 == "missing" || ($2 == $3 && $4 != $2) { print "restored otherwise: " $0; bad = 1 } END { exit bad }' "$dir/rows.compared"; then
  awk -F'\\t' '{ rows += $4 } END { print NR " tables, " rows " rows restored and counted" }' "$dir/rows.compared" >"$dir/proof.new"
  mv "$dir/proof.new" "$dir/proof"
else
  exit 1
fi
`;

const Params = z.strictObject({ dir: z.string(), databases: z.array(z.string().regex(/^\w+$/)).min(1) });

export const backupDatabases = defineStep({
  kind: 'backup.databases',
  params: Params,
  commands: ({ dir, databases }) => [bash(DUMP, dir, ...databases)],
  undo: ({ dir }) => [{ argv: ['rm', '-rf', '--', dir] }],
  looks: ({ dir }) => ({
    files: { argv: ['find', dir, '-maxdepth', '1', '-type', 'f', '-size', '+0', '-printf', '%f\\n'] },
  }),
  judge({ databases }, seen) {
    const files = new Set(answer(seen, 'files').out.split('\n'));
    const missing = databases.filter((name) => !files.has(`${name}.sql.gz`));
    if (missing.length > 0) return todo(`no dump of ${missing.join(', ')}`);
    return files.has('rows.after')
      ? done(`${databases.length} databases dumped`)
      : todo('rows not counted yet');
  },
});

/** No backup counts until it has been restored somewhere (promise 5). */
export const backupProve = defineStep({
  kind: 'backup.prove',
  params: Params,
  commands: ({ dir, databases }) => [bash(PROVE, dir, ...databases)],
  looks: ({ dir }) => ({ proof: { argv: ['cat', `${dir}/proof`] } }),
  judge(_params, seen) {
    const proof = answer(seen, 'proof');
    return proof.rc === 0 && proof.out.trim() !== ''
      ? done(proof.out.trim())
      : todo('not restored anywhere yet');
  },
});

/** The node's configuration in one archive that only root can read. */
export const backupEtc = defineStep({
  kind: 'backup.etc',
  params: z.strictObject({ path: z.string() }),
  commands: ({ path }) => [
    { argv: ['install', '-d', '-m', '0700', path.replace(/\/[^/]*$/, '')] },
    {
      argv: ['sh', '-eus', '--', path],
      input: 'umask 077\ntar -C / -czf "$1.new" etc\nmv "$1.new" "$1"\n',
    },
  ],
  undo: ({ path }) => [{ argv: ['rm', '-f', '--', path] }],
  looks: ({ path }) => ({ list: { argv: ['sh', '-c', 'tar -tzf "$1" | wc -l', 'sh', path] } }),
  judge({ path }, seen) {
    const count = Number(answer(seen, 'list').out.trim());
    return count > 1 ? done(`${count} entries in ${path}`) : todo(`${path} is not there`);
  },
});
