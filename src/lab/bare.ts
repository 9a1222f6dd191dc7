import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { WindlassError } from '../model/error.ts';
import { prefixOf } from './network.ts';
import { type Machine, machine } from './node.ts';
import type { LabPlace, LabRecord } from './record.ts';
import { type Site, type SiteNode, siteOf } from './site.ts';
import { onSuite, type Topology } from './topology.ts';

/** Systems that a bare machine can be given. */
export const BARE_SUITES = ['bookworm', 'trixie'] as const;
export type BareSuite = (typeof BARE_SUITES)[number];

/** First of the last numbers that bare machines have; topologies stay below it. */
export const FIRST_BARE_HOST = 91;
const LAST_BARE_HOST = 99;

const Kept = z.strictObject({
  /** The name of its network interface is made of it, and that has room for fifteen letters. */
  name: z.string().regex(/^[a-z][a-z0-9]{0,6}$/),
  host: z.int().min(FIRST_BARE_HOST).max(LAST_BARE_HOST),
  suite: z.enum(BARE_SUITES),
  /** Its read-only layers, topmost first. */
  stack: z.array(z.string()),
});
export type BareKept = z.infer<typeof Kept>;

/** A freshly installed host beside a lab's cluster, on its bridge and no node of it. */
export interface Bare {
  readonly kept: BareKept;
  readonly node: SiteNode;
  readonly machine: Machine;
  /** The lab as if it had this one host and nothing ran there: what its files are made of. */
  readonly site: Site;
}

// Beside `lab.json` and not in it: a checkout that knows of none still reads the lab's record.
const fileOf = (place: LabPlace): string => join(place.folder, 'bare.json');

/** The bare machines of a lab, as they were added. */
export function readBare(place: LabPlace): BareKept[] {
  const file = fileOf(place);
  return existsSync(file) ? z.array(Kept).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

/** Writes which bare machines there are, the old list or the new one and never half. */
export function writeBare(place: LabPlace, all: readonly BareKept[]): void {
  const file = fileOf(place);
  writeFileSync(`${file}.new`, `${JSON.stringify(all, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** A bare machine at hand. */
export function bareOf(place: LabPlace, record: LabRecord, kept: BareKept): Bare {
  const topology: Topology = {
    name: 'bare',
    about: `one bare ${kept.suite} host`,
    suite: kept.suite,
    openstack: '',
    nodes: [{ name: kept.name, host: kept.host, roles: [], site: 'beside' }],
    services: [],
    roleServices: {},
    platform: [],
  };
  const site = siteOf(topology, prefixOf(record.net), {});
  const node = { ...topology.nodes[0], address: `${site.prefix}.${kept.host}` } as SiteNode;
  const stacks = { [kept.name]: kept.stack };
  return { kept, node, site, machine: machine(place, { ...record, stacks }, kept.name, false) };
}

/** A lab's site as it would be on another system, with the OpenStack that this one ships. */
export function siteOn(site: Site, suite: BareSuite): Site {
  if (site.topology.suite === suite) return site;
  return { ...site, topology: onSuite(site.topology, suite) };
}

/** What a new bare machine is to be: WL-LAB-NAME where it cannot be called so, WL-LAB-FULL where there is no room. */
export function newBare(
  name: string,
  suite: BareSuite,
  taken: { readonly names: readonly string[]; readonly hosts: readonly number[] },
  host?: number,
): Omit<BareKept, 'stack'> {
  const refuse = (code: `WL-${string}`, message: string, remedy: string): WindlassError =>
    new WindlassError({ code, message, remedy }, 2);
  if (!Kept.shape.name.safeParse(name).success || taken.names.includes(name)) {
    throw refuse(
      'WL-LAB-NAME',
      taken.names.includes(name)
        ? `the lab has a node ${name} already`
        : `${name} cannot be a bare machine’s name`,
      'take another one: small letters and digits, at most seven',
    );
  }
  const all = Array.from({ length: LAST_BARE_HOST - FIRST_BARE_HOST + 1 }, (_, n) => FIRST_BARE_HOST + n);
  const free = all.filter((one) => !taken.hosts.includes(one));
  const given = host ?? free[0];
  if (given === undefined || !free.includes(given)) {
    throw refuse(
      'WL-LAB-FULL',
      host === undefined ? 'all addresses for bare machines are taken' : `no bare machine can have ${host}`,
      `free: ${free.join(', ') || 'none; remove one with `windlass lab remove`'}`,
    );
  }
  return { name, suite, host: given };
}
