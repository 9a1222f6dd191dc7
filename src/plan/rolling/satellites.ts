import type { Service } from '../../catalog/service.ts';
import { Chain, type Draft } from '../draft.ts';
import { askOf, credentials, hostOf } from '../os-roll/cloud.ts';
import { bearOldComputes } from '../os-roll/old-computes.ts';
import { changeOptions } from '../os-roll/options.ts';
import { type Controllers, hasRole, servicesOn, unitsOn } from '../os-roll/topology.ts';
import { archivePath, goingPackages, heldAlways, heldBeside, waitsBefore } from './archive.ts';
import { keptWhere } from './checkpoint.ts';
import { pacedRestart } from './pace.ts';
import { librariesAhead } from './together.ts';

/** Services of a node that have units there: those that rise on it. */
const onIt = (roll: Controllers, node: string): readonly Service[] =>
  servicesOn(roll, node).filter((service) => unitsOn(roll, node, service).length > 0);

/** Nodes outside the controllers, and what their work comes after. */
export interface Outside {
  readonly workers: readonly string[];
  /** Node -> the steps that make it ready: its packages fetched and kept, nothing started by them. */
  readonly prepared: ReadonlyMap<string, readonly string[]>;
  readonly after: readonly string[];
}

/**
 * What a service runs outside the controllers: its packages rise while the daemons go on with what they have loaded, and
 * each is then restarted at the pace of its class (001: 30 s between agents, 3 computes at once, network nodes alone).
 * Guests notice nothing: neither qemu nor the flows of a switch belong to these daemons. `behind`: steps a node only
 * comes after, as another zone's.
 */
export function raiseSatellites(
  draft: Draft,
  roll: Controllers,
  service: Service,
  {
    workers,
    prepared,
    after,
    onNode: last,
    behind = [],
  }: Outside & {
    /** Node -> where it stands after the services before this one; added to. */
    readonly onNode: Map<string, readonly string[]>;
    readonly behind?: readonly string[];
  },
): readonly string[] {
  const ends: string[] = [];
  const ahead = librariesAhead(roll);
  for (const [index, node] of workers.entries()) {
    const units = unitsOn(roll, node, service);
    if (!servicesOn(roll, node).includes(service) || units.length === 0) continue;
    // One after the other on a node: they share dpkg's lock and their libraries.
    const before = last.get(node);
    const chain = new Chain(draft, [...after, ...(before ?? prepared.get(node) ?? [])], {
      follows: before ? [] : behind,
    });
    if (ahead || before === undefined) {
      chain.step({
        id: ahead ? `${node}/${service.name}/raise` : `${node}/openstack/raise`,
        kind: 'archive.raise',
        on: [node],
        params: {
          archive: archivePath(roll),
          held: ahead ? heldBeside(roll, [service]) : heldAlways(roll),
          removes: goingPackages(roll),
          ...(ahead ? waitsBefore(roll, onIt(roll, node), service) : {}),
          ...keptWhere(roll),
        },
        title: ahead
          ? `Raise ${service.name} on ${node}`
          : `Raise everything of ${roll.to.openstack} on ${node}`,
        why: 'its daemons go on with what they have loaded until they are restarted',
        source: '001',
        return: 'restore',
        estimate: 40,
        timeout: 1800,
        class: 'light',
      });
    }
    // Everything has risen: what comes after it on the node are restarts, each at its own pace.
    if (!ahead && before === undefined) last.set(node, chain.last);
    changeOptions(chain, roll, node, [service]);
    if (service.name === 'nova' && hasRole(roll, node, 'compute')) bearOldComputes(chain, roll, node);
    chain.step({
      id: `${node}/${service.name}/restart`,
      ...pacedRestart(roll, node, units, service.name),
      title: `Restart ${units.join(', ')} on ${node}`,
      why: 'at the pace of its class: the bus must not get a hailstorm',
      source: '001',
    });
    const access = credentials(roll);
    if (access !== undefined && hasRole(roll, node, 'compute')) {
      chain.step({
        id: `${node}/${service.name}/alive`,
        kind: 'compute.alive',
        on: [askOf(roll, index)],
        params: { credentials: access, host: hostOf(roll, node) },
        title: `Wait until ${node} is up for the control plane`,
        why: 'nova-compute and every agent of it, as the control plane sees them',
        source: '000',
        return: 'reversible',
        estimate: 15,
        settle: 300,
        class: 'read',
      });
    }
    if (ahead) last.set(node, chain.last);
    ends.push(...chain.last);
  }
  return ends;
}
