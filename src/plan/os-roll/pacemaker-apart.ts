import { corosyncMixes, speaksOldXml } from '../../catalog/components/pacemaker.ts';
import { distribution, type Shipped } from '../../catalog/distributions.ts';
import { upstream } from '../../catalog/version.ts';
import type { Chain } from '../draft.ts';
import { type Controllers, others } from './topology.ts';

const SOURCE = '000; src/catalog/components/pacemaker.ts';

/** A component's version on the members that are still old, and what the target ships. */
function versions(roll: Controllers, name: Shipped): { from: string; to: string } | undefined {
  const told = roll.order.map((node) => roll.facts.nodes[node]?.packages[name]?.version).find((one) => one);
  const from = told === undefined || told === '0' ? distribution(roll.from.os).ships[name] : upstream(told);
  const to = distribution(roll.to.os).ships[name];
  return from !== undefined && to !== undefined ? { from, to } : undefined;
}

/** Old and new members of the VIPs' cluster do not hear each other: for the time of the roll there are two of them. */
export function apart(roll: Controllers): boolean {
  if (roll.all.length === 1 || !roll.all.some((name) => roll.facts.nodes[name]?.pacemaker)) return false;
  const pair = versions(roll, 'corosync');
  return pair !== undefined && !corosyncMixes(pair.from, pair.to).mixes;
}

/** How every question to Pacemaker is put in this hop: on either side may be a version that knows the older words only. */
export function older(roll: Controllers): { readonly older?: true } {
  const pair = versions(roll, 'pacemaker');
  return pair && (speaksOldXml(pair.from) || speaksOldXml(pair.to)) ? { older: true } : {};
}

const quorum = (roll: Controllers): number => Math.floor(roll.all.length / 2) + 1;
/** How many members are new once this one is. */
const newWith = (roll: Controllers, node: string): number => roll.done.length + roll.order.indexOf(node) + 1;
const oldAfter = (roll: Controllers, node: string): readonly string[] =>
  roll.order.slice(roll.order.indexOf(node) + 1);
const newMembers = (roll: Controllers, node: string): string[] => [
  ...roll.done,
  ...roll.order.slice(0, roll.order.indexOf(node) + 1),
];

/** Where a VIP waits for the new members: the old one that goes last. Undefined for that one itself. */
export function keeperOf(roll: Controllers, node: string): string | undefined {
  const last = roll.order.at(-1);
  return last === node ? undefined : last;
}

/** Every VIP runs, and not on this node; asked of the side that carries them. */
export function carriedGuards(roll: Controllers, node: string) {
  const ask = keeperOf(roll, node) ?? others(roll, node)[0] ?? node;
  return roll.vips.map(({ resource }) => ({
    kind: 'pacemaker.elsewhere',
    params: { ask, resource, node, ...older(roll) },
    title: `${resource} is elsewhere`,
  }));
}

/**
 * A node leaves the old cluster for good. Nothing is written into the configuration for it (no standby): that would
 * have to be taken back on a side that has no quorum for it. Before the old members become too few for a quorum they
 * are told to let run what runs; else they would stop the VIP while the second node is upgraded.
 */
export function leaveOldCluster(chain: Chain, roll: Controllers, node: string): void {
  const keeper = keeperOf(roll, node);
  // The last ones were stopped the moment the new members had their quorum.
  if (chain.draft.has(`${node}/pacemaker/hold`)) return;
  const left = oldAfter(roll, node).length;
  const few = left > 0 && left < quorum(roll);
  if (few && keeper !== undefined && !chain.draft.has('cluster/pacemaker/freeze')) {
    chain.step({
      id: 'cluster/pacemaker/freeze',
      kind: 'pacemaker.without-quorum',
      on: [keeper],
      params: { is: 'freeze' },
      title: 'Let the old members keep what runs when they lose their quorum',
      why: `${oldAfter(roll, node).join(', ')} alone have none: without this they would stop the VIP until the new members can take it`,
      source: SOURCE,
      return: 'reversible',
      estimate: 2,
      guards: [
        {
          kind: 'pacemaker.stops-alone',
          params: { ask: keeper, is: 'stop' },
          title: 'nobody has said otherwise before',
        },
      ],
    });
  }
  chain.step({
    id: `${node}/pacemaker/hold`,
    kind: 'systemd.hold',
    on: [node],
    params: { units: ['pacemaker', 'corosync'] },
    title: `Take ${node} out of the old cluster: stop and mask Pacemaker and Corosync`,
    why: 'Corosync 2 and 3 do not hear each other: upgraded nodes are a cluster of their own, started when the plan says so',
    source: SOURCE,
    return: 'reversible',
    estimate: 8,
    guards: [
      ...carriedGuards(roll, node),
      ...(keeper === undefined
        ? []
        : [
            {
              kind: 'pacemaker.stops-alone',
              params: { ask: keeper, is: few ? 'freeze' : 'stop' },
              title: few
                ? 'who stays keeps the VIP without a quorum'
                : 'alone it will start nothing, having the same configuration',
            },
          ]),
    ],
  });
}

/**
 * An upgraded node in the new cluster. Too few to have a quorum start nothing, and the VIP stays where it is. The one
 * that makes the quorum starts the VIP, and at once the old members are stopped (000): for those seconds both carry it,
 * which a switch bears, and at no time nobody does.
 */
export function joinNewCluster(chain: Chain, roll: Controllers, node: string): void {
  const members = newMembers(roll, node);
  const count = newWith(roll, node);
  if (count < quorum(roll)) {
    chain.step({
      id: `${node}/pacemaker/online`,
      kind: 'pacemaker.apart',
      on: [node],
      params: { members, addresses: roll.vips.map(({ address }) => address) },
      title: `Start Pacemaker on ${node}, beside the old cluster`,
      why: `${members.length} of ${roll.all.length} have no quorum: nothing is started there, and the VIP stays`,
      source: SOURCE,
      return: 'reversible',
      estimate: 15,
      settle: 300,
    });
    return;
  }
  chain.step({
    id: `${node}/pacemaker/online`,
    kind: 'pacemaker.form',
    on: [node],
    params: { members, vips: roll.vips.map(({ resource }) => resource) },
    title: `Start Pacemaker on ${node}: ${members.join(' and ')} are the cluster from here on`,
    why: 'they hear each other and have a quorum; the VIP runs with them',
    source: SOURCE,
    return: 'reversible',
    estimate: 20,
    settle: 300,
    impact: count === quorum(roll) ? { vip: 'moves' } : {},
  });
  const old = oldAfter(roll, node).filter((name) => !chain.draft.has(`${name}/pacemaker/hold`));
  if (old.length === 0) return;
  chain.after(
    old.map((name) =>
      chain.draft.add({
        id: `${name}/pacemaker/hold`,
        kind: 'systemd.hold',
        on: [name],
        params: { units: ['pacemaker', 'corosync'] },
        title: `Take the VIP off ${name}: stop and mask its Pacemaker and Corosync`,
        why: 'the new members carry it; the old one gives it up and cannot take it again, whatever happens to it',
        source: SOURCE,
        needs: chain.last,
        return: 'reversible',
        estimate: 4,
        class: 'bus',
        impact: { vip: 'moves' },
      }),
    ),
  );
}

/** When every node is new, a lost quorum means again what it meant before. */
export function endApart(chain: Chain, roll: Controllers): void {
  if (!apart(roll)) return;
  chain.step({
    id: 'cluster/pacemaker/thaw',
    kind: 'pacemaker.without-quorum',
    on: [roll.lead],
    params: { is: 'stop' },
    title: 'Let members without a quorum stop what they carry again',
    why: 'the new members took the old one’s word over with its configuration',
    source: SOURCE,
    return: 'reversible',
    estimate: 2,
  });
}
