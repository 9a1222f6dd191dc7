import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { EXIT, WindlassError } from '../model/error.ts';
import { machinesOf, type Plan } from '../model/plan.ts';
import { fresh, REHEARSED_WITHIN } from '../model/rehearsal.ts';
import { writePlan } from '../plan/read.ts';
import { makeRehearsal } from '../plan/rehearse/index.ts';
import { showPlan } from '../plan/show.ts';
import { standingOf } from '../plan/standing.ts';
import { rehearsalText } from '../report/rehearsal.ts';
import { route } from '../route/index.ts';
import { standing, targetOf } from '../route/target.ts';
import { STALE } from '../run/index.ts';
import { readFacts, readRehearsal, stateDir, writeWhole } from './context.ts';
import { discoverAndKeep } from './discover.ts';
import { loadCluster } from './load.ts';
import { makeMachine, removeMachine } from './machines.ts';
import { print, tell } from './print.ts';
import { carryOut } from './run.ts';
import { type TargetOptions, targetOptions } from './target-options.ts';

interface RehearseOptions extends TargetOptions {
  readonly planOnly?: boolean;
  readonly show?: boolean;
  readonly asShipped?: boolean;
  readonly keep?: boolean;
}

/**
 * Nobody else uses the machine: one that an earlier rehearsal left held, since it failed or was killed there, is taken
 * from it; a fence gives way after a minute without a sign of life, so that minute is waited for, once: the fence of the
 * second machine is as old by then.
 */
export async function onceFree<T>(
  hosts: readonly string[],
  what: () => Promise<T>,
  wait: () => Promise<void> = () => sleep(STALE + 2000),
): Promise<T> {
  try {
    return await what();
  } catch (error) {
    const held = error instanceof WindlassError && error.fault.code === 'WL-RUN-HELD';
    if (!held || !hosts.some((host) => host === error.fault.node)) throw error;
    tell(`${error.fault.message}; it is asked again in a minute, and taken if nobody is at work there`);
    await wait();
    return await what();
  }
}

/** The last rehearsal, and whether it counts by the facts of the last discovery. */
async function show(options: RehearseOptions): Promise<void> {
  const state = stateDir(options);
  const document = readRehearsal(state.rehearsal);
  if (document === undefined) {
    throw new WindlassError(
      {
        code: 'WL-REHEARSE-NONE',
        message: 'nothing was rehearsed yet',
        remedy: 'rehearse: windlass rehearse --os … --openstack …',
      },
      EXIT.usage,
    );
  }
  const cluster = await loadCluster(options.cluster);
  const facts = existsSync(state.facts) ? readFacts(state.facts) : undefined;
  const wanted = { cluster: cluster.cluster, to: document.to, fingerprints: facts?.cloud?.fingerprints };
  const within = cluster.policy.rehearsalWithin ?? REHEARSED_WITHIN;
  const worth = fresh(document, wanted, Date.now(), within);
  if (options.json) return print(JSON.stringify({ ...document, worth }, null, 2));
  const since = facts ? ` (by the discovery of ${facts.at})` : '';
  return print(
    rehearsalText(
      document,
      `${worth.is === 'fresh' ? 'It counts' : 'It does not count'}: ${worth.because}${since}`,
    ),
  );
}

/** A word of its own for each rehearsal: the minute it was made in, and its second. */
const roundOf = (now: Date): string => now.toISOString().slice(0, 19).replace(/\D/g, '');

async function make(
  options: RehearseOptions,
): Promise<{ plan: Plan; facts: Awaited<ReturnType<typeof discoverAndKeep>> }> {
  const cluster = await loadCluster(options.cluster);
  const facts = await discoverAndKeep(options);
  const from = standing(standingOf(cluster, facts));
  const { hops } = route(from, targetOf(options, from), cluster, facts);
  const plan = makeRehearsal({
    cluster,
    facts,
    from,
    to: hops[0]?.to ?? from,
    hops,
    round: roundOf(new Date()),
    asShipped: options.asShipped === true,
  });
  const state = stateDir(options);
  writeWhole(state.rehearsalPlan, writePlan(plan));
  writeWhole(state.factsOf(plan), `${JSON.stringify(facts, null, 1)}\n`);
  return { plan, facts };
}

/** `windlass rehearse`. */
export function rehearseCommand(): Command {
  return targetOptions(
    new Command('rehearse').description(
      'try an upgrade on clones, on a throwaway machine with the target’s code and database server',
    ),
  )
    .option('--plan-only', 'write the rehearsal’s plan and end: every command, to be read')
    .option('--show', 'tell what came of the last one, and whether it still counts')
    .option('--as-shipped', 'without the old database defaults that the plan keeps: shows what they are for')
    .option('--keep', 'do not remove the machine afterwards, where the cluster file says how')
    .addHelpText(
      'after',
      '\nExamples:\n  windlass rehearse --os trixie --openstack 2025.1\n  windlass rehearse --show',
    )
    .action(async (options: RehearseOptions) => {
      if (options.show) return await show(options);
      const { plan, facts } = await make(options);
      const state = stateDir(options);
      if (options.planOnly) {
        if (options.json) return print(JSON.stringify(plan, null, 2));
        print(showPlan(plan).split('\n\n')[0] ?? '');
        return tell(`written to ${state.rehearsalPlan}; read it with: windlass show ${state.rehearsalPlan}`);
      }
      const machines = machinesOf(plan);
      for (const machine of machines) await makeMachine(machine, options);
      process.exitCode = await onceFree(
        machines.map(({ host }) => host),
        () => carryOut(plan, { ...options, watch: false, takeOver: true }, 'run', facts),
      );
      if (process.exitCode === EXIT.done && !options.keep) {
        for (const machine of machines) await removeMachine(machine, options);
      }
      return undefined;
    });
}
