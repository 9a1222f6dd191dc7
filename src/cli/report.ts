import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { EXIT, WindlassError } from '../model/error.ts';
import type { Rehearsal } from '../model/rehearsal.ts';
import {
  buildReport,
  culprit,
  duration,
  lostTime,
  type ReportData,
  renderHtml,
  renderMarkdown,
} from '../report/index.ts';
import { openJournal } from '../run/index.ts';
import { openProbeStore } from '../watch/index.ts';
import { type ClusterOptions, clusterOptions, stateDir, writeWhole } from './context.ts';
import { print } from './print.ts';
import { type KnownRun, openRun, rehearsedBefore } from './runs.ts';

/** A run's report from its journal and the probes' samples, if any were taken. */
function reportOf(
  { plan, events }: KnownRun,
  rehearsal: Rehearsal | undefined,
  probes: string,
  now: number,
): ReportData {
  const store = existsSync(probes) ? openProbeStore(probes, 'read') : undefined;
  try {
    return buildReport({
      plan,
      events,
      probes: store?.probes() ?? [],
      samplesOf: (probe, window) => store?.samples(probe, window) ?? [],
      ...(rehearsal === undefined ? {} : { rehearsal }),
      now,
    });
  } finally {
    store?.close();
  }
}

async function dataOf(options: ClusterOptions, run?: string): Promise<ReportData> {
  const state = stateDir(options);
  if (!existsSync(state.journal)) {
    throw new WindlassError(
      {
        code: 'WL-REPORT-NOTHING',
        message: `there is no run to report: ${state.journal} does not exist`,
        remedy: 'name the cluster file or the state folder of the run',
      },
      EXIT.usage,
    );
  }
  const journal = openJournal(state.journal);
  try {
    const known = await openRun(journal, run);
    return reportOf(known, await rehearsedBefore(journal, known), state.probes, Date.now());
  } finally {
    await journal.close();
  }
}

/** Writes a run's page into the state folder and returns what to tell: where it is, and the outages in short. */
export async function writeReport(options: ClusterOptions, run?: string): Promise<string> {
  const data = await dataOf(options, run);
  const path = stateDir(options).report;
  writeWhole(path, renderHtml(data));
  return options.json === true ? JSON.stringify({ report: path, ...brief(data) }) : shortText(data, path);
}

function brief(data: ReportData) {
  const { run, outcome, wall, counts } = data;
  const things = data.things.map(({ name, outage, longestGap, failed, total, charges }) => ({
    name,
    outage,
    longestGap,
    failed,
    total,
    blame: charges[0]?.step ?? null,
  }));
  return { run, outcome, wall, counts, things };
}

function shortText(data: ReportData, path: string): string {
  const widest = Math.max(0, ...data.things.map(({ name }) => name.length));
  const rows = data.things.map((thing) => {
    const guilty = culprit(thing);
    return [
      `  ${thing.name.padEnd(widest)}`,
      `${lostTime(thing.outage).padStart(9)} away`,
      `longest gap ${lostTime(thing.longestGap).padStart(7)}`,
      `${thing.failed} of ${thing.total} failed${guilty === undefined ? '' : `, to blame: ${guilty}`}`,
    ].join('  ');
  });
  const { done, already, total } = data.counts;
  const head = `${data.outcome}: ${done + already} of ${total} steps in ${duration(data.wall)}`;
  return [head, ...rows, `report: ${path}`].join('\n');
}

interface ReportOptions extends ClusterOptions {
  readonly run?: string;
  readonly format: 'html' | 'md' | 'json';
  readonly out?: string;
}

/** `windlass report`: the account of a run, also of one that is still going. */
export function reportCommand(): Command {
  return clusterOptions(new Command('report').description('tell what a run did and what it cost'))
    .option('--run <name>', 'which run (default: the newest)')
    .addOption(
      new Option('--format <format>', 'a page, Markdown for a ticket, or JSON')
        .choices(['html', 'md', 'json'])
        .default('html'),
    )
    .option(
      '--out <file>',
      'where to write it; - for standard output (default: the state folder, md and json: -)',
    )
    .addHelpText('after', '\nExample:\n  windlass report --format md')
    .action(async (options: ReportOptions) => {
      const format = options.json === true ? 'json' : options.format;
      if (format === 'html' && options.out === undefined)
        return print(await writeReport(options, options.run));
      const data = await dataOf(options, options.run);
      const text = { html: renderHtml, md: renderMarkdown, json: toJson }[format](data);
      if (options.out === undefined || options.out === '-') return print(text);
      writeWhole(resolve(options.out), text);
      return print(`report: ${resolve(options.out)}`);
    });
}

const toJson = (data: ReportData): string => JSON.stringify(data, null, 2);
