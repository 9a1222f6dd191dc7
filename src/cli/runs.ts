import { isDeepStrictEqual } from 'node:util';
import { EXIT, WindlassError } from '../model/error.ts';
import type { RunEvent } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import type { Rehearsal } from '../model/rehearsal.ts';
import { rehearsalDocument } from '../report/rehearsal.ts';
import type { Journal, RunRow } from '../run/index.ts';
import { begin, foldAll, type RunState, running, runStatus } from '../schedule/index.ts';

export interface KnownRun {
  readonly row: RunRow;
  readonly plan: Plan;
  readonly events: readonly RunEvent[];
  readonly state: RunState;
}

async function known(journal: Journal, row: RunRow): Promise<KnownRun> {
  const plan = await journal.plan(row.run);
  const events = (await journal.read(row.run)).map(({ event }) => event);
  return { row, plan, events, state: foldAll(begin(plan), events) };
}

/** Every run, oldest first. */
export const knownRuns = async (journal: Journal): Promise<readonly KnownRun[]> =>
  Promise.all((await journal.runs()).map((row) => known(journal, row)));

/** Whether a plan raises the cluster: no rehearsal, no way back, and not the end of kept disks. */
export const raises = ({ rehearsal, rollback, drop }: Plan): boolean =>
  rehearsal === undefined && rollback === undefined && drop === undefined;

/** Whether what a run kept is still a way back that somebody may need: it is not over, or its way back is not. */
export function notOver(runs: readonly KnownRun[], run: KnownRun): boolean {
  const back = rolledBackBy(runs, run.row.run);
  const ended = ({ state }: KnownRun): boolean => runStatus(state).finishedAt !== undefined;
  return back === undefined ? !ended(run) : !ended(back);
}

/** Ways back that were begun from a run, oldest first: all but the last were given up for the next one. */
export const waysBackOf = (runs: readonly KnownRun[], run: string): readonly KnownRun[] =>
  runs.filter(({ plan, events }) => plan.rollback?.run === run && events.length > 0);

/** The way back that was begun from a run, if any. */
export const rolledBackBy = (runs: readonly KnownRun[], run: string): KnownRun | undefined =>
  waysBackOf(runs, run).at(-1);

/**
 * The last run that did anything on the cluster's nodes, where it came to a stop of its own and left nothing under way: a
 * new plan may take its place. Not that of a way back, which is brought to its end.
 */
export async function standingRun(journal: Journal, cluster: string): Promise<string | undefined> {
  // The newest first: an old journal has many, each with a plan of a megabyte or two.
  for (const row of (await journal.runs()).toReversed()) {
    if (row.cluster !== cluster) continue;
    const { plan, events, state } = await known(journal, row);
    const [ended] = events.slice(-1);
    if (ended === undefined || !(raises(plan) || plan.rollback)) continue;
    const stopped = ended.type === 'run.halted' || ended.type === 'run.interrupted';
    return stopped && running(state).length === 0 && !plan.rollback ? row.run : undefined;
  }
  return undefined;
}

/** The last rehearsal of a run's own target that had passed when the run began, as its plan would do it. */
export async function rehearsedBefore(
  journal: Journal,
  { row, plan }: KnownRun,
): Promise<Rehearsal | undefined> {
  if (!raises(plan)) return undefined;
  const earlier = (await journal.runs()).filter(({ cluster, at }) => cluster === row.cluster && at < row.at);
  for (const { run } of earlier.toReversed()) {
    // Nothing is folded, and no events are read, of what was no rehearsal: a run has thousands.
    const other = await journal.plan(run);
    if (!other.rehearsal || !isDeepStrictEqual(other.to, plan.to)) continue;
    const events = (await journal.read(run)).map(({ event }) => event);
    const document = rehearsalDocument(other, run, events);
    if (document?.outcome === 'passed' && !document.asShipped) return document;
  }
  return undefined;
}

/** The newest run of a plan, if it was ever run. */
export async function runOfPlan(journal: Journal, plan: string): Promise<KnownRun | undefined> {
  const row = (await journal.runs()).filter((one) => one.plan === plan).at(-1);
  return row && known(journal, row);
}

/** A run by its name, or the newest. Throws WL-RUN-UNKNOWN. */
export async function openRun(journal: Journal, name?: string): Promise<KnownRun> {
  const rows = await journal.runs();
  const row = name === undefined ? rows.at(-1) : rows.find(({ run }) => run === name);
  if (row) return known(journal, row);
  throw new WindlassError(
    {
      code: 'WL-RUN-UNKNOWN',
      message: name === undefined ? 'nothing was run yet' : `no run is called ${name}`,
      remedy:
        name === undefined
          ? 'start one: windlass run'
          : `there are ${rows.map(({ run }) => run).join(', ') || 'none'}`,
    },
    EXIT.usage,
  );
}
