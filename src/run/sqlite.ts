import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { WindlassError } from '../model/error.ts';
import { Origin, RunEvent } from '../model/event.ts';
import { Plan } from '../model/plan.ts';
import type { ControlRequest, Entry, Journal, Lease, LeaseRow, RequestKind, RunRow } from './journal.ts';

const VERSION = 1;
/** How many past durations of a kind are looked at. */
const LAST = 20;

const SCHEMA = `
create table plans (id text primary key, body text not null) strict;
create table runs (
  run text primary key, plan text not null references plans(id), cluster text not null,
  "by" text not null, at real not null
) strict;
create table events (
  run text not null references runs(run), seq integer not null, at real not null, type text not null,
  body text not null, primary key (run, seq)
) strict, without rowid;
create trigger events_stay before update on events begin select raise(abort, 'events are only ever added'); end;
create trigger events_kept before delete on events begin select raise(abort, 'events are only ever added'); end;
create table requests (
  id integer primary key autoincrement, run text not null, what text not null, "by" text not null, at real not null,
  "from" text
) strict;
create table durations (kind text not null, seconds real not null, at real not null) strict;
create index durations_by_kind on durations (kind, at);
create table lease (
  cluster text primary key, run text not null, name text not null, host text not null, pid integer not null,
  epoch integer not null, held integer not null, since real not null, beat real not null
) strict;
pragma user_version = ${VERSION};
`;

const Body = z.object({ seq: z.int(), body: z.string() });
const PlanBody = z.object({ body: z.string() });
const Run = z.object({
  run: z.string(),
  plan: z.string(),
  cluster: z.string(),
  by: z.string(),
  at: z.number(),
});
const Request = z.object({
  id: z.int(),
  what: z.enum(['pause', 'resume', 'stop']),
  by: z.string(),
  from: z.string().nullable(),
});
const Duration = z.object({ kind: z.string(), seconds: z.number() });
const LeaseFields = z.object({
  cluster: z.string(),
  run: z.string(),
  name: z.string(),
  host: z.string(),
  pid: z.int(),
  epoch: z.int(),
  held: z.int().transform((held) => held === 1),
  since: z.number(),
  beat: z.number(),
});

/** Opens, or makes, a journal file. One file holds everything and may be copied into a ticket. */
export function openJournal(path: string): Journal {
  const db = new DatabaseSync(path, { timeout: 10_000 });
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  const journal = new SqliteJournal(db, path);
  return journal;
}

class SqliteJournal implements Journal {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#atomic(() => {
      const { user_version: version } = z
        .object({ user_version: z.int() })
        .parse(this.#sql('pragma user_version').get());
      if (version === 0) db.exec(SCHEMA);
      else if (version !== VERSION) {
        throw new WindlassError({
          code: 'WL-JOURNAL-VERSION',
          message: `${path} was written by another version of Windlass (format ${version}, this one knows ${VERSION})`,
          remedy: 'Use the version of Windlass that began the run.',
        });
      }
      // Journals of before did not keep where a request came from; older versions go on reading and writing this one.
      const columns = z
        .array(z.object({ name: z.string() }))
        .parse(this.#sql('pragma table_info(requests)').all());
      if (!columns.some(({ name }) => name === 'from'))
        db.exec('alter table requests add column "from" text');
    });
  }

  async create(run: string, plan: Plan, by: string, at: number): Promise<void> {
    this.#atomic(() => {
      this.#sql('insert or ignore into plans (id, body) values (?, ?)').run(plan.id, JSON.stringify(plan));
      this.#sql('insert into runs (run, plan, cluster, "by", at) values (?, ?, ?, ?, ?)').run(
        run,
        plan.id,
        plan.cluster,
        by,
        at,
      );
    });
  }

  async runs(): Promise<readonly RunRow[]> {
    return z
      .array(Run)
      .parse(this.#sql('select run, plan, cluster, "by", at from runs order by at, run').all());
  }

  async plan(run: string): Promise<Plan> {
    const row = this.#sql('select body from runs join plans on plans.id = runs.plan where runs.run = ?').get(
      run,
    );
    if (row === undefined) throw unknownRun(run);
    return Plan.parse(JSON.parse(PlanBody.parse(row).body));
  }

  async append(run: string, event: RunEvent, lease?: Lease): Promise<number> {
    const body = JSON.stringify(RunEvent.parse(event));
    return this.#atomic(() => {
      if (lease !== undefined) this.#mustHold(lease);
      const seq = this.#last(run) + 1;
      this.#insert(run, seq, event, body);
      return seq;
    });
  }

  async appendNext(run: string, event: RunEvent, after: number, lease: Lease): Promise<boolean> {
    const body = JSON.stringify(RunEvent.parse(event));
    return this.#atomic(() => {
      this.#mustHold(lease);
      if (this.#last(run) !== after) return false;
      this.#insert(run, after + 1, event, body);
      return true;
    });
  }

  async read(run: string, after = 0): Promise<readonly Entry[]> {
    const rows = this.#sql('select seq, body from events where run = ? and seq > ? order by seq').all(
      run,
      after,
    );
    return rows.map((row) => {
      const { seq, body } = Body.parse(row);
      return { seq, event: RunEvent.parse(JSON.parse(body)) };
    });
  }

  async request(run: string, what: RequestKind, by: string, at: number, from?: Origin): Promise<void> {
    this.#sql('insert into requests (run, what, "by", at, "from") values (?, ?, ?, ?, ?)').run(
      run,
      what,
      by,
      at,
      from === undefined ? null : JSON.stringify(from),
    );
  }

  async requests(run: string): Promise<readonly ControlRequest[]> {
    return z
      .array(Request)
      .parse(this.#sql('select id, what, "by", "from" from requests where run = ? order by id').all(run))
      .map(({ from, ...asked }) =>
        from === null ? asked : { ...asked, from: Origin.parse(JSON.parse(from)) },
      );
  }

  async settle(id: number): Promise<void> {
    this.#sql('delete from requests where id = ?').run(id);
  }

  async remember(name: string, seconds: number, at: number): Promise<void> {
    this.#sql('insert into durations (kind, seconds, at) values (?, ?, ?)').run(name, seconds, at);
  }

  async durations(): Promise<ReadonlyMap<string, number>> {
    const rows = this.#sql(
      `select kind, seconds from (
         select kind, seconds, row_number() over (partition by kind order by at desc) as place from durations
       ) where place <= ${LAST} order by kind, seconds`,
    ).all();
    const byKind = Map.groupBy(z.array(Duration).parse(rows), ({ kind }) => kind);
    return new Map(
      [...byKind].map(([kind, taken]) => [kind, taken[Math.floor(taken.length / 2)]?.seconds ?? 0]),
    );
  }

  async lease(cluster: string): Promise<LeaseRow | undefined> {
    const row = this.#sql('select * from lease where cluster = ?').get(cluster);
    return row === undefined ? undefined : LeaseFields.parse(row);
  }

  async takeLease(row: LeaseRow, seen: number): Promise<boolean> {
    const { cluster, run, name, host, pid, epoch, since, beat } = row;
    const { changes } = this.#sql(
      `insert into lease (cluster, run, name, host, pid, epoch, held, since, beat)
       select ?, ?, ?, ?, ?, ?, 1, ?, ? where ? = coalesce((select epoch from lease where cluster = ?), 0)
       on conflict (cluster) do update set run = excluded.run, name = excluded.name, host = excluded.host,
         pid = excluded.pid, epoch = excluded.epoch, held = 1, since = excluded.since, beat = excluded.beat`,
    ).run(cluster, run, name, host, pid, epoch, since, beat, seen, cluster);
    return Number(changes) === 1;
  }

  async renewLease({ cluster, epoch }: Lease, at: number): Promise<boolean> {
    const { changes } = this.#sql(
      'update lease set beat = ? where cluster = ? and epoch = ? and held = 1',
    ).run(at, cluster, epoch);
    return Number(changes) === 1;
  }

  async releaseLease({ cluster, epoch }: Lease): Promise<void> {
    this.#sql('update lease set held = 0 where cluster = ? and epoch = ?').run(cluster, epoch);
  }

  async close(): Promise<void> {
    this.#statements.clear();
    this.#db.close();
  }

  #last(run: string): number {
    return z
      .object({ seq: z.int() })
      .parse(this.#sql('select coalesce(max(seq), 0) as seq from events where run = ?').get(run)).seq;
  }

  #insert(run: string, seq: number, event: RunEvent, body: string): void {
    this.#sql('insert into events (run, seq, at, type, body) values (?, ?, ?, ?, ?)').run(
      run,
      seq,
      event.at,
      event.type,
      body,
    );
  }

  #mustHold({ cluster, epoch, run }: Lease): void {
    const row = this.#sql('select 1 from lease where cluster = ? and epoch = ? and held = 1').get(
      cluster,
      epoch,
    );
    if (row !== undefined) return;
    throw new WindlassError({
      code: 'WL-FENCED',
      message: `run ${run} (epoch ${epoch}) no longer holds the lease on ${cluster}`,
      remedy: 'Leave the cluster to the orchestrator that took over; `windlass status` shows it.',
    });
  }

  #sql(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const made = this.#db.prepare(text);
    this.#statements.set(text, made);
    return made;
  }

  /** All or nothing; takes the write lock at once, so that what was read in between still holds when it writes. */
  #atomic<T>(work: () => T): T {
    this.#db.exec('begin immediate');
    try {
      const result = work();
      this.#db.exec('commit');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback');
      throw error;
    }
  }
}

function unknownRun(run: string): WindlassError {
  return new WindlassError(
    {
      code: 'WL-RUN-UNKNOWN',
      message: `the journal knows no run ${run}`,
      remedy: '`windlass status` lists the runs of this journal; --journal names another file.',
    },
    2,
  );
}
