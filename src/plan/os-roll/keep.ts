import { KEPT } from '../../drivers/kept.ts';
import { factsHash, shortHash } from '../../model/hash.ts';
import type { Controllers } from './topology.ts';

/** What things a plan leaves on nodes are named by: the facts it rests on, so that two plans never mix. */
export const markOf = (roll: Pick<Controllers, 'facts'>): string => shortHash(factsHash(roll.facts));

/** Where a plan keeps what a way back needs, on the nodes. */
export const keepDir = (roll: Pick<Controllers, 'facts'>): string => `${KEPT}/${markOf(roll)}`;

/** Working files of a plan that do not outlive it. */
export const CACHE = '/var/cache/windlass';

/** What a node has and no other, on the node that keeps it while the machine is made anew, and on the new one. */
export const stateArchive = (node: string): string => `/var/lib/windlass/state-${node}.tar`;
/** All that is left of it. */
export const stateFiles = (node: string): string[] =>
  ['', '.whole', '.list', '.put'].map((end) => `${stateArchive(node)}${end}`);

export const POLICY_RC = '/usr/sbin/policy-rc.d';

/** The old bus's state, put aside until the end. */
export const BUS_ASIDE = '/var/lib/rabbitmq/mnesia.windlass';
