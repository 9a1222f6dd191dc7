import { archiveFor } from './distributions.ts';
import type { Service } from './service.ts';
import { SERVICES } from './services/index.ts';

/** Source packages of services: a service's own is called as it is, and the libraries that are half of it. */
export const sourcesWhere = (held: (service: Service) => boolean): string[] =>
  SERVICES.filter(held).flatMap(({ name, libraries = [] }) => [name, ...libraries]);

/**
 * Source packages that do not come from the archive which brings a series to a system: those of services it does not have
 * in a state that runs beside the others, and what these cannot do without.
 */
export function heldAtHome(os: string, openstack: string): string[] {
  const { stays = [], keeps = [] } = archiveFor(os, openstack) ?? {};
  return [...sourcesWhere(({ name }) => stays.includes(name)), ...keeps];
}
