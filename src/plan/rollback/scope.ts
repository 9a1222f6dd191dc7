import type { Service } from '../../catalog/service.ts';
import { presence } from '../../catalog/services/changes.ts';
import { distance } from '../../drivers/lower-packages.ts';
import type { Checkpoint } from '../../model/plan.ts';
import { keepDir } from '../os-roll/keep.ts';
import { type Controllers, controllers, hasRole, servicesOn } from '../os-roll/topology.ts';
import type { Decision } from './databases.ts';
import type { Disks } from './disks.ts';
import { changedOn, type Past, raisedOn, unitsMoved } from './past.ts';
import type { RollbackRequest } from './request.ts';

/** Which nodes a way back touches, and how. */
export interface Scope {
  readonly request: RollbackRequest;
  /** The run, and ways back of it that were given up: whatever any of them stopped, drained or kept off comes back. */
  readonly did: readonly Past[];
  /** The cluster as it was before the run: what ran where, which servers the balancers had. */
  readonly roll: Controllers;
  readonly checkpoint: Checkpoint | undefined;
  readonly decision: Decision;
  /** Where the run kept what a way back needs, on every node. */
  readonly dir: string;
  readonly nodes: readonly string[];
  /** Their packages are not as they were kept, or the run had its hand on them. */
  readonly lowered: readonly string[];
  /** Configuration, units and marks of ours: those, and what the run changed without packages. */
  readonly touched: readonly string[];
  /** What they run of OpenStack stops: where packages or daemons moved, and that of all who write to databases while they come back. */
  readonly stopped: readonly string[];
  /** Whose disk goes back, where the run changed the system. */
  readonly disks: Disks | undefined;
}

/** Whether daemons of the node write to databases: Cinder's and Manila's on volume nodes do so themselves. */
export const writesDatabases = (roll: Controllers, node: string): boolean =>
  hasRole(roll, node, 'controller') || hasRole(roll, node, 'volume');

export function scopeOf(
  request: RollbackRequest,
  checkpoint: Checkpoint | undefined,
  decision: Decision,
  disks?: Disks,
): Scope {
  const { cluster, past, givenUp = [], before, kept } = request;
  const roll = controllers(cluster, before, past.plan.from, past.plan.from, past.plan.leftOut);
  const nodes = Object.keys(cluster.nodes).filter((name) => before.nodes[name]);
  const differs = (node: string): boolean => {
    const found = kept[node];
    return found !== undefined && typeof found !== 'string' && distance(found) > 0;
  };
  const lowered =
    checkpoint?.holds.includes('packages') === true
      ? nodes.filter((node) => raisedOn(past, node) || (differs(node) && changedOn(past, node).length > 0))
      : [];
  const goes = (node: string): boolean => disks?.back.includes(node) ?? false;
  const touched = nodes.filter(
    (node) =>
      lowered.includes(node) || goes(node) || (checkpoint !== undefined && changedOn(past, node).length > 0),
  );
  const writes = (node: string): boolean => decision.is === 'restore' && writesDatabases(roll, node);
  return {
    request,
    did: [past, ...givenUp],
    roll,
    checkpoint,
    decision,
    dir: keepDir(roll),
    nodes,
    lowered,
    touched,
    stopped: nodes.filter(
      (node) =>
        lowered.includes(node) ||
        goes(node) ||
        (touched.includes(node) && unitsMoved(past, node)) ||
        givenUp.some((begun) => unitsMoved(begun, node)) ||
        writes(node),
    ),
    disks,
  };
}

/** Guests and their network live by these: no way back ever stops them. */
const NEVER = /^(libvirt|virt|openvswitch|ovs-|ovn-|qemu|frr|ssh)/;

/** Every unit the node has of its services, of whatever release: what was started by the run has to stop too. */
export function unitsNow(scope: Scope, node: string): string[] {
  const units = scope.request.now.nodes[node]?.units ?? {};
  const { from, to } = scope.request.past.plan;
  const all = (service: Service): string[] =>
    (scope.roll.cluster.nodes[node]?.roles ?? []).flatMap((role) =>
      [from, to].flatMap(({ openstack }) => presence(service, role, openstack)?.units ?? []),
    );
  const found = servicesOn(scope.roll, node).flatMap(all);
  return [...new Set(found)].filter((unit) => {
    const state = units[`${unit}.service`];
    const works = state !== undefined && !/^(inactive|)$/.test(state.active);
    return !NEVER.test(unit) && (works || state?.enabled === 'masked' || state?.enabled === 'enabled');
  });
}
