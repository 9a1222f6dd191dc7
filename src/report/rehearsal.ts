import { z } from 'zod';
import type { RunEvent } from '../model/event.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import { fingerprintOf, type Rehearsal } from '../model/rehearsal.ts';
import { duration } from '../plan/show.ts';
import { oldCodeLines, oldCodeOf } from './old-code.ts';
import { onDatabase } from './rehearsed.ts';

const Versions = z.strictObject({ versions: z.record(z.string(), z.string()) });
const Check = z.strictObject({ by: z.string(), check: z.string(), result: z.string(), details: z.string() });

/** What a step's commands told, as far as it is JSON. */
function toldBy(event: RunEvent): unknown[] {
  if (event.type !== 'step.finished') return [];
  return (event.told ?? []).flatMap((line): unknown[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

function findingsOf(events: readonly RunEvent[]): Finding[] {
  return events.flatMap(toldBy).flatMap((told): Finding[] => {
    const found = Check.safeParse(told);
    if (!found.success) return [];
    const { by, check, result, details } = found.data;
    return [
      {
        level: 'warn',
        code: 'WL-REHEARSAL-STATUS',
        title: `${check}: ${result}`,
        evidence: details,
        remedy: `see what ${by} upgrade check of the target says of it before the upgrade`,
        source: by,
      },
    ];
  });
}

/** The document of a rehearsal: a fold over the events of its run. Undefined for a plan that is none. */
export function rehearsalDocument(
  plan: Plan,
  run: string,
  events: readonly RunEvent[],
): Rehearsal | undefined {
  if (plan.rehearsal === undefined) return undefined;
  const { asShipped, fingerprints, window, around = {} } = plan.rehearsal;
  const titles = new Map(plan.steps.map(({ id, title }) => [id, title]));
  const begun = new Map<string, number>();
  const steps = new Map<string, Rehearsal['steps'][number]>();
  let failed: Rehearsal['failed'];
  let finished = false;
  let at = 0;
  for (const event of events) {
    at = event.at;
    if (event.type === 'step.started') begun.set(event.step, event.at);
    if (event.type === 'step.retried') failed = undefined;
    if (event.type === 'run.finished') finished = true;
    if (event.type !== 'step.finished' && event.type !== 'step.failed') continue;
    const title = titles.get(event.step) ?? '';
    const seconds = Math.round((event.at - (begun.get(event.step) ?? event.at)) / 100) / 10;
    const common = { id: event.step, title, seconds };
    if (event.type === 'step.finished') {
      steps.set(event.step, { ...common, outcome: event.outcome, says: event.because });
    } else {
      const { code, message, output, remedy } = event.fault;
      steps.set(event.step, { ...common, outcome: 'failed', says: message });
      failed = {
        step: event.step,
        title,
        code,
        says: message,
        ...(output === undefined ? {} : { output }),
        remedy,
      };
    }
  }
  const services = Object.fromEntries(
    Object.entries(window).map(([name, ids]) => [
      name,
      round(ids.reduce((sum, id) => sum + (steps.get(id)?.seconds ?? 0), around[name] ?? 0)),
    ]),
  );
  const versions = events
    .flatMap(toldBy)
    .flatMap((told) => Versions.safeParse(told).data ?? [])
    .at(-1)?.versions;
  const old = oldCodeOf(plan, events.flatMap(toldBy));
  return {
    windlass: 1,
    cluster: plan.cluster,
    from: plan.from,
    to: plan.to,
    plan: plan.id,
    run,
    at: new Date(at).toISOString(),
    outcome: failed ? 'failed' : finished ? 'passed' : 'unfinished',
    asShipped,
    fingerprint: fingerprintOf(fingerprints),
    fingerprints: { ...fingerprints },
    ...(failed ? { failed } : {}),
    steps: plan.steps.flatMap(({ id }) => steps.get(id) ?? []),
    findings: findingsOf(events),
    window: { seconds: round(Object.values(services).reduce((sum, one) => sum + one, 0)), services },
    versions: versions ?? {},
    ...(old === undefined ? {} : { old }),
  };
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;

/** The document as text one can read aloud; with what it is worth now, where that is known. */
export function rehearsalText(document: Rehearsal, worth?: string): string {
  const { from, to, outcome, steps, window, failed, versions, findings } = document;
  const total = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  const migrations = steps.filter(({ id }) => onDatabase(id));
  const away = Object.entries(window.services).map(([name, seconds]) => `${name} ${seconds} s`);
  return [
    `Rehearsal of ${document.cluster}, ${from.os} / ${from.openstack} to ${to.os} / ${to.openstack}: ${outcome}`,
    `${document.at}, run ${document.run}: ${steps.length} steps in ${duration(total)}; schema ${document.fingerprint.slice(0, 19)}`,
    ...(document.asShipped ? ['Without the old defaults that the real plan keeps'] : []),
    ...(worth === undefined ? [] : [worth]),
    '',
    ...migrations.map(
      ({ id, seconds, outcome: how, says }) =>
        `  ${`${seconds} s`.padStart(9)}  ${id}: ${how === 'failed' ? 'FAILED' : says}`,
    ),
    ...(migrations.length > 0 ? [''] : []),
    ...(failed
      ? [
          `failed at ${failed.step}: ${failed.code} ${failed.says}`,
          ...(failed.output ?? '')
            .split('\n')
            .filter(Boolean)
            .map((line) => `  | ${line}`),
          `  do: ${failed.remedy}`,
        ]
      : [
          away.length > 0
            ? `predicted window: ${window.seconds} s (${away.join(', ')})`
            : 'predicted window: none; every service rolls',
        ]),
    ...oldCodeLines(document),
    ...findings.map(({ title, evidence, source }) => `told by ${source}: ${title}; ${evidence}`),
    ...(Object.keys(versions).length > 0
      ? [
          `on ${Object.entries(versions)
            .map(([name, version]) => `${name} ${version}`)
            .join(', ')}`,
        ]
      : []),
    '',
  ].join('\n');
}
