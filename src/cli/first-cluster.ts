import { stringify } from 'yaml';
import type { Role } from '../model/cluster.ts';

/** One node as `--node` names it. */
export interface FirstNode {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly string[];
}

/** What a first cluster file is made of. */
export interface FirstCluster {
  readonly name: string;
  readonly os: string;
  readonly openstack: string;
  readonly user: string;
  readonly nodes: readonly FirstNode[];
  readonly vips: readonly { readonly name: string; readonly address: string }[];
  readonly services: readonly string[];
}

/** The smallest cloud that boots a guest: what stands on the controllers where nobody says otherwise. */
export const USUAL_SERVICES = ['keystone', 'glance', 'placement', 'nova', 'neutron'] as const;
/** What a compute has of a service, where the controllers have the rest. */
const ON_COMPUTES: Readonly<Record<string, string>> = {
  nova: 'nova-compute',
  neutron: 'neutron-openvswitch-agent',
};

/** `ctl1=192.0.2.11` or `cmp1=192.0.2.31,compute`; a controller where no role is said. */
export function readNode(word: string): FirstNode | undefined {
  const found = /^([^=\s]+)=([^,\s]+)((?:,[a-z-]+)*)$/.exec(word);
  if (!found) return undefined;
  const [, name = '', address = '', roles = ''] = found;
  const said = roles.split(',').filter((role) => role !== '');
  return { name, address, roles: said.length > 0 ? said : ['controller'] };
}

const scalar = (value: string): string => stringify(value).trimEnd();
const list = (words: readonly string[]): string => `[${words.map(scalar).join(', ')}]`;

/** The text of a cluster file that says what each part is for. It is parsed as any other before it is written. */
export function firstCluster(wanted: FirstCluster): string {
  const having = (role: Role): FirstNode[] => wanted.nodes.filter(({ roles }) => roles.includes(role));
  const several = having('controller').length > 1;
  const platform = several
    ? ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached']
    : ['rabbitmq', 'galera', 'memcached'];
  const onComputes = wanted.services.flatMap((service) => ON_COMPUTES[service] ?? []);
  const computes = having('compute').length > 0 && onComputes.length > 0;
  const [first] = wanted.nodes;
  const [vip] = wanted.vips;
  return `# A cluster as Windlass sees it. Read by every command; never changed by any.
# Editors complete it with schema/cluster.schema.json.
cluster: ${scalar(wanted.name)}

# Where it stands now; discovery checks both.
os: ${scalar(wanted.os)}
openstack: ${scalar(wanted.openstack)}

# How nodes are reached: root, or a user with sudo that asks for no password. Your own ssh_config is read too.
ssh:
  user: ${scalar(wanted.user)}
  # identity: /root/.ssh/id_ed25519

# Addresses that move between nodes, by the name of their Pacemaker resource; \`on\` says roles or nodes.
vips:${
    wanted.vips.length === 0
      ? ' {}'
      : wanted.vips
          .map(({ name, address }) => `\n  ${scalar(name)}: {address: ${scalar(address)}, on: [controller]}`)
          .join('')
  }

# Nodes with the address SSH reaches them by. A site is what fails together: a rack, a room, a zone.
nodes:
${wanted.nodes
  .map(
    ({ name, address, roles }) =>
      `  ${scalar(name)}: {address: ${scalar(address)}, roles: ${list(roles)}, site: default}`,
  )
  .join('\n')}

# What runs on the nodes of a role. Take out what you do not have; windlass check tells what it misses.
services:
  controller: ${list(wanted.services)}${computes ? `\n  compute: ${list(onComputes)}` : ''}

# What carries it.
platform: ${list(platform)}

# Limits you set. These are what holds where nothing is said.
policy:
  classes: {controller: {limit: 1}}
  onFailure: halt  # or continue: what does not need it goes on, until more nodes than tolerate says (1) have failed
  patience: 10m
  busBacklog: 100

# What is watched from here while a run goes on. Secrets stay where they are: file:, env: or node: names the place.
probes: {}
#  keystone: {kind: http, url: "http://${vip?.address ?? first?.address ?? '192.0.2.10'}:5000/v3", expect: [200], rate: 3}
#  database: {kind: sql, address: ${vip?.address ?? first?.address ?? '192.0.2.10'}, user: probe, password: "file:/root/probe.password", database: probe, table: t}
`;
}
