import { Command, Option } from 'commander';
import { audit, auditCsv, auditText } from '../report/index.ts';
import { openJournal } from '../run/index.ts';
import { type ClusterOptions, clusterOptions, stateDir } from './context.ts';
import { print } from './print.ts';
import { openRun } from './runs.ts';

interface AuditOptions extends ClusterOptions {
  readonly run?: string;
  readonly all?: boolean;
  readonly format: 'text' | 'csv' | 'json';
}

/** `windlass audit`: who decided what, from the journal alone. */
export function auditCommand(): Command {
  return clusterOptions(
    new Command('audit').description('tell who decided what, when, from where, and what they saw'),
  )
    .option('--run <name>', 'which run (default: the newest)')
    .option('--all', 'every run of this journal')
    .addOption(
      new Option('--format <format>', 'lines to read, a table for a spreadsheet, or JSON')
        .choices(['text', 'csv', 'json'])
        .default('text'),
    )
    .addHelpText('after', '\nExample:\n  windlass audit --all --format csv > decisions.csv')
    .action(async (options: AuditOptions) => {
      const journal = openJournal(stateDir(options).journal);
      try {
        const names = options.all ? (await journal.runs()).map(({ run }) => run) : [options.run];
        const runs = [];
        for (const name of names) runs.push(await openRun(journal, name));
        const rows = runs.flatMap(({ row, plan, events }) => audit(row.run, plan, events));
        const format = options.json === true ? 'json' : options.format;
        if (format === 'json') print(JSON.stringify(rows, null, 2));
        else if (format === 'text') print(auditText(rows));
        else process.stdout.write(auditCsv(rows));
      } finally {
        await journal.close();
      }
    });
}
