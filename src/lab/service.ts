import type { Role } from '../model/cluster.ts';
import type { Site, SiteNode } from './site.ts';

/** A file that a service puts on a node before it first boots. */
export interface NodeFile {
  readonly path: string;
  /** The text, or what to make of the text that the package brought. */
  readonly content: string | ((packaged: string) => string);
  readonly mode?: number;
  /** `user:group` as the node knows them; root:root if absent. */
  readonly owner?: string;
}

/** How a secret is made: a password, an Erlang cookie, a fernet key or corosync's shared key. */
export type SecretKind = 'password' | 'cookie' | 'fernet' | 'authkey';

/** What a service may do to live nodes, and the only way it does: SSH, as any operator. */
export interface Hands {
  /** Runs a script (bash, -euo pipefail) on a node and returns what it printed. */
  on(
    node: SiteNode,
    script: string,
    options?: { timeoutMs?: number; accept?: readonly number[] },
  ): Promise<string>;
  say(message: string): void;
}

/** One line of a cluster's health. */
export interface Health {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** One thing that runs on nodes of one role: pure text for its files, and a few acts on live nodes. */
export interface LabService {
  readonly name: string;
  /** Nodes that it runs on; the controllers if absent. */
  readonly role?: Role;
  readonly packages: readonly string[];
  readonly secrets: Readonly<Record<string, SecretKind>>;
  /** Units that stay off until `first` starts them. */
  readonly units: readonly string[];
  /** Units that its packages start and that have nothing to do here: they never run. */
  readonly idle?: readonly string[];
  files(site: Site, node: SiteNode): readonly NodeFile[];
  /** Starts it on nodes that never ran it. */
  first(site: Site, hands: Hands): Promise<void>;
  /** Prepares the disks of a cluster that is off altogether, so that a first member goes ahead at boot. */
  beforeBoot?(roots: Readonly<Record<string, string>>): void;
  /** Brings it back after nodes were off; may find it running already. */
  cold(site: Site, hands: Hands): Promise<void>;
  /** Puts it down in good order before power goes. */
  rest?(site: Site, hands: Hands): Promise<void>;
  health(site: Site, hands: Hands): Promise<readonly Health[]>;
}

/** Whether a service runs on a node. */
export const runsOn = (service: LabService, node: SiteNode): boolean =>
  node.roles.includes(service.role ?? 'controller');

/** Shell text that starts a unit, also one that failed so often that systemd gave up on it. */
export const startUnit = (unit: string): string =>
  `if systemctl -q is-failed ${unit}; then systemctl reset-failed ${unit}; fi\nsystemctl start ${unit}`;
