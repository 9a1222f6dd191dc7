import { archiveFor } from '../../catalog/distributions.ts';
import { heldAtHome, sourcesWhere } from '../../catalog/held.ts';
import type { Service } from '../../catalog/service.ts';
import { arrivals, departures, unpulled } from '../../catalog/services/changes.ts';
import { SERVICES } from '../../catalog/services/index.ts';
import { EXIT, WindlassError } from '../../model/error.ts';
import type { Chain, Draft } from '../draft.ts';
import type { Controllers } from '../os-roll/topology.ts';

/** Where a release's source lies on a node; deb822 files must be called so. */
export function archivePath(roll: Controllers): string {
  const deb822 = /^Types:/m.test(archiveOf(roll).source);
  return `/etc/apt/sources.list.d/windlass-${roll.to.openstack}.${deb822 ? 'sources' : 'list'}`;
}

/** What the cluster file says of the release's archive. Throws WL-PLAN-ARCHIVE (exit 3) when it says nothing. */
function archiveOf(roll: Controllers) {
  const said = roll.cluster.archives[roll.to.openstack];
  if (said) return said;
  const known = archiveFor(roll.to.os, roll.to.openstack)?.archive;
  throw new WindlassError(
    {
      code: 'WL-PLAN-ARCHIVE',
      message: `the cluster file does not say where ${roll.to.openstack} for ${roll.to.os} comes from`,
      remedy: `name the archive under archives: '${roll.to.openstack}': {source: 'deb …'}${known ? `; the field takes ${known}` : ''}`,
    },
    EXIT.blocked,
  );
}

/** Services the archive does not have in a state that runs beside the others: they stay as they are. */
export const staysBehind = (roll: Controllers, service: Service): boolean =>
  archiveFor(roll.to.os, roll.to.openstack)?.stays?.includes(service.name) ?? false;

/** Source packages that rise with none of the others. */
export const heldAlways = ({ to }: Controllers): string[] => heldAtHome(to.os, to.openstack);

/** Source packages of every other service: held while these rise, or while libraries do where there are none. */
export const heldBeside = (roll: Controllers, services: readonly Service[]): string[] =>
  [...new Set([...heldAlways(roll), ...sourcesWhere((service) => !services.includes(service))])].sort();

/** The same on a controller, where services have risen one after the other up to here. */
export const heldOnController = (roll: Controllers, risen: readonly Service[]): string[] =>
  [...new Set([...heldBeside(roll, risen), ...heldForOld(roll, risen)])].sort();

/**
 * Libraries that a service which stayed behind on the last way cannot do without, until it has risen itself: Epoxy's
 * glance under Gazpacho answers 500 on Hibiscus's oslo.db as well (lab).
 */
function heldForOld({ from, services: rising }: Controllers, risen: readonly Service[]): readonly string[] {
  const { stays = [], keeps = [] } = archiveFor(from.os, from.openstack) ?? {};
  const waits = ({ name }: Service): boolean =>
    stays.includes(name) && !risen.some((one) => one.name === name);
  return rising.some(waits) ? keeps : [];
}

/**
 * What other services of the node stand in the way of waits for one of them; what is the service's own does not, nor
 * anything at the last of them: there it is told. `mine`: those that rise on the node.
 */
export const waitsBefore = (
  roll: Controllers,
  mine: readonly Service[],
  service: Service,
): { readonly blocked?: string } => {
  const order = [...new Set([...roll.services, ...mine])];
  return order.findLast((one) => mine.includes(one)) === service ? {} : { blocked: service.name };
};

/** Packages this hop takes away by itself. */
export const goingPackages = (roll: Controllers): string[] =>
  [
    ...new Set(
      SERVICES.flatMap((service) => departures(service, roll.from.openstack, roll.to.openstack)).flatMap(
        (gone) => gone.package ?? [],
      ),
    ),
  ].sort();

/** Packages this hop takes away or brings: what the plan installs by name is marked as wanted. */
export const changingPackages = (roll: Controllers): string[] => [
  ...goingPackages(roll),
  ...SERVICES.flatMap((service) => arrivals(service, roll.from.openstack, roll.to.openstack)).map(
    ({ package: name }) => name,
  ),
];

/** What the hop has of a service that nothing pulls in on this node is installed by name. */
export function installMissing(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const has = (name: string): boolean => roll.facts.nodes[node]?.packages[name] !== undefined;
  const packages = unpulled(service, has, roll.from.openstack, roll.to.openstack).map((one) => one.package);
  if (packages.length === 0) return;
  chain.step({
    id: `${node}/${service.name}/add`,
    kind: 'apt.install',
    on: [node],
    params: { packages },
    title: `Install ${packages.join(', ')} on ${node}`,
    why: 'the new release needs it and no dependency brings it',
    source: service.source,
    return: 'restore',
    estimate: 10,
    timeout: 1800,
  });
}

/** The release's archive added to one node's apt sources; nothing is upgraded by that. */
export function addArchiveTo(
  draft: Draft,
  roll: Controllers,
  node: string,
  needs: readonly string[],
): string {
  const { source, key } = archiveOf(roll);
  return draft.add({
    id: `${node}/archive/add`,
    kind: 'archive.add',
    on: [node],
    params: {
      source: { path: archivePath(roll), content: `${source.trimEnd()}\n` },
      ...(key ? { key } : {}),
    },
    title: `Add ${roll.to.openstack}'s archive to ${node}'s apt`,
    why: 'its packages can be had; none is upgraded by this',
    source: '001',
    needs,
    return: 'reversible',
    estimate: 10,
    class: 'light',
  });
}

/** Every node gets the archive, and what will come from it: nothing is upgraded by that. */
export function addArchive(draft: Draft, roll: Controllers, nodes: readonly string[]): void {
  const path = archivePath(roll);
  const added = nodes.map((node) => addArchiveTo(draft, roll, node, []));
  for (const [index, node] of nodes.entries()) {
    draft.add({
      id: `${node}/archive/fetch`,
      kind: 'archive.fetch',
      on: [node],
      params: { archive: path, held: heldAlways(roll), removes: goingPackages(roll) },
      title: `Fetch what will rise on ${node}`,
      why: 'no service waits for a mirror while it is stopped',
      source: '001; research/lab.md 5',
      needs: [added[index] ?? ''],
      return: 'reversible',
      estimate: 20,
      timeout: 3600,
      class: 'light',
    });
  }
}
