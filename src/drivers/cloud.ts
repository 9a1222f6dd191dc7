import { z } from 'zod';
import type { Argv, Look, Seen } from '../model/command.ts';
import { complaint, json } from './text.ts';

/** Where the program of `cloud-program.ts` is written on the controllers. */
export const CLOUD_PATH = '/var/lib/windlass/cloud.py';

const call = (credentials: string, ...words: readonly string[]): Argv => [
  'python3',
  CLOUD_PATH,
  '--credentials',
  credentials,
  ...words,
];

const Guest = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  task: z.string().nullable(),
  power: z.number().nullable(),
  tag: z.string().nullable(),
});
export type Guest = z.infer<typeof Guest>;
const HostState = z.object({
  host: z.string(),
  state: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  /** Seconds since its last word. */
  age: z.number().nullable(),
  canary: z.array(Guest),
  running: z.array(Guest),
  kept: z.array(Guest),
  stopped: z.array(Guest),
  agents: z.array(
    z.object({ type: z.string(), alive: z.boolean(), up: z.boolean(), age: z.number().nullable() }),
  ),
});
export type HostState = z.infer<typeof HostState>;

const AgentsState = z.object({
  host: z.string(),
  agents: z.array(
    z.object({
      type: z.string(),
      alive: z.boolean(),
      up: z.boolean(),
      carries: z.array(z.string()),
      others: z.array(z.string()),
    }),
  ),
});
export type AgentsState = z.infer<typeof AgentsState>;

function told<T>(schema: z.ZodType<T>, seen: Seen): T | string {
  if (seen.lost) return 'node does not answer';
  if (seen.rc !== 0) return complaint(seen);
  const parsed = schema.safeParse(json(seen.out));
  return parsed.success ? parsed.data : `the cloud said something else: ${seen.out.slice(0, 200)}`;
}

export const hostLook = (credentials: string, host: string): Look => ({
  argv: call(credentials, 'host', host),
});
/** A compute as Nova and Neutron see it; a string with the complaint when they do not answer. */
export const readHost = (seen: Seen): HostState | string => told(HostState, seen);

/** Routers and networks by their ids; `shared` are those of them that other agents carry as well. */
export interface Carried {
  readonly routers: readonly string[];
  readonly networks: readonly string[];
  readonly shared?: readonly string[] | undefined;
}

const ids = (option: string, found: readonly string[] = []): readonly string[] =>
  found.length > 0 ? [option, ...found] : [];

export const agentsLook = (credentials: string, host: string): Look => ({
  argv: call(credentials, 'agents', host),
});
/** What the L3 and DHCP agents of a host carry, and who else could. */
export const readAgents = (seen: Seen): AgentsState | string => told(AgentsState, seen);

export const goneLook = (credentials: string, host: string, wanted: Carried): Look => ({
  argv: call(
    credentials,
    'gone',
    host,
    ...ids('--routers', wanted.routers),
    ...ids('--networks', wanted.networks),
  ),
});
/** Which of the routers and networks asked for their owners have deleted; none as long as nobody says so. */
export function readGone(seen: Seen): readonly string[] {
  const gone = told(z.strictObject({ gone: z.array(z.string()) }), seen);
  return typeof gone === 'string' ? [] : gone.gone;
}

export const guestWords = ({ name, id, status }: Guest): string => `${name} (${id}, ${status})`;

export const disable = (credentials: string, host: string, reason: string): Argv =>
  call(credentials, 'disable', host, '--reason', reason);
export const enable = (credentials: string, host: string): Argv => call(credentials, 'enable', host);

export const empty = (
  credentials: string,
  host: string,
  how: {
    readonly stuck: string;
    readonly block: string;
    readonly timeout: number;
    readonly patience: number;
  },
): Argv =>
  call(
    credentials,
    'empty',
    host,
    '--stuck',
    how.stuck,
    '--block',
    how.block,
    '--timeout',
    String(how.timeout),
    '--patience',
    String(how.patience),
  );

export const startGuests = (credentials: string, host: string, timeout: number): Argv =>
  call(credentials, 'start', host, '--timeout', String(timeout));

export const bootCanary = (
  credentials: string,
  host: string,
  canary: {
    readonly image: string;
    readonly flavor: string;
    readonly network?: string | undefined;
    readonly timeout: number;
  },
): Argv =>
  call(
    credentials,
    'canary',
    host,
    '--image',
    canary.image,
    '--flavor',
    canary.flavor,
    ...(canary.network === undefined ? [] : ['--network', canary.network]),
    '--timeout',
    String(canary.timeout),
  );
export const removeCanary = (credentials: string, host: string): Argv => call(credentials, 'uncanary', host);

export const leaveAgents = (credentials: string, host: string): Argv => call(credentials, 'leave', host);
export const returnAgents = (credentials: string, host: string, before: Carried): Argv =>
  call(
    credentials,
    'comeback',
    host,
    ...ids('--routers', before.routers),
    ...ids('--networks', before.networks),
    ...ids('--shared', before.shared),
  );

/** One node's API by its address, and a list of it; `login`: it is the one that gives tokens. */
export interface Asked {
  readonly at: string;
  readonly path: string;
  readonly login: boolean;
}

export const warmLook = (credentials: string, { at, path, login }: Asked): Look => ({
  argv: call(credentials, 'warm', at, '--path', path, ...(login ? ['--login'] : [])),
});
/** Seconds that each of a few answers took; a string with the complaint when one was none. */
export function readWarm(seen: Seen): readonly number[] | string {
  const found = told(z.strictObject({ seconds: z.array(z.number()).min(1) }), seen);
  return typeof found === 'string' ? found : found.seconds;
}

/** Endpoints of one service made after another's, as `NewEndpoint` of the catalogue says them. */
export interface EndpointsWanted {
  readonly credentials: string;
  readonly type: string;
  readonly name: string;
  readonly description: string;
  readonly like: string;
  readonly cut: string;
  readonly to: string;
}

const endpoint = (
  { credentials, type, name, description, like, cut, to }: EndpointsWanted,
  ...more: readonly string[]
): Argv =>
  call(
    credentials,
    'endpoint',
    type,
    `--name=${name}`,
    `--description=${description}`,
    `--like=${like}`,
    `--cut=${cut}`,
    `--to=${to}`,
    ...more,
  );

export const endpointLook = (wanted: EndpointsWanted): Look => ({ argv: endpoint(wanted) });
export const makeEndpoint = (wanted: EndpointsWanted): Argv => endpoint(wanted, '--make');
export const takeEndpoint = (wanted: EndpointsWanted): Argv => endpoint(wanted, '--undo');

const Left = z.object({
  left: z.array(z.object({ interface: z.string(), region: z.string().nullable(), url: z.string() })),
  there: z.int(),
});
/** Endpoints that are still to be made or changed. */
export const readEndpoint = (seen: Seen): z.infer<typeof Left> | string => told(Left, seen);
