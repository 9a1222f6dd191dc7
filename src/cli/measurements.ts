import { existsSync } from 'node:fs';
import type { Condition } from '../model/condition.ts';
import { type Measurements, type Moment, NOTHING_MEASURED, stretch } from '../schedule/index.ts';
import { openProbeStore } from '../watch/index.ts';

/** Reads from what the watch keeps as much as a gate's condition is judged by. Opened anew each time: it may start late. */
export function measurementsFrom(probes: string): (condition: Condition, moment: Moment) => Measurements {
  return (condition, moment) => {
    const window = stretch(condition, moment);
    if (window === undefined || !existsSync(probes)) return NOTHING_MEASURED;
    const store = openProbeStore(probes, 'read');
    try {
      const watched = store.probes();
      const named = 'probes' in condition ? condition.probes : undefined;
      const asked = watched.filter(({ name }) => named === undefined || named.includes(name));
      return { probes: watched, attempts: asked.flatMap(({ name }) => store.samples(name, window)) };
    } finally {
      store.close();
    }
  };
}
