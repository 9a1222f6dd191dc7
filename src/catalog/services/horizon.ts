import { backendNames, defineService } from '../service.ts';

export const horizon = defineService({
  name: 'horizon',
  source: 'research/lab.md 4; 002; debian bookworm/trixie package list',
  after: ['keystone', 'nova', 'neutron', 'cinder', 'heat'],
  bus: false,
  databases: [],
  etc: ['/etc/openstack-dashboard'],
  made: [
    {
      package: 'openstack-dashboard',
      path: '/var/lib/openstack-dashboard/static',
      says: 'collected from packages and compressed whenever one of them changes: 12 s of a core',
      source: 'openstack-dashboard.postinst (bookworm, trixie); lab',
    },
    {
      package: 'openstack-dashboard',
      path: '/var/lib/openstack-dashboard/secret-key',
      lost: true,
      says: 'sessions are signed with it; afterwards each controller has made one of its own, and people are logged out from request to request',
      source: 'rebuild_static in openstack-dashboard.postinst (bookworm, trixie); lab',
    },
  ],
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
    // Also where it is served at the root: then a 404 of its own shows that it was loaded, and a broken one says 500.
    path: '/horizon/',
    expect: [200, 301, 302, 404],
    unit: 'apache2',
    backends: [...backendNames('horizon'), 'dashboard', 'dashboardbe'],
  },
  database: [],
  rolls: [],
  mends: [
    {
      id: 'default-ssl',
      at: '2025.1',
      again: true,
      where: 'openstack-dashboard-apache',
      title: "Take out Apache's SSL site that the dashboard's package switched on without its module",
      argv: ['a2dissite', '-q', 'default-ssl'],
      check: {
        argv: ['sh', '-us'],
        input: `if [ -e /etc/apache2/sites-enabled/default-ssl.conf ] && [ ! -e /etc/apache2/mods-enabled/ssl.load ]; then
  exit 10
fi
`,
        done: [0],
        todo: [10],
        meaning: '10: Apache cannot start, SSLEngine is unknown to it',
      },
      source: 'openstack-dashboard-apache 25.3.0 postinst; lab cloud, trixie',
    },
    {
      id: 'wsgi-group',
      at: '2025.1',
      where: 'openstack-dashboard-apache',
      title: "Let the dashboard run in Apache's main Python interpreter",
      file: {
        path: '/etc/apache2/conf-available/windlass-wsgi.conf',
        content:
          '# Written by Windlass: see its catalogue entry for horizon.\nWSGIApplicationGroup %{GLOBAL}\n',
      },
      argv: ['a2enconf', '-q', 'windlass-wsgi'],
      check: {
        argv: ['sh', '-us'],
        input: `[ -e /etc/apache2/mods-enabled/wsgi.load ] || exit 0
grep -RqsF 'WSGIApplicationGroup %{GLOBAL}' /etc/apache2/apache2.conf /etc/apache2/conf-enabled/ /etc/apache2/sites-enabled/ || exit 10
`,
        done: [0],
        todo: [10],
        meaning:
          '10: every page is a 500, "PyO3 modules may only be initialized once per interpreter process"',
      },
      source: 'lab cloud, trixie: mod_wsgi, Python 3.13 and cryptography 43',
    },
  ],
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
