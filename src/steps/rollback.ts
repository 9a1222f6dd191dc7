import { z } from 'zod';
import * as apt from '../drivers/apt.ts';
import { bash } from '../drivers/bash.ts';
import { etcLook, putEtcBack } from '../drivers/etc-back.ts';
import { CLIENT } from '../drivers/galera.ts';
import { LOAD } from '../drivers/load-dump.ts';
import { differsLook, distance, lowerPackages, readDiffers } from '../drivers/lower-packages.ts';
import * as systemd from '../drivers/systemd.ts';
import { complaint, lines } from '../drivers/text.ts';
import { defineStep } from './kind.ts';
import { answer, done, found, refuse, todo, wait } from './verdict.ts';

const Path = z.string().startsWith('/');
const Word = z.string().regex(/^[\w.-]+$/);

/** What an earlier run began on the node is over: package work is never cut in half, so it is waited for. */
export const runEnded = defineStep({
  kind: 'run.ended',
  params: z.strictObject({ run: Word }),
  commands: () => [],
  looks: ({ run }) => ({
    units: {
      argv: [
        'systemctl',
        'list-units',
        '--all',
        '--plain',
        '--no-legend',
        '--no-pager',
        `windlass-${run}-*.service`,
      ],
    },
  }),
  judge({ run }, seen) {
    const units = answer(seen, 'units');
    if (units.rc !== 0) return wait(complaint(units));
    const busy = lines(units.out).flatMap((line) => {
      const [unit = '', , active = ''] = line.trim().split(/\s+/);
      return /^(active|activating|deactivating|reloading)$/.test(active) ? [unit] : [];
    });
    return busy.length === 0
      ? done(`nothing of run ${run} is under way`)
      : wait(`still running: ${busy.join(', ')}`);
  },
});

/** The node's packages as the checkpoint kept them: versions, marks and holds, in one transaction without any archive. */
export const packagesLower = defineStep({
  kind: 'packages.lower',
  params: z.strictObject({
    dir: Path,
    /** Units that do not run while packages move: a boot in the middle of it has started them again. */
    stopped: z.array(z.string()).min(1).optional(),
  }),
  commands: ({ dir, stopped = [] }) => [
    ...(stopped.length > 0 ? [systemd.stopRunning(...stopped)] : []),
    lowerPackages(dir),
  ],
  looks: ({ dir }) => ({ differs: differsLook(dir), audit: apt.audit.look }),
  judge({ dir }, seen) {
    const told = answer(seen, 'differs');
    const differs = readDiffers(told);
    if (typeof differs === 'string') {
      return refuse(
        `what ${dir} kept cannot be compared: ${differs}`,
        'look whether the folder is there and whole; without it the way back is by the archives or from the disks',
      );
    }
    if (differs.lacks.length > 0) {
      return refuse(
        `the kept packages of ${differs.lacks.join(', ')} are not there, or not what they were`,
        `put the very versions that ${dir}/wanted names into ${dir}/debs`,
      );
    }
    const audit = apt.audit.read(answer(seen, 'audit'));
    if (audit !== '') return todo(`dpkg --audit: ${audit.split('\n')[0]}`);
    const [first] = differs.put;
    if (first)
      return todo(
        `${differs.put.length} packages differ: ${first[0]} is ${first[1] ?? 'gone'}, was ${first[2]}`,
      );
    return distance(differs) === 0
      ? done(`${differs.kept} packages are as they were kept, marks and holds too`)
      : todo(`${distance(differs)} packages or marks are not as they were kept`);
  },
});

/** Configuration below the places named as the checkpoint kept it, and what came since gone from there. */
export const etcBack = defineStep({
  kind: 'etc.back',
  params: z.strictObject({ path: Path, aside: Path, places: z.array(Path).min(1), absent: z.array(Path) }),
  commands: (params) => [putEtcBack(params), { argv: ['systemctl', 'daemon-reload'] }],
  looks: (params) => ({ differs: etcLook(params) }),
  judge({ path }, seen) {
    const told = answer(seen, 'differs');
    const said = lines(told.out);
    const places = /^places (\d+)$/.exec(said.at(-1) ?? '');
    if (told.rc !== 0 || !places) {
      return refuse(
        `${path} cannot be read: ${complaint(told)}`,
        'look whether the archive is there and whole',
      );
    }
    const other = said.slice(0, -1);
    return other.length === 0
      ? done(`${places[1]} files are as they were kept`)
      : todo(`${other.length} files are not as they were kept, ${other[0]} first`);
  },
});

/**
 * Before anything is dropped the numbers that tables have reached are noted, and only once: a second try finds older ones.
 * InnoDB's own count may be behind what other members gave, and rows may be gone: the higher one is taken.
 */
const RESTORE = `${LOAD}dir=$1 mark=$2 numbers=$3 floor=$4; shift 4
client="${CLIENT.join(' ')}"
for database in "$@"; do gzip -t "$dir/$database.sql.gz"; done
if [ -n "$numbers" ] && [ ! -e "$dir/numbers-$mark" ]; then
  $client -e "SELECT CONCAT('SELECT ''', TABLE_SCHEMA, ''', ''', TABLE_NAME, ''', GREATEST($floor, ', AUTO_INCREMENT, ', COALESCE(MAX(', COLUMN_NAME, '), 0) + 1) FROM \\\`', TABLE_SCHEMA, '\\\`.\\\`', TABLE_NAME, '\\\`;') FROM information_schema.TABLES JOIN information_schema.COLUMNS USING (TABLE_SCHEMA, TABLE_NAME) WHERE AUTO_INCREMENT IS NOT NULL AND EXTRA LIKE '%auto_increment%' AND CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) IN ($numbers)" | $client >"$dir/numbers-$mark.new"
  mv "$dir/numbers-$mark.new" "$dir/numbers-$mark"
fi
for database in "$@"; do
  { printf 'DROP DATABASE IF EXISTS \`%s\`;\\n' "$database"; zcat "$dir/$database.sql.gz"; } | load mariadb
done
if [ -n "$numbers" ]; then
  while read -r database table next; do
    $client -e "SELECT CONCAT('ALTER TABLE \\\`', TABLE_SCHEMA, '\\\`.\\\`', TABLE_NAME, '\\\` AUTO_INCREMENT = $next;') FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$database' AND TABLE_NAME = '$table' AND AUTO_INCREMENT < $next" | $client
  done <"$dir/numbers-$mark"
fi
list=$(printf "'%s'," "$@")
$client -e "SELECT CONCAT('SELECT ''', TABLE_SCHEMA, ''',''', TABLE_NAME, ''',COUNT(*) FROM \\\`', TABLE_SCHEMA, '\\\`.\\\`', TABLE_NAME, '\\\`;') FROM information_schema.TABLES WHERE TABLE_TYPE='BASE TABLE' AND TABLE_SCHEMA IN (\${list%,})" | $client | sort >"$dir/rows.back"
if ! diff <(awk -F'\\t' 'BEGIN { for (i = 1; i < ARGC - 1; i++) { wanted[ARGV[i]]; ARGV[i] = "" } } $1 in wanted' "$@" "$dir/rows.restored" | sort) "$dir/rows.back"; then
  echo 'the databases are not what was proved: somebody wrote to them, or the dumps changed' >&2
  exit 12
fi
awk -F'\\t' '{ rows += $3 } END { print NR " tables, " rows " rows as they were proved" }' "$dir/rows.back" >"$dir/back-$mark.new"
mv "$dir/back-$mark.new" "$dir/back-$mark"
`;

/** A database or a table, as every service calls its own. */
const Name = z.string().regex(/^\w+$/);

/**
 * All databases from the proved dumps, on one member while nothing of OpenStack runs, counted against what the proof
 * counted. Tables whose numbers name things outside (`numbers`) go on counting from where they were. Whether it was done is
 * noted by this way back's own word: once services write again the rows differ.
 */
export const backupRestore = defineStep({
  kind: 'backup.restore',
  params: z.strictObject({
    dir: Path,
    databases: z.array(Name).min(1),
    round: Word,
    numbers: z
      .array(z.strictObject({ database: Name, table: Name }))
      .min(1)
      .optional(),
    /** They go on from here at least: where what is restored over is itself of an earlier moment (a disk that went back). */
    floor: z.int().positive().optional(),
  }),
  commands: ({ dir, databases, round, numbers = [], floor = 0 }) => [
    bash(
      RESTORE,
      dir,
      round,
      numbers.map(({ database, table }) => `'${database}.${table}'`).join(','),
      String(floor),
      ...databases,
    ),
  ],
  looks: ({ dir, round }) => ({
    back: { argv: ['find', `${dir}/back-${round}`, '-maxdepth', '0'] },
    proof: { argv: ['find', `${dir}/proof`, `${dir}/rows.restored`, '-maxdepth', '0', '-size', '+0'] },
    ready: { argv: [...CLIENT, '-e', "SHOW GLOBAL STATUS LIKE 'wsrep_ready'"] },
  }),
  judge({ dir }, seen) {
    const back = found(answer(seen, 'back'));
    if (back === undefined) return wait(complaint(answer(seen, 'back')));
    if (back !== '') return done('the databases are as they were proved');
    if (lines(answer(seen, 'proof').out).length !== 2) {
      return refuse(
        `no proof of the dumps in ${dir}`,
        'a dump that was never restored anywhere is not put over live databases',
      );
    }
    const ready = answer(seen, 'ready');
    if (ready.rc !== 0) return wait(`MariaDB: ${complaint(ready)}`);
    return /wsrep_ready\s+OFF/.test(ready.out)
      ? wait('this member is not part of a working cluster')
      : todo('the databases are not restored yet');
  },
});

/** What a checkpoint kept gets another name once it was used: a later plan must take its own. */
export const backupRetire = defineStep({
  kind: 'backup.retire',
  params: z.strictObject({ dir: Path, to: Path }),
  commands: ({ dir, to }) => [{ argv: ['mv', '-T', '--', dir, to] }],
  looks: ({ dir }) => ({ there: { argv: ['find', dir, '-maxdepth', '0'] } }),
  judge({ dir }, seen) {
    const there = found(answer(seen, 'there'));
    if (there === undefined) return wait(complaint(answer(seen, 'there')));
    return there === '' ? done(`${dir} is put aside`) : todo(`${dir} is still called so`);
  },
});
