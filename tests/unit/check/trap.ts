import type { Cluster } from '../../../src/model/cluster.ts';
import type { Facts } from '../../../src/model/facts.ts';
import type { Finding } from '../../../src/model/finding.ts';

/** One change to the clean cluster, and the one finding that it must give. */
export interface Trap {
  readonly name: string;
  readonly code: string;
  readonly level: Finding['level'];
  readonly says: RegExp;
  /** What the remedy must tell an operator to type. */
  readonly types?: RegExp;
  readonly node?: string;
  readonly set: (facts: Facts, cluster: Cluster) => void;
  readonly over?: Record<string, unknown>;
  readonly to?: { os: string; openstack: string };
  /** Codes that come along by necessity. */
  readonly also?: readonly string[];
}
