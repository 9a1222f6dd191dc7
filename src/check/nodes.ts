import { vipNodes } from '../model/cluster.ts';
import { type Check, type Found, read } from './check.ts';

/** A plan must not rest on a part of the truth. */
export const unreached: Check = {
  code: 'WL-CHECK-NODE-UNREACHED',
  title: 'A node was not read',
  source: 'design.md 2 (1)',
  find: ({ cluster, facts }): readonly Found[] => [
    ...Object.keys(cluster.nodes)
      .filter((node) => facts.nodes[node] === undefined)
      .map((node) => ({
        level: 'block' as const,
        node,
        evidence: `the facts of ${facts.at} do not have ${node}`,
        remedy: `Reach it with the cluster file's ssh options, then windlass discover.`,
      })),
    ...Object.keys(facts.nodes)
      .filter((node) => cluster.nodes[node] === undefined)
      .map((node) => ({
        level: 'warn' as const,
        node,
        evidence: `the facts have ${node}, the cluster file does not`,
        remedy: 'Add it to the cluster file, or windlass discover again.',
      })),
  ],
};

/** Two names for one machine: it would be stopped as its own spare. */
export const twice: Check = {
  code: 'WL-CHECK-NODE-TWICE',
  title: 'Two names lead to one machine',
  source: 'design.md 2 (4)',
  find(scene) {
    const floating = new Set(Object.values(scene.cluster.vips).map(({ address }) => address));
    const owners = new Map<string, Set<string>>();
    const own = (address: string, node: string): void => {
      if (!floating.has(address)) owners.set(address, (owners.get(address) ?? new Set()).add(node));
    };
    for (const [node, { address }] of Object.entries(scene.cluster.nodes)) own(address, node);
    for (const [node, { interfaces }] of read(scene)) {
      for (const { addresses } of interfaces) {
        // A node's own address counts only when another node claims it: bridges may share a private one.
        for (const cidr of addresses) {
          const address = cidr.replace(/\/.*$/, '');
          if (Object.values(scene.cluster.nodes).some((other) => other.address === address))
            own(address, node);
        }
      }
    }
    return [...owners].flatMap(([address, names]) =>
      names.size < 2
        ? []
        : [
            {
              level: 'block' as const,
              evidence: `${[...names].join(' and ')} both have ${address}`,
              remedy: 'Give every machine one name in the cluster file, and its own address.',
            },
          ],
    );
  },
};

export const vipNowhere: Check = {
  code: 'WL-CHECK-VIP-NOWHERE',
  title: 'A VIP may be on no node',
  source: 'design.md 4',
  find: ({ cluster }) =>
    Object.entries(cluster.vips).flatMap(([name, vip]) =>
      vipNodes(cluster, vip).length > 0
        ? []
        : [
            {
              level: 'block' as const,
              evidence: `${name} is on ${vip.on.join(', ')}, which no node is or has for a role`,
              remedy: `Name nodes or roles of the cluster file in vips.${name}.on.`,
            },
          ],
    ),
};

/** With two members the loss of the other one stops everything. */
export const quorum: Check = {
  code: 'WL-CHECK-QUORUM',
  title: 'There are too few members to lose one more',
  source: 'design.md 2 (4); 000',
  find(scene) {
    const count = (has: (facts: (typeof scene.facts.nodes)[string]) => unknown): number =>
      read(scene).filter(([, facts]) => has(facts)).length;
    return (
      [
        ['the database', count(({ galera }) => galera)],
        ['the message bus', count(({ rabbitmq }) => rabbitmq)],
        ['Pacemaker', count(({ pacemaker }) => pacemaker)],
      ] as const
    ).flatMap(([what, members]) =>
      members === 2
        ? [
            {
              level: 'warn' as const,
              evidence: `${what} has two members: while one is upgraded, the other is alone`,
              remedy:
                'Add a third member (for the database an arbitrator, garbd, will do) before the upgrade.',
            },
          ]
        : [],
    );
  },
};
