import { z } from 'zod';
import { Configuration } from './configurer.ts';
import { Disks, LOCAL } from './disks.ts';
import { type LibvirtMachine, Provider } from './machine.ts';
import { Duration, Policy } from './policy.ts';
import { ProbeSpec } from './probe.ts';
import { Rebuild } from './rebuild.ts';
import { SshOptions } from './ssh.ts';

export { SshOptions };

export const ROLES = [
  'controller',
  'network',
  'compute',
  'volume',
  'messaging',
  'sql',
  'swift-proxy',
  'swift-store',
  'ceph-mon',
  'ceph-osd',
  'undercloud',
] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

export const PLATFORM = [
  'rabbitmq',
  'galera',
  'pacemaker',
  'haproxy',
  'memcached',
  'puppet',
  'ceph',
] as const;
export const PlatformName = z.enum(PLATFORM);
export type PlatformName = z.infer<typeof PlatformName>;

export const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, dash, underscore');

export const Node = z.strictObject({
  address: z.string().min(1),
  roles: z.array(Role).min(1),
  site: z.string().default('default'),
  ssh: SshOptions.optional(),
  /** In place of what the cluster says. */
  disks: Disks.optional(),
});
export type Node = z.infer<typeof Node>;

export const Vip = z.strictObject({
  address: z.string().min(1),
  /** Roles or node names that may carry it. */
  on: z.array(z.string()).min(1),
});
export type Vip = z.infer<typeof Vip>;

/** How the cloud's own APIs are asked, and what a canary guest is made of (names or ids). */
export const CloudAccess = z.strictObject({
  /** A file of OS_* variables on every controller; it is read there and never leaves it. */
  credentials: z.string().startsWith('/').default('/root/openrc'),
  canary: z
    .strictObject({
      image: z.string(),
      flavor: z.string(),
      network: z.string().optional(),
      timeout: Duration.default(300),
    })
    .optional(),
});
export type CloudAccess = z.infer<typeof CloudAccess>;

/** Where a release comes from that the nodes' own system does not ship: a source as apt reads it, one-line or deb822. */
export const Archive = z.strictObject({
  /** Written as it is to /etc/apt/sources.list.d. */
  source: z.string().regex(/^(Types:|deb\s)/m, 'a `deb …` line or a deb822 stanza with `Types:`'),
  /** The archive's key, armoured, where its source says `Signed-By` that it lies. */
  key: z
    .strictObject({ path: z.string().startsWith('/'), content: z.string().includes('PUBLIC KEY BLOCK') })
    .optional(),
});
export type Archive = z.infer<typeof Archive>;

/** A throwaway machine: no node of the cluster. */
const throwaway = (name: string) =>
  z.strictObject({
    node: z.strictObject({
      name: Name.default(name),
      address: z.string().min(1),
      ssh: SshOptions.optional(),
    }),
    provider: Provider.default('host'),
  });

/** A throwaway machine on the target's system, on which an upgrade is rehearsed. */
export const RehearsalHost = throwaway('rehearsal').extend({
  /** A second one, on the system the cluster has now: the old release's code is asked there on the clones of the first. */
  old: throwaway('rehearsal-old').optional(),
});
export type RehearsalHost = z.infer<typeof RehearsalHost>;

/** `cluster.yaml`, in the shape of design.md section 4. */
export const Cluster = z.strictObject({
  cluster: Name,
  os: z.string().regex(/^[a-z]+\/[a-z]+$/, 'distribution/codename, as debian/bookworm'),
  openstack: z.string().min(1),
  ssh: SshOptions.default({}),
  vips: z.record(Name, Vip).default({}),
  nodes: z.record(Name, Node),
  services: z.partialRecord(Role, z.array(z.string())).default({}),
  platform: z.array(PlatformName).default([]),
  cloud: CloudAccess.optional(),
  configuration: Configuration.optional(),
  /** By series, as `2025.1`. */
  archives: z.record(z.string(), Archive).default({}),
  rehearsal: RehearsalHost.optional(),
  /** Who keeps the disks of nodes before their system is changed, where no node says otherwise. */
  disks: Disks.optional(),
  /** Who makes control plane nodes anew where their system changes, in place of an upgrade of it. */
  rebuild: Rebuild.optional(),
  policy: Policy.prefault({}),
  probes: z.record(Name, ProbeSpec).default({}),
});
export type Cluster = z.infer<typeof Cluster>;

/** Names of the nodes that carry a role, in file order. */
export function nodesWith(cluster: Cluster, ...roles: readonly Role[]): string[] {
  return Object.entries(cluster.nodes)
    .filter(([, node]) => node.roles.some((role) => roles.includes(role)))
    .map(([name]) => name);
}

/** The cluster with some of its nodes not there: to ask the others alone. */
export function without(cluster: Cluster, names: readonly string[]): Cluster {
  const nodes = Object.entries(cluster.nodes).filter(([name]) => !names.includes(name));
  return { ...cluster, nodes: Object.fromEntries(nodes) };
}

/** The machines a cluster file names for rehearsals, and who makes them: the target's, then the old release's. */
const throwaways = ({ rehearsal }: Cluster): Pick<RehearsalHost, 'node' | 'provider'>[] =>
  rehearsal === undefined ? [] : [rehearsal, ...(rehearsal.old ? [rehearsal.old] : [])];

/** The machines themselves, in that order. */
export const rehearsalNodes = (cluster: Cluster): RehearsalHost['node'][] =>
  throwaways(cluster).map(({ node }) => node);

/** How libvirt makes one of them; undefined where it does not. */
export function libvirtOf(cluster: Cluster, name: string): LibvirtMachine | undefined {
  const provider = throwaways(cluster).find(({ node }) => node.name === name)?.provider;
  return typeof provider === 'object' && 'libvirt' in provider ? provider.libvirt : undefined;
}

/**
 * The cluster with its rehearsal hosts among the nodes, for whoever carries a rehearsal out; roles mean nothing there.
 * `knownHosts`: the file with host keys of machines that Windlass made.
 */
export function withRehearsalHost(cluster: Cluster, knownHosts?: string): Cluster {
  const hosts = rehearsalNodes(cluster).map(({ name, address, ssh }): [string, Node] => {
    const made = knownHosts !== undefined && libvirtOf(cluster, name) !== undefined;
    const ways = made ? { ...ssh, knownHosts } : ssh;
    return [name, { address, roles: ['undercloud'], site: 'rehearsal', ...(ways ? { ssh: ways } : {}) }];
  });
  return { ...cluster, nodes: { ...cluster.nodes, ...Object.fromEntries(hosts) } };
}

/** Who keeps a node's disk; undefined where nobody does. */
export function disksOf(cluster: Cluster, name: string): Exclude<Disks, { provider: 'none' }> | undefined {
  const said = cluster.nodes[name]?.disks ?? cluster.disks;
  return said === undefined || said.provider === 'none' ? undefined : said;
}

/** The host on which a node's disk is kept, as steps name it. */
export function diskHost(cluster: Cluster, name: string): string {
  const disks = disksOf(cluster, name);
  if (disks?.provider === 'libvirt') return disks.host.name;
  return disks?.provider === 'command' ? LOCAL : name;
}

/** How a node's machine is made anew where its system changes; undefined where it is upgraded. */
export function rebuildOf({ rebuild, nodes }: Cluster, name: string): Rebuild | undefined {
  const roles: readonly string[] = nodes[name]?.roles ?? [];
  return rebuild?.nodes.some((word) => word === name || roles.includes(word)) ? rebuild : undefined;
}

/** Whether one controller carries everything: it has nobody to leave anything to, and is away while it is worked on (004). */
export const hasOneController = (cluster: Cluster): boolean => nodesWith(cluster, 'controller').length === 1;

/** The cluster with the hosts among its nodes on which disks are kept, for whoever has to reach them. */
export function withDiskHosts(cluster: Cluster): Cluster {
  const hosts = Object.keys(cluster.nodes).flatMap((name): [string, Node][] => {
    const disks = disksOf(cluster, name);
    if (disks?.provider !== 'libvirt' || Object.hasOwn(cluster.nodes, disks.host.name)) return [];
    const { address, ssh } = disks.host;
    return [[disks.host.name, { address, roles: ['undercloud'], site: 'disks', ...(ssh ? { ssh } : {}) }]];
  });
  return { ...cluster, nodes: { ...cluster.nodes, ...Object.fromEntries(hosts) } };
}

/** Names of the nodes that may carry a VIP: its `on` names roles or nodes. */
export function vipNodes(cluster: Cluster, vip: Vip): string[] {
  return Object.entries(cluster.nodes)
    .filter(([name, node]) => vip.on.some((on) => on === name || node.roles.some((role) => role === on)))
    .map(([name]) => name);
}
