import { until } from '../command.ts';
import { registerService } from '../identity.ts';
import { type LabService, startUnit } from '../service.ts';
import { firstController, type Site, type SiteNode } from '../site.ts';
import { serviceUp } from './agents.ts';
import {
  apiHealth,
  apiServes,
  authToken,
  coldApi,
  databaseUrl,
  serviceLogin,
  startApi,
  transportUrl,
  uwsgiFiles,
} from './api.ts';
import { API_PORTS } from './haproxy.ts';
import { EXPORT, mountNfs, VOLUMES } from './share.ts';

const WORKERS = ['cinder-scheduler', 'cinder-volume'];
const SHARES = '/etc/cinder/nfs_shares';

/**
 * Seconds between two looks at the space on the share. Each starts Python four times over (rootwrap), on every controller: at
 * cinder's own 60 s that was a sixth of two cores (lab cloud, beside a run).
 */
const STATS = 600;

const conf = (site: Site, node: SiteNode): string => `[DEFAULT]
host = ${node.name}
my_ip = ${node.address}
transport_url = ${transportUrl(site)}
auth_strategy = keystone
log_dir = /var/log/cinder
state_path = /var/lib/cinder
enabled_backends = nfs
default_volume_type = __DEFAULT__
glance_api_servers = http://${site.vip}:${API_PORTS.glance}
osapi_volume_workers = 1
backend_stats_polling_interval = ${STATS}
rootwrap_config = /etc/cinder/rootwrap.conf
api_paste_config = /etc/cinder/api-paste.ini
[nfs]
volume_backend_name = nfs
volume_driver = cinder.volume.drivers.nfs.NfsDriver
nfs_shares_config = ${SHARES}
nfs_mount_point_base = /var/lib/cinder/mnt
nfs_sparsed_volumes = true
nas_secure_file_operations = false
nas_secure_file_permissions = false
[database]
connection = ${databaseUrl(site, 'cinder')}
max_pool_size = 5
${authToken(site, 'cinder')}[service_user]
send_service_user_token = true
${serviceLogin(site, 'cinder')}[nova]
${serviceLogin(site, 'nova')}[oslo_concurrency]
lock_path = /var/lib/cinder/tmp
`;

export const cinder: LabService = {
  name: 'cinder',
  packages: ['cinder-api', ...WORKERS],
  units: ['cinder-api', ...WORKERS],
  idle: ['rtslib-fb-targetctl', 'tgt', 'lvm2-monitor', 'blk-availability'],
  secrets: { 'db-cinder': 'password', 'keystone-cinder': 'password' },
  files: (site, node) => [
    { path: '/etc/cinder/cinder.conf', content: conf(site, node), mode: 0o640, owner: 'root:cinder' },
    { path: SHARES, content: `${EXPORT}\n`, mode: 0o640, owner: 'root:cinder' },
    mountNfs,
    ...uwsgiFiles(node, 'cinder', 'cinder-api', API_PORTS.cinder),
  ],

  async first(site, hands) {
    await registerService(
      site,
      'cinder',
      'volumev3',
      `http://${site.vip}:${API_PORTS.cinder}/v3/%(project_id)s`,
    );
    await hands.on(
      firstController(site),
      `install -d -o cinder -g cinder -m 0777 ${VOLUMES}\nrunuser -u cinder -- cinder-manage db sync`,
      { timeoutMs: 300_000 },
    );
    for (const unit of WORKERS) await startApi(site, hands, unit);
    await startApi(site, hands, 'cinder-api');
    await apiServes(site, 'cinder');
    await until(
      'every cinder-volume up',
      240,
      () => serviceUp(site, site.controllers, 'cinder-volume'),
      2000,
    );
  },
  async cold(site, hands) {
    const start = WORKERS.map(startUnit).join('\n');
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 300_000 })));
    await coldApi(site, hands, 'cinder', 'cinder-api');
    await until(
      'every cinder-volume up',
      240,
      () => serviceUp(site, site.controllers, 'cinder-volume'),
      2000,
    );
  },
  async health(site) {
    const volumes = await serviceUp(site, site.controllers, 'cinder-volume');
    return [
      ...(await apiHealth(site, 'cinder')),
      { name: 'cinder-volume', ok: volumes === true, detail: volumes === true ? 'up' : volumes },
    ];
  },
};
