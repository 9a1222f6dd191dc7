import { existsSync } from 'node:fs';
import type { Condition } from '../model/condition.ts';
import type { Plan } from '../model/plan.ts';
import { fresh } from '../model/rehearsal.ts';
import { type Measurements, type Moment, NOTHING_MEASURED, stretch } from '../schedule/index.ts';
import { openProbeStore } from '../watch/index.ts';
import { readFacts, readRehearsal, type StateDir } from './context.ts';

/**
 * Reads as much as a gate's condition is judged by: of what the watch keeps (opened anew each time: it may start late), or
 * of the last rehearsal. That one is held against the schemas the plan rests on: the run's own migrations change them.
 */
export function measurementsFrom(
  state: StateDir,
  plan: Plan,
): (condition: Condition, moment: Moment) => Measurements {
  return (condition, moment) => {
    if (condition.kind === 'rehearsed') {
      const facts = state.factsOf(plan);
      const fingerprints = existsSync(facts) ? readFacts(facts).cloud?.fingerprints : undefined;
      const wanted = { cluster: plan.cluster, to: plan.to, fingerprints };
      const document = readRehearsal(state.rehearsal);
      return { ...NOTHING_MEASURED, rehearsal: fresh(document, wanted, moment.now, condition.within) };
    }
    const window = stretch(condition, moment);
    if (window === undefined || !existsSync(state.probes)) return NOTHING_MEASURED;
    const store = openProbeStore(state.probes, 'read');
    try {
      const watched = store.probes();
      const named = condition.probes;
      const asked = watched.filter(({ name }) => named === undefined || named.includes(name));
      return { probes: watched, attempts: asked.flatMap(({ name }) => store.samples(name, window)) };
    } finally {
      store.close();
    }
  };
}
