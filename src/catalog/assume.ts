import { type Cluster, nodesWith, type Role, vipNodes } from '../model/cluster.ts';
import type { Facts, NodeFacts } from '../model/facts.ts';
import { component } from './components/index.ts';
import { distribution } from './distributions.ts';
import { series } from './releases.ts';
import type { Presence, Service } from './service.ts';
import { databasesAt, presence } from './services/changes.ts';
import { majorAt, servicesNamed } from './services/index.ts';

/**
 * Facts for a cluster that cannot be asked: everything is taken to be as its distribution and release ship it, and
 * healthy. What only a machine can tell (disk, memory, clock, queues) stays empty. `at` is no time, since none passed.
 */
export function assumedFacts(cluster: Cluster): Facts {
  return {
    windlass: 1,
    cluster: cluster.cluster,
    at: 'assumed',
    assumed: true,
    nodes: Object.fromEntries(Object.keys(cluster.nodes).map((name) => [name, assumeNode(cluster, name)])),
  };
}

/** Nodes that carry a part of the platform: those of its own role where there are some, else the controllers. */
function carriers(cluster: Cluster, part: string): string[] {
  if (!cluster.platform.some((name) => name === part)) return [];
  const own = part === 'rabbitmq' ? 'messaging' : part === 'galera' ? 'sql' : 'controller';
  const special = nodesWith(cluster, own);
  return special.length > 0 ? special : nodesWith(cluster, 'controller');
}

function servicesOn(cluster: Cluster, node: string): readonly Service[] {
  const roles = cluster.nodes[node]?.roles ?? [];
  return servicesNamed(roles.flatMap((role) => cluster.services[role] ?? []));
}

/** The cluster file names a service, and then what is usual is there, or units of it, and then those are. */
function unitsMeant(cluster: Cluster, role: Role, service: Service, there: Presence): readonly string[] {
  const words = cluster.services[role] ?? [];
  const units = there.units.filter((unit) => words.includes(unit));
  return words.includes(service.name) || units.length === 0
    ? [...(there.usual ?? there.units), ...units]
    : units;
}

function assumeNode(cluster: Cluster, name: string): NodeFacts {
  const os = distribution(cluster.os);
  const release = series(cluster.openstack).id;
  const roles = cluster.nodes[name]?.roles ?? [];
  const packages: NodeFacts['packages'] = {};
  const units: NodeFacts['units'] = {};
  const install = (names: readonly string[], version: string): void => {
    for (const one of names) packages[one] = { version, auto: false };
  };
  const run = (names: readonly string[]): void => {
    for (const one of names) units[`${one}.service`] = { active: 'active', enabled: 'enabled' };
  };
  for (const service of servicesOn(cluster, name)) {
    const major = majorAt(service, release);
    for (const role of roles) {
      const there = presence(service, role, release);
      if (!there) continue;
      const units = unitsMeant(cluster, role, service, there);
      run(units);
      // The first package is there with certainty; most units are called as theirs.
      const packages = there.packages.filter((one, at) => at === 0 || units.includes(one));
      install(packages, `${major ?? 0}.0.0`);
    }
    if (service.tells && major !== undefined) install([service.tells.package], `${major}.0.0`);
  }
  const has = (part: string): boolean => carriers(cluster, part).includes(name);
  for (const part of cluster.platform) {
    if (!has(part)) continue;
    const known = component(part);
    // By the first of its packages: that is what is installed here.
    const name = part === 'galera' ? 'mariadb' : part === 'pacemaker' ? 'corosync' : part;
    const version = shipped(os.ships, name);
    install(known?.packages.slice(0, 1) ?? [], version ?? '0');
    run(known?.units.slice(0, part === 'pacemaker' ? 2 : 1) ?? []);
  }
  if (has('pacemaker')) install(['pacemaker'], os.ships.pacemaker ?? '0');
  return {
    os: { id: os.id, codename: os.codename, version: os.version },
    kernel: '',
    arch: 'amd64',
    packages,
    units,
    apt: { sources: [{ path: '/etc/apt/sources.list', content: sourceLines(os.id, os.codename) }] },
    rebootRequired: false,
    disk: [],
    memoryMb: 0,
    clockOffset: 0,
    interfaces: [],
    ...(has('galera') ? { galera: galera(cluster, os.ships.mariadb ?? '') } : {}),
    ...(has('rabbitmq')
      ? { rabbitmq: rabbitmq(cluster, os.ships.rabbitmq ?? '', os.ships.erlang ?? '') }
      : {}),
    ...(has('pacemaker') ? { pacemaker: pacemaker(cluster, os.ships.pacemaker ?? '') } : {}),
    ...(has('haproxy') ? { haproxy: haproxy(cluster, os.ships.haproxy ?? '') } : {}),
  };
}

const shipped = (ships: Readonly<Record<string, string>>, name: string): string | undefined => ships[name];

function sourceLines(id: string, codename: string): string {
  return id === 'debian'
    ? `deb http://deb.debian.org/debian ${codename} main\n`
    : `deb http://archive.ubuntu.com/ubuntu ${codename} main universe\n`;
}

function galera(cluster: Cluster, version: string): NonNullable<NodeFacts['galera']> {
  const services = Object.keys(cluster.nodes).flatMap((name) => servicesOn(cluster, name));
  const at = series(cluster.openstack).id;
  const databases = [...new Set(services.flatMap((service) => databasesAt(service, at)))].sort();
  return {
    version,
    state: 'Synced',
    clusterSize: carriers(cluster, 'galera').length,
    clusterStatus: 'Primary',
    databases: Object.fromEntries(databases.map((database) => [database, 'utf8mb3_general_ci'])),
  };
}

function rabbitmq(cluster: Cluster, version: string, erlang: string): NonNullable<NodeFacts['rabbitmq']> {
  const members = carriers(cluster, 'rabbitmq')
    .map((name) => `rabbit@${name}`)
    .sort();
  return {
    version,
    erlang,
    running: members,
    members,
    partitions: [],
    queues: [],
    policies: [],
    flags: {},
    users: [],
  };
}

function pacemaker(cluster: Cluster, version: string): NonNullable<NodeFacts['pacemaker']> {
  const resources = Object.entries(cluster.vips).map(([name, vip]) => [
    name,
    vipNodes(cluster, vip)[0] ?? null,
  ]);
  return {
    version,
    quorate: true,
    online: carriers(cluster, 'pacemaker').sort(),
    offline: [],
    standby: [],
    resources: Object.fromEntries(resources),
    constraints: [],
  };
}

function haproxy(cluster: Cluster, version: string): NonNullable<NodeFacts['haproxy']> {
  const controllers = nodesWith(cluster, 'controller');
  const server = (backend: string, name: string, port: number, backup: boolean) => ({
    backend,
    server: name,
    address: `${cluster.nodes[name]?.address ?? ''}:${port}`,
    status: 'UP',
    sessions: 0,
    backup,
    check: 'L7OK',
  });
  const apis = controllers.flatMap((name) =>
    servicesOn(cluster, name).flatMap(({ name: service, api }) =>
      api ? [server(`${service}be`, name, api.port, false)] : [],
    ),
  );
  const sql = carriers(cluster, 'galera').map((name, index) => server('galerabe', name, 3306, index > 0));
  return { version, socket: '/run/haproxy/admin.sock', servers: [...sql, ...apis] };
}
