import { apisOf } from '../catalog/services/changes.ts';
import { SERVICES } from '../catalog/services/index.ts';
import { selfMigrating } from '../drivers/debconf.ts';
import { foreign, readForeign } from '../drivers/foreign.ts';
import { readStatusOf, statusOf } from '../drivers/http.ts';
import { guests, hypervisor } from '../drivers/hypervisor.ts';
import { alternatives } from '../drivers/iptables.ts';
import { kept } from '../drivers/kept.ts';
import { migrations, readMigrations } from '../drivers/migrations.ts';
import { pins } from '../drivers/pins.ts';
import { ages } from '../drivers/processes.ts';
import { python } from '../drivers/python.ts';
import { sections, together } from '../drivers/text.ts';
import { threads } from '../drivers/uwsgi.ts';
import type { Look, Seen } from '../model/command.ts';
import type { NodeFacts } from '../model/facts.ts';
import { nonsense } from './lost.ts';

type Ask = (look: Look) => Promise<Seen>;

const PARTS = [alternatives, pins, python, threads, ages, guests, kept, selfMigrating] as const;

/** Packages whose code a daemon of the cloud may have loaded: the catalogue's own, and what they all rest on. */
const LOADED = new Set(
  SERVICES.flatMap(({ roles, tells }) => [
    ...Object.values(roles).flatMap(({ packages }) => packages),
    ...(tells ? [tells.package] : []),
  ]),
);
const isLoaded = (name: string): boolean => LOADED.has(name) || /^python3?-oslo\./.test(name);

/** Folders of Python's packages that bring migrations: the services', and what plugs into Neutron's database. */
const MODULES = [
  ...SERVICES.filter(({ databases }) => databases.length > 0).map(({ name }) => name),
  'neutron_dynamic_routing',
  'neutron_fwaas',
  'neutron_vpnaas',
  'networking_bgpvpn',
  'networking_sfc',
];

/** What the traps are told by: one script's answers, apt's view of where packages are from, and the code's migrations. */
export async function readParticulars(
  ask: Ask,
  node: string,
  packages: NodeFacts['packages'],
  units: NodeFacts['units'],
): Promise<Partial<NodeFacts>> {
  const script = together(PARTS);
  const bare = packages['python3-oslo.db'] === undefined && packages['python-oslo.db'] === undefined;
  const [seen, elsewhere, revisions] = await Promise.all([
    ask(script),
    ask(foreign),
    bare ? undefined : ask(migrations(MODULES)),
  ]);
  if (seen.rc !== 0) throw nonsense(node, script, seen);
  const part = sections(seen.out);
  const { started, unpacked } = ages.read(part);
  const runs = hypervisor(packages, guests.read(part));
  const its = python.read(part);
  const perProcess = threads.read(part);
  const marks = kept.read(part);
  const migrating = selfMigrating.read(part);
  const from = readForeign(elsewhere);
  return {
    ...alternatives.read(part),
    pins: pins.read(part),
    ...(its ? { python: its } : {}),
    ...(perProcess ? { threads: perProcess } : {}),
    ...(marks ? { kept: marks } : {}),
    ...(migrating ? { selfMigrating: migrating } : {}),
    started: Object.fromEntries(Object.entries(started).filter(([unit]) => units[unit]?.active === 'active')),
    unpacked: Object.fromEntries(
      Object.entries(unpacked).filter(([name]) => packages[name] !== undefined && isLoaded(name)),
    ),
    ...(runs ? { hypervisor: runs } : {}),
    ...(from ? { foreign: from } : {}),
    ...(revisions ? { migrations: readMigrations(revisions) } : {}),
  };
}

/**
 * Statuses that the node's own APIs give, where their unit says that it is active: uwsgi stays so without its
 * application. Asked at the node's address, since units may listen there alone.
 */
export async function readApis(
  ask: Ask,
  address: string,
  units: NodeFacts['units'],
): Promise<NodeFacts['apis']> {
  const here = SERVICES.flatMap(apisOf).filter(({ unit }) => units[`${unit}.service`]?.active === 'active');
  if (here.length === 0) return undefined;
  // Side by side: several that hang would else outlast the time for one question.
  const statuses = await Promise.all(
    here.map(async ({ unit, port, path }) => [
      unit,
      readStatusOf(await ask(statusOf(`http://${address}:${port}${path}`))),
    ]),
  );
  return Object.fromEntries(statuses);
}
