import { assumedFacts } from '../catalog/assume.ts';
import { distribution } from '../catalog/distributions.ts';
import { roughDuration } from '../catalog/outages.ts';
import { servicesNamed } from '../catalog/services/index.ts';
import { type Cluster, nodesWith } from '../model/cluster.ts';
import { WindlassError } from '../model/error.ts';
import type { Facts } from '../model/facts.ts';
import type { Hop, Outage } from '../model/plan.ts';
import { makePlan } from './make.ts';
import { longestChain } from './show.ts';

/** How long a hop is expected to take. `plan`: the longest chain of its own steps; `catalogue`: by what a node took. */
export interface Duration {
  readonly seconds: number;
  readonly by: 'plan' | 'catalogue';
  /** Why no plan could be made for it. */
  readonly because?: string;
}

export interface PricedHop extends Hop {
  readonly duration: Duration;
}

/** A way with what it costs in all: seconds each thing is away over its hops, and seconds it takes. */
export interface PricedWay {
  readonly hops: readonly PricedHop[];
  readonly outage: Outage;
  readonly duration: Duration;
}

/**
 * The cluster as it stands at one of a way's hops. An archive nobody has named yet is taken to be there: it says where
 * packages come from, not how long they take.
 */
function standingAt(cluster: Cluster, { from, to }: Hop): Cluster {
  const { id, codename } = distribution(from.os);
  return {
    ...cluster,
    os: `${id}/${codename}`,
    openstack: from.openstack,
    archives: { [to.openstack]: { source: 'deb http://archive.invalid/ ./' }, ...cluster.archives },
  };
}

/**
 * A hop's expected duration. `facts` are those of the cluster where it stands now: good for the first hop alone, since
 * later ones begin where nobody has looked yet.
 */
export function hopDuration(cluster: Cluster, hop: Hop, facts?: Facts): Duration {
  const there = standingAt(cluster, hop);
  const { from, to } = hop;
  try {
    const request = { cluster: there, facts: facts ?? assumedFacts(there), from, to };
    return { seconds: longestChain(makePlan({ ...request, hops: [hop], findings: [] })), by: 'plan' };
  } catch (error) {
    if (!(error instanceof WindlassError)) throw error;
    const controllers = nodesWith(cluster, 'controller');
    const seconds = roughDuration({
      nodes: Object.keys(cluster.nodes).length,
      controllers: controllers.length,
      services: servicesNamed(cluster.services.controller ?? []).length,
      boots: from.os !== to.os,
    });
    return { seconds, by: 'catalogue', because: `${error.fault.code}: ${error.fault.message}` };
  }
}

/** What a way costs: each hop, and the sum. */
export function priceWay(cluster: Cluster, hops: readonly Hop[], facts?: Facts): PricedWay {
  const priced = hops.map((hop, index) => ({
    ...hop,
    duration: hopDuration(cluster, hop, index === 0 ? facts : undefined),
  }));
  const outage: Outage = {};
  for (const hop of priced) {
    for (const [thing, seconds] of Object.entries(hop.outage)) outage[thing] = (outage[thing] ?? 0) + seconds;
  }
  const rough = priced.find(({ duration }) => duration.by === 'catalogue')?.duration;
  return {
    hops: priced,
    outage,
    duration: {
      seconds: priced.reduce((sum, { duration }) => sum + duration.seconds, 0),
      by: rough ? 'catalogue' : 'plan',
      ...(rough?.because === undefined ? {} : { because: rough.because }),
    },
  };
}
