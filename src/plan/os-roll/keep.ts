import { factsHash } from '../../model/hash.ts';
import type { Controllers } from './topology.ts';

/** Where a plan keeps what a way back needs, on the nodes. Named by the facts it rests on, so two plans never mix. */
export function keepDir(roll: Controllers): string {
  return `/var/backups/windlass/${factsHash(roll.facts).slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

/** Working files of a plan that do not outlive it. */
export const CACHE = '/var/cache/windlass';

export const POLICY_RC = '/usr/sbin/policy-rc.d';

/** The old bus's state, put aside until the end. */
export const BUS_ASIDE = '/var/lib/rabbitmq/mnesia.windlass';
