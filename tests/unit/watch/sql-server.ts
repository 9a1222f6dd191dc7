import type { AddressInfo } from 'node:net';
import mysql from 'mysql2';

/** What mysql2 can do on a server's side of a connection; its types leave this out. */
interface Served {
  sequenceId: number;
  serverHandshake(options: Readonly<Record<string, unknown>>): void;
  on(event: 'query', listener: (sql: string) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  writeOk(result: { affectedRows: number; insertId: number }): void;
  writeError(error: { code: number; message: string }): void;
  writeTextResult(rows: readonly Readonly<Record<string, string>>[], columns: readonly unknown[]): void;
  destroy(): void;
}

/** A database of one table in memory, which can be made to hang, to refuse, and to cut its connections. */
export class SqlServer {
  readonly rows = new Map<number, { readonly who: string; readonly v: string }>();
  /** Connections made so far. */
  connections = 0;
  /** Answers no query, as a member does whose cluster has no quorum. */
  silent = false;
  /** Told of each query that is left without an answer. */
  unanswered: () => void = () => undefined;
  /** Error number and text that every query gets. */
  refusal: readonly [number, string] | undefined;
  /** What was written cannot be read back. */
  forgetful = false;
  port = 0;
  readonly #live = new Set<Served>();
  readonly #server = mysql.createServer(() => undefined);
  #id = 0;

  async start(): Promise<this> {
    this.#server.on('connection', (connection) => this.#serve(connection as unknown as Served));
    await new Promise<void>((resolve, reject) => {
      const listening = this.#server as unknown as {
        listen(port: number, host: string, done: () => void): void;
        _server: { address(): AddressInfo };
      };
      this.#server.on('error', reject);
      listening.listen(0, '127.0.0.1', () => {
        this.port = listening._server.address().port;
        resolve();
      });
    });
    return this;
  }

  cut(): void {
    for (const connection of this.#live) connection.destroy();
    this.#live.clear();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(connection: Served): void {
    this.connections += 1;
    this.#live.add(connection);
    connection.on('error', () => undefined);
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '10.11.0-MariaDB',
      connectionId: this.connections,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff ^ 0x800,
      authCallback: (_: unknown, done: (error: null) => void) => {
        done(null);
        connection.sequenceId = 0;
      },
    });
    // mysql2 counts packets on through a whole connection here, clients count from the question.
    connection.on('query', (sql) => {
      connection.sequenceId = 1;
      this.#answer(connection, sql);
      connection.sequenceId = 0;
    });
  }

  #answer(connection: Served, sql: string): void {
    if (this.silent) {
      this.unanswered();
      return;
    }
    if (this.refusal !== undefined) {
      const [code, message] = this.refusal;
      connection.writeError({ code, message });
      return;
    }
    const written = /^INSERT INTO .* VALUES \('(.*)', '(.*)'\)$/.exec(sql);
    if (written !== null) {
      this.#id += 3; // as on a Galera cluster of three
      this.rows.set(this.#id, { who: written[1] ?? '', v: written[2] ?? '' });
      connection.writeOk({ affectedRows: 1, insertId: this.#id });
      return;
    }
    const read = /^SELECT v FROM .* WHERE id = (\d+)$/.exec(sql);
    if (read !== null) {
      const row = this.forgetful ? undefined : this.rows.get(Number(read[1]));
      const column = {
        catalog: 'def',
        schema: 'probe',
        table: 't',
        orgTable: 't',
        name: 'v',
        orgName: 'v',
        characterSet: 33,
        columnLength: 200,
        columnType: 253,
        flags: 0,
        decimals: 0,
      };
      connection.writeTextResult(row === undefined ? [] : [{ v: row.v }], [column]);
      return;
    }
    const own = /^DELETE FROM .* WHERE who = '(.*)'$/.exec(sql);
    if (own !== null) for (const [id, { who }] of this.rows) if (who === own[1]) this.rows.delete(id);
    connection.writeOk({ affectedRows: 0, insertId: 0 });
  }
}
