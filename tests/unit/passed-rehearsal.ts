import { fingerprintOf, Rehearsal } from '../../src/model/rehearsal.ts';

/** The document of a rehearsal that passed on schemas with these fingerprints. */
export const passedRehearsal = (
  fingerprints: Readonly<Record<string, string>>,
  over: Partial<Rehearsal> & Pick<Rehearsal, 'cluster' | 'from' | 'to' | 'at'>,
): Rehearsal =>
  Rehearsal.parse({
    windlass: 1,
    plan: 'sha256:p',
    run: 'r1',
    outcome: 'passed',
    asShipped: false,
    fingerprint: fingerprintOf(fingerprints),
    fingerprints,
    steps: [],
    findings: [],
    window: { seconds: 0, services: {} },
    versions: {},
    ...over,
  });
