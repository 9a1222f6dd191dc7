import type { LabService, SecretKind } from '../service.ts';
import type { ServiceName, Topology } from '../topology.ts';
import { galera } from './galera.ts';
import { glance } from './glance.ts';
import { haproxy } from './haproxy.ts';
import { keystone } from './keystone.ts';
import { memcached } from './memcached.ts';
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
};

/** A topology's services, in the order in which they are first started. */
export function servicesOf(topology: Topology): LabService[] {
  return topology.services.map((name) => SERVICES[name]);
}

/** All packages of a topology's nodes, each once, in a stable order. */
export function packagesOf(topology: Topology): string[] {
  return [...new Set(servicesOf(topology).flatMap((service) => service.packages))];
}

/** All secrets that a topology's services need. */
export function secretsOf(topology: Topology): Record<string, SecretKind> {
  return Object.assign({}, ...servicesOf(topology).map((service) => service.secrets));
}
