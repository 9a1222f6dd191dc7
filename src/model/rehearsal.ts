import { z } from 'zod';
import { Finding } from './finding.ts';
import { contentHash } from './hash.ts';
import { OldKnown } from './plan.ts';
import { Standing } from './target.ts';

/** What became of a service's old code on the expanded schema; `says` quotes it, or tells why nobody asked. */
export const OldCode = z.strictObject({
  is: z.enum(['lives', 'fails', 'not tried']),
  says: z.string(),
  catalogue: OldKnown,
});
export type OldCode = z.infer<typeof OldCode>;

/** What came of a rehearsal: `rehearsal.json` of the state folder. No secret is in it. */
export const Rehearsal = z.strictObject({
  windlass: z.literal(1),
  cluster: z.string(),
  from: Standing,
  to: Standing,
  /** The rehearsal's own plan and run. */
  plan: z.string(),
  run: z.string(),
  at: z.iso.datetime(),
  outcome: z.enum(['passed', 'failed', 'unfinished']),
  /** Without the old defaults that the real plan keeps: it says nothing of that plan. */
  asShipped: z.boolean(),
  /** One hash over all of `fingerprints`: what people compare. */
  fingerprint: z.string(),
  /** Live database -> hash of the schema that was rehearsed. */
  fingerprints: z.record(z.string(), z.string()),
  /** Where it failed, with the tool's own words. */
  failed: z
    .strictObject({
      step: z.string(),
      title: z.string(),
      code: z.string(),
      says: z.string(),
      output: z.string().optional(),
      remedy: z.string(),
    })
    .optional(),
  steps: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      seconds: z.number(),
      outcome: z.enum(['done', 'already', 'failed']),
      says: z.string(),
    }),
  ),
  /** What the target's own checks did not call a success. */
  findings: z.array(Finding),
  /** Seconds that services will be away in the real run: from the stop of old code until the new one answers. */
  window: z.strictObject({ seconds: z.number(), services: z.record(z.string(), z.number()) }),
  versions: z.record(z.string(), z.string()),
  /** By service; missing where the cluster file names no machine for the old release. */
  old: z.record(z.string(), OldCode).optional(),
});
export type Rehearsal = z.infer<typeof Rehearsal>;

/** One hash for the schemas of several databases. */
export const fingerprintOf = (fingerprints: Readonly<Record<string, string>>): string =>
  contentHash(fingerprints);

/** What a rehearsal has to fit to. */
export interface Wanted {
  readonly cluster: string;
  readonly to: Standing;
  /** Schemas of the live databases now; undefined where nobody could read them. */
  readonly fingerprints: Readonly<Record<string, string>> | undefined;
}

/** Whether a rehearsal says anything of the run that is to come. */
export type Freshness =
  | { readonly is: 'fresh'; readonly because: string }
  | { readonly is: 'void'; readonly because: string };

/** The line of a tool's output that tells most: what the database said, else its last one of an error, else its last. */
function wordsOf(output = ''): string {
  const lines = output.split('\n').flatMap((line) => line.trim() || []);
  const telling =
    lines.find((line) => /\berrno\b|\(\w+\.err\.\w+\)/.test(line)) ??
    lines.findLast((line) => /error|exception|refused/i.test(line)) ??
    lines.at(-1) ??
    '';
  return telling.slice(0, 300);
}

const days = (seconds: number): string =>
  seconds >= 172_800 ? `${Math.floor(seconds / 86_400)} days` : `${Math.floor(seconds / 3600)} h`;

/** Seconds for which a rehearsal counts where the policy does not say. */
export const REHEARSED_WITHIN = 7 * 86_400;

/**
 * Whether a rehearsal still counts: it passed, for this target, as the plan will do it, within so many seconds before
 * `now` (milliseconds), and no schema of the live databases has changed since.
 */
export function fresh(
  document: Rehearsal | undefined,
  wanted: Wanted,
  now: number,
  within: number,
): Freshness {
  const is = (because: string): Freshness => ({ is: 'void', because });
  if (document === undefined) return is('there was none');
  if (document.cluster !== wanted.cluster) return is(`it was of ${document.cluster}`);
  const { to } = document;
  if (to.os !== wanted.to.os || to.openstack !== wanted.to.openstack) {
    return is(`it was to ${to.os} / ${to.openstack}, not to ${wanted.to.os} / ${wanted.to.openstack}`);
  }
  if (document.outcome === 'failed') {
    const { failed } = document;
    const words = wordsOf(failed?.output);
    const said = failed ? ` at ${failed.step}: ${failed.says}${words === '' ? '' : `; ${words}`}` : '';
    return is(`it failed${document.asShipped ? ', as shipped,' : ''}${said}`);
  }
  if (document.outcome === 'unfinished') return is('it was not finished');
  if (document.asShipped) return is('it was made without the old defaults that the plan keeps');
  const age = (now - Date.parse(document.at)) / 1000;
  if (age > within) return is(`it is ${days(age)} old, and counts for ${days(within)}`);
  const live = wanted.fingerprints;
  if (live === undefined) return is('the schemas of the live databases could not be read now');
  const other = Object.keys(document.fingerprints).filter(
    (name) => live[name] !== document.fingerprints[name],
  );
  if (other.length > 0) return is(`the schema of ${other.join(', ')} has changed since`);
  return { is: 'fresh', because: `it passed on ${document.at}, and no schema has changed since` };
}
