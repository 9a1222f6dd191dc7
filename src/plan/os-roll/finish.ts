import { DEFINITIONS_COPY } from '../../steps/rabbitmq.ts';
import { OLDER_COPY } from '../../steps/rabbitmq-older.ts';
import { Chain, type Draft } from '../draft.ts';
import { newBusCan, oldBusCan } from './bus-versions.ts';
import { keepsDisk } from './disks.ts';
import { BUS_ASIDE, CACHE, POLICY_RC } from './keep.ts';
import { endApart, older } from './pacemaker-apart.ts';
import { autoremove, verifyNode, wholeOnly } from './tidy.ts';
import type { Controllers } from './topology.ts';

/** What an import cut off in the middle leaves holds password hashes: it goes with the rest. */
const leftovers = (roll: Controllers): string[] => [
  CACHE,
  BUS_ASIDE,
  oldBusCan(roll, 'definitions') ? DEFINITIONS_COPY : OLDER_COPY,
];

/** What may only be done when nothing old is left: contract, schemas raised, flags, leftovers, a last look. */
export function finish(draft: Draft, roll: Controllers, needs: readonly string[]): void {
  draft.phase('finish', 'Finish: what needs every node to be new');
  const lead = roll.lead;
  const facts = roll.facts.nodes[lead];
  /** Whether the whole control plane comes back by disks that this plan keeps. */
  const kept = (nodes: readonly string[]): boolean =>
    nodes.every((node) => keepsDisk(roll, node) && roll.order.includes(node));
  let last = wholeOnly(draft, roll, needs);
  for (const node of roll.all.filter((name) => roll.facts.nodes[name]?.galera)) {
    last = [
      draft.add({
        id: `${node}/mariadb/upgrade-tables`,
        kind: 'galera.upgrade-tables',
        on: [node],
        params: {},
        title: `Make sure MariaDB's own tables on ${node} are upgraded`,
        why: 'its start does it by itself, or does not: it is asked',
        source: 'research/rules.md; research/lab.md 2',
        needs: last,
        return: 'restore',
        estimate: 4,
        timeout: 1800,
      }),
    ];
  }
  if (facts?.rabbitmq && newBusCan(roll, 'quorum')) {
    last = [
      draft.add({
        id: 'cluster/rabbitmq/enable-flags',
        kind: 'rabbitmq.enable-flags',
        on: [lead],
        params: {},
        title: 'Enable every stable feature flag of the new RabbitMQ',
        why: 'the next version will refuse to start without them',
        source: 'research/rules.md',
        needs: last,
        return: kept(roll.all) ? 'restore' : 'irreversible',
        estimate: 3,
      }),
    ];
  }
  if (facts?.pacemaker) {
    const chain = new Chain(draft, last);
    endApart(chain, roll);
    last = chain.last;
    last = [
      draft.add({
        id: 'cluster/pacemaker/upgrade-cib',
        kind: 'pacemaker.upgrade-cib',
        on: [lead],
        params: {},
        title: "Raise the cluster's configuration to the newest schema",
        why: 'an old node could not have read it',
        source: 'research/lab.md 2',
        needs: last,
        return: kept(roll.all) ? 'restore' : 'irreversible',
        estimate: 2,
      }),
    ];
  }
  // Also on nodes that were there before this plan was made: what their own roll left behind is still there.
  const everyone = [...roll.order, ...roll.done];
  // All of one kind, then all of the next: `show` folds neighbours that differ only by their node.
  const removed = new Map(
    everyone.map((node) => [
      node,
      draft.add({
        id: `${node}/leftovers/remove`,
        kind: 'file.remove',
        on: [node],
        params: { paths: leftovers(roll) },
        title: `Remove fetched lists and the old bus's state from ${node}`,
        why: 'no way back needs them now; dumps and configuration are kept',
        source: 'design 5',
        needs: last,
        return: kept([node]) ? 'restore' : 'irreversible',
        estimate: 1,
        class: 'light',
      }),
    ]),
  );
  const cleaned = everyone.flatMap((node) => {
    const chain = new Chain(draft, [removed.get(node) ?? '']);
    autoremove(chain, node, kept([node]) ? { disk: true } : {});
    return chain.last;
  });
  const verified = everyone.flatMap((node) => {
    const chain = new Chain(draft, cleaned, { class: 'read' });
    verifyNode(chain, roll, node, [POLICY_RC, ...leftovers(roll)], 30);
    return chain.last;
  });
  verifyCluster(draft, roll, verified);
}

/** The whole cluster is looked at once more: what every planner ends with. */
export function verifyCluster(draft: Draft, roll: Controllers, needs: readonly string[]): void {
  const olderParts = [
    ...(newBusCan(roll, 'json') ? [] : (['rabbitmq'] as const)),
    ...(older(roll).older ? (['pacemaker'] as const) : []),
  ];
  draft.add({
    id: 'cluster/cluster/verify',
    kind: 'cluster.verify',
    on: [roll.lead],
    params: {
      galera: roll.all.filter((name) => roll.facts.nodes[name]?.galera),
      rabbitmq: roll.all.filter((name) => roll.facts.nodes[name]?.rabbitmq),
      pacemaker: roll.all.filter((name) => roll.facts.nodes[name]?.pacemaker),
      haproxy: [...roll.balancers],
      socket: roll.socket,
      vips: roll.vips.map(({ resource }) => resource),
      ...(olderParts.length > 0 ? { older: olderParts } : {}),
    },
    title: 'Look at the whole cluster once more',
    why: 'every member back, every server UP, every VIP carried, no constraint left',
    source: 'design 2 (2)',
    needs,
    return: 'reversible',
    estimate: 3,
    settle: 120,
    class: 'read',
  });
}
