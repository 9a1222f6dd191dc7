import { BORN_TABLES, type Born, bornLook, bornSelects, NOBODY_BORN, readBorn } from '../drivers/born.ts';
import { type Differs, differsLook, readDiffers } from '../drivers/lower-packages.ts';
import { readTables, tablesNamed } from '../drivers/tables.ts';
import { complaint } from '../drivers/text.ts';
import type { Facts } from '../model/facts.ts';
import type { Links } from '../transport/index.ts';
import { databaseNode } from './cloud.ts';
import { lost } from './lost.ts';

/** What of each node's packages is not as it was kept below `dir`; a string where the node cannot say. */
export async function askKept(
  links: Links,
  nodes: readonly string[],
  dir: string,
): Promise<Readonly<Record<string, Differs | string>>> {
  const asked = await Promise.all(
    nodes.map(async (node) => {
      const seen = await links.link(node).look(differsLook(dir), 120);
      if (seen.lost) throw lost(node, seen);
      return [node, readDiffers(seen)] as const;
    }),
  );
  return Object.fromEntries(asked);
}

/** What tenants made and deleted since a moment, from the live databases; a string with why nobody could say. */
export async function askBorn(links: Links, now: Facts, since: number): Promise<Born | string> {
  const node = databaseNode(now.nodes);
  if (node === undefined) return 'no node has a database that is whole';
  const link = links.link(node);
  const tables = await link.look(tablesNamed(BORN_TABLES), 60);
  if (tables.lost || tables.rc !== 0) return `${node}: ${complaint(tables)}`;
  const selects = bornSelects(readTables(tables), since);
  if (selects.length === 0) return NOBODY_BORN;
  const seen = await link.look(bornLook(selects), 120);
  return seen.lost ? `${node} does not answer` : readBorn(selects, seen);
}
