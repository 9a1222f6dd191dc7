// Steps on databases against a real MariaDB, a cluster of one: what another session puts off, and what comes back from a dump.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chain, Draft, type Wanted } from '../../src/plan/draft.ts';
import { type Bench, openBench } from './bench.ts';
import { answerOf } from './operator.ts';
import { runDraft, type Worked } from './run-draft.ts';

let bench: Bench;

const shell = (script: string): Promise<string> =>
  answerOf(bench.lab, bench.node, 'bash', '-euo', 'pipefail', '-c', script);

const PREPARE = `export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --no-install-recommends -y mariadb-server galera-4
cat >/etc/mysql/mariadb.conf.d/99-galera.cnf <<'EOF'
[galera]
wsrep_on = ON
wsrep_provider = /usr/lib/galera/libgalera_smm.so
wsrep_cluster_address = gcomm://
binlog_format = ROW
innodb_autoinc_lock_mode = 2
EOF
systemctl restart mariadb
mariadb -e 'CREATE DATABASE t; CREATE TABLE t.t (id INT PRIMARY KEY, a INT); INSERT INTO t.t VALUES (1, 0), (2, 0)'`;

function step(kind: string, params: Record<string, unknown>, more: Partial<Wanted> = {}): Promise<Worked> {
  const draft = new Draft();
  draft.phase('p', 'P');
  const told = { title: 'Test', why: 'test', source: 'test', return: 'irreversible', estimate: 1 } as const;
  new Chain(draft, []).step({
    id: `${bench.node}/database/work`,
    kind,
    on: [bench.node],
    params,
    ...told,
    ...more,
  });
  return runDraft(draft, bench);
}

/** Another session has a row for so many seconds. */
const held = (row: number, seconds: number): Promise<string> =>
  shell(`systemd-run -q --unit holder-${row} mariadb -e \
  'START TRANSACTION; SELECT * FROM t.t WHERE id = ${row} FOR UPDATE; SELECT SLEEP(${seconds})'
until mariadb -NBe 'SHOW PROCESSLIST' | grep -q SLEEP; do sleep 0.1; done`);

/** A migration that writes a row, and has a second's patience for its lock. */
const migrate = (row: number): Promise<Worked> =>
  step('database.migrate', {
    argv: ['mariadb', '-e', `SET innodb_lock_wait_timeout = 1; UPDATE t.t SET a = 1 WHERE id = ${row}`],
    check: {
      argv: ['sh', '-c', `exit "$(mariadb -NBe 'SELECT IF(a = 1, 0, 10) FROM t.t WHERE id = ${row}')"`],
      done: [0],
      todo: [10],
      meaning: '0 written, 10 not written',
    },
  });

beforeAll(async () => {
  bench = await openBench('databases');
  await shell(PREPARE);
});

afterAll(() => bench?.close());

test('a command that is put off is run again until the other one is through, and the report tells of it', async () => {
  await held(1, 5);
  const { outcome, told } = await migrate(1);
  expect(outcome).toEqual({ is: 'finished' });
  expect(told[0]).toMatch(
    /^put off and run again, 1 of 3: .*ERROR 1205 \(HY000\) at line 1: Lock wait timeout exceeded/,
  );
});

test('the run stops where the other one does not let go, and goes on when it has', async () => {
  await held(2, 3600);
  const stopped = await migrate(2);
  expect(stopped.outcome).toMatchObject({
    is: 'halted',
    faults: [{ code: 'WL-STEP-COMMAND', output: expect.stringContaining('ERROR 1205 ') }],
  });
  // A client that is gone is no news to a server that sleeps.
  const sleepers = "information_schema.processlist WHERE info LIKE '%SLEEP(3600)' AND id <> CONNECTION_ID()";
  await shell(`mariadb -NBe "SELECT CONCAT('KILL ', id) FROM ${sleepers}" | mariadb`);
  expect((await stopped.again()).outcome).toEqual({ is: 'finished' });
});

test('guests born after a way back get no number that one born before it still goes by', async () => {
  const dir = '/root/dumps';
  await shell(`mkdir ${dir}
mariadb -e 'CREATE DATABASE nova; CREATE TABLE nova.instances (id INT PRIMARY KEY AUTO_INCREMENT, name TEXT)
  AUTO_INCREMENT = 40; INSERT INTO nova.instances (name) VALUES ("kept"), ("kept")'
mariadb-dump --databases nova | gzip >${dir}/nova.sql.gz
printf 'nova\\tinstances\\t2\\n' | tee ${dir}/rows.restored >${dir}/proof
mariadb -e 'INSERT INTO nova.instances (name) VALUES ("since"), ("since"), ("gone"); DELETE FROM nova.instances WHERE name = "gone"'`);
  const restore = async (round: string, more: object = {}): Promise<void> => {
    const numbers = ['instances', 'never_was'].map((table) => ({ database: 'nova', table }));
    const { outcome } = await step('backup.restore', { dir, databases: ['nova'], round, numbers, ...more });
    expect(outcome).toEqual({ is: 'finished' });
    await shell(`mariadb -e 'INSERT INTO nova.instances (name) VALUES ("after")'`);
  };
  const ids = async (): Promise<string[]> =>
    (await shell(`mariadb -NBe 'SELECT id FROM nova.instances ORDER BY id'`)).split('\n');
  await restore('back-1');
  expect(await ids()).toEqual(['40', '41', '45']);
  // Where disks have gone back under it the database knows no better: the plan does.
  await restore('back-2', { floor: 100 });
  expect(await ids()).toEqual(['40', '41', '100']);
});
