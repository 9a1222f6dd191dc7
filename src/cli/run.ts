import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { oldCodeRehearsed } from '../check/old-rehearsed.ts';
import { rehearsed } from '../check/rehearsal.ts';
import { drift } from '../discover/drift.ts';
import { discover } from '../discover/index.ts';
import { type Cluster, without, withRehearsalHost } from '../model/cluster.ts';
import { EXIT, type ExitCode, WindlassError } from '../model/error.ts';
import type { Facts } from '../model/facts.ts';
import { factsHash } from '../model/hash.ts';
import type { IoHost } from '../model/host.ts';
import { machinesOf, type Plan } from '../model/plan.ts';
import { rehearsalDocument, rehearsalText } from '../report/rehearsal.ts';
import {
  approve,
  exitOf,
  type Journal,
  openJournal,
  type RunOutcome,
  runPlan,
  wallClock,
} from '../run/index.ts';
import { missing, type RunState, runStatus } from '../schedule/index.ts';
import { kinds } from '../steps/registry.ts';
import type { Links } from '../transport/index.ts';
import { ensureWatch, stopWatch } from '../watch/index.ts';
import {
  type ClusterOptions,
  clusterOptions,
  openCluster,
  openPlan,
  readFacts,
  readRehearsal,
  type StateDir,
  stateDir,
  writeWhole,
} from './context.ts';
import { fencedBy } from './fence.ts';
import { measurementsFrom } from './measurements.ts';
import { alive, holder, origin, person } from './person.ts';
import { findingText, print, tell } from './print.ts';
import { terminalHost } from './progress.ts';
import { writeReport } from './report.ts';
import { type KnownRun, knownRuns, rolledBackBy, runOfPlan, standingRun } from './runs.ts';
import { nextTime } from './until.ts';

export interface RunCommandOptions extends ClusterOptions {
  readonly yes?: boolean;
  readonly watch: boolean;
  readonly wait?: boolean;
  readonly takeOver?: boolean;
  readonly retry?: boolean;
  readonly until?: number;
}

function refuse(code: `WL-${string}`, message: string, remedy: string, exit: ExitCode): never {
  throw new WindlassError({ code, message, remedy }, exit);
}

/** What must be so of a plan before anything is asked of a node. */
function admit(plan: Plan, cluster: Cluster, links: Links): void {
  if (plan.cluster !== cluster.cluster) {
    refuse(
      'WL-PLAN-CLUSTER',
      `the plan is for ${plan.cluster}, the cluster file is ${cluster.cluster}'s`,
      'name the plan made for this cluster, or the cluster file the plan was made for',
      EXIT.usage,
    );
  }
  if (plan.assumed) {
    refuse(
      'WL-PLAN-ASSUMED',
      'the plan was made offline: it rests on assumptions',
      'discover the cluster and plan again',
      EXIT.blocked,
    );
  }
  const blocks = plan.findings.filter(({ level }) => level === 'block');
  if (blocks.length > 0) {
    for (const finding of blocks) tell(findingText(finding));
    refuse(
      'WL-PLAN-BLOCKED',
      `${blocks.length} findings block this plan`,
      'do what each says, then discover and plan again',
      EXIT.blocked,
    );
  }
  const strangers = [...new Set(plan.steps.flatMap(({ on }) => on))].filter(
    (node) => !links.nodes.includes(node),
  );
  if (strangers.length > 0) {
    refuse(
      'WL-PLAN-CLUSTER',
      `the plan names nodes the cluster file does not have: ${strangers.join(', ')}`,
      'plan again',
      EXIT.usage,
    );
  }
}

/** The cluster must still be what the plan rests on; what differs is named (promise 1). */
async function refuseDrift(plan: Plan, cluster: Cluster, links: Links, state: StateDir): Promise<Facts> {
  const asked = without(cluster, plan.leftOut ?? []);
  await fencedBy(links, Object.keys(asked.nodes));
  const now = await discover(asked, links);
  if (factsHash(now) === plan.facts) return now;
  const differences = drift(readFacts(state.factsOf(plan)), now);
  for (const { node, path, was, is } of differences.slice(0, 20)) {
    tell(`  ${node}: ${path} was ${was.slice(0, 80)}, is ${is.slice(0, 80)}`);
  }
  if (differences.length > 20) tell(`  and ${differences.length - 20} more`);
  return refuse(
    'WL-RUN-DRIFT',
    `the cluster is not what the plan rests on: ${differences.length} facts differ`,
    'discover and plan again, compare the plans with diff, and run the new one',
    EXIT.drift,
  );
}

/** A rehearsal that is required must still count now, by the schemas as just read; one that saw old code fail stops a roll. */
function refuseUnrehearsed(plan: Plan, cluster: Cluster, now: Facts, state: StateDir): void {
  const document = readRehearsal(state.rehearsal);
  // As the plan rolls them: the cluster file may say otherwise by now.
  const planned = { ...cluster, policy: plan.policy };
  const found = [
    ...rehearsed(cluster, now, plan, document, Date.now()),
    ...oldCodeRehearsed(planned, now, plan, document),
  ];
  for (const finding of found) tell(findingText(finding));
  if (!found.some(({ level }) => level === 'block')) return;
  refuse(
    'WL-RUN-UNREHEARSED',
    'the rehearsal does not let this plan run',
    'do what the finding says',
    EXIT.blocked,
  );
}

/** What came of a rehearsal so far, kept and told. */
async function keepRehearsal(plan: Plan, run: string, journal: Journal, state: StateDir): Promise<string> {
  const events = (await journal.read(run)).map(({ event }) => event);
  const document = rehearsalDocument(plan, run, events);
  if (document === undefined) return '';
  writeWhole(state.rehearsal, `${JSON.stringify(document, null, 2)}\n`);
  return rehearsalText(document);
}

/** Approves every gate as it opens, and those found open, in the name of the person who said --yes. */
function approving(host: IoHost, journal: Journal, run: string, open: readonly string[]): IoHost {
  const yes = (gate: string): void => {
    approve(journal, { run, gate, by: person(), at: Date.now(), from: origin() }).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      host.tell({ code: 'say', level: 'error', text: `gate ${gate} is not approved by --yes: ${why}` });
    });
  };
  return {
    tell(message) {
      host.tell(message);
      if (message.code !== 'event') return;
      // Not before the cluster is held: who is refused must have decided nothing.
      if (message.event.type === 'run.resumed') for (const gate of open) yes(gate);
      if (message.event.type === 'gate.opened') yes(message.event.gate);
    },
    ask: (question) => host.ask(question),
  };
}

/** Gates that wait for a decision now; one whose time is over opens anew when the run is taken up. */
function openGates(plan: Plan, state: RunState, now: number): string[] {
  return plan.gates
    .map(({ id }) => id)
    .filter((id) => {
      const left = missing(state, id);
      return left !== undefined && (left.expiresAt ?? Number.POSITIVE_INFINITY) > now;
    });
}

/**
 * A run that was rolled back is over: its plan may be run anew once the way back is finished, and nothing goes on with
 * either before. A way back that was given up for another one is over for good. Throws WL-RUN-ROLLED-BACK.
 */
async function notRolledBack(journal: Journal, before: KnownRun | undefined): Promise<KnownRun | undefined> {
  if (before === undefined) return undefined;
  const { row, plan } = before;
  const back = rolledBackBy(await knownRuns(journal), plan.rollback?.run ?? row.run);
  if (back === undefined || back.row.run === row.run) return before;
  if (!plan.rollback && runStatus(back.state).finishedAt !== undefined) return undefined;
  const why = plan.rollback ? 'was given up for' : 'is being rolled back by';
  return refuse(
    'WL-RUN-ROLLED-BACK',
    `run ${row.run} ${why} ${back.row.run}: it cannot go on`,
    'bring the way back to its end: windlass rollback --yes',
    EXIT.usage,
  );
}

function interrupts(): { stop: AbortSignal; leave: AbortSignal; unhook: () => void } {
  const stop = new AbortController();
  const leave = new AbortController();
  const pressed = (): void => {
    if (stop.signal.aborted) leave.abort();
    else {
      stop.abort();
      tell('no new step will start; running ones finish. Ctrl-C again leaves them to their nodes.');
    }
  };
  process.on('SIGINT', pressed);
  process.on('SIGTERM', pressed);
  return {
    stop: stop.signal,
    leave: leave.signal,
    unhook: () => {
      process.off('SIGINT', pressed);
      process.off('SIGTERM', pressed);
    },
  };
}

function tellOutcome(outcome: RunOutcome, run: string): void {
  if (outcome.is === 'finished') tell(`run ${run} is finished`);
  else if (outcome.is === 'interrupted') tell(`run ${run} was interrupted; go on with: windlass resume`);
  else if (outcome.is === 'gate') {
    tell(
      `run ${run} waits at gate ${outcome.gates.join(', ')}: windlass approve ${outcome.gates.join(' ')}, then windlass resume`,
    );
  } else {
    tell(`run ${run} has halted: ${outcome.because}`);
    for (const fault of outcome.faults) {
      tell(`  ${fault.code} ${[fault.node, fault.step].filter(Boolean).join(' ')}: ${fault.message}`);
      for (const line of (fault.output ?? '').trim().split('\n').slice(-30))
        if (line !== '') tell(`    | ${line}`);
      tell(`    do: ${fault.remedy}`);
    }
    tell('  then try the failed steps again: windlass resume --retry');
  }
}

/**
 * Carries a plan out, or goes on with it. A rehearsal has its machine among the nodes, and ends with its document;
 * `asked` are facts it was made from a moment ago.
 */
export async function carryOut(
  plan: Plan,
  options: RunCommandOptions,
  mode: 'run' | 'resume',
  asked?: Facts,
): Promise<ExitCode> {
  const state = stateDir(options);
  const rehearsing = plan.rehearsal !== undefined;
  const { cluster, links } = await openCluster(
    options,
    rehearsing ? (all) => withRehearsalHost(all, state.knownHosts) : undefined,
  );
  const watching = options.watch && !rehearsing;
  const journal = openJournal(state.journal);
  const { unhook, ...interrupt } = interrupts();
  try {
    admit(plan, cluster, links);
    if (plan.steps.length === 0) {
      tell(`nothing to do: ${cluster.cluster} stands on ${plan.to.os} / ${plan.to.openstack}`);
      return EXIT.done;
    }
    const before = await notRolledBack(journal, await runOfPlan(journal, plan.id));
    if (before && runStatus(before.state).finishedAt !== undefined) {
      tell(`nothing to do: run ${before.row.run} of this plan is finished`);
      return EXIT.done;
    }
    if (!before && mode === 'resume')
      refuse('WL-RUN-UNKNOWN', 'this plan was not run yet', 'start it: windlass run', EXIT.usage);
    const run =
      before?.row.run ??
      `${new Date().toISOString().slice(0, 16).replace(/\D/g, '')}-${randomBytes(2).toString('hex')}`;
    // Also where an earlier try of this plan was refused before it did anything.
    const fresh = before === undefined || before.events.length === 0;
    const replaces = fresh && !rehearsing ? await standingRun(journal, plan.cluster) : undefined;
    if (!before) {
      if (asked === undefined) {
        const hosts = machinesOf(plan).map(({ host }) => host);
        const now = await refuseDrift(plan, without(cluster, hosts), links, state);
        if (!rehearsing) refuseUnrehearsed(plan, cluster, now, state);
      }
      await journal.create(run, plan, person(), Date.now());
      if (replaces !== undefined)
        tell(`run ${replaces}, which stopped, is given up: its nodes pass to this one`);
    }
    if (watching && Object.keys(cluster.probes).length > 0) {
      const { started } = await ensureWatch({ cluster: resolve(options.cluster), state: state.dir });
      if (started) tell('watching from where clients are; the watch goes on if this ends');
    }
    const open = before ? openGates(plan, before.state, Date.now()) : [];
    const host = terminalHost({ plan, journal, run, probes: state.probes, json: options.json === true });
    try {
      const outcome = await runPlan({
        run,
        plan,
        journal,
        links,
        clock: wallClock,
        io: options.yes ? approving(host, journal, run, open) : host,
        kinds,
        holder: holder(),
        from: origin(),
        measurements: measurementsFrom(state, plan),
        alive,
        interrupt,
        gates: options.yes || options.wait ? 'wait' : 'leave',
        ...(options.until === undefined ? {} : { until: options.until }),
        ...(options.retry ? { retry: 'all' as const } : {}),
        ...(options.takeOver ? { takeOver: true } : {}),
        ...(replaces === undefined ? {} : { replaces }),
      });
      host.close();
      tellOutcome(outcome, run);
      if (outcome.is === 'finished' && watching) await stopWatch(state.dir);
      if (rehearsing) {
        const text = await keepRehearsal(plan, run, journal, state);
        await writeReport(options, run);
        print(options.json ? JSON.stringify(readRehearsal(state.rehearsal), null, 2) : text);
      } else print(await writeReport(options, run));
      return exitOf(outcome);
    } finally {
      host.close();
    }
  } finally {
    unhook();
    await journal.close();
    await links.close();
  }
}

function withRunOptions(command: Command): Command {
  return clusterOptions(command)
    .option('--yes', 'approve every gate in your name, for an unattended night')
    .option('--wait', 'stay at a gate until it is decided from another terminal')
    .option(
      '--until <time>',
      'a time of day as 05:30: what is under way then is brought to its end, and nothing more is begun',
      (word: string) => nextTime(word),
    )
    .option('--no-watch', 'do not start the probes')
    .option('--take-over', 'take nodes from a run that has shown no sign of life for a minute');
}

/** `windlass run`. */
export function runCommand(): Command {
  return withRunOptions(new Command('run').description('carry out a plan, or go on with it'))
    .argument('[plan]', 'the plan file (default: the last one made)')
    .addHelpText('after', '\nExample:\n  windlass run --yes')
    .action(async (path: string | undefined, options: RunCommandOptions) => {
      process.exitCode = await carryOut(openPlan(path ?? stateDir(options).plan), options, 'run');
    });
}

/** `windlass resume`. */
export function resumeCommand(): Command {
  return withRunOptions(new Command('resume').description('go on with the newest run where it was left'))
    .option('--retry', 'try its failed steps again')
    .addHelpText('after', '\nExample:\n  windlass resume --retry')
    .action(async (options: RunCommandOptions) => {
      const journal = openJournal(stateDir(options).journal);
      const rows = await journal.runs();
      const newest = rows.at(-1);
      if (newest === undefined) {
        await journal.close();
        refuse('WL-RUN-UNKNOWN', 'nothing was run yet', 'start one: windlass run', EXIT.usage);
      }
      const plan = await journal.plan(newest.run);
      await journal.request(newest.run, 'resume', person(), Date.now(), origin());
      await journal.close();
      process.exitCode = await carryOut(plan, options, 'resume');
    });
}
