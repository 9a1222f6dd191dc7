import { lists, localUrls } from '../../catalog/rehearsal.ts';
import type { Service } from '../../catalog/service.ts';
import { presence } from '../../catalog/services/changes.ts';
import { EXIT, WindlassError } from '../../model/error.ts';
import { type Controllers, servicesOn } from '../os-roll/topology.ts';

/** What a rehearsal is made of: the machine, what is read from where, and what of it is brought. */
export interface Stage {
  /** The machine's name: every step is on it. */
  readonly host: string;
  readonly round: string;
  readonly asShipped: boolean;
  /** The real roll, as the plan of the upgrade sees it. */
  readonly live: Controllers;
  /** The same with the machine as its one controller, in place of `model`. */
  readonly twin: Controllers;
  /** The controller whose configuration is copied. */
  readonly model: string;
  /** The member whose databases are dumped and whose schemas are compared. */
  readonly member: string;
  /** Services with a database there, in the order they are raised. */
  readonly services: readonly Service[];
  readonly databases: readonly string[];
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Everything by which the cluster can be reached. */
  readonly addresses: readonly string[];
  readonly names: readonly string[];
  /** Folders and files that are copied. */
  readonly places: readonly string[];
  readonly credentials: string | undefined;
}

const blocked = (code: `WL-${string}`, message: string, remedy: string): WindlassError =>
  new WindlassError({ code, message, remedy }, EXIT.blocked);

/** Interfaces whose addresses are the same on any machine: they tell no node from another. */
const EVERYWHERE = /^(lo|docker|virbr|lxc|veth|tap|q[bvr]|br-)/;

function addressesOf(live: Controllers): string[] {
  const { cluster, facts } = live;
  const said = [
    // An undercloud is where Windlass may well run: walled off, it could not come back.
    ...Object.values(cluster.nodes)
      .filter(({ roles }) => roles.some((role) => role !== 'undercloud'))
      .map(({ address }) => address),
    ...Object.values(cluster.vips).map(({ address }) => address),
  ];
  const control = Object.entries(facts.nodes).filter(
    ([name, node]) => live.all.includes(name) || node.galera || node.rabbitmq,
  );
  const read = control.flatMap(([, { interfaces }]) =>
    interfaces
      .filter(({ name }) => !EVERYWHERE.test(name))
      .flatMap(({ addresses }) => addresses.map((one) => one.replace(/\/\d+$/, '')))
      .filter((one) => !/^(fe80|127\.|::1$)/i.test(one)),
  );
  return [...new Set([...said, ...read])].sort();
}

/** Units that are started on the clones: APIs, and what an API asks over the bus before it can answer a list. */
export const startedOf = (service: Service): readonly string[] => [
  ...(lists(service).backing ?? []),
  ...(service.api ? [service.api.unit] : []),
];

/** What of a service has a hand on its database besides: asked of the old release alone. */
export const enginesOf = (service: Service): readonly string[] => lists(service).engines ?? [];

/** The machine takes the place of the model: its services, packages and options, at the loopback. */
function twinOf(live: Controllers, model: string, host: string): Controllers {
  const mine = live.facts.nodes[model];
  const node = live.cluster.nodes[model];
  if (mine === undefined || node === undefined) throw new Error(`no facts of ${model}`);
  const { galera: _g, rabbitmq: _r, pacemaker: _p, haproxy: _h, ...facts } = mine;
  return {
    ...live,
    cluster: {
      ...live.cluster,
      nodes: { ...live.cluster.nodes, [host]: { ...node, address: '127.0.0.1', roles: ['controller'] } },
    },
    facts: { ...live.facts, nodes: { ...live.facts.nodes, [host]: facts } },
    all: [host],
    order: [host],
    done: [],
    lead: host,
    balancers: [],
    servers: [],
    vips: [],
  };
}

/**
 * What a rehearsal of a hop takes, from the facts. Throws (exit 3) WL-REHEARSE-HOST where the cluster file names no
 * machine, WL-REHEARSE-DATABASES where no member with the cloud's databases was found, WL-REHEARSE-FINGERPRINT where
 * discovery could not read their schemas.
 */
export function stageOf(
  live: Controllers,
  how: { readonly round: string; readonly asShipped: boolean },
): Stage {
  const { cluster, facts } = live;
  if (cluster.rehearsal === undefined) {
    throw blocked(
      'WL-REHEARSE-HOST',
      'the cluster file names no machine to rehearse on',
      `name one that runs ${live.to.os}, freshly installed: rehearsal: {node: {address: …}}`,
    );
  }
  const host = cluster.rehearsal.node.name;
  const member = facts.cloud?.asked ?? Object.keys(facts.nodes).find((name) => facts.nodes[name]?.galera);
  const schemas = Object.keys(facts.nodes[member ?? '']?.galera?.databases ?? {}).sort();
  const model = live.order[0] ?? live.lead;
  const services = servicesOn(live, model).filter(
    ({ databases, roles }) => roles.controller && databases.some((name) => schemas.includes(name)),
  );
  const known = new Set(services.flatMap(({ databases }) => databases));
  const databases = schemas.filter((name) => known.has(name) || /^nova_cell\w+$/.test(name));
  if (member === undefined || databases.length === 0) {
    throw blocked(
      'WL-REHEARSE-DATABASES',
      'no node with a database of the cloud was read: there is nothing to rehearse on',
      'bring a database member to Synced and discover again',
    );
  }
  const told = facts.cloud?.fingerprints ?? {};
  const missing = facts.assumed ? [] : databases.filter((name) => told[name] === undefined);
  if (missing.length > 0) {
    throw blocked(
      'WL-REHEARSE-FINGERPRINT',
      `the schema of ${missing.join(', ')} could not be read: nobody could tell later whether it has changed`,
      `see on ${member} whether \`mariadb\` lets root in, then discover again`,
    );
  }
  const credentials = cluster.cloud?.credentials;
  const places = new Set(services.flatMap((service) => service.etc));
  for (const unit of services.flatMap(startedOf)) places.add(`/etc/default/${unit}`);
  const names = Object.entries(facts.nodes).flatMap(([name, { hostname }]) => [name, hostname ?? name]);
  return {
    host,
    ...how,
    live,
    twin: twinOf(live, model, host),
    model,
    member,
    services,
    databases,
    fingerprints: Object.fromEntries(
      databases.flatMap((name) => (told[name] === undefined ? [] : [[name, told[name]]])),
    ),
    addresses: addressesOf(live),
    names: [...new Set([...names, ...Object.keys(cluster.nodes)])].sort(),
    places: [...places].sort(),
    credentials,
  };
}

/**
 * The same with the old release: its machine, which stays where the cluster is, and has neither server nor databases.
 * Undefined where the cluster file names none. Throws WL-REHEARSE-OLD (exit 3) where nobody could ask its code.
 */
export function oldStageOf(stage: Stage): Stage | undefined {
  const { live, model, services } = stage;
  const machine = live.cluster.rehearsal?.old;
  if (machine === undefined) return undefined;
  if (stage.credentials === undefined) {
    throw blocked(
      'WL-REHEARSE-OLD',
      'the old release’s code cannot be asked: the cluster file names no credentials',
      'name a file of OS_* variables on the controllers: cloud: {credentials: /root/openrc}; or leave out rehearsal: {old: …}',
    );
  }
  const host = machine.node.name;
  const engines = services.flatMap(enginesOf).map((unit) => `/etc/default/${unit}`);
  const still = { ...live, to: live.from };
  return {
    ...stage,
    host,
    live: still,
    twin: twinOf(still, model, host),
    databases: [],
    fingerprints: {},
    places: [...new Set([...stage.places, ...engines])].sort(),
  };
}

/** Packages of the services as the model has them, and what the target has of them besides. */
export function packagesOf({ live, services, model }: Stage): string[] {
  const has = live.facts.nodes[model]?.packages ?? {};
  const own = services.flatMap(
    (service) => presence(service, 'controller', live.to.openstack)?.packages ?? [],
  );
  const drivers = ['python3-memcache', 'python3-pymemcache'].filter((name) => has[name] !== undefined);
  return [
    ...new Set([...own.filter((name) => has[name] !== undefined), 'python3-pymysql', ...drivers]),
  ].sort();
}

/** Where Keystone gives tokens on the machine. */
export const IDENTITY = 'http://127.0.0.1:5000/v3';

/** Types of the catalogue with the addresses they have on the machine. */
export const urlsOf = ({ services }: Stage): Record<string, string> =>
  Object.fromEntries(services.flatMap((service) => Object.entries(localUrls(service))));

/** Nova's API database, where there is one: it maps the cells. */
export const cellsOf = ({ databases }: Stage): string | null =>
  databases.includes('nova_api') ? 'nova_api' : null;
