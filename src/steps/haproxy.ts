import { z } from 'zod';
import * as haproxy from '../drivers/haproxy.ts';
import * as systemd from '../drivers/systemd.ts';
import type { Command, Seen } from '../model/command.ts';
import { defineStep } from './kind.ts';
import { answer, done, todo, wait } from './verdict.ts';

/** HAProxy's own rule for names. Anything else could end a line on its socket and begin another. */
const Name = z.string().regex(/^[\w.:-]+$/);
export const Servers = z.array(z.strictObject({ backend: Name, server: Name })).min(1);

function states(seen: Seen, servers: z.infer<typeof Servers>): haproxy.ServerState[] | string {
  const all = haproxy.readStat(seen);
  if (typeof all === 'string') return all;
  const found = servers.map(({ backend, server }) =>
    all.find((row) => row.backend === backend && row.server === server),
  );
  return found.every((row) => row !== undefined) ? found : 'a server of the plan is not in HAProxy any more';
}

type Which = { readonly socket: string; readonly servers: z.infer<typeof Servers> };

/** As its socket names a server. */
const pathOf = ({ backend, server }: { readonly backend: string; readonly server: string }): string =>
  `${backend}/${server}`;

const setState = ({ socket, servers }: Which, state: 'ready' | 'drain' | 'maint'): Command[] =>
  servers.map((server) => haproxy.admin(`set server ${pathOf(server)} state ${state}`, socket));

/** Somebody took it out, also where it is down besides: its status says only that. */
const keptOut = (row: haproxy.ServerState, taken: ReadonlySet<string>): boolean =>
  /^(MAINT|DRAIN)/.test(row.status) || taken.has(pathOf(row));

const UNIT = 'haproxy.service';

/** The unit is not there, or does not run, by systemd's own word: no answer is none. */
function restsHere(seen: Seen): boolean {
  const active = seen.rc === 0 ? systemd.readUnitStates(seen)[UNIT]?.active : undefined;
  return active === 'inactive' || active === 'failed';
}

/**
 * Servers taken out of a balancer. `drain` lets requests under way end (HTTP); `maint` also closes what is open,
 * which is what a long-lived database session needs to move to another member. With `end`, what has not ended after so many
 * seconds is closed. With
 * `mayRest` a balancer that does not run is drained: a machine that was made anew and is no controller yet has none, and
 * its old disk, which goes back, has one that keeps nobody out.
 */
export const haproxyDrain = defineStep({
  kind: 'haproxy.drain',
  params: z.strictObject({
    socket: z.string(),
    servers: Servers,
    mode: z.enum(['drain', 'maint']),
    end: z.number().min(0).optional(),
    mayRest: z.literal(true).optional(),
  }),
  commands: ({ mode, end, ...which }) => [
    ...setState(which, mode),
    ...(end === undefined ? [] : [haproxy.endSessions(which.servers.map(pathOf), end, which.socket)]),
  ],
  undo: (which) => setState(which, 'ready'),
  looks: ({ socket, mayRest }) => ({
    stat: haproxy.showStat(socket),
    state: haproxy.showServersState(socket),
    ...(mayRest ? { unit: systemd.unitStates([UNIT]) } : {}),
  }),
  judge({ servers, mode, end, mayRest }, seen) {
    const rows = states(answer(seen, 'stat'), servers);
    if (typeof rows === 'string') {
      return mayRest && restsHere(answer(seen, 'unit'))
        ? done('HAProxy does not run here: nobody comes through it')
        : todo(rows);
    }
    const taken = haproxy.readTakenOut(answer(seen, 'state'));
    for (const row of rows) {
      const out = mode === 'drain' ? keptOut(row, taken) : row.status.startsWith('MAINT');
      if (!out) return todo(`${pathOf(row)} is ${row.status}`);
    }
    const busy = rows.filter((row) => row.sessions > 0);
    if (busy.length > 0) {
      const under = busy.map((row) => `${row.backend}: ${row.sessions} sessions`).join(', ');
      // Where they may be ended, the commands have that to do, also when it is begun again.
      return end === undefined ? wait(under) : todo(under);
    }
    return done(`${servers.length} servers take no traffic`);
  },
});

/**
 * Servers given back to a balancer: they count as down until a check has passed, then take traffic. With `asked` the
 * API itself has just answered and nobody else serves it: they take traffic at once, and a check may still fail them.
 */
export const haproxyEnable = defineStep({
  kind: 'haproxy.enable',
  params: z.strictObject({ socket: z.string(), servers: Servers, asked: z.boolean().optional() }),
  commands: ({ socket, servers, asked = false }) =>
    servers.flatMap((server) => {
      const ready = haproxy.admin(`set server ${pathOf(server)} state ready`, socket);
      const health = haproxy.admin(`set server ${pathOf(server)} health ${asked ? 'up' : 'down'}`, socket);
      return asked ? [ready, health] : [health, ready];
    }),
  undo: (which) => setState(which, 'maint'),
  looks: ({ socket }) => ({ stat: haproxy.showStat(socket) }),
  judge({ servers }, seen) {
    const rows = states(answer(seen, 'stat'), servers);
    if (typeof rows === 'string') return todo(rows);
    for (const row of rows) {
      if (/^(MAINT|DRAIN)/.test(row.status)) return todo(`${pathOf(row)} is ${row.status}`);
      if (!haproxy.isUp(row.status)) return wait(`${pathOf(row)} is ${row.status} (${row.check})`);
    }
    return done(`${servers.length} servers UP`);
  },
});

/**
 * Servers that nobody keeps out any more, whether they are up or not: each takes traffic as soon as the balancer's own check of
 * it passes. For services that are away everywhere and need each other to start.
 */
export const haproxyLetIn = defineStep({
  kind: 'haproxy.let-in',
  params: z.strictObject({ socket: z.string(), servers: Servers }),
  commands: (which) => setState(which, 'ready'),
  looks: ({ socket }) => ({ stat: haproxy.showStat(socket), state: haproxy.showServersState(socket) }),
  judge({ servers }, seen) {
    const rows = states(answer(seen, 'stat'), servers);
    if (typeof rows === 'string') return todo(rows);
    const taken = haproxy.readTakenOut(answer(seen, 'state'));
    const out = rows.find((row) => keptOut(row, taken));
    return out === undefined
      ? done(`${servers.length} servers take traffic as soon as they answer`)
      : todo(`${pathOf(out)} is kept out (${out.status})`);
  },
});
