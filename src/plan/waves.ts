import type { Cluster } from '../model/cluster.ts';

/** Nodes of the data plane in the order they go: canaries first and alone, then a sample, then the rest by site. */
export interface Waves {
  /** All of them: canaries first, then site by site. */
  readonly order: readonly string[];
  readonly canaries: readonly string[];
  readonly sample: readonly string[];
  readonly rest: readonly string[];
}

/**
 * Sorts nodes into waves by the policy's `canary` and `sample` (source 002: test node, sample, rest). Where no canary is
 * named it is the first compute, or the first node where there is none. A sample leaves something to the rest.
 */
export function wavesOf(cluster: Cluster, nodes: readonly string[]): Waves {
  const { canary, sample: share } = cluster.policy;
  const named = nodes.filter((name) => canary.includes(name));
  const first = nodes.find((name) => cluster.nodes[name]?.roles.includes('compute')) ?? nodes[0];
  const canaries = named.length > 0 ? named : first === undefined ? [] : [first];
  const others = bySite(
    cluster,
    nodes.filter((name) => !canaries.includes(name)),
  ).flat();
  const many = Math.min(
    Math.ceil((others.length * Number.parseInt(share, 10)) / 100),
    Math.max(0, others.length - 1),
  );
  return {
    order: [...canaries, ...others],
    canaries,
    sample: others.slice(0, many),
    rest: others.slice(many),
  };
}

/** One site after the other, in the order of the first node of each: zones must not be worked on side by side. */
export function bySite(cluster: Cluster, names: readonly string[]): readonly (readonly string[])[] {
  return [...Map.groupBy(names, (name) => cluster.nodes[name]?.site ?? '').values()];
}

/** Names while they can be read at a glance, else how many. */
export function few(names: readonly string[] | number): string {
  if (typeof names === 'number' || names.length > 5) {
    const many = typeof names === 'number' ? names : names.length;
    return `${many} node${many === 1 ? '' : 's'}`;
  }
  return names.length === 0 ? 'none' : names.join(', ');
}
