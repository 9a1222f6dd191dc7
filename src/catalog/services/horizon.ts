import { defineService } from '../service.ts';

export const horizon = defineService({
  name: 'horizon',
  source: 'research/lab.md 4; 002',
  after: ['keystone', 'nova', 'neutron', 'cinder', 'heat'],
  bus: false,
  databases: [],
  etc: ['/etc/openstack-dashboard'],
  roles: {
    controller: {
      packages: ['openstack-dashboard', 'openstack-dashboard-apache', 'python3-django-horizon'],
      units: ['apache2'],
    },
  },
  api: {
    port: 80,
    path: '/',
    expect: [200, 301, 302],
    unit: 'apache2',
    backends: ['horizon', 'horizonbe', 'dashboard', 'dashboardbe', 'horizon_back', 'horizon-back'],
  },
  database: [],
  rolls: [],
  incomplete: 'nobody has rolled it in the lab: sessions and compressed static files are not looked after',
});
