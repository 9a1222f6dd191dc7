import type { PlatformName, Role } from '../model/cluster.ts';

/** What a lab can run on its nodes; each has a file in services/. */
export const SERVICE_NAMES = [
  'galera',
  'rabbitmq',
  'pacemaker',
  'haproxy',
  'memcached',
  'keystone',
  'glance',
  'placement',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export interface TopologyNode {
  /** At most nine letters and digits: the name of its network interface is made of it. */
  readonly name: string;
  /** Last number of its address. */
  readonly host: number;
  readonly roles: readonly Role[];
  readonly site: string;
}

/** A kind of cluster that the lab can make: plain data, one file each in topologies/. */
export interface Topology {
  readonly name: string;
  readonly about: string;
  readonly suite: string;
  readonly openstack: string;
  readonly nodes: readonly TopologyNode[];
  /** In the order in which they are first started. All of them run on every controller. */
  readonly services: readonly ServiceName[];
  readonly vip?: { readonly name: string; readonly host: number };
  /** What cluster.yaml says of it. */
  readonly roleServices: Partial<Record<Role, readonly string[]>>;
  readonly platform: readonly PlatformName[];
}
