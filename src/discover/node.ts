import * as apt from '../drivers/apt.ts';
import * as galera from '../drivers/galera.ts';
import * as haproxy from '../drivers/haproxy.ts';
import * as pacemaker from '../drivers/pacemaker.ts';
import * as rabbitmq from '../drivers/rabbitmq.ts';
import * as systemd from '../drivers/systemd.ts';
import { lines, sections } from '../drivers/text.ts';
import type { Look, Seen } from '../model/command.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import type { AptSource, NodeFacts, Unit } from '../model/facts.ts';
import type { NodeLink } from '../model/link.ts';
import { lost, nonsense } from './lost.ts';
import { optionsLook, readOptionsInUse } from './options.ts';
import { readApis, readParticulars } from './particulars.ts';

type Ask = (look: Look) => Promise<Seen>;

const BASE: Look = {
  argv: ['sh', '-us'],
  input: `echo '== os'; cat /etc/os-release
echo '== kernel'; uname -r
echo '== hostname'; uname -n
echo '== arch'; dpkg --print-architecture
echo '== clock'; date +%s.%N
echo '== memory'; awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo
echo '== disk'; df -BM --output=target,size,avail / /var /var/cache/apt/archives
echo '== interfaces'; ip -o address show
echo '== reboot'; ls /run/reboot-required
`,
};

function readBase(seen: Seen, now: number) {
  const part = sections(seen.out);
  const os = Object.fromEntries(
    lines(part.os ?? '').map((line) => [
      line.slice(0, line.indexOf('=')),
      line.slice(line.indexOf('=') + 1).replace(/^"|"$/g, ''),
    ]),
  );
  const disks = new Map<string, { mount: string; sizeMb: number; freeMb: number }>();
  for (const line of lines(part.disk ?? '').slice(1)) {
    const [mount = '', size = '', avail = ''] = line.split(/\s+/);
    disks.set(mount, { mount, sizeMb: Number.parseInt(size, 10), freeMb: Number.parseInt(avail, 10) });
  }
  const interfaces = new Map<string, string[]>();
  for (const line of lines(part.interfaces ?? '')) {
    const [, name = '', , address = ''] = line.split(/\s+/);
    if (name !== 'lo') interfaces.set(name, [...(interfaces.get(name) ?? []), address]);
  }
  return {
    os: { id: os.ID ?? '', codename: os.VERSION_CODENAME ?? '', version: os.VERSION_ID ?? '' },
    kernel: (part.kernel ?? '').trim(),
    ...((part.hostname ?? '').trim() === '' ? {} : { hostname: (part.hostname ?? '').trim() }),
    arch: (part.arch ?? '').trim(),
    clockOffset: Math.round((Number((part.clock ?? '').trim()) - now) * 1000) / 1000,
    memoryMb: Number((part.memory ?? '').trim()),
    disk: [...disks.values()],
    interfaces: [...interfaces].map(([name, addresses]) => ({ name, addresses: addresses.sort() })),
    rebootRequired: (part.reboot ?? '').trim() !== '',
  };
}

function readUnits(seen: Seen): Record<string, Unit> {
  const part = sections(seen.out);
  const units: Record<string, Unit> = {};
  for (const line of lines(part.enabled ?? '')) {
    const [name = '', enabled = ''] = line.split(/\s+/);
    if (!name.includes('@.')) units[name] = { active: 'inactive', enabled };
  }
  for (const line of lines(part.active ?? '')) {
    const [name = '', load = '', active = ''] = line.split(/\s+/);
    if (load === 'not-found' || /@|^(run-|session-|user-)/.test(name)) continue;
    units[name] = { active, enabled: units[name]?.enabled ?? (load === 'masked' ? 'masked' : 'static') };
  }
  return Object.fromEntries(Object.entries(units).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readGalera(ask: Ask): Promise<NodeFacts['galera']> {
  const [status, databases, tables] = await Promise.all([
    ask(galera.status),
    ask(galera.databases),
    ask(galera.tableCollations),
  ]);
  const state = galera.readStatus(status);
  if (typeof state === 'string') {
    return {
      version: '',
      state: `no answer: ${state}`,
      clusterSize: 0,
      clusterStatus: 'unknown',
      databases: {},
    };
  }
  return {
    version: state.version,
    state: state.state,
    clusterSize: state.size,
    clusterStatus: state.primary ? 'Primary' : 'non-Primary',
    databases: galera.readDatabases(databases),
    tables: galera.readTableCollations(tables),
  };
}

async function readRabbitmq(ask: Ask, node: string): Promise<NodeFacts['rabbitmq']> {
  const status = rabbitmq.readClusterStatus(await ask(rabbitmq.clusterStatus));
  const none = {
    version: '',
    erlang: '',
    running: [],
    members: [],
    partitions: [],
    queues: [],
    policies: [],
    flags: {},
    users: [],
  };
  if (typeof status === 'string') return none;
  if (!status.running.includes(`rabbit@${node}`)) {
    const { running, members, partitions } = status;
    return {
      ...none,
      running: [...running].sort(),
      members: [...members].sort(),
      partitions: [...partitions],
    };
  }
  // It runs, so what it does not say now is not absent: a plan without its users would lock them out.
  const told = async (look: Look): Promise<Seen> => {
    const seen = await ask(look);
    if (seen.rc !== 0) throw nonsense(node, look, seen);
    return seen;
  };
  const flags = rabbitmq.readFeatureFlags(await told(rabbitmq.featureFlags));
  const users = rabbitmq.readUsers(await told(rabbitmq.users));
  const queues: NonNullable<NodeFacts['rabbitmq']>['queues'] = [];
  const policies: NonNullable<NodeFacts['rabbitmq']>['policies'] = [];
  for (const vhost of rabbitmq.readVhosts(await told(rabbitmq.vhosts))) {
    queues.push(
      ...rabbitmq.readQueues(await told(rabbitmq.queues(vhost))).map((queue) => ({ vhost, ...queue })),
    );
    policies.push(...rabbitmq.readPolicies(await told(rabbitmq.policies(vhost))));
  }
  const mine = status.versions[`rabbit@${node}`];
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  return {
    version: mine?.rabbitmq ?? '',
    erlang: mine?.erlang ?? '',
    running: [...status.running].sort(),
    members: [...status.members].sort(),
    partitions: [...status.partitions],
    queues: queues.sort(byName),
    policies: policies.sort(byName),
    flags: Object.fromEntries(flags.map(({ name, enabled }) => [name, enabled])),
    users: users.sort(),
  };
}

async function readPacemaker(ask: Ask): Promise<NodeFacts['pacemaker']> {
  const [monitor, constraints] = await Promise.all([ask(pacemaker.monitor), ask(pacemaker.constraints)]);
  const state = pacemaker.readMonitor(monitor);
  const left = pacemaker.readCliConstraints(constraints);
  if (typeof state === 'string') {
    return {
      version: '',
      quorate: false,
      online: [],
      offline: [],
      standby: [],
      resources: {},
      constraints: left,
    };
  }
  return { ...mutable(state), constraints: left };
}

const mutable = (state: pacemaker.ClusterState) => ({
  version: state.version,
  quorate: state.quorate,
  online: [...state.online],
  offline: [...state.offline],
  standby: [...state.standby],
  resources: { ...state.resources },
});

async function readHaproxy(ask: Ask, version: string): Promise<NodeFacts['haproxy']> {
  const rows = haproxy.readStat(await ask(haproxy.showStat()));
  if (typeof rows === 'string') return { version, socket: haproxy.SOCKET, servers: [] };
  return { version, socket: haproxy.SOCKET, servers: rows };
}

async function readOptions(ask: Ask, node: string): Promise<NodeFacts['options']> {
  const seen = await ask(optionsLook);
  if (seen.rc !== 0) throw nonsense(node, optionsLook, seen);
  return readOptionsInUse(seen);
}

/** A user's name and password, or a token, before the host of a URL. */
const CREDENTIALS = /[\w+.-]+:\/\/[^\s/@]+@/;

/** Facts and plans hold apt's sources word by word and are shown and kept: a password in one would be too. */
function refuseCredentials(node: string, sources: readonly AptSource[]): void {
  const found = sources.filter(({ content }) => CREDENTIALS.test(content)).map(({ path }) => path);
  if (found.length === 0) return;
  throw new WindlassError(
    {
      code: 'WL-DISCOVER-SECRET',
      node,
      message: `${found.join(', ')} has a password or token in a URL`,
      remedy: `on ${node}, move it to a file in /etc/apt/auth.conf.d (see apt_auth.conf(5)), then discover again`,
    },
    EXIT.blocked,
  );
}

/**
 * Reads one node. Only questions are asked: nothing is changed.
 * Throws WL-NODE-LOST when it falls silent, WL-DISCOVER-NODE when it answers nonsense, WL-DISCOVER-SECRET when its
 * facts would hold a secret.
 */
export async function discoverNode(
  link: NodeLink,
  now: () => number,
  address = '127.0.0.1',
): Promise<NodeFacts> {
  // Facts of a node that fell silent half way would look like a node that has nothing.
  const ask: Ask = async (look) => {
    const seen = await link.look(look, 120);
    if (seen.lost) throw lost(link.node, seen);
    return seen;
  };
  const before = now();
  const base = await link.look(BASE, 60);
  if (base.lost || base.rc === 255) throw lost(link.node, base);
  const facts = readBase(base, (before + now()) / 2);
  const [inventory, services] = await Promise.all([ask(apt.inventory.look), ask(systemd.services)]);
  const { packages, sources, audit, lock } = apt.inventory.read(inventory);
  if (Object.keys(packages).length === 0) throw nonsense(link.node, apt.inventory.look, inventory);
  refuseCredentials(link.node, sources);
  const has = (name: string): boolean => packages[name] !== undefined;
  if (services.rc !== 0) throw nonsense(link.node, systemd.services, services);
  const units = readUnits(services);
  const [particulars, apis, options, galeraFacts, rabbitmqFacts, pacemakerFacts, haproxyFacts] =
    await Promise.all([
      readParticulars(ask, link.node, packages, units),
      readApis(ask, address, units),
      has('python3-oslo.config') || has('python-oslo.config') ? readOptions(ask, link.node) : undefined,
      has('mariadb-server') || has('galera-4') ? readGalera(ask) : undefined,
      has('rabbitmq-server') ? readRabbitmq(ask, link.node) : undefined,
      has('pacemaker') ? readPacemaker(ask) : undefined,
      has('haproxy') ? readHaproxy(ask, packages.haproxy?.version ?? '') : undefined,
    ]);
  return {
    ...facts,
    packages,
    units,
    ...particulars,
    ...(apis ? { apis } : {}),
    ...(options ? { options } : {}),
    apt: { sources, ...(lock === undefined ? {} : { lock }), ...(audit === '' ? {} : { audit }) },
    ...(galeraFacts ? { galera: galeraFacts } : {}),
    ...(rabbitmqFacts ? { rabbitmq: rabbitmqFacts } : {}),
    ...(pacemakerFacts ? { pacemaker: pacemakerFacts } : {}),
    ...(haproxyFacts ? { haproxy: haproxyFacts } : {}),
  };
}
