import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { discover } from '../discover/index.ts';
import { askBorn, askKept } from '../discover/rollback.ts';
import { type Cluster, without } from '../model/cluster.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import type { Facts } from '../model/facts.ts';
import type { Plan } from '../model/plan.ts';
import { keepDir } from '../plan/os-roll/keep.ts';
import { writePlan } from '../plan/read.ts';
import { makeRollback } from '../plan/rollback/index.ts';
import {
  beyondMakingWay,
  checkpointOf,
  leftInHand,
  type Past,
  pastOf,
  takenAt,
} from '../plan/rollback/past.ts';
import { showPlan } from '../plan/show.ts';
import { type Journal, openJournal, STALE } from '../run/index.ts';
import { runStatus } from '../schedule/index.ts';
import { runEnded } from '../steps/rollback.ts';
import type { Links } from '../transport/index.ts';
import {
  type ClusterOptions,
  clusterOptions,
  openCluster,
  readFacts,
  stateDir,
  writeWhole,
} from './context.ts';
import { mayBeginFor } from './handed-over.ts';
import { alive, holder } from './person.ts';
import { findingText, print, tell } from './print.ts';
import { carryOut } from './run.ts';
import { type KnownRun, knownRuns, raises, waysBackOf } from './runs.ts';

interface RollbackOptions extends ClusterOptions {
  readonly to?: string;
  readonly databases?: 'keep' | 'restore';
  readonly anew?: boolean;
  readonly yes?: boolean;
  readonly planOnly?: boolean;
  readonly watch: boolean;
}

function refuse(code: `WL-${string}`, message: string, remedy: string): never {
  throw new WindlassError({ code, message, remedy }, EXIT.usage);
}

/** The run to come back from, the newest that raised something, and the ways back of it that were begun. */
function choose(runs: readonly KnownRun[]): { readonly run: KnownRun; readonly begun: readonly KnownRun[] } {
  const run = runs.findLast(({ plan }) => raises(plan));
  if (run === undefined)
    return refuse('WL-RUN-UNKNOWN', 'nothing was run yet', 'there is nothing to come back from');
  const begun = waysBackOf(runs, run.row.run);
  const done = begun.find(({ state }) => runStatus(state).finishedAt !== undefined);
  if (done) {
    refuse(
      'WL-ROLLBACK-DONE',
      `run ${run.row.run} was rolled back already, by ${done.row.run}`,
      'the cluster stands where that run began; windlass discover shows it',
    );
  }
  return { run, begun };
}

/**
 * A way back that was begun and is to be planned anew: only while nothing has come back yet, for what came back would be
 * taken for what the run left. Throws WL-ROLLBACK-BEGUN.
 */
function givenUp({ row, plan, events }: KnownRun): Past {
  const past = pastOf(row.run, plan, events);
  const step = beyondMakingWay(past);
  if (step === undefined) return past;
  return refuse(
    'WL-ROLLBACK-BEGUN',
    `way back ${row.run} has begun to bring things back (${step.id}): it cannot be planned anew`,
    'bring it to its end by its own plan: windlass rollback --yes',
  );
}

/** Words that would change a way back that was begun: it goes on by its own plan. Throws WL-ROLLBACK-BEGUN. */
function asBegun({ to, databases }: RollbackOptions, { row }: KnownRun): void {
  if (to === undefined && databases === undefined) return;
  refuse(
    'WL-ROLLBACK-BEGUN',
    `way back ${row.run} was begun, and goes on by its own plan`,
    `leave ${to === undefined ? '--databases' : '--to'} out, or have it planned anew: windlass rollback --anew`,
  );
}

/** Nobody may be driving the cluster: a run that still goes on is stopped first, by who has it. */
async function refuseDriven(journal: Journal, cluster: Cluster): Promise<void> {
  const row = await journal.lease(cluster.cluster);
  if (!row?.held || Date.now() - row.beat > STALE) return;
  if (row.host === holder().host && !alive(row.pid)) return;
  throw new WindlassError(
    {
      code: 'WL-RUN-HELD',
      message: `run ${row.run} is under way: ${row.name} (process ${row.pid} on ${row.host})`,
      remedy: 'stop it first: windlass stop; then windlass rollback',
    },
    EXIT.held,
  );
}

/** What was handed over last may begin yet, where its node does not say that it has. */
async function waitHandedOver(links: Links, events: KnownRun['events'], run: string): Promise<void> {
  const left = await mayBeginFor((node) => links.link(node), run, leftInHand(events), Date.now());
  if (left <= 0) return;
  tell(`waiting ${Math.ceil(left / 1000)} s: what run ${run} handed over last may begin yet`);
  await sleep(left);
}

/** What the run began on nodes comes to its end before anything is asked: packages are never cut in half. */
async function waitQuiet(links: Links, nodes: readonly string[], run: string): Promise<void> {
  for (let told = ''; ; ) {
    const busy = await Promise.all(
      nodes.map(async (node) => {
        const looks = runEnded.looks({ run });
        const seen = await Promise.all(
          Object.entries(looks).map(
            async ([name, look]) => [name, await links.link(node).look(look)] as const,
          ),
        );
        if (seen.some(([, answer]) => answer.lost)) return [];
        const verdict = runEnded.judge({ run }, Object.fromEntries(seen));
        return verdict.is === 'wait' ? [`${node}: ${verdict.because}`] : [];
      }),
    );
    const words = busy.flat().join('; ');
    if (words === '') return;
    if (words !== told) tell(`waiting for what run ${run} began: ${words}`);
    told = words;
    await sleep(2000);
  }
}

/** What a run's plan rested on. Throws WL-FACTS-NONE. */
const factsBefore = (options: ClusterOptions, { plan }: KnownRun): Facts =>
  readFacts(stateDir(options).factsOf(plan));

async function make(
  options: RollbackOptions,
  journal: Journal,
  chosen: KnownRun,
  begun: readonly KnownRun[],
): Promise<{ readonly plan: Plan; readonly now: Facts; readonly past: Past }> {
  const before = factsBefore(options, chosen);
  const past = pastOf(chosen.row.run, chosen.plan, chosen.events);
  const gone = begun.map(givenUp);
  const checkpoint = checkpointOf(past, options.to);
  if (options.to !== undefined && checkpoint === undefined) {
    const whole = chosen.plan.checkpoints.map(({ id }) => id).filter((id) => checkpointOf(past, id));
    refuse(
      'WL-ROLLBACK-CHECKPOINT',
      `run ${chosen.row.run} has no whole checkpoint called ${options.to}`,
      whole.length > 0 ? `it has ${whole.join(', ')}` : 'it has taken none: windlass rollback without --to',
    );
  }
  const { cluster, links } = await openCluster(options);
  try {
    await refuseDriven(journal, cluster);
    const asked = without(cluster, chosen.plan.leftOut ?? []);
    const nodes = Object.keys(asked.nodes);
    for (const { row, events } of [chosen, ...begun]) {
      await waitHandedOver(links, events, row.run);
      await waitQuiet(links, nodes, row.run);
    }
    const now = await discover(asked, links);
    const dir = keepDir({ facts: before });
    const kept = checkpoint?.holds.includes('packages')
      ? await askKept(links, nodes, `${dir}/packages`)
      : Object.fromEntries(nodes.map((node) => [node, 'the checkpoint holds no packages'] as const));
    const since = checkpoint && takenAt(past, checkpoint);
    const born = since === undefined ? undefined : await askBorn(links, now, since);
    const plan = makeRollback({
      cluster,
      past,
      ...(gone.length > 0 ? { givenUp: gone } : {}),
      before,
      now,
      kept,
      born,
      ...(options.to === undefined ? {} : { to: options.to }),
      ...(options.databases === undefined ? {} : { databases: options.databases }),
      round: new Date().toISOString().slice(0, 19).replace(/\D/g, ''),
    });
    return { plan, now, past };
  } finally {
    await links.close();
  }
}

/** `--databases keep|restore`. */
function databasesWord(word: string): 'keep' | 'restore' {
  if (word === 'keep' || word === 'restore') return word;
  return refuse('WL-USAGE', `--databases ${word}`, 'say keep or restore');
}

function show(options: RollbackOptions, plan: Plan, file: string): void {
  if (options.json) {
    print(JSON.stringify(plan, null, 2));
    return;
  }
  print(showPlan(plan).split('\n\n')[0] ?? '');
  for (const finding of plan.findings) tell(findingText(finding));
  tell(
    `written to ${file}; read it with: windlass show ${file}; go with: windlass rollback ${options.anew ? '--anew ' : ''}--yes`,
  );
}

/** `windlass rollback`: exit 3 when findings block the way back; the plan is written all the same, to be read. */
export function rollbackCommand(): Command {
  return clusterOptions(
    new Command('rollback').description('go back to where the last run began: shown first, done with --yes'),
  )
    .option('--to <checkpoint>', 'the checkpoint to go back to (default: the last whole one)')
    .option('--databases <what>', 'keep them, or restore the dumps, whatever the journal says', databasesWord)
    .option('--anew', 'plan a way back anew that was begun and has brought nothing back yet')
    .option('--yes', 'carry it out, or go on with a way back that was begun')
    .option('--plan-only', 'only write the plan, also with --yes')
    .option('--no-watch', 'do not start the probes')
    .addHelpText('after', '\nExamples:\n  windlass rollback\n  windlass rollback --yes')
    .action(async (options: RollbackOptions) => {
      const journal = openJournal(stateDir(options).journal);
      let begun: KnownRun | undefined;
      let made: Awaited<ReturnType<typeof make>> | undefined;
      try {
        const chosen = choose(await knownRuns(journal));
        begun = options.anew ? undefined : chosen.begun.at(-1);
        if (begun) asBegun(options, begun);
        else made = await make(options, journal, chosen.run, chosen.begun);
      } finally {
        await journal.close();
      }
      const file = stateDir(options).rollbackPlan;
      const plan = made?.plan ?? begun?.plan;
      if (plan === undefined) throw new Error('neither a way back was begun nor one made');
      writeWhole(file, writePlan(plan));
      if (made) {
        writeWhole(stateDir(options).factsOf(plan), `${JSON.stringify(made.now, null, 1)}\n`);
      }
      const blocked = plan.findings.some(({ level }) => level === 'block');
      if (!options.yes || options.planOnly || blocked) {
        show(options, plan, file);
        if (blocked) process.exitCode = EXIT.blocked;
        return;
      }
      if (!options.json) for (const finding of plan.findings) tell(findingText(finding));
      const how = { ...options, takeOver: true, retry: begun !== undefined };
      process.exitCode = await carryOut(plan, how, begun ? 'resume' : 'run', made?.now);
    });
}
