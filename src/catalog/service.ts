import type { Role } from '../model/cluster.ts';
import type { Argv } from '../model/command.ts';
import type { Comeback } from '../model/plan.ts';

/**
 * When a database command runs in the roll of a service over its nodes:
 * - `first`: on the first node, drained and with the new package, before new code serves anywhere;
 * - `last`: when no node runs the old code any more;
 * - `after`: when all nodes serve again (online data migrations).
 */
export type Moment = 'first' | 'last' | 'after';

/**
 * How DONE is read: run read-only, as `runAs`, on a node that has the TARGET's package (old code only knows its own
 * schema). A code in `done` means nothing is left to do, one in `todo` means the step is needed; anything else is a
 * fault, never a reason to go on. Programs of our own answer 10 and up: 1, 2 and 126-127 are what shells and Python say
 * when the program itself could not run.
 */
export interface DatabaseCheck {
  readonly argv: Argv;
  /** Standard input of `argv`: a longer read that no ready-made command gives. */
  readonly input?: string;
  readonly done: readonly number[];
  readonly todo: readonly number[];
  readonly meaning: string;
}

/** One command that changes a database. `since` and `until` bound the TARGET series it is used for, both included. */
export interface DatabaseStep {
  readonly id: string;
  readonly title: string;
  readonly moment: Moment;
  readonly argv: Argv;
  readonly runAs: string;
  readonly check: DatabaseCheck;
  readonly since?: string;
  readonly until?: string;
  /** Seconds it took in the lab. */
  readonly estimate: number;
  readonly returns: Comeback;
  readonly source: string;
}

/**
 * Packages and units by which a service is present on nodes of a role: everything that may be there. What really is
 * there say the facts; `wanted` is what the plan may install by name when it had to be removed.
 */
export interface Presence {
  readonly packages: readonly string[];
  readonly units: readonly string[];
}

export interface Api {
  readonly port: number;
  /** Asked without a token; answers in `expect` mean that the application itself was loaded. */
  readonly path: string;
  readonly expect: readonly number[];
  readonly unit: string;
  /** Names HAProxy backends go by in the field; compared without case and punctuation. */
  readonly backends: readonly string[];
}

/** What is known of old code on the new schema: `rolling` when it goes on answering, `cutover` when it does not. */
export interface Rolls {
  readonly from: string;
  readonly to: string;
  readonly how: 'rolling' | 'cutover';
  readonly note: string;
  /** Seconds its API was away in the lab when it had to be cut over. */
  readonly outage?: number;
  readonly source: string;
}

export interface Service {
  readonly name: string;
  readonly source: string;
  /** Services that must be upgraded before this one, when they are there. */
  readonly after: readonly string[];
  /** Declares queues on the bus: must be restarted to declare them again on a new one. */
  readonly bus: boolean;
  readonly databases: readonly string[];
  /** Folders that hold its configuration and keys: kept by the checkpoint. */
  readonly etc: readonly string[];
  readonly roles: Partial<Record<Role, Presence>>;
  readonly api?: Api;
  readonly database: readonly DatabaseStep[];
  readonly rolls: readonly Rolls[];
  /** Tells the series from a package: its name, and the upstream major version at one series (one more each series). */
  readonly tells?: { readonly package: string; readonly series: string; readonly major: number };
  /** Catalogue gaps, said aloud: the entry may be used for findings and order but not to plan by. */
  readonly incomplete?: string;
}

/** Freezes an entry, so that a catalogue is data and stays it. */
export function defineService(service: Service): Service {
  return Object.freeze(service);
}

/** A command run as a service's own user. */
export function runAs(user: string, argv: Argv): Argv {
  return user === 'root' ? argv : ['runuser', '-u', user, '--', ...argv];
}
