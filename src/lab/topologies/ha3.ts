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
