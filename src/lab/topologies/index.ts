import { named } from '../named.ts';
import type { Topology } from '../topology.ts';
import { cloud, cloudEpoxy, cloudGazpacho, cloudSmall } from './cloud.ts';
import { ha3, ha3Gazpacho } from './ha3.ts';
import { solo } from './solo.ts';

/** Every topology the lab knows, by name. */
export const TOPOLOGIES: Readonly<Record<string, Topology>> = {
  ha3,
  'ha3-gazpacho': ha3Gazpacho,
  solo,
  cloud,
  'cloud-small': cloudSmall,
  'cloud-epoxy': cloudEpoxy,
  'cloud-gazpacho': cloudGazpacho,
};

/** A topology by its name, or WL-LAB-TOPOLOGY with the names there are. */
export const topologyNamed = (name: string): Topology =>
  named(TOPOLOGIES, name, 'topology', 'WL-LAB-TOPOLOGY');
