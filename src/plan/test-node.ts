import type { Cluster } from '../model/cluster.ts';
import type { Draft } from './draft.ts';

/** How apt is asked on a node what it would do there; undefined where it would do nothing. */
export type Asking = (
  node: string,
) => { readonly kind: string; readonly params: Record<string, unknown> } | undefined;

/**
 * Source 002's test node: just before the gate `computes` the canary's apt is asked what it would change, package by
 * package, and the gate shows it. Nothing is changed by that. Nothing is asked where no gate would show it.
 * Gives the steps that asked, or `after` where there is none.
 */
export function showDifference(
  draft: Draft,
  { policy }: Cluster,
  canaries: readonly string[],
  after: readonly string[],
  asking: Asking,
): { readonly shows: readonly string[]; readonly after: readonly string[] } {
  if (policy.gates?.computes === undefined) return { shows: [], after };
  // A phase of its own: who stops at a time of day must not find the canary's work begun by this.
  draft.phase('test-node', 'Test node: what its packages would change');
  const shows = canaries.flatMap((node) => {
    const asked = asking(node);
    if (asked === undefined) return [];
    return [
      draft.add({
        id: `${node}/packages/difference`,
        ...asked,
        on: [node],
        title: `Show which packages would change on ${node}, the test node`,
        why: 'who opens the gate reads it first: windlass status, and the audit log keeps it',
        source: '002',
        needs: after,
        return: 'reversible',
        estimate: 5,
        timeout: 300,
        class: 'read',
      }),
    ];
  });
  return { shows, after: shows.length > 0 ? shows : after };
}
