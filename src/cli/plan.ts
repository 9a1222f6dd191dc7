import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { assumedFacts } from '../catalog/assume.ts';
import { check } from '../check/index.ts';
import { oldCodeRehearsed } from '../check/old-rehearsed.ts';
import { rehearsed } from '../check/rehearsal.ts';
import { without } from '../model/cluster.ts';
import { EXIT } from '../model/error.ts';
import { makePlan } from '../plan/make.ts';
import { writePlan } from '../plan/read.ts';
import { leftOut, type Scope } from '../plan/scope.ts';
import { showPlan } from '../plan/show.ts';
import { standingOf } from '../plan/standing.ts';
import { route } from '../route/index.ts';
import { standing, targetOf } from '../route/target.ts';
import { openJournal } from '../run/index.ts';
import { counts, runStatus } from '../schedule/index.ts';
import { readRehearsal, stateDir, writeWhole } from './context.ts';
import { discoverAndKeep } from './discover.ts';
import { loadCluster } from './load.ts';
import { findingText, print, tell } from './print.ts';
import { openRun } from './runs.ts';
import { type TargetOptions, targetOptions } from './target-options.ts';

interface PlanOptions extends TargetOptions, Scope {
  readonly offline?: boolean;
  readonly out?: string;
}

/**
 * A run that was left is told of: what it has still to do when every node is new already (contract migrations, flags,
 * clean-up) cannot be seen in the facts, so only going on with it finishes it.
 */
async function tellUnfinished(journalPath: string): Promise<void> {
  if (!existsSync(journalPath)) return;
  const journal = openJournal(journalPath);
  try {
    if ((await journal.runs()).length === 0) return;
    const { row, state } = await openRun(journal);
    const { finished, total } = counts(state);
    if (runStatus(state).finishedAt === undefined) {
      tell(`run ${row.run} is not finished (${finished} of ${total} steps): windlass resume goes on with it`);
    }
  } finally {
    await journal.close();
  }
}

/** `windlass plan`: exit 3 when findings block it; the plan is written all the same, to be read. */
export function planCommand(): Command {
  return targetOptions(
    new Command('plan').description('work out every command of the way to a target; changes nothing'),
  )
    .option(
      '--offline',
      'plan from the cluster file alone; what stands on the nodes is assumed from the catalogue',
    )
    .option('--partial', 'the control plane alone')
    .option('--skip <node...>', 'nodes outside the control plane that stay as they are, and are not asked')
    .option('--only <node...>', 'of the nodes outside the control plane these alone')
    .option('-o, --out <file>', 'where the plan goes (default: plan.json in the state folder)')
    .addHelpText(
      'after',
      '\nExamples:\n  windlass plan --os trixie --openstack 2025.1\n  windlass plan --offline --os buster',
    )
    .action(async (options: PlanOptions) => {
      const cluster = await loadCluster(options.cluster);
      const out = leftOut(cluster, options);
      const asked = without(cluster, out);
      const facts = options.offline ? assumedFacts(asked) : await discoverAndKeep(options, out);
      const from = standing(standingOf(cluster, facts));
      const to = targetOf(options, from);
      const way = route(from, to, cluster, facts);
      const next = way.hops[0];
      const document = readRehearsal(stateDir(options).rehearsal);
      const findings = [
        ...(next
          ? [
              ...rehearsed(cluster, facts, next, document, Date.now()),
              ...oldCodeRehearsed(asked, facts, next, document),
            ]
          : []),
        ...check(asked, facts, to),
        ...way.findings,
      ];
      const plan = makePlan({ cluster, facts, from, to, hops: way.hops, findings, leftOut: out });
      const state = stateDir(options);
      const file = options.out ?? state.plan;
      writeWhole(file, writePlan(plan));
      writeWhole(state.factsOf(plan), `${JSON.stringify(facts, null, 1)}\n`);
      if (options.json) print(JSON.stringify(plan, null, 2));
      else {
        print(showPlan(plan).split('\n\n')[0] ?? '');
        tell(`written to ${file}; read it with: windlass show`);
      }
      await tellUnfinished(state.journal);
      const blocks = plan.findings.filter(({ level }) => level === 'block');
      for (const finding of blocks) tell(findingText(finding));
      if (blocks.length > 0) process.exitCode = EXIT.blocked;
    });
}
