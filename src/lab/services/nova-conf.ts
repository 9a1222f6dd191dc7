import type { Site, SiteNode } from '../site.ts';
import { authToken, databaseUrl, serviceLogin, transportUrl } from './api.ts';
import { API_PORTS, SIDE_PORTS } from './haproxy.ts';

/** Secrets that nova.conf names, on controllers and computes alike. */
export const NOVA_SECRETS = {
  'db-nova': 'password',
  'keystone-nova': 'password',
  'metadata-shared': 'password',
} as const;

// Only what has the databases may reach them: a compute talks to them by the conductor.
const databases = (site: Site): string => `[api_database]
connection = ${databaseUrl(site, 'nova', 'nova_api')}
[database]
connection = ${databaseUrl(site, 'nova')}
`;

// live_migration_scheme: libvirt 9 and 11 both carry a guest over plain TCP, and so does Nova from Zed to Epoxy.
// disable_deep_image_inspection: Epoxy takes the guests' bare kernel for a boot sector and refuses to copy it when a
// guest comes ("Image does not pass safety check").
const compute = (node: SiteNode): string => `[libvirt]
virt_type = qemu
cpu_mode = none
live_migration_uri = qemu+tcp://%s/system
live_migration_scheme = tcp
live_migration_inbound_addr = ${node.address}
live_migration_timeout_action = abort
remote_filesystem_transport = ssh

[workarounds]
disable_deep_image_inspection = true
`;

/** nova.conf of a controller or of a compute. */
export function novaConf(site: Site, node: SiteNode): string {
  const controls = node.roles.includes('controller');
  return `[DEFAULT]
my_ip = ${node.address}
host = ${node.name}
transport_url = ${transportUrl(site)}
log_dir = /var/log/nova
state_path = /var/lib/nova
osapi_compute_workers = 1
metadata_workers = 1
cpu_allocation_ratio = 16
reserved_host_memory_mb = 256
allow_resize_to_same_host = true
resume_guests_state_on_host_boot = true
[api]
auth_strategy = keystone
[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 300
${controls ? databases(site) : compute(node)}${authToken(site, 'nova')}[service_user]
send_service_user_token = true
${serviceLogin(site, 'nova')}[glance]
api_servers = http://${site.vip}:${API_PORTS.glance}
[placement]
${serviceLogin(site, 'placement')}[neutron]
service_metadata_proxy = true
metadata_proxy_shared_secret = ${site.secret('metadata-shared')}
${serviceLogin(site, 'neutron')}[cinder]
os_region_name = RegionOne
${serviceLogin(site, 'cinder')}[oslo_concurrency]
lock_path = /var/lib/nova/tmp
[vnc]
enabled = true
server_listen = 0.0.0.0
server_proxyclient_address = ${node.address}
novncproxy_host = ${node.address}
novncproxy_base_url = http://${site.vip}:${SIDE_PORTS.novnc}/vnc_auto.html
[upgrade_levels]
compute = auto
`;
}
