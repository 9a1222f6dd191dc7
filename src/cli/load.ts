import { readFile } from 'node:fs/promises';
import type { Cluster } from '../model/cluster.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import { parseCluster } from './cluster-file.ts';

/** Reads and parses a cluster file; every slip is told with file, line and column (exit 2). */
export async function loadCluster(path: string): Promise<Cluster> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new WindlassError(
      {
        code: 'WL-CLUSTER-FILE',
        message: `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        remedy: 'Name the cluster file with --cluster, or write one with windlass init.',
      },
      EXIT.usage,
      { cause },
    );
  }
  return parseCluster(text, path);
}
