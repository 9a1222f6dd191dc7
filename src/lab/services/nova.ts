import { registerService } from '../identity.ts';
import { type LabService, startUnit } from '../service.ts';
import { firstController, type Site } from '../site.ts';
import { apiHealth, apiServes, coldApi, startApi, uwsgiFiles } from './api.ts';
import { API_PORTS, SIDE_PORTS } from './haproxy.ts';
import { NOVA_SECRETS, novaConf } from './nova-conf.ts';

const WORKERS = ['nova-conductor', 'nova-scheduler', 'nova-novncproxy'];
const APIS = ['nova-api', 'nova-api-metadata'];

const SYNC = `runuser -u nova -- nova-manage api_db sync
runuser -u nova -- nova-manage cell_v2 map_cell0
runuser -u nova -- nova-manage cell_v2 create_cell --name cell1
runuser -u nova -- nova-manage db sync`;

/** What the administrator's own client reads, and Windlass on the controllers. */
const openrc = (site: Site): string => `export OS_AUTH_URL=http://${site.vip}:${API_PORTS.keystone}/v3
export OS_USERNAME=admin
export OS_PASSWORD=${site.secret('keystone-admin')}
export OS_PROJECT_NAME=admin
export OS_USER_DOMAIN_NAME=Default
export OS_PROJECT_DOMAIN_NAME=Default
export OS_IDENTITY_API_VERSION=3
`;

export const nova: LabService = {
  name: 'nova',
  packages: ['nova-api', 'nova-conductor', 'nova-scheduler', 'nova-consoleproxy'],
  units: [...APIS, ...WORKERS],
  idle: ['nova-serialproxy', 'nova-spicehtml5proxy', 'nova-xenvncproxy'],
  secrets: NOVA_SECRETS,
  files: (site, node) => [
    {
      path: '/etc/default/nova-consoleproxy',
      content: 'NOVA_CONSOLE_PROXY_TYPE=novnc\nNOVA_SERIAL_PROXY_START=false\n',
    },
    { path: '/etc/nova/nova.conf', content: novaConf(site, node), mode: 0o640, owner: 'root:nova' },
    { path: '/root/openrc', content: openrc(site), mode: 0o600 },
    ...uwsgiFiles(node, 'nova', 'nova-api', API_PORTS.nova),
    ...uwsgiFiles(node, 'nova', 'nova-api-metadata', SIDE_PORTS.metadata),
  ],

  async first(site, hands) {
    await registerService(site, 'nova', 'compute', `http://${site.vip}:${API_PORTS.nova}/v2.1`);
    await hands.on(firstController(site), SYNC, { timeoutMs: 600_000 });
    const start = WORKERS.map((unit) => `systemctl -q enable ${unit}\n${startUnit(unit)}`).join('\n');
    for (const unit of APIS) await startApi(site, hands, unit);
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 300_000 })));
    await apiServes(site, 'nova');
  },
  async cold(site, hands) {
    const start = [...WORKERS, 'nova-api-metadata'].map(startUnit).join('\n');
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 300_000 })));
    await coldApi(site, hands, 'nova', 'nova-api');
  },
  health: (site) => apiHealth(site, 'nova'),
};
