import { WindlassError } from '../../model/error.ts';
import type { Topology } from '../topology.ts';
import { cloud, cloudSmall } from './cloud.ts';
import { ha3 } from './ha3.ts';
import { solo } from './solo.ts';

/** Every topology the lab knows, by name. */
export const TOPOLOGIES: Readonly<Record<string, Topology>> = {
  ha3,
  solo,
  cloud,
  'cloud-small': cloudSmall,
};

/** A topology by its name, or WL-LAB-TOPOLOGY with the names there are. */
export function topologyNamed(name: string): Topology {
  const found = Object.hasOwn(TOPOLOGIES, name) ? TOPOLOGIES[name] : undefined;
  if (found !== undefined) return found;
  throw new WindlassError(
    {
      code: 'WL-LAB-TOPOLOGY',
      message: `no topology named ${name}`,
      remedy: `name one of: ${Object.keys(TOPOLOGIES).join(', ')}`,
    },
    2,
  );
}
