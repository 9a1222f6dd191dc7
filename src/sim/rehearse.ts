import type { RunEvent } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import { openJournal, type RunOutcome, runPlan } from '../run/index.ts';
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

/**
 * Runs a simulated plan with the real dispatcher, journal and scheduler against simulated nodes on virtual time.
 * Killed orchestrators are replaced, gates approved, failed steps tried again, until nothing more can be done.
 */
export async function rehearse(plan: Plan, options: RehearseOptions = {}): Promise<Rehearsed> {
  const { troubles = noTrouble, deaths = [], retries = 0, tick = 5000 } = options;
  const clock = new VirtualClock(1_000_000);
  const cluster = new SimulatedCluster(plan, clock, troubles);
  const journal = openJournal(':memory:');
  const began = clock.now();
  await journal.create(RUN, plan, 'simulator', began);
  const deeds: number[] = [];
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
        ...(retry ? { retry: 'all' as const } : {}),
      });
      const outcome = await Promise.race([running, life.death]);
      deeds.push(life.deeds);
      if (!outcome) continue;
      retry = outcome.is === 'halted' && again-- > 0;
      if (outcome.is === 'gate') {
        for (const id of outcome.gates) {
          const { approvals = 1 } = plan.gates.find((gate) => gate.id === id) ?? {};
          for (let by = 1; by <= approvals; by += 1) {
            await journal.append(RUN, { type: 'gate.approved', at: clock.now(), gate: id, by: `p${by}` });
          }
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
