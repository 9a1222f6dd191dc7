import { COMPONENTS } from '../../catalog/components/index.ts';
import { distributionsBetween } from '../../catalog/distributions.ts';
import { unpulled } from '../../catalog/services/changes.ts';
import { SERVICES } from '../../catalog/services/index.ts';
import { goesBack, type Newer, newerThan } from '../../check/foreign.ts';
import type { NodeFacts } from '../../model/facts.ts';
import type { Chain } from '../draft.ts';
import { type Controllers, targetCodename } from './topology.ts';

/**
 * Foreign packages whose way to the system's own older ones is known: Ceph's libraries carry nothing of their own (000).
 * What keeps data or state (a database, a bus, a hypervisor) does not go back by itself: that stays a finding that
 * blocks. So does a node whose answer to what would go along is not known.
 */
export function foreignOn(roll: Controllers, node: string): readonly Newer[] {
  const facts = roll.facts.nodes[node];
  if (!facts || facts.os.codename === targetCodename(roll)) return [];
  return newerThan(facts, roll.to.os).filter(goesBack);
}

const FOREIGN = '000';

/** Removed before the sources are switched and before packages are kept from stopping services: what goes stops. */
export function removeForeign(chain: Chain, roll: Controllers, node: string): void {
  for (const { family, packages, takes = [], from } of foreignOn(roll, node)) {
    const id = `${node}/${family}/remove`;
    if (chain.draft.has(id)) continue;
    const names = packages.map(({ name }) => name).sort();
    chain.step({
      id,
      kind: 'apt.remove',
      on: [node],
      params: { packages: names, takes: [...takes] },
      title: `Remove ${family} packages of another archive from ${node}`,
      why: `${from ?? 'their archive'} has newer ones than ${targetCodename(roll)}: apt would keep them and hold others back; along with them goes ${takes.join(', ') || 'nothing'}, which comes back after the upgrade`,
      source: FOREIGN,
      return: 'reversible',
      estimate: 30,
      timeout: 1800,
    });
  }
}

interface Named {
  readonly package: string;
  readonly says: string;
  readonly source: string;
}

/** What the target needs on a node and nothing pulls in, by services and by what carries them. */
export function addedOn(roll: Controllers, node: string): readonly Named[] {
  const facts = roll.facts.nodes[node];
  if (!facts) return [];
  const has = (name: string): boolean => facts.packages[name] !== undefined;
  const systems = (distributionsBetween(facts.os.codename, roll.to.os) ?? []).map(({ codename }) => codename);
  const of = [
    ...SERVICES.flatMap((service) => unpulled(service, has, roll.from.openstack, roll.to.openstack)),
    ...Object.values(COMPONENTS).flatMap(({ adds = [] }) =>
      adds.filter(({ at, where, package: name }) => systems.includes(at) && where.some(has) && !has(name)),
    ),
  ];
  const first = new Map(of.map((one) => [one.package, one]).reverse() as [string, Named][]);
  return [...first.values()].sort((a, b) => (a.package < b.package ? -1 : 1));
}

/** Installed right after the upgrade, while packages still start nothing, so that their units are held with the rest. */
export function bringPackages(chain: Chain, roll: Controllers, node: string): void {
  const facts = roll.facts.nodes[node];
  for (const { family, putBack } of foreignOn(roll, node)) {
    if (putBack.length === 0 || !facts) continue;
    const auto = putBack.filter((name) => isAuto(facts, name));
    chain.step({
      id: `${node}/${family}/put-back`,
      kind: 'apt.install',
      on: [node],
      params: { packages: [...putBack], ...(auto.length > 0 ? { auto } : {}) },
      title: `Put back on ${node} what went with ${family}`,
      why: `${putBack.join(', ')}; its configuration has stayed. Before the bus of this node starts: a client that came later would look for it there`,
      source: FOREIGN,
      return: 'restore',
      estimate: 40,
      timeout: 1800,
    });
  }
  const added = addedOn(roll, node);
  if (added.length === 0) return;
  chain.step({
    id: `${node}/packages/add`,
    kind: 'apt.install',
    on: [node],
    params: { packages: added.map((one) => one.package) },
    title: `Install ${added.map((one) => one.package).join(', ')} on ${node}`,
    why: `no dependency brings it: ${added.map(({ says }) => says).join('; ')}`,
    source: [...new Set(added.map(({ source }) => source))].join('; '),
    return: 'restore',
    estimate: 20,
    timeout: 1800,
  });
}

const isAuto = (facts: NodeFacts, name: string): boolean => facts.packages[name]?.auto ?? false;
