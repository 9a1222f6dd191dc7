import { z } from 'zod';
import type { Look, Seen } from '../model/command.ts';
import { complaint, json } from './text.ts';

const Names = z.array(z.string());
const ClusterStatus = z.object({
  disk_nodes: Names,
  running_nodes: Names,
  partitions: z.record(z.string(), z.unknown()),
  versions: z.record(z.string(), z.object({ rabbitmq_version: z.string(), erlang_version: z.string() })),
});

export interface BusStatus {
  readonly members: readonly string[];
  readonly running: readonly string[];
  readonly partitions: readonly string[];
  /** By node name: rabbit@ctl1 -> {rabbitmq, erlang}. */
  readonly versions: Readonly<Record<string, { rabbitmq: string; erlang: string }>>;
}

export const clusterStatus: Look = {
  argv: ['rabbitmqctl', '-q', '-t', '30', 'cluster_status', '--formatter', 'json'],
};

/** The cluster as one member sees it; a string with the tool's words when it does not answer. */
export function readClusterStatus(seen: Seen): BusStatus | string {
  if (seen.lost) return 'node does not answer';
  if (seen.rc !== 0) return complaint(seen);
  const parsed = ClusterStatus.safeParse(json(seen.out));
  if (!parsed.success) return `cluster_status said something else: ${seen.out.slice(0, 200)}`;
  return {
    members: parsed.data.disk_nodes,
    running: parsed.data.running_nodes,
    partitions: Object.keys(parsed.data.partitions),
    versions: Object.fromEntries(
      Object.entries(parsed.data.versions).map(([node, version]) => [
        node,
        { rabbitmq: version.rabbitmq_version, erlang: version.erlang_version },
      ]),
    ),
  };
}

const list = (what: string, ...columns: string[]): Look => ({
  argv: ['rabbitmqctl', '-q', '-t', '30', what, '--formatter', 'json', ...columns],
});

export const queues = (vhost: string): Look => ({
  argv: [
    'rabbitmqctl',
    '-q',
    '-t',
    '30',
    'list_queues',
    '-p',
    vhost,
    '--formatter',
    'json',
    'name',
    'type',
    'durable',
    'messages',
    'policy',
  ],
});
const Queue = z.object({
  name: z.string(),
  type: z.string(),
  durable: z.boolean(),
  messages: z.union([z.number(), z.literal('')]).optional(),
  policy: z.union([z.string(), z.null()]).optional(),
});
/** Erlang writes atoms and modules: `rabbit_quorum_queue`, `classic`. */
const plainType = (type: string): string =>
  /quorum/.test(type) ? 'quorum' : /stream/.test(type) ? 'stream' : 'classic';
export function readQueues(seen: Seen) {
  return z
    .array(Queue)
    .parse(json(seen.out) ?? [])
    .map((queue) => ({
      name: queue.name,
      type: plainType(queue.type),
      durable: queue.durable,
      messages: typeof queue.messages === 'number' ? queue.messages : 0,
      ...(queue.policy ? { policy: queue.policy } : {}),
    }));
}

export const vhosts: Look = list('list_vhosts', 'name');
export const readVhosts = (seen: Seen): string[] =>
  z
    .array(z.object({ name: z.string() }))
    .parse(json(seen.out) ?? [])
    .map(({ name }) => name);

export const users: Look = list('list_users');
export const readUsers = (seen: Seen): string[] =>
  z
    .array(z.object({ user: z.string() }))
    .parse(json(seen.out) ?? [])
    .map(({ user }) => user);

export const policies = (vhost: string): Look => ({
  argv: ['rabbitmqctl', '-q', '-t', '30', 'list_policies', '-p', vhost, '--formatter', 'json'],
});
export function readPolicies(seen: Seen) {
  return z
    .array(
      z.object({
        vhost: z.string(),
        name: z.string(),
        definition: z.union([z.string(), z.record(z.string(), z.unknown())]),
      }),
    )
    .parse(json(seen.out) ?? [])
    .map(({ vhost, name, definition }) => ({
      vhost,
      name,
      definition: z
        .record(z.string(), z.unknown())
        .parse(typeof definition === 'string' ? json(definition) : definition),
    }));
}

export const featureFlags: Look = list('list_feature_flags', 'name', 'state', 'stability');
export function readFeatureFlags(seen: Seen): { name: string; enabled: boolean; stability: string }[] {
  return z
    .array(z.object({ name: z.string(), state: z.string(), stability: z.string().optional() }))
    .parse(json(seen.out) ?? [])
    .map(({ name, state, stability }) => ({
      name,
      enabled: state === 'enabled',
      stability: stability ?? 'stable',
    }));
}

/** Quorum queues of a vhost with the members that hold a copy. */
export const quorumMembers = (vhost: string): Look =>
  list('list_queues', '-p', vhost, 'name', 'type', 'members');
export function readQuorumMembers(seen: Seen): { name: string; members: string[] }[] {
  return z
    .array(
      z.object({ name: z.string(), type: z.string(), members: z.union([Names, z.literal('')]).optional() }),
    )
    .parse(json(seen.out) ?? [])
    .filter(({ type }) => plainType(type) === 'quorum')
    .map(({ name, members }) => ({ name, members: Array.isArray(members) ? members : [] }));
}

/**
 * Servers before 3.8 tell nothing as JSON; `eval` has been there always and means the same in all of them (3.6 in
 * Erlang, 3.7 in Elixir). Answers are Erlang terms.
 */
export const olderStatus: Look = {
  argv: [
    'rabbitmqctl',
    '-q',
    'eval',
    '{rabbit_misc:version(), node(), rabbit_mnesia:cluster_nodes(all), rabbit_mnesia:cluster_nodes(running), rabbit_node_monitor:partitions()}.',
  ],
};

const names = (list: string): string[] =>
  [...list.matchAll(/'?(\w+@[\w.-]+)'?/g)].map((found) => found[1] ?? '');

/** The cluster as one older member sees it; of versions only its own is told. */
export function readOlderStatus(seen: Seen): BusStatus | string {
  if (seen.lost) return 'node does not answer';
  if (seen.rc !== 0) return complaint(seen);
  const found = /^\{"([\d.]+)",\s*'?([\w@.-]+)'?,\s*\[([^\]]*)\],\s*\[([^\]]*)\],\s*\[(.*)\]\}$/s.exec(
    seen.out.trim(),
  );
  if (!found) return `eval said something else: ${seen.out.slice(0, 200)}`;
  const [, version = '', self = '', members = '', running = '', partitions = ''] = found;
  return {
    members: names(members),
    running: names(running),
    partitions: names(partitions),
    versions: { [self]: { rabbitmq: version, erlang: '' } },
  };
}

/** Messages that wait in all queues of an older cluster. */
export const olderBacklog: Look = {
  argv: [
    'rabbitmqctl',
    '-q',
    'eval',
    'lists:sum([N || V <- rabbit_vhost:list(), [{messages, N}] <- rabbit_amqqueue:info_all(V, [messages]), is_integer(N)]).',
  ],
};

export const olderUsers: Look = {
  argv: ['rabbitmqctl', '-q', 'eval', '[element(2, U) || U <- ets:tab2list(rabbit_user)].'],
};
/** Undefined when it is no list: a server that has nobody says `[]`. */
export function readOlderUsers(seen: Seen): string[] | undefined {
  const text = seen.out.trim();
  if (seen.rc !== 0 || !text.startsWith('[') || !text.endsWith(']')) return undefined;
  return [...text.matchAll(/<<"([^"]*)">>/g)].map((found) => found[1] ?? '');
}
