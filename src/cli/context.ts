import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Cluster, withDiskHosts } from '../model/cluster.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import { Facts } from '../model/facts.ts';
import { shortHash } from '../model/hash.ts';
import type { Plan } from '../model/plan.ts';
import { Rehearsal } from '../model/rehearsal.ts';
import { readPlan } from '../plan/read.ts';
import { type Links, openLinks } from '../transport/index.ts';
import { loadCluster } from './load.ts';

/** Options every command that concerns a cluster takes. */
export interface ClusterOptions {
  readonly cluster: string;
  readonly state?: string;
  readonly json?: boolean;
}

/** Adds them. */
export function clusterOptions(command: Command): Command {
  return command
    .option('-c, --cluster <file>', 'the cluster file', 'cluster.yaml')
    .option(
      '--state <dir>',
      'where facts, plans, journal and reports are kept (default: .windlass beside the cluster file)',
    )
    .option('--json', 'print JSON for programs');
}

/** Where a cluster's state lies and how its files are called. */
export interface StateDir {
  readonly dir: string;
  readonly facts: string;
  readonly plan: string;
  /** The facts a plan rests on, kept by the plan's own hash of them. */
  factsOf(plan: Plan): string;
  readonly journal: string;
  readonly probes: string;
  readonly report: string;
  /** The plan of the last rehearsal, and what came of it. */
  readonly rehearsalPlan: string;
  readonly rehearsal: string;
  /** Host keys of machines that were made for rehearsals: the operator's own file is left alone. */
  readonly knownHosts: string;
  /** The plan of the last way back. */
  readonly rollbackPlan: string;
}

export function stateDir(options: ClusterOptions): StateDir {
  const dir = resolve(options.state ?? join(dirname(options.cluster), '.windlass'));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return {
    dir,
    facts: join(dir, 'facts.json'),
    plan: join(dir, 'plan.json'),
    factsOf: (plan) => join(dir, `facts-${shortHash(plan.facts)}.json`),
    journal: join(dir, 'journal.db'),
    probes: join(dir, 'probes.db'),
    report: join(dir, 'report.html'),
    rehearsalPlan: join(dir, 'rehearsal-plan.json'),
    rehearsal: join(dir, 'rehearsal.json'),
    knownHosts: join(dir, 'known_hosts'),
    rollbackPlan: join(dir, 'rollback-plan.json'),
  };
}

/** The cluster and links to its nodes; paths in the file are read from the file's own folder. */
export async function openCluster(
  options: ClusterOptions,
  /** What of the file is meant: for a rehearsal its machine stands among the nodes. */
  meant: (cluster: Cluster) => Cluster = (cluster) => cluster,
): Promise<{ cluster: Cluster; links: Links }> {
  const cluster = meant(await loadCluster(options.cluster));
  const local = join(stateDir(options).dir, 'local');
  const base = dirname(resolve(options.cluster));
  return { cluster, links: openLinks(withDiskHosts(cluster), { base, local }) };
}

/** Writes a file whole or not at all. */
export function writeWhole(path: string, text: string, mode = 0o600): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode });
  renameSync(fresh, path);
}

function readText(path: string, code: `WL-${string}`, remedy: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new WindlassError(
      { code, message: `${path} cannot be read: ${String(cause)}`, remedy },
      EXIT.usage,
      { cause },
    );
  }
}

/** Facts kept by an earlier discovery. Throws WL-FACTS-NONE, WL-FACTS-SCHEMA. */
export function readFacts(path: string): Facts {
  const text = readText(path, 'WL-FACTS-NONE', 'run windlass discover first');
  const parsed = Facts.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new WindlassError(
    {
      code: 'WL-FACTS-SCHEMA',
      message: `${path} is not what windlass discover writes:\n${z.prettifyError(parsed.error)}`,
      remedy: 'run windlass discover again',
    },
    EXIT.usage,
  );
}

/** What came of the last rehearsal; undefined where there was none. Throws WL-REHEARSE-SCHEMA. */
export function readRehearsal(path: string): Rehearsal | undefined {
  if (!existsSync(path)) return undefined;
  const text = readText(path, 'WL-REHEARSE-NONE', 'rehearse first: windlass rehearse');
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    raw = undefined;
  }
  const parsed = Rehearsal.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new WindlassError(
    {
      code: 'WL-REHEARSE-SCHEMA',
      message: `${path} is not what windlass rehearse writes:\n${z.prettifyError(parsed.error)}`,
      remedy: 'rehearse again',
    },
    EXIT.usage,
  );
}

/** A plan file, proved whole. */
export function openPlan(path: string): Plan {
  return readPlan(readText(path, 'WL-PLAN-NONE', 'make one: windlass plan'), path);
}
