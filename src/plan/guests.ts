import type { Cluster } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import type { GuestWatch } from '../model/plan.ts';

/** Seconds without an answer after which the run stops, where the policy does not say. */
const SILENCE = 60;

/** Guests that ran on some nodes when the facts were read, by name; none where nobody could ask. */
export function guestsOn({ cloud }: Facts, nodes: readonly string[]): string[] {
  return (cloud?.instances ?? [])
    .filter(({ node, power }) => node !== undefined && nodes.includes(node) && power === 'running')
    .map(({ name }) => name);
}

/**
 * Which guests must go on answering while their nodes are worked on in these phases: those a probe bears the name of.
 * Not those whose owners asked for them to be shut off meanwhile. Undefined where there is none, or the policy says 0.
 */
export function guestWatch(
  { policy, probes }: Cluster,
  { cloud }: Facts,
  nodes: readonly string[],
  phases: readonly string[],
): GuestWatch | undefined {
  const silence = policy.guests.silence ?? SILENCE;
  const watched = (cloud?.instances ?? []).flatMap(({ name, node, power, maintenance }) =>
    node !== undefined &&
    nodes.includes(node) &&
    power === 'running' &&
    maintenance !== 'poweroff' &&
    probes[name] !== undefined
      ? [[name, node] as const]
      : [],
  );
  if (silence === 0 || watched.length === 0 || phases.length === 0) return undefined;
  return { silence, phases: [...phases], probes: Object.fromEntries(watched) };
}
