import { Command } from 'commander';
import {
  approve,
  type Decision,
  type Journal,
  openJournal,
  type RequestKind,
  reject,
  revoke,
} from '../run/index.ts';
import { gateStatus, inShort, missing, shownAt } from '../schedule/index.ts';
import { type ClusterOptions, clusterOptions, stateDir } from './context.ts';
import { missingWords } from './gate-lines.ts';
import { origin, person } from './person.ts';
import { print, tell } from './print.ts';
import { openRun } from './runs.ts';

interface DecideOptions extends ClusterOptions {
  readonly run?: string;
  readonly plan?: string;
  readonly because?: string;
}

async function decide(
  gate: string,
  options: DecideOptions,
  say: (journal: Journal, decision: Decision) => Promise<void>,
): Promise<void> {
  const journal = openJournal(stateDir(options).journal);
  try {
    const { row, plan } = await openRun(journal, options.run);
    const by = person();
    const pinned = options.plan === undefined ? {} : { plan: options.plan };
    await say(journal, { run: row.run, gate, by, at: Date.now(), from: origin(), ...pinned });
    const { state, events } = await openRun(journal, row.run);
    const { is } = gateStatus(state, gate);
    const left = missing(state, gate);
    const decided = plan.gates.find(({ id }) => id === gate);
    for (const line of decided ? inShort(shownAt(decided, events)) : []) tell(`on what it showed: ${line}`);
    tell(
      `run ${row.run}, plan ${plan.id.slice(0, 19)}, gate ${gate}: said as ${by}; it is ${is}${left ? `, missing: ${missingWords(left)}` : ''}`,
    );
    if (options.json) {
      print(JSON.stringify({ run: row.run, plan: plan.id, gate, by, is, missing: left ?? null }, null, 2));
    }
  } finally {
    await journal.close();
  }
}

const deciding = (name: string, about: string): Command =>
  clusterOptions(new Command(name).description(about))
    .argument('<gate>')
    .option('--run <name>', 'which run (default: the newest)')
    .option('--plan <hash>', 'the plan you mean, or 12 digits of it: refused when the run is of another');

/** `windlass approve`. */
export function approveCommand(): Command {
  return deciding('approve', 'let a run pass a gate, in your name')
    .addHelpText('after', '\nExample:\n  windlass approve point-of-no-return --plan 4f0c2b91aa37')
    .action((gate: string, options: DecideOptions) => decide(gate, options, approve));
}

/** `windlass reject`. */
export function rejectCommand(): Command {
  return deciding('reject', 'halt a run at a gate, in your name')
    .requiredOption('--because <reason>', 'what the others should know')
    .addHelpText('after', "\nExample:\n  windlass reject point-of-no-return --because 'not tonight'")
    .action((gate: string, options: DecideOptions) =>
      decide(gate, options, (journal, decision) => reject(journal, decision, options.because ?? '')),
    );
}

/** `windlass revoke`. */
export function revokeCommand(): Command {
  return deciding('revoke', 'take your approval of a gate back, while nothing behind it has begun')
    .addHelpText('after', '\nExample:\n  windlass revoke point-of-no-return')
    .action((gate: string, options: DecideOptions) => decide(gate, options, revoke));
}

/** `windlass pause`, `windlass stop`: asked of the orchestrator through the store. */
export function requestCommand(name: Extract<RequestKind, 'pause' | 'stop'>, about: string): Command {
  return clusterOptions(new Command(name).description(about))
    .option('--run <name>', 'which run (default: the newest)')
    .addHelpText('after', `\nExample:\n  windlass ${name}`)
    .action(async (options: DecideOptions) => {
      const journal = openJournal(stateDir(options).journal);
      try {
        const { row } = await openRun(journal, options.run);
        await journal.request(row.run, name, person(), Date.now(), origin());
        tell(`asked run ${row.run} to ${name}; windlass status shows when it has`);
      } finally {
        await journal.close();
      }
    });
}
