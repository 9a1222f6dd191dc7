import { mustCutOver, rolls, servicesNamed } from '../catalog/services/index.ts';
import type { Check } from './check.ts';

/** Migrations that are called expand and take columns away break the code that still runs (lab.md 5, item 5). */
export const expand: Check = {
  code: 'WL-CHECK-EXPAND-BREAKS',
  title: 'The new schema breaks code of the old release',
  source: 'research/lab.md 5 (items 5 and 6); 001; 002',
  find({ cluster, from, to }) {
    const words = Object.values(cluster.services).flatMap((names) => names ?? []);
    return servicesNamed(words).flatMap((entry) => {
      const known = rolls(entry, from.openstack, to.openstack);
      return known === undefined || !mustCutOver(entry, from, to)
        ? []
        : [
            {
              level: 'warn' as const,
              evidence: `${entry.name}, ${from.openstack} to ${to.openstack}: ${known.note}${known.outage === undefined ? '' : `; cut over, its API was away ${known.outage} s in the lab`}`,
              remedy: `Do not run ${entry.name}'s old code once its database is synced: stop all its servers, sync, start the new ones. Announce a short window for its API.`,
            },
          ];
    });
  },
};
