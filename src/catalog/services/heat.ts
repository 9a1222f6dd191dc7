import { headsCheck } from '../heads.ts';
import { numbersCheck } from '../numbers.ts';
import { backendNames, defineService, upgradeCheck } from '../service.ts';
import { additive } from './additive.ts';
import { healthcheckAsApp } from './healthcheck.ts';
import { identityRegion } from './heat-region.ts';

/** `heat-manage db_version` tells the database's version but not the code's. */
const REPOSITORIES = `from oslo_config import cfg
from heat.common import config
from heat.db import migration
cfg.CONF([], project='heat', prog='heat-manage')
repositories = [(cfg.CONF.database.connection, migration._find_alembic_conf(), 'alembic_version')]
`;

const NUMBERED = `import os
import sys
from oslo_config import cfg
from heat.common import config
from heat.db import sqlalchemy as code
cfg.CONF([], project='heat', prog='heat-manage')
repositories = [(cfg.CONF.database.connection, os.path.join(os.path.dirname(code.__file__), 'migrate_repo'))]
`;

export const heat = defineService({
  name: 'heat',
  source: 'research/rules.md; research/lab.md 4 and 5; debian bookworm/trixie package list',
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
    list: '/v1/{project}/stacks?limit=1',
    unit: 'heat-api',
    backends: backendNames('heat'),
  },
  moreApis: [
    {
      port: 8000,
      path: '/',
      expect: [200, 300],
      unit: 'heat-api-cfn',
      backends: ['heatcfn', 'heatcfnbe', 'heatapicfn', 'heatapicfnbe', 'heat_api_cfn_back'],
    },
  ],
  database: [
    {
      id: 'sync',
      title: "Bring Heat's database to the new schema",
      moment: 'first',
      argv: ['heat-manage', 'db_sync'],
      runAs: 'heat',
      check: numbersCheck(NUMBERED),
      since: 'newton',
      until: 'ocata',
      offline: true,
      estimate: 3,
      returns: 'restore',
      source: '002; heat/db/sqlalchemy/migrate_repo',
    },
    {
      id: 'sync',
      title: "Bring Heat's database to the new schema",
      moment: 'first',
      argv: ['heat-manage', 'db_sync'],
      runAs: 'heat',
      check: headsCheck(REPOSITORIES),
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
    ...additive('a table and two columns more, nothing taken away', 'no migration at all'),
    {
      from: 'mitaka',
      to: 'ocata',
      how: 'cutover',
      note: 'the new control plane was built beside the old one on cloned databases',
      source: '002',
    },
  ],
  status: upgradeCheck('heat', ['Policy File JSON to YAML Migration'], 'heat/cmd/status.py (24.0.0)'),
  mends: [healthcheckAsApp('heat-common', '/etc/heat/api-paste.ini'), identityRegion],
  tells: { package: 'python3-heat', series: 'zed', major: 19 },
});
