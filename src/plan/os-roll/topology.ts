import type { Service } from '../../catalog/service.ts';
import { apisOf, arrivals, presence } from '../../catalog/services/changes.ts';
import { isBackendOf, servicesNamed } from '../../catalog/services/index.ts';
import { unitName } from '../../drivers/systemd.ts';
import { type Cluster, nodesWith, type Role } from '../../model/cluster.ts';
import type { Facts, NodeFacts } from '../../model/facts.ts';
import type { Standing } from '../../model/target.ts';

/** A server as HAProxy names it. */
export interface Named {
  readonly backend: string;
  readonly server: string;
}

export interface Server extends Named {
  readonly node: string;
  readonly port: number;
  readonly sql: boolean;
}

/** The controllers as the roll sees them. */
export interface Controllers {
  readonly cluster: Cluster;
  readonly facts: Facts;
  readonly from: Standing;
  readonly to: Standing;
  readonly all: readonly string[];
  /** Those still to be upgraded, in the order they go: who carries a VIP goes last. */
  readonly order: readonly string[];
  readonly done: readonly string[];
  /** Nodes that stay as they are this time; the facts do not have them. */
  readonly leftOut: readonly string[];
  /** The first node on the new bus: the others join it. */
  readonly lead: string;
  readonly balancers: readonly string[];
  readonly socket: string;
  readonly servers: readonly Server[];
  readonly vips: readonly { readonly resource: string; readonly address: string; readonly at: string }[];
  /** Of all their roles: a controller that is a network node too has agents as well. */
  readonly services: readonly Service[];
  readonly schemas: readonly string[];
}

/** `bookworm` of `debian/bookworm`. */
export const codename = (os: string): string => os.split('/').at(-1) ?? os;

/** Reads from the facts what the roll of the controllers needs. */
export function controllers(
  cluster: Cluster,
  facts: Facts,
  from: Standing,
  to: Standing,
  leftOut: readonly string[] = [],
): Controllers {
  const all = nodesWith(cluster, 'controller', 'messaging', 'sql').filter((name) => facts.nodes[name]);
  const of = (name: string): NodeFacts | undefined => facts.nodes[name];
  const isDone = (name: string): boolean => of(name)?.os.codename === codename(to.os);
  // Of two clusters side by side (old and new Corosync) only the one with a quorum carries anything.
  const views = all.flatMap((name) => of(name)?.pacemaker ?? []);
  const view = views.find(({ quorate }) => quorate) ?? views[0];
  const last = all.at(-1) ?? '';
  const vips = Object.entries(cluster.vips).map(([resource, { address }]) => ({
    resource,
    address,
    at: view?.resources[resource] ?? last,
  }));
  const carriers = new Set(vips.map(({ at }) => at));
  const waiting = all.filter((name) => !isDone(name));
  const order = [
    ...waiting.filter((name) => !carriers.has(name)),
    ...waiting.filter((name) => carriers.has(name)),
  ];
  const done = all.filter(isDone);
  const balancers = all.filter((name) => of(name)?.haproxy);
  const rows = balancers.flatMap((name) => of(name)?.haproxy?.servers ?? []);
  const servers = new Map<string, Server>();
  for (const row of rows) {
    const node = all.find(
      (name) => row.address.startsWith(`${cluster.nodes[name]?.address}:`) || row.server === name,
    );
    if (node) {
      servers.set(`${row.backend}/${row.server}`, {
        backend: row.backend,
        server: row.server,
        node,
        port: Number(row.address.split(':').at(-1)),
        sql: row.address.endsWith(':3306'),
      });
    }
  }
  const schemas = new Set(all.flatMap((name) => Object.keys(of(name)?.galera?.databases ?? {})));
  return {
    cluster,
    facts,
    from,
    to,
    all,
    order,
    done,
    leftOut,
    lead: done[0] ?? order[0] ?? last,
    balancers,
    socket:
      balancers.map((name) => of(name)?.haproxy?.socket).find((path) => path) ?? '/run/haproxy/admin.sock',
    servers: [...servers.values()],
    vips,
    services: servicesNamed(
      all.flatMap((name) => cluster.nodes[name]?.roles ?? []).flatMap((role) => cluster.services[role] ?? []),
    ),
    schemas: [...schemas].sort(),
  };
}

export const targetCodename = (roll: Controllers): string => codename(roll.to.os);

const WORKS = new Set(['active', 'activating', 'reloading']);

/** Whether the cluster file gives a node this role. */
export const hasRole = (roll: Controllers, node: string, role: Role): boolean =>
  roll.cluster.nodes[node]?.roles.includes(role) ?? false;

/** Nodes of a role that the facts know. */
export const known = (roll: Controllers, role: Role): string[] =>
  nodesWith(roll.cluster, role).filter((name) => roll.facts.nodes[name]);

/** How a service's own API is asked on a node, as steps name it; undefined when it has none. */
export function apiOn(roll: Controllers, node: string, { api }: Service) {
  const address = roll.cluster.nodes[node]?.address ?? '';
  return api && { url: `http://${address}:${api.port}${api.path}`, expect: [...api.expect] };
}

/** What a unit of a service does on a node: answer requests and hold the schema, or work for the data plane. */
export type Part = 'control' | 'agents';

/**
 * Units of one of the catalogue's services that work on the node, by what they do there. One that is installed but at
 * rest (a proxy nobody uses) is left at rest; one that such a node usually runs, and that is masked, or stopped though a
 * boot would start it, was held by an earlier run and has to come back.
 */
export function unitsOn(roll: Controllers, node: string, of: Service, part?: Part): string[] {
  const known = roll.facts.nodes[node]?.units ?? {};
  const found = (roll.cluster.nodes[node]?.roles ?? []).flatMap((role) => {
    const is: Part = role === 'controller' ? 'control' : 'agents';
    if (part !== undefined && part !== is) return [];
    const there = presence(of, role, roll.from.openstack);
    const usual = there?.usual ?? there?.units ?? [];
    return (there?.units ?? []).filter((unit) => {
      const state = known[`${unit}.service`];
      if (state === undefined) return false;
      return (
        WORKS.has(state.active) ||
        (state.enabled === 'masked' && usual.includes(unit)) ||
        (state.enabled === 'enabled' && there?.usual?.includes(unit) === true)
      );
    });
  });
  return [...new Set(found)];
}

/** The same once the node has the target's packages: with the units that the hop brings of what is there. */
export function unitsAfter(roll: Controllers, node: string, of: Service, part?: Part): string[] {
  const packages = roll.facts.nodes[node]?.packages ?? {};
  const coming = arrivals(of, roll.from.openstack, roll.to.openstack).flatMap(({ unit, where }) =>
    unit !== undefined && where.some((name) => packages[name] !== undefined) ? [unit] : [],
  );
  const here = unitsOn(roll, node, of, part);
  if (here.length === 0) return here;
  const listed = (roll.cluster.nodes[node]?.roles ?? []).flatMap((role) => {
    const is: Part = role === 'controller' ? 'control' : 'agents';
    return part === undefined || part === is ? (of.roles[role]?.units ?? []) : [];
  });
  // In the order of the catalogue: what others ask first, APIs last.
  return [...new Set(listed)].filter((unit) => here.includes(unit) || coming.includes(unit));
}

/** Units that work for the data plane alone, as they are now (`unitsOn`) or with the target's packages (`unitsAfter`). */
export function agentsOf(roll: Controllers, node: string, of: Service, units: typeof unitsOn): string[] {
  const control = units(roll, node, of, 'control');
  return units(roll, node, of, 'agents').filter((unit) => !control.includes(unit));
}

/** Services of a node's own roles, in the order they are upgraded. */
export function servicesOn(roll: Controllers, node: string): readonly Service[] {
  const roles = roll.cluster.nodes[node]?.roles ?? [];
  return servicesNamed(roles.flatMap((role) => roll.cluster.services[role] ?? []));
}

export const others = (roll: Controllers, node: string): string[] => roll.all.filter((name) => name !== node);

/** What HAProxy knows of a node. */
export const serversOf = (roll: Controllers, node: string): Server[] =>
  roll.servers.filter((server) => server.node === node);

/** Whether a server carries one of a service's APIs: by its port, or by the name the backend goes by in the field. */
export const carries = (server: Server, service: Service): boolean =>
  apisOf(service).some(({ port }) => port === server.port) || isBackendOf(service, server.backend);

/** What HAProxy knows of one service's APIs on a node. */
export const serversOfService = (roll: Controllers, node: string, service: Service): Server[] =>
  serversOf(roll, node).filter((server) => carries(server, service));

/** Servers as steps name them. */
export const named = (servers: readonly Named[]): Named[] =>
  servers.map(({ backend, server }) => ({ backend, server }));

/** Every unit of a node's services. */
export const daemonsOn = (roll: Controllers, node: string): readonly string[] => [
  ...new Set(servicesOn(roll, node).flatMap((service) => unitsOn(roll, node, service))),
];

/** Units to be started with those that a boot has to start too: all that nobody had disabled before. */
export function startedUnits(
  { facts }: Controllers,
  node: string,
  units: readonly string[],
): { readonly units: readonly string[]; readonly enable?: readonly string[] } {
  const enable = units.filter((unit) => facts.nodes[node]?.units[unitName(unit)]?.enabled !== 'disabled');
  return enable.length > 0 ? { units, enable } : { units };
}
