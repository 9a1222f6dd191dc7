import { z } from 'zod';
import * as rabbitmq from '../drivers/rabbitmq.ts';
import * as systemd from '../drivers/systemd.ts';
import { complaint } from '../drivers/text.ts';
import type { Argv, Command, Look, Verdict } from '../model/command.ts';
import { type Answers, defineStep } from './kind.ts';
import { answer, done, found, todo, wait } from './verdict.ts';

const UNIT = 'rabbitmq-server.service';
const MNESIA = '/var/lib/rabbitmq/mnesia';
const ctl = (...argv: string[]): Argv => ['rabbitmqctl', '-q', '-t', '60', ...argv];

/** Definitions written on the node that will import them: password hashes never leave it. */
export const rabbitmqExport = defineStep({
  kind: 'rabbitmq.export',
  params: z.strictObject({ path: z.string() }),
  commands: ({ path }) => [
    { argv: ['install', '-d', '-m', '0700', path.replace(/\/[^/]*$/, '')] },
    // The server's tool runs as its own user and cannot write into root's folder; its output can.
    {
      argv: ['sh', '-eus', '--', path],
      input: 'umask 077\nrabbitmqctl -q export_definitions - >"$1.new"\nmv "$1.new" "$1"\n',
    },
  ],
  undo: ({ path }) => [{ argv: ['rm', '-f', '--', path] }],
  looks: ({ path }) => ({
    file: {
      argv: [
        'python3',
        '-c',
        'import json,sys; d=json.load(open(sys.argv[1])); print(len(d["users"]), len(d["queues"]))',
        path,
      ],
    },
  }),
  judge({ path }, seen) {
    const file = answer(seen, 'file');
    const [users, queues] = file.out.trim().split(' ').map(Number);
    return file.rc === 0 && (users ?? 0) > 0
      ? done(`${users} users, ${queues} queues in ${path}`)
      : todo(`${path} is not there`);
  },
});

/** Settings the new server refuses with rc 69 (`ha-mode` and its kin) taken out of the definitions. */
const PRUNE = `import json, sys
source, target, refused = sys.argv[1], sys.argv[2], set(sys.argv[3].split(","))
with open(source) as file:
    definitions = json.load(file)
kept = []
for policy in definitions.get("policies", []):
    policy["definition"] = {k: v for k, v in policy["definition"].items() if k not in refused}
    if policy["definition"]:
        kept.append(policy)
definitions["policies"] = kept
import os
with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    json.dump(definitions, file)
`;
export const rabbitmqPrune = defineStep({
  kind: 'rabbitmq.prune',
  params: z.strictObject({
    from: z.string(),
    to: z.string(),
    refused: z.array(z.string()).min(1),
    policies: z.array(z.string()),
  }),
  commands: ({ from, to, refused }) => [
    { argv: ['python3', '-', from, to, refused.join(',')], input: PRUNE },
  ],
  undo: ({ to }) => [{ argv: ['rm', '-f', '--', to] }],
  looks: ({ to, refused }) => ({
    file: {
      argv: [
        'python3',
        '-c',
        'import json,sys; d=json.load(open(sys.argv[1])); r=set(sys.argv[2].split(",")); print(sum(1 for p in d["policies"] for k in p["definition"] if k in r))',
        to,
        refused.join(','),
      ],
    },
  }),
  judge({ to }, seen) {
    const file = answer(seen, 'file');
    return file.rc === 0 && file.out.trim() === '0'
      ? done(`${to} has no refused setting`)
      : todo(`${to} is not there yet`);
  },
});

/**
 * The old cluster's state put aside, not deleted: a server that finds it tries to join members of another
 * version and does not start (source 000), and a way back needs it.
 */
export const rabbitmqSetAside = defineStep({
  kind: 'rabbitmq.set-aside',
  params: z.strictObject({ aside: z.string() }),
  commands: ({ aside }) => [{ argv: ['mv', '-T', '--', MNESIA, aside] }],
  undo: ({ aside }) => [{ argv: ['rm', '-rf', '--', MNESIA] }, { argv: ['mv', '-T', '--', aside, MNESIA] }],
  looks: ({ aside }) => ({ found: { argv: ['find', MNESIA, aside, '-maxdepth', '0'] } }),
  judge({ aside }, seen) {
    const there = found(answer(seen, 'found'))?.split('\n');
    if (there === undefined) return wait(`find: ${complaint(answer(seen, 'found'))}`);
    if (there.includes(aside)) return done(`old state kept in ${aside}`);
    return there.includes(MNESIA) ? todo('the old cluster’s state is in place') : done('no old state');
  },
});

/** Whether clients find a listener: asked of the kernel, since a suspended one is still listed by RabbitMQ. */
const listening = { argv: ['ss', '-Hltn', 'sport', '=', ':5672'] } as const;

// rabbitmqctl has a command only for putting a whole node into maintenance.
const SUSPEND = 'rabbit_maintenance:suspend_all_client_listeners().';

/** Beside the unit it closes the new server again after every start: also after a boot that nobody meant. */
const DOOR = '/etc/systemd/system/rabbitmq-server.service.d/windlass-closed.conf';
const CLOSED = `# Of windlass: the new bus is closed to clients until its cutover.
[Service]
ExecStartPost=/usr/sbin/rabbitmqctl -q -t 60 eval '${SUSPEND}'
`;
const shut: readonly Command[] = [
  { argv: ['install', '-D', '-m', '0644', '/dev/stdin', DOOR], input: CLOSED },
  { argv: ['systemctl', 'daemon-reload'] },
];
const door: Look = { argv: ['find', DOOR, '-maxdepth', '0'] };

/**
 * Started by itself, closed to clients: they stay with the old cluster until the cutover. Until the listener is
 * closed, a moment after the start, a client that comes finds no user of its own and is refused.
 */
export const rabbitmqStartAlone = defineStep({
  kind: 'rabbitmq.start-alone',
  params: z.strictObject({ node: z.string(), version: z.string() }),
  commands: () => [
    ...shut,
    { argv: systemd.unmask(UNIT) },
    { argv: systemd.resetFailed(UNIT) },
    { argv: systemd.start(UNIT) },
    { argv: ctl('await_startup') },
    { argv: ctl('eval', SUSPEND) },
  ],
  undo: () => [
    { argv: systemd.stop(UNIT) },
    { argv: systemd.mask(UNIT) },
    { argv: ['rm', '-f', '--', DOOR] },
  ],
  looks: () => ({ status: rabbitmq.clusterStatus, listening, door }),
  judge({ node, version }, seen) {
    const status = rabbitmq.readClusterStatus(answer(seen, 'status'));
    if (typeof status === 'string') return todo(status);
    const mine = status.versions[`rabbit@${node}`]?.rabbitmq ?? '';
    if (!mine.startsWith(version)) return todo(`RabbitMQ ${mine || 'is not running'}`);
    const asked = answer(seen, 'listening');
    if (asked.rc !== 0) return wait(`ss: ${complaint(asked)}`);
    if (asked.out.trim() !== '') return todo('it listens to clients already');
    const closed = found(answer(seen, 'door'));
    if (closed === undefined) return wait(`find: ${complaint(answer(seen, 'door'))}`);
    return closed === ''
      ? todo('a boot would open it to clients')
      : done(`RabbitMQ ${mine} runs alone, closed to clients, over a boot too`);
  },
});

/** Where the server's own user can read definitions; it cannot look into root's folders. */
export const DEFINITIONS_COPY = '/var/lib/rabbitmq/windlass-definitions.json';

/**
 * Users, permissions, policies and queues made before anyone is moved here; the `guest` of a fresh server goes when
 * the old cluster had none. Reading definitions from standard input hangs or fails in 4.0, so they come from a file.
 */
export const rabbitmqImport = defineStep({
  kind: 'rabbitmq.import',
  params: z.strictObject({
    path: z.string(),
    users: z.array(z.string()),
    queues: z.array(z.string()),
    vhost: z.string(),
  }),
  commands: ({ path, users }) => [
    { argv: ['install', '-o', 'rabbitmq', '-g', 'rabbitmq', '-m', '0600', path, DEFINITIONS_COPY] },
    { argv: ctl('import_definitions', DEFINITIONS_COPY) },
    { argv: ['rm', '-f', '--', DEFINITIONS_COPY] },
    ...(users.includes('guest') ? [] : [{ argv: ctl('delete_user', 'guest') }]),
  ],
  looks: ({ vhost }) => ({ users: rabbitmq.users, queues: rabbitmq.queues(vhost) }),
  judge({ users, queues }, seen) {
    if (answer(seen, 'users').rc !== 0) return wait('RabbitMQ does not answer');
    const there = new Set(rabbitmq.readUsers(answer(seen, 'users')));
    const missing = users.filter((user) => !there.has(user));
    if (missing.length > 0) return todo(`users missing: ${missing.join(', ')}`);
    if (there.has('guest') && !users.includes('guest')) return todo('the user guest is there');
    const declared = new Set(rabbitmq.readQueues(answer(seen, 'queues')).map(({ name }) => name));
    const lost = queues.filter((queue) => !declared.has(queue));
    return lost.length === 0
      ? done(`${users.length} users, ${queues.length} queues`)
      : todo(`queues missing: ${lost.join(', ')}`);
  },
});

/** The new cluster opened to clients. */
export const rabbitmqAdmit = defineStep({
  kind: 'rabbitmq.admit',
  params: z.strictObject({}),
  commands: () => [
    { argv: ['rm', '-f', '--', DOOR] },
    { argv: ['systemctl', 'daemon-reload'] },
    { argv: ctl('eval', 'rabbit_maintenance:resume_all_client_listeners().') },
  ],
  undo: () => [...shut, { argv: ctl('eval', SUSPEND) }],
  looks: () => ({ listening, door }),
  judge(_params, seen) {
    if (answer(seen, 'listening').out.trim() === '') return todo('no listener on 5672');
    const closed = found(answer(seen, 'door'));
    if (closed === undefined) return wait(`find: ${complaint(answer(seen, 'door'))}`);
    return closed === '' ? done('listening on 5672') : todo('the next start would close it again');
  },
});

/** An old member leaves its clients: they come over to the new cluster within moments. */
export const rabbitmqStopApp = defineStep({
  kind: 'rabbitmq.stop-app',
  params: z.strictObject({}),
  commands: () => [{ argv: ctl('stop_app') }],
  undo: () => [{ argv: ctl('start_app') }],
  looks: () => ({ listening }),
  judge(_params, seen) {
    const asked = answer(seen, 'listening');
    if (asked.rc !== 0) return wait(`ss: ${complaint(asked)}`);
    return asked.out.trim() === '' ? done('serves no client') : todo('still serves clients');
  },
});

/** A member and the one it joins. */
export interface Pair {
  readonly node: string;
  readonly to: string;
}

/** The way back of a join, for servers of every age. */
export const leaveCluster = ({ node, to }: Pair): readonly Command[] => [
  { argv: systemd.stop(UNIT) },
  { argv: systemd.mask(UNIT) },
  { argv: ctl('-n', `rabbit@${to}`, 'forget_cluster_node', `rabbit@${node}`) },
];

/** Both run in one cluster, by what it says of itself. */
export function joined(
  { node, to }: Pair,
  status: { readonly running: readonly string[] } | string,
): Verdict {
  if (typeof status === 'string') return todo(status);
  const both = [`rabbit@${node}`, `rabbit@${to}`].every((member) => status.running.includes(member));
  return both
    ? done(`running: ${status.running.join(', ')}`)
    : todo(`cluster is ${status.running.join(', ')}`);
}

/** A fresh member joins the new cluster. */
export const rabbitmqJoin = defineStep({
  kind: 'rabbitmq.join',
  params: z.strictObject({ node: z.string(), to: z.string() }),
  commands: ({ to }) => [
    { argv: systemd.unmask(UNIT) },
    { argv: systemd.resetFailed(UNIT) },
    { argv: systemd.start(UNIT) },
    { argv: ctl('await_startup') },
    { argv: ctl('stop_app') },
    { argv: ctl('reset') },
    { argv: ctl('join_cluster', `rabbit@${to}`) },
    { argv: ctl('start_app') },
  ],
  undo: leaveCluster,
  looks: () => ({ status: rabbitmq.clusterStatus }),
  judge: (pair, seen) => joined(pair, rabbitmq.readClusterStatus(answer(seen, 'status'))),
});

const Copies = z.strictObject({ node: z.string(), vhosts: z.array(z.string()).min(1) });
type Copies = z.infer<typeof Copies>;

const looksAtCopies = ({ vhosts }: Copies) =>
  Object.fromEntries(vhosts.map((vhost) => [vhost, rabbitmq.quorumMembers(vhost)]));

/** Quorum queues that have a copy on the node, or have none there; undefined when RabbitMQ does not answer. */
function copies({ node, vhosts }: Copies, seen: Answers, held: boolean): string | undefined {
  const asked = vhosts.map((vhost) => answer(seen, vhost));
  if (asked.some(({ rc }) => rc !== 0)) return undefined;
  return asked
    .flatMap(rabbitmq.readQuorumMembers)
    .filter(({ members }) => members.includes(`rabbit@${node}`) === held)
    .map(({ name }) => name)
    .join(', ');
}

/**
 * The old cluster's quorum queues give up their member on a node that will be a new cluster. A Raft member is found by
 * its queue's and its node's name alone: the old leaders would find the new queues there, the new ones would bow to
 * their higher term and take over their log and their members, and stand still once the old cluster is gone (seen in
 * the lab within a second of the import). Asked of a member that stays; the node itself is down.
 */
export const rabbitmqShrink = defineStep({
  kind: 'rabbitmq.shrink',
  params: Copies,
  commands: ({ node }) => [{ argv: ['rabbitmq-queues', '-q', 'shrink', `rabbit@${node}`] }],
  undo: ({ node }) => [{ argv: ['rabbitmq-queues', '-q', 'grow', `rabbit@${node}`, 'all'] }],
  looks: looksAtCopies,
  judge(params, seen) {
    const held = copies(params, seen, true);
    if (held === undefined) return wait('RabbitMQ does not answer');
    return held === ''
      ? done(`no quorum queue reckons with ${params.node}`)
      : todo(`with a copy on ${params.node}: ${held}`);
  },
});

/** Growing says ok with exit code 0 also where a queue's members did not agree in time: what it says decides. */
const GROW = `for attempt in 1 2 3 4 5 6; do
  said=$(rabbitmq-queues -q grow "$1" all)
  echo "$said"
  case $said in
    *error*) sleep 5 ;;
    *) exit 0 ;;
  esac
done
exit 1
`;

/** Quorum queues get a copy on the new member; a join alone gives them none (lab.md section 2). */
export const rabbitmqGrow = defineStep({
  kind: 'rabbitmq.grow',
  params: Copies,
  commands: ({ node }) => [{ argv: ['sh', '-eus', '--', `rabbit@${node}`], input: GROW }],
  undo: ({ node }) => [{ argv: ['rabbitmq-queues', '-q', 'shrink', `rabbit@${node}`] }],
  looks: looksAtCopies,
  judge(params, seen) {
    const without = copies(params, seen, false);
    if (without === undefined) return wait('RabbitMQ does not answer');
    return without === ''
      ? done(`every quorum queue has a copy on ${params.node}`)
      : todo(`without a copy on ${params.node}: ${without}`);
  },
});

/** Feature flags of the new version enabled once no old member is left; the next upgrade will ask for them. */
export const rabbitmqFlags = defineStep({
  kind: 'rabbitmq.enable-flags',
  params: z.strictObject({}),
  commands: () => [{ argv: ctl('enable_feature_flag', 'all') }],
  looks: () => ({ flags: rabbitmq.featureFlags }),
  judge(_params, seen) {
    if (answer(seen, 'flags').rc !== 0) return wait('RabbitMQ does not answer');
    const off = rabbitmq
      .readFeatureFlags(answer(seen, 'flags'))
      .filter(({ enabled, stability }) => !enabled && stability !== 'experimental');
    return off.length === 0
      ? done('every stable flag is on')
      : todo(`off: ${off.map(({ name }) => name).join(', ')}`);
  },
});
