import type { Topology } from '../topology.ts';

/** Three controllers with everything that carries a cloud, and three APIs behind one address. */
export const ha3: Topology = {
  name: 'ha3',
  about: 'three controllers, bookworm/Zed: Galera, RabbitMQ, Pacemaker, HAProxy; keystone, glance, placement',
  suite: 'bookworm',
  openstack: 'zed',
  nodes: [
    { name: 'ctl1', host: 11, roles: ['controller'], site: 'zone-1' },
    { name: 'ctl2', host: 12, roles: ['controller'], site: 'zone-2' },
    { name: 'ctl3', host: 13, roles: ['controller'], site: 'zone-3' },
  ],
  services: ['galera', 'rabbitmq', 'pacemaker', 'haproxy', 'memcached', 'keystone', 'glance', 'placement'],
  vip: { name: 'openstack-api-vip', host: 10 },
  roleServices: { controller: ['keystone', 'glance', 'placement'] },
  platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
};

/** The same with heat, two systems' releases and seven of OpenStack on: a small cluster for the last rung of the ladder. */
export const ha3Gazpacho: Topology = {
  ...ha3,
  name: 'ha3-gazpacho',
  about: 'three controllers, trixie/Gazpacho (glance: Epoxy): as ha3, and heat',
  suite: 'trixie',
  openstack: '2026.1',
  services: [...ha3.services, 'heat'],
  roleServices: { controller: ['keystone', 'glance', 'placement', 'heat'] },
};
