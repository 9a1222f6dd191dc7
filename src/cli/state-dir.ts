import { dirname, join, resolve } from 'node:path';

/** Where Windlass keeps what it knows about a cluster: `.windlass` beside the cluster file unless told otherwise. */
export function stateDir(cluster: string, state?: string): string {
  return state === undefined ? join(dirname(resolve(cluster)), '.windlass') : resolve(state);
}

/** The files in it. */
export const STATE = {
  journal: 'journal.db',
  probes: 'probes.db',
  plan: 'plan.json',
  facts: 'facts.json',
  report: 'report.html',
} as const;
