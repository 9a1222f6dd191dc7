import { randomUUID } from 'node:crypto';
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { orAborted, type Prober } from '../attempt.ts';
import type { SecretSource } from '../secret.ts';

export interface SqlPlace {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly table: string;
}

/** Marks the rows of watches. */
const WHO = 'windlass-watch';
/** Attempts between two clean-ups, and how far behind the newest row they stay: others may be reading theirs. */
const CLEAN_EVERY = 600;
const CLEAN_BEHIND = 3000;
const IDLE_KEPT = 1;
const CONNECT_TIMEOUT_MS = 2000;

/** Errors after which OpenStack's database layer, too, throws the connection away. 1047: this member is not Synced. */
const GIVE_UP = new Set([1047, 1053, 1290, 1836, 1927, 2006, 2013]);

/**
 * A committed insert, read back, through the address that clients use. Like oslo.db it keeps connections and opens
 * another one when the kept one is busy, so a query that hangs on a dead member does not hide that new connections
 * are already served. A kept connection that breaks unseen fails the next attempt.
 *
 * The table needs: id (auto_increment key), who (text), v (text).
 */
export function sqlProbe(place: SqlPlace, secret: SecretSource): Prober {
  const who = `${WHO} ${randomUUID()}`;
  const idle: Connection[] = [];
  let newest = 0;
  let unseen: string | undefined;
  let count = 0;
  const table = `\`${place.database.replaceAll('`', '``')}\`.\`${place.table.replaceAll('`', '``')}\``;

  const open = async (): Promise<Connection> => {
    const connection = await createConnection({
      host: place.address,
      port: place.port,
      user: place.user,
      password: await secret(place.password),
      database: place.database,
      connectTimeout: CONNECT_TIMEOUT_MS,
    });
    connection.on('error', (error: Error) => {
      const at = idle.indexOf(connection);
      // One that is in use fails its own query.
      if (at >= 0) {
        idle.splice(at, 1);
        unseen = error.message;
      }
    });
    return connection;
  };
  const write = async (connection: Connection): Promise<void> => {
    count += 1;
    const value = String(count);
    const [written] = await connection.query<ResultSetHeader>(`INSERT INTO ${table} (who, v) VALUES (?, ?)`, [
      who,
      value,
    ]);
    newest = written.insertId;
    const [rows] = await connection.query<RowDataPacket[]>(`SELECT v FROM ${table} WHERE id = ?`, [
      written.insertId,
    ]);
    if (rows[0]?.v !== value) throw new Error('the row that was written could not be read back');
  };
  /** Old rows of all watches, those that were killed included. */
  const clean = async (connection: Connection): Promise<void> => {
    const sql = `DELETE FROM ${table} WHERE who LIKE ? AND id < ? LIMIT 5000`;
    await connection.query(sql, [`${WHO}%`, newest - CLEAN_BEHIND]);
  };
  const keep = (connection: Connection): void => {
    if (idle.length < IDLE_KEPT) idle.push(connection);
    else connection.destroy();
  };

  return {
    async attempt(signal) {
      if (unseen !== undefined) {
        const why = unseen;
        unseen = undefined;
        throw new Error(why);
      }
      const opening = idle.pop() ?? open();
      const connection = await orAborted(Promise.resolve(opening), signal).catch((error: unknown) => {
        // Too late for this attempt; if it opens yet, nobody waits for it.
        Promise.resolve(opening).then(
          (late) => late.destroy(),
          () => undefined,
        );
        throw error;
      });
      try {
        await orAborted(write(connection), signal);
      } catch (error) {
        if (signal.aborted || broken(error)) connection.destroy();
        else keep(connection);
        throw error;
      }
      keep(connection);
      // Outside the attempt: tidying is not what is measured.
      if (count % CLEAN_EVERY === 0 && idle.at(-1) === connection) {
        idle.pop();
        clean(connection).then(
          () => keep(connection),
          () => connection.destroy(),
        );
      }
    },
    async close() {
      const connection = idle.pop() ?? (await open());
      try {
        await connection.query(`DELETE FROM ${table} WHERE who = ?`, [who]);
      } finally {
        for (const each of [connection, ...idle.splice(0)]) each.destroy();
      }
    },
  };
}

function broken(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true;
  const { errno, fatal } = error as { errno?: unknown; fatal?: unknown };
  return fatal === true || (typeof errno === 'number' && GIVE_UP.has(errno));
}
