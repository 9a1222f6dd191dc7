import { selects, TABLES } from '../drivers/cloud-database.ts';
import { readCloud } from '../drivers/cloud-facts.ts';
import { fingerprints, readFingerprints } from '../drivers/fingerprint.ts';
import { ask, readAnswers, readTables, tablesNamed } from '../drivers/tables.ts';
import { complaint } from '../drivers/text.ts';
import type { Cloud } from '../model/cloud.ts';
import type { NodeFacts } from '../model/facts.ts';
import type { NodeLink } from '../model/link.ts';
import { lost } from './lost.ts';

const label = (name: string): string => name.replace(/\..*$/, '');

/**
 * The node that reports under a host name: by what it calls itself, by its name in the cluster file, or by either's
 * first label where that leaves one node only (`z-compute-1.example.com`, 000).
 */
export function nodeOfHost(nodes: Readonly<Record<string, NodeFacts>>, host: string): string | undefined {
  const all = Object.entries(nodes);
  const matching = (same: (own: string) => boolean): string[] =>
    all.flatMap(([name, { hostname }]) =>
      same(name) || (hostname !== undefined && same(hostname)) ? [name] : [],
    );
  const [exact, ...others] = matching((own) => own === host);
  if (exact !== undefined && others.length === 0) return exact;
  const near = matching((own) => label(own) === label(host));
  return near.length === 1 ? near[0] : undefined;
}

/** The node whose databases are asked: the first whose MariaDB is whole and has any. */
export function databaseNode(nodes: Readonly<Record<string, NodeFacts>>): string | undefined {
  return Object.entries(nodes).find(
    ([, { galera }]) =>
      galera &&
      Object.keys(galera.databases).length > 0 &&
      (galera.state === 'Synced' || galera.state === 'none'),
  )?.[0];
}

/**
 * What the control plane knows of itself, by reads over the database's own socket on one node: no password is needed,
 * and the APIs need not be up. Undefined where no node has a cloud's databases.
 */
export async function discoverCloud(
  link: NodeLink,
  nodes: Readonly<Record<string, NodeFacts>>,
): Promise<Cloud | undefined> {
  const asked = await link.look(tablesNamed(TABLES), 60);
  if (asked.lost) throw lost(link.node, asked);
  const silent = (words: string): Cloud => ({
    ...readCloud(link.node, { rows: {}, faults: [] }, () => undefined),
    unread: [words],
  });
  if (asked.rc !== 0) return silent(complaint(asked));
  const tables = readTables(asked);
  if (Object.keys(tables).length === 0) return undefined;
  const wanted = selects(tables);
  const seen = await link.look(ask(wanted), 120);
  if (seen.lost) throw lost(link.node, seen);
  const answers = readAnswers(wanted, seen);
  if (typeof answers === 'string') return silent(answers);
  const prints = await link.look(fingerprints(), 120);
  if (prints.lost) throw lost(link.node, prints);
  const told = readFingerprints(prints);
  const cloud = readCloud(link.node, answers, (host) => nodeOfHost(nodes, host));
  // Only a rehearsal needs them: without, none is fresh, and that is said there.
  if (typeof told === 'string') return cloud;
  return {
    ...cloud,
    fingerprints: Object.fromEntries(Object.entries(told).map(([name, { hash }]) => [name, hash])),
  };
}
