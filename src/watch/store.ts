import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { WindlassError } from '../model/error.ts';
import type { ProbeInfo, Sample, Span } from './sample.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS probes(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, place TEXT NOT NULL, rate REAL NOT NULL);
  CREATE TABLE IF NOT EXISTS samples(
    probe INTEGER NOT NULL REFERENCES probes(id),
    started_ms REAL NOT NULL, ended_ms REAL NOT NULL, ok INTEGER NOT NULL, error TEXT);
  CREATE INDEX IF NOT EXISTS samples_by_time ON samples(probe, started_ms);
  CREATE TABLE IF NOT EXISTS watcher(
    one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, started_ms REAL NOT NULL, beat_ms REAL NOT NULL);
`;

const ProbeRow = z.object({
  name: z.string(),
  kind: z.enum(['tcp', 'http', 'api', 'sql', 'amqp', 'ping']),
  place: z.string(),
  rate: z.number(),
});
const SampleRow = z.object({
  started_ms: z.number(),
  ended_ms: z.number(),
  ok: z.number(),
  error: z.string().nullable(),
});
const TailRow = SampleRow.extend({ rowid: z.number(), name: z.string() });
const WatcherRow = z.object({ pid: z.number(), started_ms: z.number(), beat_ms: z.number() });

export interface Watcher {
  readonly pid: number;
  readonly started: number;
  readonly beat: number;
}

/** `probes.db`: what was watched and every attempt. One process writes, any number read. */
export interface ProbeStore {
  declare(probe: ProbeInfo): void;
  /** Written together, in one transaction. */
  add(samples: readonly Sample[]): void;
  probes(): ProbeInfo[];
  /** A probe's samples that touch the window, or all, by their start. */
  samples(probe: string, window?: Span): Sample[];
  /** Everything written since a cursor (0: from the beginning), at most `limit`, and the cursor to go on with. */
  tail(cursor: number, limit?: number): { readonly samples: Sample[]; readonly cursor: number };
  /** Cursor behind the newest sample, to follow only what comes. */
  newest(): number;
  watcher(): Watcher | undefined;
  beat(watcher: Watcher): void;
  leave(): void;
  close(): void;
}

/** Longest an attempt can last: how far before a window its samples may have begun. */
const LONGEST_ATTEMPT_MS = 60_000;

/** Opens the store, making it when it is written; WAL lets the report and the page read while the watch writes. */
export function openProbeStore(path: string, mode: 'read' | 'write' = 'write'): ProbeStore {
  if (mode === 'write') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = open(path, mode);
  db.exec('PRAGMA busy_timeout = 5000');
  if (mode === 'write') {
    // NORMAL: a power cut may cost the last quarter of a second of samples, a killed process nothing.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    db.exec(SCHEMA);
  }
  const ids = new Map<string, number>();
  const idOf = (name: string): number | undefined => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    const row = db.prepare('SELECT id FROM probes WHERE name = ?').get(name);
    const id = row === undefined ? undefined : z.object({ id: z.number() }).parse(row).id;
    if (id !== undefined) ids.set(name, id);
    return id;
  };

  const hasTable = (name: string): boolean =>
    db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !== undefined;

  return {
    declare({ name, kind, where, rate }) {
      db.prepare(
        `INSERT INTO probes(name, kind, place, rate) VALUES (?, ?, ?, ?)
         ON CONFLICT(name) DO UPDATE SET kind = excluded.kind, place = excluded.place, rate = excluded.rate`,
      ).run(name, kind, where, rate);
    },
    add(samples) {
      if (samples.length === 0) return;
      const insert = db.prepare('INSERT INTO samples VALUES (?, ?, ?, ?, ?)');
      db.exec('BEGIN');
      try {
        for (const { probe, started, ended, ok, error } of samples) {
          const id = idOf(probe);
          if (id === undefined) throw new Error(`probe ${probe} was not declared`);
          insert.run(id, started, ended, ok ? 1 : 0, error ?? null);
        }
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    probes() {
      if (!hasTable('probes')) return [];
      return db
        .prepare('SELECT name, kind, place, rate FROM probes ORDER BY id')
        .all()
        .map((row) => ProbeRow.parse(row))
        .map(({ place, ...probe }) => ({ ...probe, where: place }));
    },
    samples(probe, window) {
      const id = idOf(probe);
      if (id === undefined) return [];
      const { from, to } = window ?? { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
      return db
        .prepare(
          `SELECT started_ms, ended_ms, ok, error FROM samples
           WHERE probe = ? AND started_ms >= ? AND started_ms < ? AND ended_ms >= ? ORDER BY started_ms`,
        )
        .all(id, from - LONGEST_ATTEMPT_MS, to, from)
        .map((row) => sampleOf(probe, SampleRow.parse(row)));
    },
    tail(cursor, limit = 50_000) {
      if (!hasTable('samples')) return { samples: [], cursor };
      const rows = db
        .prepare(
          `SELECT s.rowid, p.name, s.started_ms, s.ended_ms, s.ok, s.error
           FROM samples s JOIN probes p ON p.id = s.probe WHERE s.rowid > ? ORDER BY s.rowid LIMIT ?`,
        )
        .all(cursor, limit)
        .map((row) => TailRow.parse(row));
      return { samples: rows.map((row) => sampleOf(row.name, row)), cursor: rows.at(-1)?.rowid ?? cursor };
    },
    newest() {
      const row = hasTable('samples')
        ? db.prepare('SELECT max(rowid) AS rowid FROM samples').get()
        : undefined;
      return z.object({ rowid: z.number().nullable() }).parse(row ?? { rowid: null }).rowid ?? 0;
    },
    watcher() {
      // A reader may come while the first watch is still laying out the file.
      if (!hasTable('watcher')) return undefined;
      const row = db.prepare('SELECT pid, started_ms, beat_ms FROM watcher').get();
      if (row === undefined) return undefined;
      const { pid, started_ms, beat_ms } = WatcherRow.parse(row);
      return { pid, started: started_ms, beat: beat_ms };
    },
    beat({ pid, started, beat }) {
      db.prepare('INSERT OR REPLACE INTO watcher VALUES (1, ?, ?, ?)').run(pid, started, beat);
    },
    leave() {
      db.prepare('DELETE FROM watcher').run();
    },
    close() {
      db.close();
    },
  };
}

function sampleOf(probe: string, row: z.infer<typeof SampleRow>): Sample {
  const { started_ms: started, ended_ms: ended, ok, error } = row;
  return { probe, started, ended, ok: ok === 1, ...(error === null ? {} : { error }) };
}

function open(path: string, mode: 'read' | 'write'): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly: mode === 'read' });
  } catch (error) {
    throw new WindlassError(
      {
        code: 'WL-WATCH-STORE',
        message: `cannot open ${path}: ${error instanceof Error ? error.message : String(error)}`,
        remedy: 'name the state folder that `windlass watch` writes to with --state',
      },
      2,
      { cause: error },
    );
  }
}
