import { registerService } from '../identity.ts';
import { type LabService, startUnit } from '../service.ts';
import { firstController, type Site, type SiteNode } from '../site.ts';
import {
  apiHealth,
  apiServes,
  authToken,
  coldApi,
  databaseUrl,
  startApi,
  transportUrl,
  uwsgiFiles,
} from './api.ts';
import { API_PORTS } from './haproxy.ts';

const ENGINE = 'heat-engine';

const conf = (site: Site, node: SiteNode): string => `[DEFAULT]
host = ${node.name}
transport_url = ${transportUrl(site)}
log_dir = /var/log/heat
num_engine_workers = 1
region_name_for_services = RegionOne
auth_encryption_key = ${site.secret('heat-encryption')}
[database]
connection = ${databaseUrl(site, 'heat')}
max_pool_size = 5
${authToken(site, 'heat')}[trustee]
auth_type = password
auth_url = http://${site.vip}:${API_PORTS.keystone}
user_domain_name = Default
username = heat
password = ${site.secret('keystone-heat')}
[clients_keystone]
auth_uri = http://${site.vip}:${API_PORTS.keystone}
`;

export const heat: LabService = {
  name: 'heat',
  packages: ['heat-api', ENGINE],
  units: ['heat-api', ENGINE],
  secrets: { 'db-heat': 'password', 'keystone-heat': 'password', 'heat-encryption': 'cookie' },
  files: (site, node) => [
    { path: '/etc/heat/heat.conf', content: conf(site, node), mode: 0o640, owner: 'root:heat' },
    ...uwsgiFiles(node, 'heat', 'heat-api', API_PORTS.heat),
  ],

  async first(site, hands) {
    const url = `http://${site.vip}:${API_PORTS.heat}/v1/%(project_id)s`;
    await registerService(site, 'heat', 'orchestration', url);
    await hands.on(firstController(site), 'runuser -u heat -- heat-manage db_sync', { timeoutMs: 300_000 });
    await startApi(site, hands, ENGINE);
    await startApi(site, hands, 'heat-api');
    await apiServes(site, 'heat');
  },
  async cold(site, hands) {
    const start = startUnit(ENGINE);
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 300_000 })));
    await coldApi(site, hands, 'heat', 'heat-api');
  },
  health: (site) => apiHealth(site, 'heat'),
};
