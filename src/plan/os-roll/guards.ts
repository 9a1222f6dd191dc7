import { askOf, credentials, hostOf } from './cloud.ts';
import { apart, carriedGuards, older } from './pacemaker-apart.ts';
import { type Controllers, hasRole, others, type Server } from './topology.ts';

/** Every other database member is Synced: asked right before this one is taken; nothing to ask where it is alone. */
export function galeraGuards(roll: Controllers, node: string) {
  const nodes = others(roll, node).filter((name) => roll.facts.nodes[name]?.galera);
  if (nodes.length === 0 || !roll.facts.nodes[node]?.galera) return [];
  return [
    {
      kind: 'galera.others-synced',
      params: { nodes },
      title: 'every other database member is Synced, now',
    },
  ];
}

/** The Pacemaker cluster keeps its quorum without the node; nothing to ask where there is none. */
export function spareGuards(roll: Controllers, node: string) {
  if (!roll.facts.nodes[node]?.pacemaker || roll.all.length === 1) return [];
  // Two clusters, and the node is in neither: what counts is that somebody carries the VIPs.
  if (apart(roll)) return carriedGuards(roll, node);
  return [
    {
      kind: 'pacemaker.spare',
      params: { ask: others(roll, node)[0] ?? node, node, total: roll.all.length, ...older(roll) },
      title: 'the cluster keeps its quorum without it',
    },
  ];
}

/** On these balancers, each backend has another server UP than the one named. */
export function othersUpGuard(
  roll: Controllers,
  nodes: readonly string[],
  servers: readonly Server[],
  title: string,
) {
  return {
    kind: 'haproxy.others-up',
    params: {
      nodes: [...nodes],
      socket: roll.socket,
      servers: servers.map(({ backend, server }) => ({ backend, server })),
    },
    title,
  };
}

/** No guest runs on a compute; nothing to ask of other nodes, nor where guests are let stay. */
export function emptiedGuards(roll: Controllers, node: string) {
  const access = credentials(roll);
  if (access === undefined || !hasRole(roll, node, 'compute') || roll.cluster.policy.guests.stuck === 'skip')
    return [];
  return [
    {
      kind: 'compute.emptied',
      params: { credentials: access, host: hostOf(roll, node), ask: askOf(roll, 0) },
      title: 'no guest runs on it',
    },
  ];
}
