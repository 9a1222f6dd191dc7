import { distribution } from '../catalog/distributions.ts';
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
  'nova',
  'neutron',
  'neutron-periodic',
  'neutron-agents',
  'cinder',
  'heat',
  'horizon',
  'nova-compute',
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
  /** In the order in which they are first started; each on every node of its role, mostly the controllers. */
  readonly services: readonly ServiceName[];
  readonly vip?: { readonly name: string; readonly host: number };
  /**
   * Guests run here: nodes have a second link to a network where guests are met, may do all that a machine
   * may, and share a folder as they would an NFS export. How many guests each compute begins with.
   */
  readonly guestsPerCompute?: number;
  /** What cluster.yaml says of it. */
  readonly roleServices: Partial<Record<Role, readonly string[]>>;
  readonly platform: readonly PlatformName[];
}

/** Whether a topology carries guests. */
export const hasGuests = (topology: Topology): boolean => topology.guestsPerCompute !== undefined;

/**
 * The same cluster on another system, with the OpenStack that this one ships. Neutron has its periodic workers in a daemon
 * of their own from Epoxy on.
 */
export function onSuite(topology: Topology, suite: string): Topology {
  const openstack = distribution(`debian/${suite}`).openstack ?? topology.openstack;
  const services = topology.services.flatMap((name) =>
    name === 'neutron' && suite !== 'bookworm' && !topology.services.includes('neutron-periodic')
      ? [name, 'neutron-periodic' as const]
      : [name],
  );
  return { ...topology, suite, openstack, services };
}
