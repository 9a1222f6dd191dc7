import { registerService } from '../identity.ts';
import type { LabService } from '../service.ts';
import { firstController, type Site } from '../site.ts';
import { apiHealth, apiServes, authToken, coldApi, databaseUrl, startApi, uwsgiFiles } from './api.ts';
import { API_PORTS } from './haproxy.ts';

const UNIT = 'placement-api';

const conf = (site: Site): string => `[DEFAULT]
log_dir = /var/log/placement
[api]
auth_strategy = keystone
[placement_database]
connection = ${databaseUrl(site, 'placement')}
${authToken(site, 'placement')}`;

export const placement: LabService = {
  name: 'placement',
  packages: ['placement-api'],
  units: [UNIT],
  secrets: { 'keystone-placement': 'password' },
  files: (site, node) => [
    { path: '/etc/placement/placement.conf', content: conf(site), mode: 0o640, owner: 'root:placement' },
    ...uwsgiFiles(node, 'placement', UNIT, API_PORTS.placement),
  ],
  async first(site, hands) {
    await registerService(site, 'placement', 'placement', `http://${site.vip}:${API_PORTS.placement}`);
    const sync = 'runuser -u placement -- placement-manage db sync';
    await hands.on(firstController(site), sync, { timeoutMs: 300_000 });
    await startApi(site, hands, UNIT);
    await apiServes(site, 'placement');
  },
  cold: (site, hands) => coldApi(site, hands, 'placement', UNIT),
  health: (site) => apiHealth(site, 'placement'),
};
