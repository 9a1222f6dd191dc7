import type { LabService, SecretKind } from '../service.ts';
import type { ServiceName, Topology, TopologyNode } from '../topology.ts';
import { cinder } from './cinder.ts';
import { galera } from './galera.ts';
import { glance } from './glance.ts';
import { haproxy } from './haproxy.ts';
import { heat } from './heat.ts';
import { horizon } from './horizon.ts';
import { keystone } from './keystone.ts';
import { memcached } from './memcached.ts';
import { neutron } from './neutron.ts';
import { neutronAgents } from './neutron-agents.ts';
import { neutronPeriodic } from './neutron-periodic.ts';
import { nova } from './nova.ts';
import { novaCompute } from './nova-compute.ts';
import { pacemaker } from './pacemaker.ts';
import { placement } from './placement.ts';
import { rabbitmq } from './rabbitmq.ts';

const SERVICES: Readonly<Record<ServiceName, LabService>> = {
  galera,
  rabbitmq,
  pacemaker,
  haproxy,
  memcached,
  keystone,
  glance,
  placement,
  nova,
  neutron,
  'neutron-periodic': neutronPeriodic,
  'neutron-agents': neutronAgents,
  cinder,
  heat,
  horizon,
  'nova-compute': novaCompute,
};

/** What a controller of every topology with services has: its packages are a layer that all of them share. */
const SHARED: readonly ServiceName[] = [
  'galera',
  'rabbitmq',
  'pacemaker',
  'haproxy',
  'memcached',
  'keystone',
  'glance',
  'placement',
];

/** A topology's services, in the order in which they are first started. */
export function servicesOf(topology: Topology): LabService[] {
  return topology.services.map((name) => SERVICES[name]);
}

/** The packages of a node, in the groups that its layers are made of; each package once, in a stable order. */
export function packageGroups(topology: Topology, node: TopologyNode): string[][] {
  const own = topology.services.filter((name) => node.roles.includes(SERVICES[name].role ?? 'controller'));
  const packages = (names: readonly ServiceName[]): string[] => [
    ...new Set(names.flatMap((name) => SERVICES[name].packages)),
  ];
  const shared = packages(own.filter((name) => SHARED.includes(name)));
  const more = packages(own.filter((name) => !SHARED.includes(name)));
  return [shared, more].filter((group) => group.length > 0);
}

/** All secrets that a topology's services need. */
export function secretsOf(topology: Topology): Record<string, SecretKind> {
  return Object.assign({}, ...servicesOf(topology).map((service) => service.secrets));
}
