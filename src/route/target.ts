import { archiveFor, DISTRIBUTIONS, distribution } from '../catalog/distributions.ts';
import { series } from '../catalog/releases.ts';
import type { Cluster } from '../model/cluster.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import type { Standing, Target } from '../model/target.ts';

/** What an operator typed: `--os trixie`, `--openstack 2025.1` (or `epoxy`), or both. */
export interface TargetWords {
  readonly os?: string | undefined;
  readonly openstack?: string | undefined;
}

/** Codename and catalogue id, whatever way they were written. Throws WL-TARGET-UNKNOWN. */
export function standing(words: Standing): Standing {
  return { os: distribution(words.os).codename, openstack: series(words.openstack).id };
}

/** Where the cluster file says that the cluster stands. */
export function standingOf(cluster: Cluster): Standing {
  return standing({ os: cluster.os, openstack: cluster.openstack });
}

/**
 * The whole target. Without a release it is the one the system ships; without a system it is the present one where
 * the release can be had for it, else the first newer one that has it.
 * Throws WL-TARGET-UNKNOWN, WL-TARGET-MISSING, WL-TARGET-NOWHERE.
 */
export function targetOf(words: TargetWords, from: Standing): Target {
  if (words.os !== undefined && words.openstack !== undefined) {
    return standing({ os: words.os, openstack: words.openstack });
  }
  if (words.os !== undefined) {
    const os = distribution(words.os);
    if (os.openstack === undefined) {
      throw nowhere(
        `${os.codename} ships no OpenStack`,
        `Name the release too: --os ${os.codename} --openstack …`,
      );
    }
    return { os: os.codename, openstack: os.openstack };
  }
  if (words.openstack !== undefined) {
    const { id } = series(words.openstack);
    const here = distribution(from.os);
    const line = DISTRIBUTIONS.filter((other) => other.id === here.id);
    const found = line.slice(line.indexOf(here)).find((other) => archiveFor(other.codename, id));
    if (!found) {
      throw nowhere(
        `no ${here.id} from ${here.codename} on has OpenStack ${id}`,
        `Name the system too: --openstack ${id} --os …`,
      );
    }
    return { os: found.codename, openstack: id };
  }
  throw new WindlassError(
    {
      code: 'WL-TARGET-MISSING',
      message: 'no target was named',
      remedy: 'Name the system (--os trixie), the release (--openstack 2025.1), or both.',
    },
    EXIT.usage,
  );
}

function nowhere(message: string, remedy: string): WindlassError {
  return new WindlassError({ code: 'WL-TARGET-NOWHERE', message, remedy }, EXIT.usage);
}
