import type { Rehearsal } from '../model/rehearsal.ts';
import type { RehearsedReport, StepReport, ThingReport } from './data.ts';

/** Steps on databases: a rehearsal has the run's own, by the same ids. */
export const onDatabase = (id: string): boolean => /^cluster\/[\w-]+-database\//.test(id);

/** Whether a probe is of this service, by the words of its name. */
const isOf = ({ name }: ThingReport, service: string): boolean => name.split(/[^a-z0-9]+/).includes(service);

/**
 * What a rehearsal had said beside what came of it: each step on a database with the seconds it took there and here, and the
 * window it predicted for a service beside what its probes missed. Seconds; nothing for a step that was not done yet.
 */
export function rehearsedReport(
  document: Rehearsal,
  steps: readonly StepReport[],
  things: readonly ThingReport[],
): RehearsedReport {
  const here = new Map(steps.map((step) => [step.id, step]));
  return {
    run: document.run,
    at: Date.parse(document.at),
    steps: document.steps.flatMap(({ id, title, seconds }) => {
      const step = here.get(id);
      if (!onDatabase(id) || step === undefined) return [];
      const over = step.outcome === 'done' || step.outcome === 'already';
      return [{ id, title, rehearsed: seconds, ...(over ? { took: step.seconds } : {}) }];
    }),
    windows: Object.entries(document.window.services).map(([service, predicted]) => {
      const outages = things.filter((thing) => isOf(thing, service)).map(({ outage }) => outage);
      return { service, predicted, ...(outages.length > 0 ? { away: Math.max(...outages) } : {}) };
    }),
  };
}
