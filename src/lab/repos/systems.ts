/** What a whole cloud has installed, by kind of host: nova-compute's flavours exclude each other. */
export const CLOUD_SYSTEMS = {
  controller: [
    'keystone',
    'glance-api',
    'placement-api',
    'nova-api',
    'nova-conductor',
    'nova-scheduler',
    'nova-consoleproxy',
    'neutron-api',
    'neutron-rpc-server',
    'neutron-periodic-workers',
    'neutron-openvswitch-agent',
    'neutron-l3-agent',
    'neutron-dhcp-agent',
    'neutron-metadata-agent',
    'cinder-api',
    'cinder-scheduler',
    'cinder-volume',
    'cinder-backup',
    'heat-api',
    'heat-api-cfn',
    'heat-engine',
    'openstack-dashboard',
    'openstack-dashboard-apache',
    'python3-openstackclient',
  ],
  'compute, qemu': ['nova-compute', 'nova-compute-qemu', 'neutron-openvswitch-agent'],
  'compute, kvm': ['nova-compute', 'nova-compute-kvm', 'neutron-openvswitch-agent'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/**
 * Every oslo, keystone and client library: with some of them old, requests fail that lists do not show. And
 * others whose own metadata asks for a newer version than their packages declare.
 */
export const along = (...others: readonly string[]): RegExp =>
  new RegExp(`^python3-(${['oslo[.-].+', 'keystone.*', '[a-z]+client', ...others].join('|')})$`);

/**
 * Debian's own word for who packages OpenStack. Of a newer oslo.utils trixie's tooz and os-brick want what it has no
 * more (`cannot import name 'md5'`, seen on trixie with Gazpacho's libraries), and nothing that they declare says so.
 */
export const TEAM = 'Debian OpenStack ';

/** What cmd2 asks for beyond what it declares; the command line client stands on it. */
export const CMD2 = ['rich', 'rich-argparse', 'prompt-toolkit'];

/** Not by one byte: Python, the C library and systemd, on which all else on the host stands. */
export const STAY = ['glibc', 'systemd', 'python3-defaults', 'python3.11', 'python3.13'];
