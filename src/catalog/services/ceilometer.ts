import { defineService, upgradeCheck } from '../service.ts';

export const ceilometer = defineService({
  name: 'ceilometer',
  source: 'research/rules.md; debian bookworm/trixie package list',
  after: ['keystone', 'gnocchi', 'nova', 'neutron', 'cinder', 'glance'],
  bus: true,
  databases: [],
  etc: ['/etc/ceilometer'],
  roles: {
    controller: {
      packages: [
        'ceilometer-agent-notification',
        'ceilometer-agent-central',
        'ceilometer-polling',
        'ceilometer-common',
        'python3-ceilometer',
      ],
      units: ['ceilometer-agent-notification', 'ceilometer-agent-central', 'ceilometer-polling'],
      usual: ['ceilometer-agent-notification', 'ceilometer-agent-central'],
    },
    compute: {
      packages: [
        'ceilometer-agent-compute',
        'ceilometer-agent-ipmi',
        'ceilometer-polling',
        'ceilometer-common',
        'python3-ceilometer',
      ],
      units: ['ceilometer-agent-compute', 'ceilometer-agent-ipmi', 'ceilometer-polling'],
      usual: ['ceilometer-agent-compute'],
    },
  },
  database: [],
  rolls: [],
  status: upgradeCheck('ceilometer', ['Sample Check'], 'ceilometer/cmd/status.py (24.0.0)'),
  facts: [
    {
      says: "ceilometer-upgrade gives Gnocchi the resource types that a release knows, over Gnocchi's API, and tries for ever when that does not answer",
      source: 'ceilometer/cmd/storage.py (24.0.0)',
    },
    {
      says: 'its upgrade check is a sample that always says Success',
      source: 'ceilometer/cmd/status.py (24.0.0)',
    },
  ],
  tells: { package: 'python3-ceilometer', series: 'zed', major: 19 },
  incomplete:
    'nobody has upgraded it in the lab; ceilometer-upgrade is not planned, since nothing reads back what Gnocchi has',
});
