import type { Component } from '../component.ts';
import { compareVersions, minor } from '../version.ts';

const GUIDE = 'rabbitmq-website, upgrade guide; research/rules.md';

export const rabbitmq: Component = {
  name: 'rabbitmq',
  packages: ['rabbitmq-server'],
  units: ['rabbitmq-server'],
  state: [
    {
      path: '/var/lib/rabbitmq/.erlang.cookie',
      says: 'members with another one do not let each other in',
      source: 'https://www.rabbitmq.com/docs/clustering#erlang-cookie',
    },
  ],
  facts: [
    {
      says: '4.0 does not start on the mnesia folder of 3.10 and loops; its own log says why, not the journal',
      source: 'research/lab.md 2',
    },
    {
      says: 'a rebuilt cluster starts empty: users and queues have to be declared again, messages left behind are lost',
      source: '000; research/lab.md 2',
    },
    {
      says: 'ha-mode policies are refused from 4.0 on, also inside imported definitions',
      source: 'research/lab.md 2',
    },
    {
      says: 'a quorum queue finds its other members by the queue’s and the node’s name alone: leaders of an old cluster overwrite the queue of a new one on a node they still reckon with',
      source: 'seen in the lab, docs/measured.md',
    },
    {
      says: 'a quorum queue gets its copy on a new member only by rabbitmq-queues grow',
      source: 'research/lab.md 2',
    },
  ],
};

/** Minor versions one may go to in place, from each; no way back. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  '3.7': ['3.8'],
  '3.8': ['3.9'],
  '3.9': ['3.10'],
  '3.10': ['3.11'],
  '3.11': ['3.12'],
  '3.12': ['3.13'],
  '3.13': ['4.0', '4.1', '4.2'],
  '4.0': ['4.1', '4.2'],
  '4.1': ['4.2'],
  '4.2': ['4.3'],
};

/** Jumps that are not on the path but were seen to work in place, in a mixed cluster. */
const SEEN: readonly { readonly from: string; readonly to: string; readonly source: string }[] = [
  { from: '3.8', to: '3.10', source: 'research/lab.md 2: 3.8.9 to 3.10.8 in place, wipe and rejoin fails' },
];

/** Feature flags that must be on before a version is entered. */
export const REQUIRED_FLAGS: Readonly<Record<string, readonly string[]>> = {
  '3.11': [
    'quorum_queue',
    'implicit_default_bindings',
    'virtual_host_metadata',
    'maintenance_mode_status',
    'user_limits',
  ],
  '3.12': [
    'stream_queue',
    'classic_queue_type_delivery_support',
    'direct_exchange_routing_v2',
    'feature_flags_v2',
    'listener_records_in_ets',
    'tracking_records_in_ets',
    'stream_single_active_consumer',
  ],
  '4.0': [
    'stream_filtering',
    'stream_update_config_command',
    'restart_streams',
    'stream_sac_coordinator_unblock_group',
    'classic_mirrored_queue_version',
  ],
};

/** Erlang that a RabbitMQ runs on: first and last accepted version; `since` is the first RabbitMQ it holds for. */
export const ERLANG: readonly { readonly since: string; readonly from: string; readonly to: string }[] = [
  { since: '3.8.16', from: '23.2', to: '24.2' },
  { since: '3.9.28', from: '24.3.4.2', to: '25.2' },
  { since: '3.10.8', from: '24.2', to: '25.2' },
  { since: '3.10.19', from: '24.3.4.8', to: '25.3' },
  { since: '3.11.0', from: '25.0', to: '25.3' },
  { since: '3.12.10', from: '25.0', to: '26.2' },
  { since: '3.13.0', from: '26.0', to: '26.2' },
  { since: '4.0.1', from: '26.2', to: '26.2' },
  { since: '4.0.4', from: '26.2', to: '27' },
  { since: '4.2.9', from: '27', to: '27' },
  { since: '4.3.0', from: '26.2', to: '27' },
  { since: '4.3.3', from: '27', to: '27' },
];

export interface BusWay {
  /** `in-place` keeps the cluster, `rebuild` starts a new one and moves the clients (000), `none` goes down. */
  readonly way: 'in-place' | 'rebuild' | 'none' | 'same';
  readonly why: string;
  readonly source: string;
}

/** How a RabbitMQ cluster gets from one version to another when nodes go one by one. */
export function busWay(from: string, to: string): BusWay {
  const [here, there] = [minor(from), minor(to)];
  if (here === there) {
    return { way: 'same', why: `both are ${here}: members of one minor version mix`, source: GUIDE };
  }
  if (compareVersions(to, from) < 0) {
    return { way: 'none', why: `RabbitMQ does not go back from ${from} to ${to}`, source: GUIDE };
  }
  const seen = SEEN.find((jump) => jump.from === here && jump.to === there);
  if (seen) return { way: 'in-place', why: `${here} and ${there} work in one cluster`, source: seen.source };
  if (PATHS[here]?.includes(there)) {
    return { way: 'in-place', why: `${here} to ${there} is a step of RabbitMQ's own path`, source: GUIDE };
  }
  return {
    way: 'rebuild',
    why: `${here} to ${there} is not one step of RabbitMQ's path: a new cluster is built on the first node and clients move`,
    source: `000; ${GUIDE}`,
  };
}

/** Whether a RabbitMQ was made for an Erlang, by the major release and the bounds of the table; undefined: not known. */
export function runsOn(version: string, erlang: string): boolean | undefined {
  const range = ERLANG.filter(
    ({ since }) => minor(since) === minor(version) && compareVersions(since, version) <= 0,
  ).at(-1);
  if (!range) return undefined;
  const upTo = erlang.split('.').slice(0, range.to.split('.').length).join('.');
  return compareVersions(erlang, range.from) >= 0 && compareVersions(upTo, range.to) <= 0;
}

/** Flags a cluster must have switched on before the target's version is entered in place. */
export function flagsFor(from: string, to: string): readonly string[] {
  return Object.entries(REQUIRED_FLAGS)
    .filter(
      ([version]) => compareVersions(version, minor(from)) > 0 && compareVersions(version, minor(to)) <= 0,
    )
    .flatMap(([, flags]) => flags);
}

/** Whether a version still has classic mirrored queues (policies with ha-mode); gone in 4.0. */
export function mirrors(version: string): boolean {
  return compareVersions(minor(version), '4.0') < 0;
}

/** First versions whose own tools can do what a plan asks of them. */
const TOOLS = {
  /** `cluster_status --formatter json` with versions by member. */
  json: '3.8.0',
  /** Quorum queues, and feature flags to be enabled. */
  quorum: '3.8.0',
  /** `export_definitions` and `import_definitions`. */
  definitions: '3.8.2',
  /** Maintenance mode: listeners of clients are suspended and resumed. */
  maintenance: '3.8.8',
} as const;
export type BusTool = keyof typeof TOOLS;

/** Whether a version's own tools can do it (RabbitMQ's release notes). */
export function can(version: string, tool: BusTool): boolean {
  return compareVersions(version, TOOLS[tool]) >= 0;
}
