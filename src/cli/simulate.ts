import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../model/error.ts';
import type { Plan, Step } from '../model/plan.ts';
import { duration } from '../plan/show.ts';
import { openJournal } from '../run/index.ts';
import { type Durations, remembered, workOf } from '../schedule/index.ts';
import { type Simulated, simulate } from '../sim/index.ts';
import { type ClusterOptions, clusterOptions, openPlan, stateDir } from './context.ts';
import { print } from './print.ts';

interface SimulateCommandOptions extends ClusterOptions {
  readonly seed: number;
  readonly spread: number;
  readonly runs: number;
  readonly estimates?: boolean;
}

/** Where the seconds come from, and for how many of the plan's steps something was measured. */
export interface Measured {
  readonly durations: Durations;
  readonly steps: number;
}

/** What the journal remembers of such a step, else the plan's own estimate. */
export function measured(plan: Plan, taken: ReadonlyMap<string, number>): Measured {
  return {
    durations: remembered(taken),
    steps: plan.steps.filter((step) => workOf(step).some((name) => taken.has(name))).length,
  };
}

/** A stretch of the critical path that lies in one phase. */
export interface Stretch {
  readonly phase: string;
  readonly steps: readonly string[];
  readonly seconds: number;
}

/** The critical path by phases, since one line for each of its steps would say too much. */
export function folded(plan: Plan, path: readonly string[], seconds: Durations): Stretch[] {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const stretches: { phase: string; steps: string[]; seconds: number }[] = [];
  for (const id of path) {
    const step = steps.get(id);
    if (!step) continue;
    const last = stretches.at(-1);
    if (last?.phase === step.phase) {
      last.steps.push(id);
      last.seconds += seconds(step);
    } else stretches.push({ phase: step.phase, steps: [id], seconds: seconds(step) });
  }
  return stretches;
}

const LONGEST = 3;

/** Seconds each step took in an imagined run. */
export function tookIn({ events }: Simulated): Durations {
  const began = new Map<string, number>();
  const took = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'step.started') began.set(event.step, event.at);
    if (event.type === 'step.finished')
      took.set(event.step, (event.at - (began.get(event.step) ?? event.at)) / 1000);
  }
  return (step) => took.get(step.id) ?? 0;
}

function stretchText(plan: Plan, { phase, steps, seconds }: Stretch, took: Durations): string[] {
  const title = plan.phases.find(({ id }) => id === phase)?.title ?? phase;
  const longest = steps
    .map((id) => plan.steps.find((step) => step.id === id))
    .filter((step): step is Step => step !== undefined)
    .sort((a, b) => took(b) - took(a))
    .slice(0, LONGEST);
  const more = steps.length - longest.length;
  return [
    `  ${title}: ${duration(seconds)}`,
    ...longest.map((step) => `    ${step.id} ${duration(took(step))}`),
    ...(more > 0 ? [`    and ${more} shorter steps`] : []),
  ];
}

/** Totals of several imagined runs, from the shortest to the longest. */
export interface Spread {
  readonly runs: number;
  readonly shortest: number;
  readonly half: number;
  readonly nineOfTen: number;
  readonly longest: number;
}

/** The share of totals a run stays within: the value at that place of the sorted list. */
export function spreadOf(totals: readonly number[]): Spread {
  const sorted = [...totals].sort((a, b) => a - b);
  const within = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    runs: sorted.length,
    shortest: sorted[0] ?? 0,
    half: within(0.5),
    nineOfTen: within(0.9),
    longest: sorted.at(-1) ?? 0,
  };
}

/** An imagined run as an operator reads it. */
export function simulationText(plan: Plan, run: Simulated, { steps }: Measured, spread: Spread): string {
  if (plan.steps.length === 0) return 'nothing to do';
  const took = tookIn(run);
  const title = (id: string): string => plan.phases.find((phase) => phase.id === id)?.title ?? id;
  return [
    `${plan.steps.length} steps of ${plan.cluster}: ${run.outcome} after about ${duration(run.seconds)}; gates approved as they open`,
    steps === 0
      ? "seconds are the plan's estimates: nothing was measured on this cluster yet"
      : `seconds are those measured here for ${steps} steps, the plan's estimates for ${plan.steps.length - steps}`,
    ...(spread.runs > 1
      ? [
          `${spread.runs} imagined runs: ${duration(spread.shortest)} at best, half within ${duration(spread.half)}, ` +
            `nine of ten within ${duration(spread.nineOfTen)}, ${duration(spread.longest)} at worst`,
        ]
      : []),
    '',
    ...run.phases.map(
      ({ phase, from, to }) =>
        `${duration(to - from).padStart(12)}  ${title(phase)}, ${duration(from)} after the start`,
    ),
    '',
    `what limits it, ${duration(run.criticalPath.seconds)} that nothing can shorten but faster steps${plan.steps.some(({ follows }) => follows.length > 0) ? ' or more lanes' : ''}:`,
    ...folded(plan, run.criticalPath.steps, took).flatMap((part) => stretchText(plan, part, took)),
  ].join('\n');
}

const number =
  (least: number, most: number, whole: boolean) =>
  (word: string): number => {
    const value = Number(word);
    if (word.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value)))
      return value;
    throw new InvalidArgumentError(`It must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
  };

/** Medians the journal holds; none where nothing was run yet. A simulation makes no journal. */
async function taken(path: string): Promise<ReadonlyMap<string, number>> {
  if (!existsSync(path)) return new Map();
  const journal = openJournal(path);
  try {
    return await journal.durations();
  } finally {
    await journal.close();
  }
}

/** `windlass simulate`: asks no node. Exit 1 when the imagined run does not come to its end. */
export function simulateCommand(): Command {
  return clusterOptions(
    new Command('simulate').description('imagine a run of a plan and tell how long it takes; asks no node'),
  )
    .argument('[plan]', 'the plan file (default: the last one made)')
    .option('--seed <number>', 'what the imagined chance starts from', number(0, 2 ** 32 - 1, true), 1)
    .option('--spread <share>', 'how far durations vary, as 0.2 for a fifth', number(0, 1, false), 0)
    .option('--runs <number>', 'imagine so many runs and tell how their totals lie', number(1, 1000, true), 1)
    .option('--estimates', "use the plan's estimates even where durations were measured")
    .addHelpText('after', '\nExample:\n  windlass simulate --spread 0.2 --runs 100')
    .action(async (path: string | undefined, options: SimulateCommandOptions) => {
      const state = stateDir(options);
      const plan = openPlan(path ?? state.plan);
      const known = measured(plan, options.estimates ? new Map() : await taken(state.journal));
      const { seed, spread, runs } = options;
      const once = (at: number): Simulated =>
        simulate(plan, { durations: known.durations, seed: seed + at, spread });
      const run = once(0);
      const totals = [run.seconds];
      for (let at = 1; at < runs; at += 1) totals.push(once(at).seconds);
      const lie = spreadOf(totals);
      if (run.outcome !== 'finished') process.exitCode = EXIT.failed;
      if (!options.json) return print(simulationText(plan, run, known, lie));
      const { outcome, seconds, phases, criticalPath } = run;
      return print(
        JSON.stringify(
          {
            plan: plan.id,
            cluster: plan.cluster,
            seed,
            spread,
            outcome,
            seconds,
            steps: plan.steps.length,
            measuredSteps: known.steps,
            totals: lie,
            phases,
            criticalPath: {
              seconds: criticalPath.seconds,
              stretches: folded(plan, criticalPath.steps, tookIn(run)),
            },
          },
          null,
          2,
        ),
      );
    });
}
