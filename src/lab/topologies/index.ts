import { named } from '../named.ts';
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
export const topologyNamed = (name: string): Topology =>
  named(TOPOLOGIES, name, 'topology', 'WL-LAB-TOPOLOGY');
