import type { Command, Look, Seen } from '../model/command.ts';
import { lines } from './text.ts';

export const SOCKET = '/run/haproxy/admin.sock';

/** One line to HAProxy's admin socket. Its complaints come with exit code 0: always look afterwards. */
export const admin = (line: string, socket = SOCKET): Command => ({
  argv: ['socat', '-t', '5', 'stdio', `unix-connect:${socket}`],
  input: `${line}\n`,
});

// On the balancer's own node, so that it ends in time whether or not anybody still listens. By the uptime: a clock that is set
// must not cut anybody off early.
const END_SESSIONS = `socket=$1 patience=$2; shift 2
ask() { printf '%s\\n' "$1" | socat -t 5 stdio "unix-connect:$socket"; }
sessions() { ask 'show stat' | awk -F, -v it="$1" '$1 "/" $2 == it { print $5; found = 1 } END { exit !found }'; }
up() { cut -d. -f1 /proc/uptime; }
end=$(( $(up) + patience ))
while :; do
  busy=
  for server; do
    left=$(sessions "$server") || { echo "HAProxy does not tell of $server" >&2; exit 1; }
    [ "$left" = 0 ] || busy="$busy $server"
  done
  [ -n "$busy" ] || exit 0
  [ "$(up)" -lt "$end" ] || break
  sleep 1
done
for server in $busy; do
  echo "told: $server: $(sessions "$server") requests had not ended after $patience s and were ended"
  ask "shutdown sessions server $server"
done
`;

/**
 * Waits until the servers have no session, for so many seconds at most, and closes those that are left then. It says which.
 * Works on what HAProxy 2.6 and 3.0 know: `show stat`, `shutdown sessions server`.
 */
export const endSessions = (servers: readonly string[], patience: number, socket = SOCKET): Command => ({
  argv: ['sh', '-eus', '--', socket, String(patience), ...servers],
  input: END_SESSIONS,
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
