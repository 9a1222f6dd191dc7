import type { Chain } from '../draft.ts';
import { credentials, hostOf } from './cloud.ts';
import type { Controllers } from './topology.ts';

/**
 * A canary guest is born on a compute and goes again, where the cluster file says of what: `up` alone was seen to lie.
 * `ask` is the controller that asks for it; `why` and `source` are a reader's words for it.
 */
export function bearCanary(
  chain: Chain,
  roll: Controllers,
  node: string,
  ask: string,
  { why, source }: { readonly why: string; readonly source: string },
): void {
  const access = credentials(roll);
  const canary = roll.cluster.cloud?.canary;
  if (access === undefined || canary === undefined) return;
  const host = { credentials: access, host: hostOf(roll, node) };
  chain.step({
    id: `${node}/canary/boot`,
    kind: 'canary.boot',
    on: [ask],
    params: { ...host, ...canary },
    title: `Boot a canary guest on ${node}`,
    why,
    source,
    return: 'reversible',
    estimate: 20,
    timeout: canary.timeout * 2,
    settle: 60,
  });
  chain.step({
    id: `${node}/canary/remove`,
    kind: 'canary.remove',
    on: [ask],
    params: host,
    title: `Remove the canary guest from ${node}`,
    why: 'it has shown what it was for',
    source: 'research/peers.md',
    return: 'reversible',
    estimate: 5,
    settle: 60,
  });
}
