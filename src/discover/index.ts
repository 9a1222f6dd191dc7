import type { Cluster } from '../model/cluster.ts';
import type { Facts, NodeFacts } from '../model/facts.ts';
import type { Links } from '../transport/index.ts';
import { databaseNode, discoverCloud } from './cloud.ts';
import { discoverNode } from './node.ts';

/**
 * Reads the whole cluster, all nodes side by side. A node that cannot be read fails the discovery: a plan must not
 * rest on a part of the truth. Every node is tried, so that all faults are told at once.
 */
export async function discover(
  cluster: Cluster,
  links: Links,
  clock: () => number = () => Date.now() / 1000,
): Promise<Facts> {
  const names = Object.keys(cluster.nodes);
  const settled = await Promise.allSettled(
    names.map((name) => discoverNode(links.link(name), clock, cluster.nodes[name]?.address)),
  );
  const faults = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1) throw new AggregateError(faults, 'several nodes could not be read');
  const nodes: Record<string, NodeFacts> = {};
  for (const [index, name] of names.entries()) {
    const result = settled[index];
    if (result?.status === 'fulfilled') nodes[name] = result.value;
  }
  const asked = databaseNode(nodes);
  const cloud = asked === undefined ? undefined : await discoverCloud(links.link(asked), nodes);
  return {
    windlass: 1,
    cluster: cluster.cluster,
    at: new Date(clock() * 1000).toISOString(),
    assumed: false,
    nodes,
    ...(cloud ? { cloud } : {}),
  };
}
