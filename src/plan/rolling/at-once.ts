import type { Cluster } from '../../model/cluster.ts';

/**
 * Controllers in the order they rise: the first alone, the others one after the other (001), or as many at once as the
 * policy's class `controller` allows. The first serves whatever becomes of them.
 */
export function atOnce({ policy }: Cluster, nodes: readonly string[]): readonly (readonly string[])[] {
  const width = policy.classes.controller?.limit ?? 1;
  const [first, ...rest] = nodes;
  if (first === undefined) return [];
  const groups = Array.from({ length: Math.ceil(rest.length / width) }, (_, index) =>
    rest.slice(index * width, (index + 1) * width),
  );
  return [[first], ...groups];
}
