import { Command } from 'commander';
import { EXIT, WindlassError } from '../model/error.ts';
import type { Gate, Plan } from '../model/plan.ts';
import { duration } from '../plan/show.ts';
import { openJournal } from '../run/index.ts';
import {
  counts,
  failures,
  measure,
  outcome,
  remaining,
  remembered,
  running,
  runStatus,
} from '../schedule/index.ts';
import { type ClusterOptions, clusterOptions, stateDir } from './context.ts';
import { type GateStanding, gateLines, gateStandings } from './gate-lines.ts';
import { measurementsFrom } from './measurements.ts';
import { print } from './print.ts';
import { openRun } from './runs.ts';

interface StatusOptions extends ClusterOptions {
  readonly run?: string;
  readonly gate?: string;
}

/** `windlass status`: where a run stands, from the journal alone. */
export function statusCommand(): Command {
  return clusterOptions(
    new Command('status').description('tell where a run stands, what is left and who holds it'),
  )
    .option('--run <name>', 'which run (default: the newest)')
    .option(
      '--gate <name>',
      'only this gate, with all that it shows: what the test node’s packages would change',
    )
    .addHelpText('after', '\nExample:\n  windlass status')
    .action(async (options: StatusOptions) => {
      const place = stateDir(options);
      const journal = openJournal(place.journal);
      try {
        const { row, plan, state, events } = await openRun(journal, options.run);
        const lease = await journal.lease(row.cluster);
        const left = remaining(state, remembered(await journal.durations()));
        const measurements = measurementsFrom(place, plan);
        const gates = gateStandings(plan, state, events, ({ condition }, openedAt) => {
          const moment = { now: Date.now(), openedAt };
          return condition && measure(condition, measurements(condition, moment), moment);
        });
        const { gate: only } = options;
        if (only !== undefined) {
          const wanted = plan.gates.findIndex(({ id }) => id === only);
          const [gate, stands] = [plan.gates[wanted], gates[wanted]];
          if (gate === undefined || stands === undefined) throw unknownGate(row.run, only, plan);
          return print(options.json ? JSON.stringify(stands, null, 2) : wholeGate(gate, stands).join('\n'));
        }
        const data = {
          run: row.run,
          plan: row.plan,
          cluster: row.cluster,
          status: runStatus(state),
          outcome: outcome(state),
          counts: counts(state),
          running: running(state),
          failures: failures(state),
          gates,
          remainingSeconds: left.seconds,
          heldBy: lease?.held
            ? { name: lease.name, host: lease.host, pid: lease.pid, beat: lease.beat }
            : null,
        };
        if (options.json) return print(JSON.stringify(data, null, 2));
        const { total, finished } = data.counts;
        const lines = [
          `run ${row.run} of ${row.cluster}: ${data.outcome}, ${finished} of ${total} steps, about ${duration(left.seconds)} left`,
          data.heldBy
            ? `held by ${data.heldBy.name} (process ${data.heldBy.pid} on ${data.heldBy.host})`
            : 'held by nobody',
          ...data.running.map((step) => `  running ${step}`),
          ...plan.gates.flatMap((gate, at) => (gates[at] ? gateLines(gate, gates[at]) : [])),
          ...data.failures.flatMap(({ step, fault }) => [
            `  failed ${step}: ${fault.code} ${fault.message}`,
            `    do: ${fault.remedy}`,
          ]),
        ];
        return print(lines.join('\n'));
      } finally {
        await journal.close();
      }
    });
}

/** One gate to its last line, also once it is passed: what was shown there stays in the journal. */
function wholeGate(gate: Gate, stands: GateStanding): string[] {
  const lines = gateLines(gate, stands, true);
  return stands.is === 'open' ? lines : [...lines, ...stands.shown.map((line) => `    ${line}`)];
}

function unknownGate(run: string, gate: string, { gates }: Plan): WindlassError {
  return new WindlassError(
    {
      code: 'WL-GATE-UNKNOWN',
      message: `the plan of run ${run} has no gate ${gate}`,
      remedy: `Its gates: ${gates.map(({ id }) => id).join(', ') || 'none'}.`,
    },
    EXIT.usage,
  );
}
