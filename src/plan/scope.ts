import { type Cluster, nodesWith } from '../model/cluster.ts';
import { EXIT, WindlassError } from '../model/error.ts';

/** What an operator wants done of a cluster this time (001: `--partial`, `--skip`); nothing said is everything. */
export interface Scope {
  /** Nodes that stay as they are. */
  readonly skip?: readonly string[] | undefined;
  /** Of the nodes outside the control plane these alone. */
  readonly only?: readonly string[] | undefined;
  /** The control plane alone. */
  readonly partial?: boolean | undefined;
}

const refuse = (message: string, remedy: string): never => {
  throw new WindlassError({ code: 'WL-PLAN-SCOPE', message, remedy }, EXIT.usage);
};

/**
 * The nodes a scope leaves as they are, in the file's order. The control plane is never among them: its members hold
 * one database and one bus together, and what is half raised must be gone on with. Throws WL-PLAN-SCOPE (exit 2).
 */
export function leftOut(cluster: Cluster, { skip = [], only, partial = false }: Scope): readonly string[] {
  const named = [...skip, ...(only ?? [])];
  const strange = named.filter((name) => !Object.hasOwn(cluster.nodes, name));
  if (strange.length > 0) {
    refuse(
      `no node is called ${strange.join(', ')}`,
      `name nodes of the cluster file: ${Object.keys(cluster.nodes).join(', ')}`,
    );
  }
  if (partial && only !== undefined) {
    refuse('--partial is the control plane alone, --only adds nodes to it', 'say one of them');
  }
  const control = new Set(nodesWith(cluster, 'controller', 'messaging', 'sql'));
  const members = named.filter((name) => control.has(name));
  if (members.length > 0) {
    refuse(
      `${members.join(', ')} ${members.length === 1 ? 'is a member' : 'are members'} of the control plane, which is raised whole`,
      'name nodes outside it; --partial raises the control plane and nothing else',
    );
  }
  return Object.keys(cluster.nodes).filter(
    (name) =>
      !control.has(name) && (partial || skip.includes(name) || (only !== undefined && !only.includes(name))),
  );
}
