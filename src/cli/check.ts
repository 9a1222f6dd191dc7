import { Command } from 'commander';
import { assumedFacts } from '../catalog/assume.ts';
import { check } from '../check/index.ts';
import { EXIT } from '../model/error.ts';
import type { Finding } from '../model/finding.ts';
import { standingOf, targetOf } from '../route/index.ts';
import { readFacts, stateDir } from './context.ts';
import { discoverAndKeep } from './discover.ts';
import { loadCluster } from './load.ts';
import { findingText, print } from './print.ts';
import { type TargetOptions, targetOptions } from './target-options.ts';

interface CheckOptions extends TargetOptions {
  readonly offline?: boolean;
  readonly last?: boolean;
}

/** Findings and how many of each level. */
export function checkText(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'nothing found';
  const count = (level: Finding['level']): number => findings.filter((one) => one.level === level).length;
  return [
    ...findings.map(findingText),
    '',
    `${count('block')} block, ${count('warn')} warn, ${count('note')} note`,
  ].join('\n');
}

/** `windlass check`: without a target, what is wrong with the cluster where it stands. Exit 3 when something blocks. */
export function checkCommand(): Command {
  return targetOptions(
    new Command('check').description('read the cluster and look for every known trap; changes nothing'),
  )
    .option('--last', 'use the facts of the last discovery instead of reading the nodes')
    .option('--offline', 'use the cluster file alone, with what the catalogue assumes of it')
    .addHelpText('after', '\nExample:\n  windlass check --os trixie --openstack epoxy')
    .action(async (options: CheckOptions) => {
      const cluster = await loadCluster(options.cluster);
      const facts = options.offline
        ? assumedFacts(cluster)
        : options.last
          ? readFacts(stateDir(options).facts)
          : await discoverAndKeep(options);
      const here = standingOf(cluster);
      const named = options.os !== undefined || options.openstack !== undefined;
      const findings = check(cluster, facts, named ? targetOf(options, here) : here);
      print(options.json ? JSON.stringify(findings, null, 2) : checkText(findings));
      if (findings.some(({ level }) => level === 'block')) process.exitCode = EXIT.blocked;
    });
}
