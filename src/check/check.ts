import type { Cluster } from '../model/cluster.ts';
import type { Facts, NodeFacts } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import type { Standing } from '../model/target.ts';

/** What every check looks at. */
export interface Scene {
  readonly cluster: Cluster;
  readonly facts: Facts;
  readonly from: Standing;
  readonly to: Standing;
}

/** One place where a trap was found. */
export interface Found {
  readonly level: Finding['level'];
  readonly node?: string;
  readonly evidence: string;
  readonly remedy: string;
}

/** One trap: a pure function of the scene. */
export interface Check {
  readonly code: `WL-CHECK-${string}`;
  readonly title: string;
  readonly source: string;
  find(scene: Scene): readonly Found[];
}

/** Nodes that were read, with their names, in the cluster file's order. */
export function read(scene: Scene): readonly (readonly [name: string, facts: NodeFacts])[] {
  return Object.keys(scene.cluster.nodes).flatMap((name) => {
    const facts = scene.facts.nodes[name];
    return facts ? [[name, facts] as const] : [];
  });
}

/** Whether the operating system of a node is already the target's. */
export function arrived(scene: Scene, facts: NodeFacts): boolean {
  return scene.from.os !== scene.to.os && facts.os.codename === scene.to.os;
}

/**
 * Whether some nodes are already there and others are not: then what a roll itself leaves behind (a held unit, a
 * member that is out) is told but does not block going on.
 */
export function halfway(scene: Scene): boolean {
  const nodes = read(scene);
  const there = nodes.filter(([, facts]) => arrived(scene, facts)).length;
  return there > 0 && there < nodes.length;
}

/** `block`, or `warn` when the cluster is halfway. */
export function blocking(scene: Scene): Finding['level'] {
  return halfway(scene) ? 'warn' : 'block';
}

/** The first words of a list, and how many more there are. */
export function some(words: readonly string[], limit = 6): string {
  return words.length <= limit
    ? words.join(', ')
    : `${words.slice(0, limit).join(', ')} and ${words.length - limit} more`;
}
