import { z } from 'zod';
import * as apt from '../drivers/apt.ts';
import * as archive from '../drivers/archive.ts';
import { bash } from '../drivers/bash.ts';
import { readFingerprints, fingerprints as schemaLook } from '../drivers/fingerprint.ts';
import { CLIENT } from '../drivers/galera.ts';
import { LOAD } from '../drivers/load-dump.ts';
import { UNWALL, VERSIONS, WALL } from '../drivers/rehearsal-programs.ts';
import { complaint, json, lines, sections } from '../drivers/text.ts';
import type { Look, Seen } from '../model/command.ts';
import { defineGuard, defineStep } from './kind.ts';
import { answer, closed, done, found, open, refuse, todo, wait } from './verdict.ts';

/** Where everything lies that a rehearsal keeps on its machine; a later one begins by removing it. */
export const REHEARSAL_DIR = '/var/lib/windlass-rehearsal';
const CLAIM = `${REHEARSAL_DIR}/claim`;

export const Database = z.string().regex(/^\w+$/, 'the name of a database');
export const Databases = z.array(Database).min(1);
const Word = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'a word');

const STATE = `claim=$1
shift
echo '== claim'
if [ -e "$claim" ]; then cat -- "$claim"; fi
echo '== there'
dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' -- "$@" 2>/dev/null | sed -n 's/ installed$//p'
if [ -e /var/lib/mysql/ibdata1 ]; then echo /var/lib/mysql; fi
echo '== os'
cat /etc/os-release
`;

const TAKE = `dir=$1 cluster=$2 round=$3
shift 3
for unit; do
  there=$(systemctl show --property=LoadState --value -- "$unit")
  if [ "$there" != not-found ]; then systemctl stop -- "$unit"; fi
done
umask 077
rm -rf -- "$dir"
mkdir -p -- "$dir"
printf '%s %s\\n' "$cluster" "$round" >"$dir/claim.new"
mv -- "$dir/claim.new" "$dir/claim"
`;

/**
 * A machine taken for rehearsals of one cluster. Databases of the live ones' names will be dropped and made on it: one
 * that has a database server or a cloud's packages and was not taken by us before is refused.
 */
export const rehearsalClaim = defineStep({
  kind: 'rehearsal.claim',
  params: z.strictObject({
    cluster: Word,
    round: Word,
    codename: z.string(),
    /** Packages that a fresh machine does not have. */
    strange: z.array(Word).min(1),
    /** What an earlier round left running. */
    units: z.array(Word),
  }),
  commands: ({ cluster, round, units }) => [
    { argv: ['sh', '-eus', '--', REHEARSAL_DIR, cluster, round, ...units], input: TAKE },
  ],
  looks: ({ strange }) => ({ state: { argv: ['sh', '-us', '--', CLAIM, ...strange], input: STATE } }),
  judge({ cluster, round, codename }, seen) {
    const asked = answer(seen, 'state');
    if (asked.rc !== 0) return wait(complaint(asked));
    const part = sections(asked.out);
    const [whose = '', which = ''] = (part.claim ?? '').trim().split(' ');
    if (!(part.os ?? '').includes(`VERSION_CODENAME=${codename}`)) {
      return refuse(
        `the machine does not run ${codename}`,
        `a rehearsal needs the target's system: install ${codename} on the machine under rehearsal: in the cluster file`,
      );
    }
    if (whose !== '' && whose !== cluster) {
      return refuse(
        `the machine is taken for rehearsals of ${whose}`,
        `give ${cluster} a machine of its own, or remove ${REHEARSAL_DIR} there if nobody needs the other any more`,
      );
    }
    const there = lines(part.there ?? '');
    if (whose === '' && there.length > 0) {
      return refuse(
        `the machine is not a fresh one: ${there.join(', ')}`,
        'its databases would be lost: name a freshly installed machine under rehearsal: in the cluster file',
      );
    }
    return which === round ? done(`taken for ${cluster}, ${round}`) : todo('not taken for this round yet');
  },
});

/** Package lists fetched anew in each round: a fresh machine has none, and then nothing seems to be left to upgrade. */
export const rehearsalPackages = defineStep({
  kind: 'rehearsal.packages',
  params: z.strictObject({ mark: z.string().startsWith('/') }),
  commands: ({ mark }) => [{ argv: apt.update() }, { argv: ['install', '-m', '0600', '/dev/null', mark] }],
  again: apt.NO_WAY,
  looks: ({ mark }) => ({ mark: { argv: ['find', mark, '-maxdepth', '0'] }, lists: archive.listed }),
  judge(_params, seen) {
    const mark = found(answer(seen, 'mark'));
    if (mark === undefined) return wait(`find: ${complaint(answer(seen, 'mark'))}`);
    if (mark === '') return todo('not fetched in this round');
    const lists = answer(seen, 'lists');
    if (lists.rc !== 0) return wait(`apt: ${complaint(lists)}`);
    const count = lines(lists.out).length;
    return count > 0 ? done(`${count} package lists`) : todo('apt has no package lists');
  },
});

const SETTINGS: Look = {
  argv: [...CLIENT, '-e', "SELECT 'windlass-version', VERSION(); SHOW GLOBAL VARIABLES"],
};

/** The database server on the machine is the target's, and keeps of the old defaults what the real plan keeps. */
export const rehearsalServer = defineStep({
  kind: 'rehearsal.server',
  params: z.strictObject({
    version: z.string(),
    keeps: z.array(z.strictObject({ option: z.string(), value: z.string() })),
  }),
  commands: () => [],
  looks: () => ({ settings: SETTINGS }),
  judge({ version, keeps }, seen) {
    const asked = answer(seen, 'settings');
    if (asked.rc !== 0) return wait(complaint(asked));
    const is = new Map(lines(asked.out).map((line) => line.split('\t') as [string, string]));
    const runs = is.get('windlass-version') ?? '';
    if (runs !== version && !runs.startsWith(`${version}.`) && !runs.startsWith(`${version}-`)) {
      return refuse(
        `MariaDB here is ${runs || 'unknown'}, the target's is ${version}`,
        "clones on another server than the target's prove nothing (a false green): give the machine the target's packages",
      );
    }
    // A server may tell more pairs than were set: what was set has to be among them.
    const words = (option: string): readonly string[] => (is.get(option) ?? '').split(',');
    const other = keeps.filter(({ option, value }) =>
      value.split(',').some((word) => !words(option).includes(word)),
    );
    return other.length === 0
      ? done(
          `MariaDB ${runs}${keeps.length > 0 ? `, with the old ${keeps.map(({ option }) => option).join(', ')}` : ''}`,
        )
      : refuse(
          other
            .map(({ option, value }) => `${option} is ${is.get(option) ?? 'unknown'}, not ${value}`)
            .join('; '),
          'see which file under /etc/mysql says otherwise',
        );
  },
});

const DUMP = `mariadb-dump --single-transaction --quick --routines --triggers --events --databases "$1" | gzip -1
`;

/** One live database dumped in one transaction and brought over; the node that is read keeps nothing. */
export const rehearsalDump = defineStep({
  kind: 'rehearsal.dump',
  params: z.strictObject({ from: Word, database: Database, path: z.string().startsWith('/') }),
  carries: ({ from, database, path }) => [{ on: from, ...bash(DUMP, database), path }],
  commands: ({ path }) => [
    { argv: ['gzip', '-t', '--', path] },
    { argv: ['install', '-m', '0600', '/dev/null', `${path}.whole`] },
  ],
  undo: ({ path }) => [{ argv: ['rm', '-f', '--', path, `${path}.whole`] }],
  looks: ({ path }) => ({ mark: { argv: ['find', `${path}.whole`, '-maxdepth', '0'] } }),
  judge({ database }, seen) {
    const mark = found(answer(seen, 'mark'));
    if (mark === undefined) return wait(`find: ${complaint(answer(seen, 'mark'))}`);
    return mark === '' ? todo(`no dump of ${database} here`) : done(`${database} is here, whole`);
  },
});

const RESTORE = `${LOAD}database=$1 dump=$2 mark=$3
rm -f -- "$mark"
mariadb -e "DROP DATABASE IF EXISTS \\\`$database\\\`"
zcat -- "$dump" | load mariadb
mariadb --batch --skip-column-names "$database" -e 'SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()' >"$mark.new"
mv -- "$mark.new" "$mark"
`;

/** The dump made a clone on the machine's own server, in place of one that was there before. */
export const rehearsalRestore = defineStep({
  kind: 'rehearsal.restore',
  params: z.strictObject({
    database: Database,
    dump: z.string().startsWith('/'),
    mark: z.string().startsWith('/'),
  }),
  commands: ({ database, dump, mark }) => [bash(RESTORE, database, dump, mark)],
  looks: ({ mark }) => ({
    mark: { argv: ['cat', '--', mark] },
    tables: {
      argv: [
        ...CLIENT,
        '-e',
        'SELECT TABLE_SCHEMA, COUNT(*) FROM information_schema.TABLES GROUP BY TABLE_SCHEMA',
      ],
    },
  }),
  judge({ database }, seen) {
    const mark = answer(seen, 'mark');
    if (mark.rc !== 0) return todo(`${database} is not restored yet`);
    const tables = answer(seen, 'tables');
    if (tables.rc !== 0) return wait(complaint(tables));
    const now =
      lines(tables.out)
        .find((line) => line.startsWith(`${database}\t`))
        ?.split('\t')[1] ?? '0';
    return now === mark.out.trim() && now !== '0'
      ? done(`${database}: ${now} tables`)
      : todo(`${database} has ${now} tables, ${mark.out.trim()} were restored`);
  },
});

const Walled = z.strictObject({
  asked: z.int(),
  reached: z.array(z.string()),
  own: z.array(z.string()),
  spoken: z.array(z.string()),
});

const wallLook = (addresses: readonly string[]): Look => ({
  argv: ['python3', '-', 'look', ...addresses],
  input: WALL,
});

function readWall(seen: Seen): z.infer<typeof Walled> | string {
  if (seen.lost) return 'node does not answer';
  if (seen.rc !== 0) return complaint(seen);
  const told = Walled.safeParse(json(seen.out));
  return told.success ? told.data : `the node said something else: ${seen.out.slice(0, 200)}`;
}

const Addresses = z.array(z.string().regex(/^[A-Za-z0-9][\w.:-]*$/, 'an address')).min(1);

/** No address of the cluster can be reached from the machine any more, by a route of its kernel's; a boot ends it. */
export const rehearsalWall = defineStep({
  kind: 'rehearsal.wall',
  params: z.strictObject({ addresses: Addresses }),
  commands: ({ addresses }) => [{ argv: ['python3', '-', 'raise', ...addresses], input: WALL }],
  undo: ({ addresses }) => [{ argv: ['python3', '-', ...addresses], input: UNWALL }],
  looks: ({ addresses }) => ({ wall: wallLook(addresses) }),
  judge(_params, seen) {
    const told = readWall(answer(seen, 'wall'));
    if (typeof told === 'string') return wait(told);
    if (told.own.length > 0) {
      return refuse(
        `${told.own.join(', ')} is this machine itself`,
        'the rehearsal host is a node of the cluster: name another machine under rehearsal: in the cluster file',
      );
    }
    if (told.spoken.length > 0) {
      return refuse(
        `Windlass comes to this machine from ${told.spoken.join(', ')}, an address of the cluster`,
        'run Windlass on a machine that is no node of the cluster: the wall would shut it out, or stay open for it',
      );
    }
    return told.reached.length === 0
      ? done(`none of ${told.asked} addresses of the cluster can be reached`)
      : todo(`can still be reached: ${told.reached.join(', ')}`);
  },
});

/** The wall stands, now: asked before everything that runs the target's code. */
export const rehearsalWalled = defineGuard({
  kind: 'rehearsal.walled',
  params: z.strictObject({ host: z.string(), addresses: Addresses }),
  looks: ({ host, addresses }) => ({ wall: { ...wallLook(addresses), on: host } }),
  judge(_params, seen) {
    const told = readWall(answer(seen, 'wall'));
    if (typeof told === 'string') return closed(told);
    const ways = [...told.reached, ...told.own, ...told.spoken];
    return ways.length === 0
      ? open('no address of the cluster can be reached')
      : closed(`the machine can reach ${ways.join(', ')}: was it booted since the wall was raised?`);
  },
});

/** The schemas of the live databases are what they were: a hash each, read on one live node. */
export const rehearsalUntouched = defineStep({
  kind: 'rehearsal.untouched',
  params: z.strictObject({ ask: Word, fingerprints: z.record(Database, z.string()) }),
  commands: () => [],
  looks: ({ ask, fingerprints }) => ({ live: { ...schemaLook(Object.keys(fingerprints).sort()), on: ask } }),
  judge({ ask, fingerprints }, seen) {
    const told = readFingerprints(answer(seen, 'live'));
    if (typeof told === 'string') return wait(told);
    const other = Object.keys(fingerprints).filter((name) => told[name]?.hash !== fingerprints[name]);
    return other.length === 0
      ? done(`${Object.keys(fingerprints).length} live databases on ${ask} are as they were`)
      : refuse(
          `the schema of ${other.join(', ')} on ${ask} is not what discovery read`,
          'find out who changed it; then rehearse again, which begins with a new discovery',
        );
  },
});

/** Which versions it was that were rehearsed. */
export const rehearsalVersions = defineStep({
  kind: 'rehearsal.versions',
  params: z.strictObject({ path: z.string().startsWith('/'), packages: z.array(Word).min(1) }),
  commands: ({ path, packages }) => [{ argv: ['python3', '-', path, ...packages], input: VERSIONS }],
  looks: ({ path }) => ({ kept: { argv: ['cat', '--', path] } }),
  judge(_params, seen) {
    const kept = answer(seen, 'kept');
    const told = z.record(z.string(), z.string()).safeParse(json(kept.out));
    return kept.rc === 0 && told.success
      ? done(
          Object.entries(told.data)
            .map(([name, version]) => `${name} ${version}`)
            .join(', '),
        )
      : todo('not told yet');
  },
});
