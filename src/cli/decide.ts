import { Command } from 'commander';
import { approve, type Journal, openJournal, type RequestKind, reject } from '../run/index.ts';
import { type ClusterOptions, clusterOptions, stateDir } from './context.ts';
import { person } from './person.ts';
import { tell } from './print.ts';
import { openRun } from './runs.ts';

interface DecideOptions extends ClusterOptions {
  readonly run?: string;
  readonly because?: string;
}

async function decide(
  gate: string,
  options: DecideOptions,
  say: (journal: Journal, decision: { run: string; gate: string; by: string; at: number }) => Promise<void>,
): Promise<void> {
  const journal = openJournal(stateDir(options).journal);
  try {
    const { row, plan } = await openRun(journal, options.run);
    await say(journal, { run: row.run, gate, by: person(), at: Date.now() });
    tell(`run ${row.run}, plan ${plan.id.slice(0, 19)}: said as ${person()}`);
  } finally {
    await journal.close();
  }
}

const deciding = (name: string, about: string): Command =>
  clusterOptions(new Command(name).description(about))
    .argument('<gate>')
    .option('--run <name>', 'which run (default: the newest)');

/** `windlass approve`. */
export function approveCommand(): Command {
  return deciding('approve', 'let a run pass a gate, in your name')
    .addHelpText('after', '\nExample:\n  windlass approve point-of-no-return')
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

/** `windlass pause`, `windlass stop`: asked of the orchestrator through the store. */
export function requestCommand(name: Extract<RequestKind, 'pause' | 'stop'>, about: string): Command {
  return clusterOptions(new Command(name).description(about))
    .option('--run <name>', 'which run (default: the newest)')
    .addHelpText('after', `\nExample:\n  windlass ${name}`)
    .action(async (options: DecideOptions) => {
      const journal = openJournal(stateDir(options).journal);
      try {
        const { row } = await openRun(journal, options.run);
        await journal.request(row.run, name, person(), Date.now());
        tell(`asked run ${row.run} to ${name}; windlass status shows when it has`);
      } finally {
        await journal.close();
      }
    });
}
