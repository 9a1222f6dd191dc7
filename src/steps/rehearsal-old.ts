import { z } from 'zod';
import { bash } from '../drivers/bash.ts';
import { OLD_CODE } from '../drivers/old-code-program.ts';
import { ACCOUNTS } from '../drivers/rehearsal-programs.ts';
import { GREETING, RELAY } from '../drivers/relay-program.ts';
import { complaint, json } from '../drivers/text.ts';
import { defineStep } from './kind.ts';
import { REHEARSAL_DIR } from './rehearsal.ts';
import { answer, done, refuse, todo, wait } from './verdict.ts';

const Path = z.string().startsWith('/');
const Port = z.int().positive();

/** The unit of the relay, on both machines. */
export const RELAY_UNIT = 'windlass-rehearsal-relay';
const PROGRAM = `${REHEARSAL_DIR}/relay.py`;

const Relay = z.strictObject({
  /** `any`: from outside too, and then by the addresses in `from` alone. */
  listen: z.enum(['loopback', 'any']),
  port: Port,
  to: z.strictObject({ host: z.string().regex(/^[A-Za-z0-9][\w.:-]*$/, 'an address'), port: Port }),
  from: z.array(z.string().regex(/^[A-Za-z0-9][\w.:-]*$/, 'an address')),
});
type Relay = z.infer<typeof Relay>;

const words = ({ listen, port, to, from }: Relay): string[] => [
  listen,
  String(port),
  to.host,
  String(to.port),
  ...from,
];

/** Ends what an earlier round left; a transient unit is gone with its end. */
const START = `unit=$1 program=$2
shift 2
there=$(systemctl show --property=LoadState --value -- "$unit")
if [ "$there" != not-found ]; then
  systemctl stop -- "$unit"
fi
if systemctl -q is-failed -- "$unit"; then
  systemctl reset-failed -- "$unit"
fi
systemd-run --quiet --unit="$unit" --description="windlass relay: $*" --property=Restart=always --property=RestartSec=1 -- python3 "$program" "$@"
`;

const Greeting = z.strictObject({ active: z.string(), description: z.string(), server: z.string() });

/**
 * The clones' server reached from another machine, at its own loopback: so nothing in the rewritten configuration, the
 * cells or Keystone's catalogue has to be told from the first machine's. The server itself stays on its loopback.
 */
export const rehearsalRelay = defineStep({
  kind: 'rehearsal.relay',
  params: Relay,
  commands: (relay) => [
    { argv: ['install', '-D', '-m', '0600', '/dev/stdin', PROGRAM], input: RELAY },
    bash(START, RELAY_UNIT, PROGRAM, ...words(relay)),
  ],
  undo: () => [{ argv: ['systemctl', 'stop', RELAY_UNIT] }],
  looks: ({ port }) => ({
    greeting: { argv: ['python3', '-', RELAY_UNIT, String(port)], input: GREETING },
  }),
  judge(relay, seen) {
    const asked = answer(seen, 'greeting');
    if (asked.rc !== 0) return wait(complaint(asked));
    const told = Greeting.safeParse(json(asked.out));
    if (!told.success) return wait(`the node said something else: ${asked.out.slice(0, 200)}`);
    const { active, description, server } = told.data;
    if (active !== 'active' || description !== `windlass relay: ${words(relay).join(' ')}`) {
      return todo('no such relay is there');
    }
    const way = `port ${relay.port} to ${relay.to.host} port ${relay.to.port}`;
    return server === '' ? wait(`no database server answers by ${way}`) : done(`${server} answers by ${way}`);
  },
});

const Entered = z.strictObject({ accounts: z.int(), shut: z.array(z.string()) });

/** Every account of the copied configuration enters the clones' server from this machine, before anything is started. */
export const rehearsalEntered = defineStep({
  kind: 'rehearsal.entered',
  params: z.strictObject({ places: z.array(Path).min(1) }),
  commands: () => [],
  looks: ({ places }) => ({
    accounts: {
      argv: ['python3', '-', 'look', JSON.stringify({ places, databases: [], cells: null })],
      input: ACCOUNTS,
    },
  }),
  judge(_params, seen) {
    const asked = answer(seen, 'accounts');
    if (asked.rc !== 0) return wait(complaint(asked));
    const told = Entered.safeParse(json(asked.out));
    if (!told.success) return wait(`the node said something else: ${asked.out.slice(0, 200)}`);
    const { accounts, shut } = told.data;
    if (accounts === 0)
      return refuse('no configuration names a database', 'see whether the copy brought any');
    return shut.length === 0
      ? done(`${accounts} accounts can enter the clones`)
      : wait(`cannot enter the clones: ${shut.join(', ')}`);
  },
});

const Row = z.strictObject({
  what: z.string(),
  make: z.string(),
  body: z.record(z.string(), z.unknown()),
  find: z.string(),
  list: z.string(),
  wrapped: z.string().optional(),
  id: z.string(),
  named: z.string().optional(),
  at: z.string(),
  ready: z.strictObject({ in: z.string(), is: z.string(), good: z.string(), bad: z.string() }).optional(),
});

/** What the program kept: `ok` is null where something else than the service was at fault. */
const Result = z.strictObject({
  service: z.string(),
  phase: z.enum(['own', 'expanded', 'new']),
  ok: z.boolean().nullable(),
  words: z.string(),
  asked: z.int(),
  wrote: z.int(),
});

const ON: Record<z.infer<typeof Result>['phase'], string> = {
  own: 'old code on its own schema',
  expanded: 'old code on the expanded schema',
  new: 'new code on what the old wrote',
};

/**
 * A service's code asked on the clones, for lists and by rows it writes, reads and deletes. What it answers is kept and
 * told; the step is done either way, since a service that fails is what was asked for.
 */
export const rehearsalOldCode = defineStep({
  kind: 'rehearsal.old-code',
  atLeast: 1200,
  params: z.strictObject({
    path: Path,
    phase: Result.shape.phase,
    service: z.string(),
    credentials: Path,
    at: z.url(),
    login: z.boolean(),
    /** Started anew before: none for code that serves already. */
    units: z.array(z.string()),
    engines: z.array(z.string()),
    beats: z.string().nullable(),
    http: z.strictObject({ url: z.string(), expect: z.array(z.int()) }).nullable(),
    reads: z.array(z.string()),
    writes: z.array(Row),
    logs: z.array(Path),
    patience: z.int().positive(),
    /** Where the clones' server answers on the machine: asked when something fails. */
    clones: Port,
  }),
  commands: (how) => [
    { argv: ['rm', '-f', '--', how.path] },
    { argv: ['python3', '-', JSON.stringify(how)], input: OLD_CODE },
  ],
  looks: ({ path }) => ({ kept: { argv: ['cat', '--', path] } }),
  judge({ service, phase }, seen) {
    const kept = answer(seen, 'kept');
    if (kept.rc !== 0) return todo('not asked yet');
    const told = Result.safeParse(json(kept.out));
    if (!told.success) return todo('what was kept of it is not whole');
    const { ok, words: said, asked, wrote } = told.data;
    const how = ok === true ? 'lives' : ok === false ? 'FAILS' : 'could not be judged';
    return done(
      `${service}, ${ON[phase]}: ${how}${ok === true ? `; ${asked} lists, ${wrote} kinds of rows` : `; ${said}`}`,
    );
  },
  tells: (_params, seen) => {
    const told = Result.safeParse(json(answer(seen, 'kept').out));
    return told.success ? [JSON.stringify({ oldCode: told.data })] : [];
  },
});
