// One bare host of the lab for steps that are tried on it, and the journal of their runs.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type Lab, labDown } from '../../src/lab/index.ts';
import { Cluster } from '../../src/model/cluster.ts';
import { type Journal, openJournal } from '../../src/run/index.ts';
import { type Links, openLinks } from '../../src/transport/index.ts';
import { freshLab } from './fresh-lab.ts';

export interface Bench {
  readonly name: string;
  readonly lab: Lab;
  readonly cluster: Cluster;
  readonly node: string;
  readonly links: Links;
  readonly journal: Journal;
  /** Takes the host and all it left away. */
  close(): Promise<void>;
}

export async function openBench(name: string): Promise<Bench> {
  const lab = await freshLab('solo', name);
  const file = lab.place.clusterFile;
  const cluster = Cluster.parse(parse(readFileSync(file, 'utf8')));
  const links = openLinks(cluster, { base: dirname(file) });
  const dir = mkdtempSync(join(tmpdir(), 'windlass-bench-'));
  const journal = openJournal(join(dir, 'journal.db'));
  return {
    name,
    lab,
    cluster,
    node: links.nodes[0] ?? '',
    links,
    journal,
    async close() {
      await journal.close();
      await links.close();
      rmSync(dir, { recursive: true, force: true });
      await labDown(lab, { purge: true });
    },
  };
}
