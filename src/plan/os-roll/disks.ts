import type { Disk } from '../../drivers/disk.ts';
import { aheadMark } from '../../drivers/disk.ts';
import { type Cluster, diskHost, disksOf, rebuildOf } from '../../model/cluster.ts';
import { LOCAL } from '../../model/disks.ts';
import { EXIT, WindlassError } from '../../model/error.ts';
import type { Chain } from '../draft.ts';
import { markOf } from './keep.ts';
import type { Controllers } from './topology.ts';

/** What a plan's kept disks are called, in every provider. */
export const diskId = (roll: Pick<Controllers, 'facts'>): string => `windlass-${markOf(roll)}`;

/** A node's disk as steps name it; undefined where nobody keeps it. Throws WL-PLAN-DISKS (exit 2). */
export function diskOf(cluster: Cluster, node: string, id: string): Disk | undefined {
  const disks = disksOf(cluster, node);
  if (disks === undefined) return undefined;
  switch (disks.provider) {
    case 'lvm':
      return { by: 'lvm', node, id, volumes: [...disks.volumes], size: disks.size };
    case 'libvirt':
      refuseStrange(cluster, node);
      return { by: 'libvirt', node, id, domain: disks.domain ?? node };
    case 'command': {
      refuseStrange(cluster, node);
      const { keep, has, restore, drop } = disks;
      const remade = rebuildOf(cluster, node)?.remade;
      return { by: 'command', node, id, keep, has, restore, drop, ...(remade ? { remade } : {}) };
    }
  }
}

/** One name must be one machine, or a step would run on another than the one that was meant. */
function refuseStrange(cluster: Cluster, node: string): void {
  const host = diskHost(cluster, node);
  const refuse = (message: string, remedy: string): never => {
    throw new WindlassError({ code: 'WL-PLAN-DISKS', message, remedy, node }, EXIT.usage);
  };
  if (host === LOCAL) {
    if (Object.hasOwn(cluster.nodes, LOCAL)) {
      refuse(
        `a node is called ${LOCAL}, and ${node}'s disk is kept by commands that run where Windlass runs`,
        'give that node another name in the cluster file',
      );
    }
    return;
  }
  if (host === node)
    refuse(`${node} cannot be the host of its own disk`, 'name the hypervisor under disks: host:');
  const mine = disksOf(cluster, node);
  const addresses = new Set(
    [
      cluster.nodes[host]?.address,
      ...Object.keys(cluster.nodes).map((name) => disksOf(cluster, name)),
    ].flatMap((one) =>
      typeof one === 'string'
        ? [one]
        : one?.provider === 'libvirt' && one.host.name === host
          ? [one.host.address]
          : [],
    ),
  );
  if (mine !== undefined && addresses.size > 1) {
    refuse(
      `${host} is named with ${addresses.size} addresses: ${[...addresses].join(', ')}`,
      'give each host of disks one name and one address in the cluster file',
    );
  }
}

/** Whether a plan keeps the node's disk: then it comes back over a change of its system. */
export const keepsDisk = (roll: Controllers, node: string): boolean =>
  disksOf(roll.cluster, node) !== undefined;

/** Seconds a provider may take for one of its commands. */
export function diskTimeout(cluster: Cluster, node: string): number {
  const disks = disksOf(cluster, node);
  // LVM and qemu copy nothing to keep or to put back; what is dropped is copied (blockcommit).
  return disks?.provider === 'command' ? disks.timeout : 1800;
}

/**
 * The node's disk is kept as the last thing before its system is changed: nothing serves from it any more, and where it
 * has a member of the database or the bus, that was stopped cleanly: a running one's files are only as good as a crash
 * leaves them, and Galera would have to copy everything anew. A provider may turn the node off for it.
 */
export function keepDisk(chain: Chain, roll: Controllers, node: string): void {
  const id = diskId(roll);
  const disk = diskOf(roll.cluster, node, id);
  if (disk === undefined) return;
  chain.step({
    id: `${node}/disk/keep`,
    kind: 'disk.keep',
    on: [diskHost(roll.cluster, node)],
    params: disk,
    title: `Keep ${node}'s disk as it is`,
    why: 'the way back over the change of its system: drained, its database and bus stopped cleanly, nothing of the new one on it',
    source: '002; docs/rollback.md',
    return: 'reversible',
    estimate: 15,
    timeout: diskTimeout(roll.cluster, node),
    settle: 60,
  });
  markDisk(chain, node, id);
  chain.draft.checkpoints.push({
    id: `disk-${node}`,
    node,
    after: [`${node}/disk/keep`, `${node}/disk/mark`],
    holds: ['disk'],
  });
}

/** The mark that tells the live disk from the kept one. */
export function markDisk(chain: Chain, node: string, id: string, verb = 'mark'): void {
  chain.step({
    id: `${node}/disk/${verb}`,
    kind: 'file.write',
    on: [node],
    params: {
      path: aheadMark(id),
      mode: '0600',
      content: `Written by Windlass when ${node}'s disk was kept as ${id}: where this is, the disk is ahead of the kept one.\n`,
      before: null,
    },
    title: `Mark ${node}'s disk as ahead of the kept one`,
    why: 'when the kept one is back, the mark is gone: so it is known, whoever put it back',
    source: 'docs/rollback.md',
    return: 'reversible',
    estimate: 1,
    // A provider may have turned the node off and on again.
    timeout: 300,
  });
}
