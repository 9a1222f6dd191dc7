import type { Role } from '../model/cluster.ts';
import type { Argv } from '../model/command.ts';

/** What one thing that carries a cloud does when it is raised. Data only; each fact with its source. */
export interface Fact {
  readonly says: string;
  readonly source: string;
}

/** What is done for the whole cluster around the work on one node, and how it is known that the next may follow. */
export interface NodeWork {
  /** Where the commands run: any one node that has this role. */
  readonly from: Role;
  readonly before: readonly Argv[];
  readonly after: readonly Argv[];
  /** Read-only, answers in JSON: asked before, and awaited after. */
  readonly health: Argv;
  /** Names of health checks that may stand meanwhile: what `before` itself brings about. */
  readonly tolerates: readonly string[];
  /** Read-only, ends 0 when the daemons named at its end may be stopped. */
  readonly mayStop?: Argv;
  readonly source: string;
}

/** What is said once, when no node runs the old version any more. */
export interface Finish {
  readonly argv: Argv;
  readonly from: Role;
  /** Read-only, answers in JSON; done when `field` is `is`. */
  readonly look: Argv;
  readonly field: string;
  readonly is: string;
  readonly source: string;
}

/** A package a component needs from a distribution release on and that nothing pulls in. */
export interface ComponentArrival {
  /** Codename of the first release. */
  readonly at: string;
  readonly package: string;
  /** Installed before: a node that has one of these needs the new package. */
  readonly where: readonly string[];
  readonly says: string;
  readonly source: string;
}

/**
 * What only a node's own disk has and no configurer writes: it goes along when the node's machine is made anew. With
 * `exact`, nothing else may be there afterwards. A folder of the network is left where it is.
 */
export interface State {
  readonly path: string;
  readonly exact?: true;
  readonly says: string;
  readonly source: string;
}

export interface Component {
  readonly name: string;
  readonly packages: readonly string[];
  readonly units: readonly string[];
  /** Packages and units it had before the releases whose package lists are recorded. */
  readonly former?: readonly string[];
  /** Components that must be raised before this one, cluster-wide. */
  readonly after?: readonly string[];
  readonly state?: readonly State[];
  readonly nodeWork?: NodeWork;
  readonly adds?: readonly ComponentArrival[];
  /** By the distribution's codename that brings the version. */
  readonly finish?: Readonly<Record<string, readonly Finish[]>>;
  /** What a reader of a plan or a finding has to know. */
  readonly facts: readonly Fact[];
}
