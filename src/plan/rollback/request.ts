import type { Born } from '../../drivers/born.ts';
import type { Differs } from '../../drivers/lower-packages.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { Facts } from '../../model/facts.ts';
import type { Past } from './past.ts';

/** What differs on a node from what was kept there; a string with why it cannot be said. */
export type Kept = Differs | string;

/** Everything a way back is derived from: the journal, what the run was planned on, and the cluster as it is now. */
export interface RollbackRequest {
  readonly cluster: Cluster;
  readonly past: Past;
  /** Earlier ways back of the same run, oldest first, which only made way and are given up for this one. */
  readonly givenUp?: readonly Past[];
  /** The facts the run's plan rests on: what ran where before it. */
  readonly before: Facts;
  readonly now: Facts;
  readonly kept: Readonly<Record<string, Kept>>;
  readonly born: Born | string | undefined;
  /** A checkpoint by its id; the last whole one where not said. */
  readonly to?: string;
  readonly databases?: 'keep' | 'restore';
  /** A word that tells this way back from every other. */
  readonly round: string;
}
