import type { RunEvent } from '../model/event.ts';
import type { Gate, Plan } from '../model/plan.ts';
import {
  approve,
  type Decision,
  type Journal,
  openJournal,
  type RunOptions,
  type RunOutcome,
  runPlan,
} from '../run/index.ts';
import { anyone } from '../schedule/index.ts';
import { VirtualClock } from './clock.ts';
import { type Begun, SimulatedCluster } from './cluster.ts';
import { simulatedKinds } from './kinds.ts';
import { type Death, Life } from './mortal.ts';
import { noTrouble, type Troubles } from './trouble.ts';

export interface RehearseOptions {
  readonly troubles?: Troubles;
  /** How each orchestrator but the last dies, in turn. */
  readonly deaths?: readonly Death[];
  /** How often a halted run has its failed steps tried again. */
  readonly retries?: number;
  /** What people say at a gate where the run was left, the n-th time; without it as many as it wants say yes. */
  readonly people?: (gate: Gate, visit: number, say: AtGate) => Promise<void>;
  readonly measurements?: RunOptions['measurements'];
  /** Milliseconds between two looks of the orchestrator at its journal. */
  readonly tick?: number;
}

export interface Rehearsed {
  readonly outcome: RunOutcome;
  readonly events: readonly RunEvent[];
  readonly begun: readonly Begun[];
  /** What a real cluster would have suffered from. */
  readonly wrongs: readonly string[];
  readonly standing: readonly string[];
  readonly missing: readonly string[];
  readonly seconds: number;
  /** How many orchestrators it took, and what each of them did that left a trace. */
  readonly deeds: readonly number[];
}

const RUN = 'sim';

/** What the people of an imagined run have at hand: the journal as from another terminal, and time. */
export interface AtGate {
  readonly journal: Journal;
  word(by: string): Decision;
  wait(seconds: number): Promise<void>;
}

async function everyone(gate: Gate, _visit: number, { journal, word }: AtGate): Promise<void> {
  for (const by of anyone(gate)) await approve(journal, word(by));
}

/**
 * Runs a simulated plan with the real dispatcher, journal and scheduler against simulated nodes on virtual time.
 * Killed orchestrators are replaced, gates approved, failed steps tried again, until nothing more can be done.
 */
export async function rehearse(plan: Plan, options: RehearseOptions = {}): Promise<Rehearsed> {
  const { troubles = noTrouble, deaths = [], retries = 0, tick = 5000, people = everyone } = options;
  const clock = new VirtualClock(1_000_000);
  const cluster = new SimulatedCluster(plan, clock, troubles);
  const journal = openJournal(':memory:');
  const began = clock.now();
  await journal.create(RUN, plan, 'simulator', began);
  const deeds: number[] = [];
  const visits = new Map<string, number>();
  let again = retries;
  let retry = false;
  try {
    for (let pid = 1; ; pid += 1) {
      const life = new Life(deaths[pid - 1]);
      const running = runPlan({
        run: RUN,
        plan,
        journal: life.journal(journal),
        links: life.links(cluster, clock),
        clock: life.clock(clock),
        io: { tell: () => undefined, ask: async ({ otherwise }) => otherwise },
        kinds: simulatedKinds,
        holder: { name: 'simulator', host: 'simulated', pid },
        alive: (other) => other >= pid,
        gates: 'leave',
        tick,
        ...(options.measurements ? { measurements: options.measurements } : {}),
        ...(retry ? { retry: 'all' as const } : {}),
      });
      const outcome = await Promise.race([running, life.death]);
      deeds.push(life.deeds);
      if (!outcome) continue;
      retry = outcome.is === 'halted' && again-- > 0;
      if (outcome.is === 'gate') {
        for (const gate of plan.gates.filter(({ id }) => outcome.gates.includes(id))) {
          const visit = (visits.get(gate.id) ?? 0) + 1;
          visits.set(gate.id, visit);
          const word = (by: string): Decision => ({ run: RUN, gate: gate.id, by, at: clock.now() });
          await people(gate, visit, { journal, word, wait: (seconds) => clock.sleep(seconds * 1000) });
        }
      } else if (!retry) {
        const events = (await journal.read(RUN)).map(({ event }) => event);
        const { begun, wrongs } = cluster;
        const seconds = (clock.now() - began) / 1000;
        const standing = cluster.standing();
        return { outcome, events, begun, wrongs, standing, missing: cluster.missing(), seconds, deeds };
      }
    }
  } finally {
    await journal.close();
  }
}
