import type { Role } from '../model/cluster.ts';
import type { Argv } from '../model/command.ts';
import type { Comeback } from '../model/plan.ts';
import type { Fact, State } from './component.ts';

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

/**
 * One command that changes a database. `since` and `until` bound the TARGET series it is used for, both included.
 * With `offline` no process of the service may run anywhere, old or new, while it has something to do.
 */
export interface DatabaseStep {
  readonly id: string;
  readonly title: string;
  readonly moment: Moment;
  readonly argv: Argv;
  readonly runAs: string;
  readonly check: DatabaseCheck;
  readonly since?: string;
  readonly until?: string;
  readonly offline?: boolean;
  /** Seconds it took in the lab. */
  readonly estimate: number;
  readonly returns: Comeback;
  readonly source: string;
}

/**
 * One rung of a ladder: a database command that belongs to ONE series, run by the code of whatever series the hop goes to.
 * A hop over several series takes the rungs of each in their order; those of a series that is only passed through are all
 * done before any new code serves.
 */
export interface Rung extends Omit<DatabaseStep, 'since' | 'until'> {
  /** The series whose database it makes. */
  readonly at: string;
}

/**
 * Packages and units by which a service is present on nodes of a role: everything that may be there, of whatever
 * release; `presence` in services/index.ts gives those of one series. What really is there say the facts. A node that
 * does several things has several roles, and roles add up. Units stand in the order they are started: what others ask
 * first, APIs last.
 */
export interface Presence {
  readonly packages: readonly string[];
  readonly units: readonly string[];
  /** Units an ordinary cloud has, which are assumed of a node that nobody could ask; all of them where not said. */
  readonly usual?: readonly string[];
}

export interface Api {
  readonly port: number;
  /** Asked without a token; answers in `expect` mean that the application itself was loaded. */
  readonly path: string;
  readonly expect: readonly number[];
  /** Asked with a token before clients come: a list that every release has, with its database behind it. */
  readonly list?: string;
  readonly unit: string;
  /** Debian's uwsgi file of a program that eventlet patches: its locks wake nobody in a second thread. */
  readonly green?: string;
  /** Names HAProxy backends go by in the field; compared without case and punctuation. */
  readonly backends: readonly string[];
}

/**
 * What the service's own code says of being upgraded (`… upgrade check`, a community goal since Stein). Only the TARGET's
 * code knows the target's demands: the old one said Success for computes that the new one refused (research/lab.md 4).
 */
export interface StatusCheck {
  readonly argv: Argv;
  readonly runAs: string;
  readonly ok: readonly number[];
  readonly warn: readonly number[];
  readonly stop: readonly number[];
  /** The single checks it makes, by the titles it prints: the exit code alone is the worst of them. */
  readonly asks: readonly string[];
  readonly since: string;
  readonly source: string;
}

/** How fast units of one class may be restarted; the policy of the cluster file says otherwise by the same class. */
export interface Pace {
  readonly class: string;
  readonly units: readonly string[];
  /** Nodes at once, and seconds between two starts. */
  readonly limit: number;
  readonly every: number;
  readonly source: string;
}

/** A package that is there from a series on. */
export interface Arrival {
  /** First series that is known to have it. */
  readonly at: string;
  readonly package: string;
  readonly unit?: string;
  /** Installed before the hop: a node that has one of these needs the new package. */
  readonly where: readonly string[];
  /** Whether an upgrade brings it by itself; when not, the plan has to install it by name. */
  readonly pulled: boolean;
  readonly says: string;
  readonly source: string;
}

/** A package or a unit that is not there, or does not work, any more from a series on. */
export interface Departure {
  readonly at: string;
  readonly package?: string;
  readonly unit?: string;
  /** The package is still shipped and its unit still there, but the program is not: it must be replaced before. */
  readonly hollow?: boolean;
  readonly says: string;
  readonly source: string;
}

/** A database made for a service that has others: with their character set, and the same users' rights. */
export interface NewDatabase {
  readonly schema: string;
  /** The database whose users get the same rights, by name: no password is needed for that. */
  readonly like: string;
}

/**
 * Endpoints of a type, one for each of another type: same region and interface, and of the address what stands before
 * `cut` kept and `to` put behind it. Where both types are the same, endpoints that have `cut` are changed.
 */
export interface NewEndpoint {
  readonly type: string;
  readonly name: string;
  readonly description: string;
  readonly like: string;
  readonly cut: string;
  readonly to: string;
}

/** Options a section gets from another one of the same file: values never leave it. */
export interface LentSection {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Without these it cannot be lent. */
  readonly needs: readonly string[];
  readonly also: readonly string[];
  /** Set where the other section does not say it; no secrets. */
  readonly otherwise: Readonly<Record<string, string>>;
  readonly roles: readonly Role[];
}

/**
 * What a cloud has from a series on besides packages and schemas. Every part is such that the old release does not mind
 * it: it is made beforehand, while that one serves, and can be taken away again.
 */
export interface NewPart {
  readonly id: string;
  readonly at: string;
  readonly database?: NewDatabase;
  readonly endpoint?: NewEndpoint;
  /** What the balancers listen on, in front of the same port of every controller. */
  readonly proxy?: { readonly name: string; readonly port: number };
  readonly section?: LentSection;
  /** An address that ends in `cut` in options that say where Keystone is, wherever services keep their files. */
  readonly addresses?: { readonly cut: string; readonly to: string };
  readonly says: string;
  readonly source: string;
}

/**
 * A folder below /var that a package's own scripts make of its files, or keep something in. It is kept beside the package's
 * files, and comes back with them in place of being made again. `lost`: each time the package changes they throw it away.
 */
export interface Made {
  readonly package: string;
  readonly path: string;
  readonly lost?: true;
  readonly says: string;
  readonly source: string;
}

/** A configuration option that holds old and new to one version of what they say to each other. */
export interface Pin {
  readonly file: string;
  readonly section: string;
  readonly options: readonly string[];
  /** Its value while old and new run side by side; afterwards it has to go, or it holds the new code back. */
  readonly during: string;
  readonly source: string;
}

/** What a package of a series leaves broken behind it, and how that is seen and put right before its service starts. */
export interface Mend {
  readonly id: string;
  /** The series whose package does it. */
  readonly at: string;
  /** Packages of every later series do it too, each time they are upgraded. */
  readonly again?: true;
  /** Only where this package is installed. */
  readonly where: string;
  readonly title: string;
  /** Written before the command. */
  readonly file?: { readonly path: string; readonly content: string };
  readonly argv: Argv;
  /** What the command reads. */
  readonly input?: string;
  readonly check: DatabaseCheck;
  readonly source: string;
}

/** What lets new code serve after old without a pause, though both cannot do everything side by side. */
export interface Beside {
  /** Database steps in place of those with the same id, and more. */
  readonly database?: readonly DatabaseStep[];
  /**
   * Units whose old and new do not understand each other: the new API is started beside the old ones, old units stop
   * everywhere, new ones start, and the balancers change over. Without any, the service rolls.
   */
  readonly mixes?: readonly string[];
  readonly note: string;
  readonly source: string;
}

/** What is known of old code on the new schema: `rolling` when it goes on answering, `cutover` when it does not. */
export interface Rolls {
  readonly from: string;
  readonly to: string;
  readonly how: 'rolling' | 'cutover';
  readonly note: string;
  /** Seconds its API was away in the lab when it had to be cut over. */
  readonly outage?: number;
  /** Where the system stays: how it goes without being away all the same. */
  readonly beside?: Beside;
  readonly source: string;
}

/**
 * A table whose running numbers name things that are not in the database: a number that was given once is never given again,
 * whatever databases come back, for what it named may be there still.
 */
export interface Numbered {
  readonly table: string;
  /** What is named, for people. */
  readonly names: string;
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
  readonly numbers?: readonly Numbered[];
  /** Folders that hold its configuration and keys: kept by the checkpoint. */
  readonly etc: readonly string[];
  readonly state?: readonly State[];
  readonly made?: readonly Made[];
  readonly roles: Partial<Record<Role, Presence>>;
  /** Units that other services of a node have too: stopping them stops more than this one. */
  readonly shared?: readonly string[];
  readonly api?: Api;
  /** Further APIs of it, each with backends of its own. */
  readonly moreApis?: readonly Api[];
  readonly database: readonly DatabaseStep[];
  /** Where a release's own command does not bring an older database all the way: oldest series first. */
  readonly ladder?: readonly Rung[];
  readonly rolls: readonly Rolls[];
  readonly status?: StatusCheck;
  readonly pace?: readonly Pace[];
  /**
   * Where it says that no agent of a newer release may ask an older server: an agent comes when every server has risen. What
   * an agent of before asks a newer server, that answers.
   */
  readonly serversFirst?: string;
  readonly adds?: readonly Arrival[];
  readonly removes?: readonly Departure[];
  readonly parts?: readonly NewPart[];
  readonly pins?: readonly Pin[];
  readonly mends?: readonly Mend[];
  /** What a reader of a plan or a finding has to know. */
  readonly facts?: readonly Fact[];
  /** Source packages of libraries that are half of the service itself: they rise with it, or stay with it. */
  readonly libraries?: readonly string[];
  /** Tells the series from a package: its name, and the upstream major version at one series (one more each series). */
  readonly tells?: { readonly package: string; readonly series: string; readonly major: number };
  /** Catalogue gaps, said aloud: the entry may be used for findings and order but not to plan by. */
  readonly incomplete?: string;
}

/** Freezes an entry, so that a catalogue is data and stays it. */
export function defineService(service: Service): Service {
  return Object.freeze(service);
}

/** The names an API's HAProxy backend goes by in OCI, kolla and OpenStack-Ansible. */
export function backendNames(word: string): readonly string[] {
  return [word, `${word}be`, `${word}api`, `${word}apibe`, `${word}_api_back`, `${word}_back`];
}

/** The `upgrade check` of a service whose command is its name with `-status`: what most of them have. */
export function upgradeCheck(name: string, asks: readonly string[], source: string): StatusCheck {
  return {
    argv: [`${name}-status`, 'upgrade', 'check'],
    runAs: name,
    ok: [0],
    warn: [1],
    stop: [2],
    asks,
    since: 'stein',
    source: `${source}; research/rules.md`,
  };
}

/** A command run as a service's own user. */
export function runAs(user: string, argv: Argv): Argv {
  return user === 'root' ? argv : ['runuser', '-u', user, '--', ...argv];
}
