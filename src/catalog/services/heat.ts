import { defineService } from '../service.ts';

/** `heat-manage db_version` tells the database's version but not the code's: this asks for both. */
const HEAD = `import sys
from alembic import script
from oslo_config import cfg
from heat.common import config
from heat.db import migration
cfg.CONF([], project='heat', prog='heat-manage')
wanted = script.ScriptDirectory.from_config(migration._find_alembic_conf()).get_current_head()
current = migration.db_version()
print('database', current, 'code', wanted)
sys.exit(0 if current == wanted else 10)
`;

export const heat = defineService({
  name: 'heat',
  source: 'research/rules.md; research/lab.md 4 and 5',
  after: ['keystone', 'glance', 'nova', 'neutron', 'cinder'],
  bus: true,
  databases: ['heat'],
  etc: ['/etc/heat'],
  roles: {
    controller: {
      packages: ['heat-api', 'heat-api-cfn', 'heat-engine', 'heat-common', 'python3-heat'],
      units: ['heat-engine', 'heat-api', 'heat-api-cfn'],
    },
  },
  api: {
    port: 8004,
    path: '/',
    expect: [200, 300],
    unit: 'heat-api',
    backends: ['heat', 'heatbe', 'heatapi', 'heatapibe', 'heat_api_back', 'heat_api-back'],
  },
  database: [
    {
      id: 'sync',
      title: "Bring Heat's database to the new schema",
      moment: 'first',
      argv: ['heat-manage', 'db_sync'],
      runAs: 'heat',
      check: { argv: ['python3', '-'], input: HEAD, done: [0], todo: [10], meaning: '0 at the head, 10 not' },
      since: '2023.2',
      estimate: 3,
      returns: 'restore',
      source: 'heat/db/migration.py (24.0.0); research/rules.md',
    },
  ],
  rolls: [
    {
      from: 'zed',
      to: '2025.1',
      how: 'rolling',
      note: "Zed's code answered 121 of 121 on Epoxy's schema, over a short time",
      source: 'research/lab.md 5',
    },
    {
      from: 'mitaka',
      to: 'ocata',
      how: 'cutover',
      note: 'the new control plane was built beside the old one on cloned databases',
      source: '002',
    },
  ],
  tells: { package: 'python3-heat', series: 'zed', major: 19 },
  incomplete: 'the CloudFormation API (8000) is a second backend that is not drained by itself',
});
