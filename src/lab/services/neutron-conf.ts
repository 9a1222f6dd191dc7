import type { NodeFile } from '../service.ts';
import type { Site, SiteNode } from '../site.ts';
import { authToken, databaseUrl, serviceLogin, transportUrl } from './api.ts';

/** Secrets that neutron.conf names on every node that has one. */
export const NEUTRON_SECRETS = { 'keystone-neutron': 'password' } as const;

/** The provider network: its name in Neutron, and the bridge by which a node is on it. */
export const PHYSICAL = 'physnet1';
export const PROVIDER_BRIDGE = 'br-provider';

const server = (site: Site): string => `[database]
connection = ${databaseUrl(site, 'neutron')}
max_pool_size = 5
${authToken(site, 'neutron')}[nova]
${serviceLogin(site, 'nova')}`;

/** neutron.conf of a controller, or of a node that only has agents. */
export function neutronConf(site: Site, node: SiteNode): NodeFile {
  const controls = node.roles.includes('controller');
  const content = `[DEFAULT]
host = ${node.name}
bind_host = ${node.address}
transport_url = ${transportUrl(site)}
core_plugin = ml2
service_plugins = router
auth_strategy = keystone
log_dir = /var/log/neutron
state_path = /var/lib/neutron
api_workers = 1
rpc_workers = 1
rpc_state_report_workers = 0
notify_nova_on_port_status_changes = true
notify_nova_on_port_data_changes = true
dhcp_agents_per_network = ${Math.min(2, site.controllers.length)}
agent_down_time = 100
[oslo_concurrency]
lock_path = /var/lib/neutron/lock
[agent]
root_helper = sudo /usr/bin/neutron-rootwrap /etc/neutron/rootwrap.conf
[experimental]
linuxbridge = false
${controls ? server(site) : ''}`;
  return { path: '/etc/neutron/neutron.conf', content, mode: 0o640, owner: 'root:neutron' };
}

/**
 * The Open vSwitch agent. Its datapath is the one in user space: it needs no kernel module, which a container
 * could not load. Tunnels would need the node's own address on such a bridge, so tenants have VLANs.
 */
export function ovsAgentConf(): NodeFile {
  const content = `[ovs]
integration_bridge = br-int
datapath_type = netdev
bridge_mappings = ${PHYSICAL}:${PROVIDER_BRIDGE}
ovsdb_timeout = 60
of_request_timeout = 120
of_connect_timeout = 120
[agent]
tunnel_types =
[securitygroup]
enable_security_group = true
firewall_driver = openvswitch
`;
  const path = '/etc/neutron/plugins/ml2/openvswitch_agent.ini';
  return { path, content, mode: 0o640, owner: 'root:neutron' };
}

/** Shell text that makes the provider bridge with the node's second link as its port; harmless if it is there. */
export const PROVIDER_UP = (link: string): string => `ovs-vsctl --timeout=60 \\
  --may-exist add-br ${PROVIDER_BRIDGE} -- set bridge ${PROVIDER_BRIDGE} datapath_type=netdev -- \\
  --may-exist add-port ${PROVIDER_BRIDGE} ${link}
ip link set ${PROVIDER_BRIDGE} up`;
