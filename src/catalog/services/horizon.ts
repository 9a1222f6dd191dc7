import { backendNames, defineService } from '../service.ts';

export const horizon = defineService({
  name: 'horizon',
  source: 'research/lab.md 4; 002; debian bookworm/trixie package list',
  after: ['keystone', 'nova', 'neutron', 'cinder', 'heat'],
  bus: false,
  databases: [],
  etc: ['/etc/openstack-dashboard'],
  roles: {
    controller: {
      packages: [
        'openstack-dashboard',
        'openstack-dashboard-apache',
        'python3-django-horizon',
        'python3-heat-dashboard',
        'python3-octavia-dashboard',
        'python3-designate-dashboard',
        'python3-magnum-ui',
        'python3-manila-ui',
        'python3-ironic-ui',
        'python3-cloudkitty-dashboard',
        'python3-neutron-vpnaas-dashboard',
      ],
      units: ['apache2'],
    },
  },
  shared: ['apache2'],
  api: {
    port: 80,
    path: '/',
    expect: [200, 301, 302],
    unit: 'apache2',
    backends: [...backendNames('horizon'), 'dashboard', 'dashboardbe'],
  },
  database: [],
  rolls: [],
  facts: [
    {
      says: 'openstack-dashboard collects and compresses its static files in its own postinst, and again by triggers when a panel changes: no step is needed, but it takes its time',
      source: 'openstack-dashboard 25.3.0 postinst and triggers',
    },
    {
      says: 'a browser keeps its session only while the nodes share a cache or sign with one SECRET_KEY',
      source: 'Horizon deployment guide, session storage',
    },
    {
      says: 'it has its own numbers: bookworm has 23.0.0, trixie 25.3.0',
      source: 'debian bookworm/trixie package list',
    },
  ],
  incomplete: 'nobody has rolled it in the lab: that sessions outlive the roll was not tried',
});
