import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { type Plan, Plan as PlanSchema } from '../../../src/model/plan.ts';
import { Rehearsal } from '../../../src/model/rehearsal.ts';
import { Draft } from '../../../src/plan/draft.ts';
import { rehearsalDocument, rehearsalText } from '../../../src/report/rehearsal.ts';

const SYNC = 'cluster/nova-database/sync';
const STATUS = 'rehearsal/nova/status';
const START = 'rehearsal/nova/start';

function planOf(): Plan {
  const draft = new Draft();
  draft.phase('ladder', 'Run every migration on the clones');
  for (const id of [SYNC, STATUS, START]) {
    draft.add({
      id,
      kind: 'file.remove',
      on: ['rehearsal'],
      params: { paths: ['/x'] },
      title: `title of ${id}`,
      why: 'w',
      source: 's',
      needs: [],
      return: 'reversible',
      estimate: 1,
    });
  }
  return PlanSchema.parse({
    windlass: 1,
    id: `sha256:${'0'.repeat(64)}`,
    cluster: 'prod',
    facts: 'sha256:f',
    assumed: false,
    rehearsal: {
      host: 'rehearsal',
      round: '1',
      asShipped: false,
      fingerprints: { nova: 'sha256:n' },
      window: { nova: [SYNC, START] },
    },
    from: { os: 'bookworm', openstack: 'zed' },
    to: { os: 'trixie', openstack: '2025.1' },
    route: [],
    complete: true,
    findings: [],
    policy: {},
    phases: draft.phases,
    steps: draft.steps,
    gates: [],
    checkpoints: [],
  });
}

const T = Date.parse('2026-11-21T15:30:00.000Z');
const started = (step: string, at: number): RunEvent => ({
  type: 'step.started',
  at: T + at,
  step,
  attempt: 1,
});
const finished = (step: string, at: number, told?: string[]): RunEvent => ({
  type: 'step.finished',
  at: T + at,
  step,
  outcome: 'done',
  because: `${step} is done`,
  ...(told ? { told } : {}),
});
const broken: RunEvent = {
  type: 'step.failed',
  at: T + 6600,
  step: SYNC,
  fault: {
    code: 'WL-STEP-COMMAND',
    message: '`nova-manage db sync` failed',
    remedy: 'See the output.',
    output: "(1005, 'Can't create table nova_cell0.share_mapping (errno: 150)",
  },
};
const end: RunEvent = { type: 'run.finished', at: T + 60_000 };

const WHOLE: RunEvent[] = [
  started(SYNC, 0),
  finished(SYNC, 6600),
  started(STATUS, 6600),
  finished(STATUS, 9000, [
    '{"by": "nova-status", "check": "Cells v2", "result": "Warning", "details": "look"}',
    'no JSON',
  ]),
  started(START, 9000),
  finished(START, 12_140, ['{"versions": {"MariaDB": "11.8.6", "keystone": "2:27.0.0-3"}}']),
  end,
];

describe('the document of a rehearsal', () => {
  test('has what each step took, what the checks said, the versions and the window', () => {
    const document = rehearsalDocument(planOf(), 'r1', WHOLE);
    expect(Rehearsal.parse(document)).toEqual(document);
    expect(document).toMatchObject({
      outcome: 'passed',
      cluster: 'prod',
      at: '2026-11-21T15:31:00.000Z',
      fingerprints: { nova: 'sha256:n' },
      window: { seconds: 9.7, services: { nova: 9.7 } },
      versions: { MariaDB: '11.8.6', keystone: '2:27.0.0-3' },
      findings: [{ level: 'warn', title: 'Cells v2: Warning', evidence: 'look', source: 'nova-status' }],
    });
    expect(document?.steps.map(({ id, seconds }) => [id, seconds])).toEqual([
      [SYNC, 6.6],
      [STATUS, 2.4],
      [START, 3.1],
    ]);
  });

  test('counts to a window what the real run has beside it', () => {
    const plan = planOf();
    if (plan.rehearsal === undefined) throw new Error('no rehearsal');
    const more = { ...plan, rehearsal: { ...plan.rehearsal, around: { nova: 13 } } };
    expect(rehearsalDocument(more, 'r1', WHOLE)?.window).toEqual({ seconds: 22.7, services: { nova: 22.7 } });
  });

  test('that failed has the tool’s own words', () => {
    const document = rehearsalDocument(planOf(), 'r1', [started(SYNC, 0), broken]);
    expect(document).toMatchObject({
      outcome: 'failed',
      failed: { step: SYNC, output: expect.stringContaining('errno: 150') },
    });
    const text = document ? rehearsalText(document) : '';
    expect(text).toContain(`failed at ${SYNC}: WL-STEP-COMMAND`);
    expect(text).toContain("  | (1005, 'Can't create table");
  });

  test('that was gone on with passes when the step does', () => {
    const again: RunEvent = { type: 'step.retried', at: T + 7000, step: SYNC, by: 'me' };
    const document = rehearsalDocument(planOf(), 'r1', [started(SYNC, 0), broken, again, ...WHOLE]);
    expect(document).toMatchObject({ outcome: 'passed' });
    expect(document?.failed).toBeUndefined();
  });

  test('that was cut off is unfinished', () => {
    expect(rehearsalDocument(planOf(), 'r1', WHOLE.slice(0, 3))).toMatchObject({ outcome: 'unfinished' });
  });

  test('of a plan that is none is none', () => {
    const { rehearsal: _, ...plain } = planOf();
    expect(rehearsalDocument(plain, 'r1', WHOLE)).toBeUndefined();
  });

  test('as text says what it is worth now', () => {
    const document = rehearsalDocument(planOf(), 'r1', WHOLE);
    if (!document) throw new Error('no document');
    expect(
      rehearsalText(document, 'It counts: x'),
    ).toBe(`Rehearsal of prod, bookworm / zed to trixie / 2025.1: passed
2026-11-21T15:31:00.000Z, run r1: 3 steps in 12 s; schema ${document.fingerprint.slice(0, 19)}
It counts: x

      6.6 s  ${SYNC}: ${SYNC} is done

predicted window: 9.7 s (nova 9.7 s)
old code on the expanded schema: not tried (rehearsal: {old: …} names a machine for it)
told by nova-status: Cells v2: Warning; look
on MariaDB 11.8.6, keystone 2:27.0.0-3
`);
  });
});
