import { registerService } from '../identity.ts';
import type { LabService } from '../service.ts';
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

const UNIT = 'glance-api';

/** Where the file store keeps images on a node. */
export const IMAGE_STORE = '/var/lib/glance/images';

const conf = (site: Site, node: SiteNode): string => `[DEFAULT]
bind_host = ${node.address}
workers = 1
log_file = /var/log/glance/glance-api.log
enabled_backends = fs:file
transport_url = ${transportUrl(site)}
[database]
connection = ${databaseUrl(site, 'glance')}
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = ${IMAGE_STORE}
[paste_deploy]
flavor = keystone
${authToken(site, 'glance')}`;

export const glance: LabService = {
  name: 'glance',
  packages: ['glance-api'],
  units: [UNIT],
  secrets: { 'keystone-glance': 'password' },
  files: (site, node) => [
    { path: '/etc/glance/glance-api.conf', content: conf(site, node), mode: 0o640, owner: 'root:glance' },
    ...uwsgiFiles(node, 'glance', UNIT, API_PORTS.glance),
  ],
  async first(site, hands) {
    await registerService(site, 'glance', 'image', `http://${site.vip}:${API_PORTS.glance}`);
    const sync = 'runuser -u glance -- glance-manage db_sync';
    await hands.on(firstController(site), sync, { timeoutMs: 300_000 });
    await startApi(site, hands, UNIT);
    await apiServes(site, 'glance');
  },
  cold: (site, hands) => coldApi(site, hands, 'glance', UNIT),
  health: (site) => apiHealth(site, 'glance'),
};
