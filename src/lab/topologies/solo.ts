import type { Topology } from '../topology.ts';

/** One bare Debian host reached by SSH: for tests of the transport, and for trying things out. */
export const solo: Topology = {
  name: 'solo',
  about: 'one bare bookworm host',
  suite: 'bookworm',
  openstack: 'zed',
  nodes: [{ name: 'host1', host: 11, roles: ['controller'], site: 'zone-1' }],
  services: [],
  roleServices: {},
  platform: [],
};
