import type { Command, Look, Seen } from '../model/command.ts';
import { lines } from './text.ts';

export const SOCKET = '/run/haproxy/admin.sock';

/** One line to HAProxy's admin socket. Its complaints come with exit code 0: always look afterwards. */
export const admin = (line: string, socket = SOCKET): Command => ({
  argv: ['socat', '-t', '5', 'stdio', `unix-connect:${socket}`],
  input: `${line}\n`,
});

export const showStat = (socket = SOCKET): Look => admin('show stat', socket);

export interface ServerState {
  readonly backend: string;
  readonly server: string;
  readonly address: string;
  /** UP, DOWN, MAINT, DRAIN, NOLB, `no check`, … */
  readonly status: string;
  readonly sessions: number;
  readonly backup: boolean;
  readonly check: string;
}

/** Servers of `show stat`'s CSV; a string when HAProxy does not answer. */
export function readStat(seen: Seen): ServerState[] | string {
  if (seen.lost) return 'node does not answer';
  const rows = lines(seen.out);
  const head = rows[0];
  if (seen.rc !== 0 || !head?.startsWith('# '))
    return `HAProxy does not answer: ${seen.err.trim() || seen.out.trim()}`;
  const columns = head.slice(2).split(',');
  return rows
    .slice(1)
    .map((row) => Object.fromEntries(row.split(',').map((field, index) => [columns[index] ?? '', field])))
    .filter((row) => row.svname !== 'FRONTEND' && row.svname !== 'BACKEND')
    .map((row) => ({
      backend: row.pxname ?? '',
      server: row.svname ?? '',
      address: row.addr ?? '',
      status: row.status ?? '',
      sessions: Number(row.scur ?? 0),
      backup: row.bck === '1',
      check: row.check_status ?? '',
    }));
}

export const showServersState = (socket = SOCKET): Look => admin('show servers state', socket);

/** Bits of `srv_admin_state`: put into maintenance or drain by an operator. */
const FORCED_MAINT = 0x01;
const FORCED_DRAIN = 0x08;

/**
 * Servers an operator took out. `show stat` does not tell it of a server that is also down: such a one says DOWN,
 * and takes traffic as soon as it is up.
 */
export function readTakenOut(seen: Seen): ReadonlySet<string> {
  const rows = lines(seen.out);
  const columns = (rows.find((row) => row.startsWith('# ')) ?? '').slice(2).split(' ');
  const place = (name: string): number => columns.indexOf(name);
  const out = new Set<string>();
  for (const row of rows.filter((text) => /^\d+ \S/.test(text))) {
    const fields = row.split(' ');
    if ((Number(fields[place('srv_admin_state')]) & (FORCED_MAINT | FORCED_DRAIN)) !== 0) {
      out.add(`${fields[place('be_name')]}/${fields[place('srv_name')]}`);
    }
  }
  return out;
}

/** `UP`, also while a check has begun to fail (`UP 1/3`). */
export const isUp = (status: string): boolean => status.startsWith('UP') || status === 'no check';
