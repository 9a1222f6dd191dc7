import { unpulled } from '../../catalog/services/changes.ts';
import type { Checkpoint } from '../../model/plan.ts';
import type { Draft } from '../draft.ts';
import { oldBusCan } from '../os-roll/bus-versions.ts';
import { keepDir } from '../os-roll/keep.ts';
import { keepLost } from '../os-roll/lost.ts';
import { type Controllers, servicesOn } from '../os-roll/topology.ts';
import { archivePath, goingPackages, heldAlways } from './archive.ts';

/** Where a node's old packages lie; undefined where the policy goes without. */
export const keptDir = (roll: Controllers): string | undefined =>
  roll.cluster.policy.rollback === 'none' ? undefined : `${keepDir(roll)}/packages`;

/** The same as parameters of a step. */
export const keptWhere = (roll: Controllers): { readonly kept?: string } => {
  const kept = keptDir(roll);
  return kept === undefined ? {} : { kept };
};

/** What the plan installs by name on a node. */
function addsOn(roll: Controllers, node: string): string[] {
  const has = (name: string): boolean => roll.facts.nodes[node]?.packages[name] !== undefined;
  const found = servicesOn(roll, node).flatMap((service) =>
    unpulled(service, has, roll.from.openstack, roll.to.openstack).map((one) => one.package),
  );
  return [...new Set(found)].sort();
}

/** Folders that scripts of a node's packages make, where there are any. */
function madeOn(roll: Controllers, node: string) {
  const made = servicesOn(roll, node)
    .flatMap((service) => service.made ?? [])
    .filter((one) => roll.facts.nodes[node]?.packages[one.package] !== undefined)
    .map((one) => ({ package: one.package, path: one.path }));
  return made.length > 0 ? { made } : {};
}

/** What a checkpoint has beside databases and /etc: `steps` are those of the first node that changes and of the whole. */
export interface KeptBeside {
  readonly holds: Checkpoint['holds'];
  readonly steps: readonly string[];
}

/**
 * Packages on every node, and what the bus and the cluster have, on the first node that runs them: neither is touched by
 * this plan, but a person who comes back wants to be able to compare.
 */
export function keepBeside(draft: Draft, roll: Controllers, nodes: readonly string[]): KeptBeside {
  draft.phase('backup', 'Back up, and prove it by restoring');
  const steps: string[] = [];
  const dir = keptDir(roll);
  if (dir === undefined) for (const node of nodes) keepLost(draft, roll, node);
  for (const node of dir === undefined ? [] : nodes) {
    const step = draft.add({
      id: `${node}/packages/keep`,
      kind: 'backup.packages',
      on: [node],
      params: {
        dir,
        archive: archivePath(roll),
        held: heldAlways(roll),
        removes: goingPackages(roll),
        adds: addsOn(roll, node),
        ...madeOn(roll, node),
      },
      title: `Keep every package that will change on ${node} at its installed version`,
      why: 'the old archive may have gone on: a way back that is missing one package is none',
      source: 'research/lab.md 4; 002',
      needs: [`${node}/archive/fetch`],
      return: 'reversible',
      estimate: 20,
      timeout: 3600,
      class: 'light',
    });
    // Each other node is changed after its own packages are kept: whoever comes back before that finds it as it was.
    if (node === roll.order[0]) steps.push(step);
  }
  const bus = roll.all.find((name) => roll.facts.nodes[name]?.rabbitmq);
  const keepsBus = bus !== undefined && oldBusCan(roll, 'definitions');
  if (keepsBus) {
    steps.push(
      draft.add({
        id: `${bus}/rabbitmq/export`,
        kind: 'rabbitmq.export',
        on: [bus],
        params: { path: `${keepDir(roll)}/definitions.json` },
        title: `Keep RabbitMQ's definitions on ${bus}`,
        why: 'users, permissions, policies and queues, to compare with and to come back to; password hashes stay on the node',
        source: 'research/lab.md 2',
        needs: [],
        return: 'reversible',
        estimate: 4,
        class: 'light',
      }),
    );
  }
  const member = roll.all.find((name) => roll.facts.nodes[name]?.pacemaker);
  if (member !== undefined) {
    steps.push(
      draft.add({
        id: `${member}/pacemaker/keep-cib`,
        kind: 'pacemaker.keep-cib',
        on: [member],
        params: { path: `${keepDir(roll)}/cib.xml` },
        title: `Keep the cluster's configuration on ${member}`,
        why: 'resources and constraints, to compare with and to come back to',
        source: 'research/lab.md 2',
        needs: [],
        return: 'reversible',
        estimate: 1,
        class: 'light',
      }),
    );
  }
  return {
    holds: [
      ...(dir === undefined ? [] : (['packages'] as const)),
      ...(keepsBus ? (['rabbitmq'] as const) : []),
      ...(member === undefined ? [] : (['cib'] as const)),
    ],
    steps,
  };
}
