import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRun, rehearsedBefore, standingRun } from '../../../src/cli/runs.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { type Plan, RehearsalOf, RollbackOf } from '../../../src/model/plan.ts';
import { type Journal, openJournal } from '../../../src/run/index.ts';
import { recorded } from '../plan/shapes.ts';

const plan = recorded();
const [first] = plan.steps;
if (first === undefined) throw new Error('an empty plan');
const under: RunEvent = { type: 'step.started', at: 2, step: first.id, attempt: 1 };
const failed: RunEvent = {
  type: 'step.failed',
  at: 3,
  step: first.id,
  fault: { code: 'WL-STEP-CHECK', message: 'no', remedy: 'look' },
};
const halted: RunEvent = { type: 'run.halted', at: 4, because: 'no' };

let folder: string;
let journal: Journal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-runs-'));
  journal = openJournal(join(folder, 'journal.db'));
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true });
});
const ran = (run: string, at: number, ...events: readonly RunEvent[]): Promise<void> =>
  ranOf(plan, run, at, ...events);
const ranOf = async (of: Plan, run: string, at: number, ...events: readonly RunEvent[]): Promise<void> => {
  await journal.create(run, of, 'ann', at);
  for (const event of events) await journal.append(run, event);
};
const REHEARSED = { host: 'upg', round: 'a', asShipped: false, fingerprints: {}, window: {} };
/** The plan of a rehearsal; `digit` makes it another one. */
const rehearsing = (digit: string, more: Partial<typeof REHEARSED> = {}): Plan => ({
  ...plan,
  id: `sha256:${digit.repeat(64)}`,
  rehearsal: RehearsalOf.parse({ ...REHEARSED, ...more }),
});

describe('the run whose place a new plan may take', () => {
  test('is the last one that stopped of its own, also where another was refused before it began', async () => {
    await ran('r1', 1, under, failed, halted);
    await ran('r2', 5);
    expect(await standingRun(journal, plan.cluster)).toBe('r1');
  });

  test.each([
    ['whose orchestrator went while a step was under way', [under]],
    ['that left a step to its node', [under, { type: 'run.interrupted', at: 3, by: 'ann' }]],
    ['that is finished', [{ type: 'run.finished', at: 3 }]],
    ['that never began', []],
  ] satisfies [string, RunEvent[]][])('is none %s', async (_, events) => {
    await ran('r1', 1, ...events);
    expect(await standingRun(journal, plan.cluster)).toBeUndefined();
  });

  test('is never a way back, and a rehearsal does not come between', async () => {
    await ran('r1', 1, under, failed, halted);
    await ranOf(rehearsing('b'), 'r2', 5, under, failed, halted);
    expect(await standingRun(journal, plan.cluster)).toBe('r1');
    const back = { run: 'r1', round: 'b', databases: 'keep' };
    await ranOf(
      { ...plan, id: `sha256:${'c'.repeat(64)}`, rollback: RollbackOf.parse(back) },
      'r3',
      9,
      under,
      failed,
      halted,
    );
    expect(await standingRun(journal, plan.cluster)).toBeUndefined();
  });

  test('is of the same cluster', async () => {
    await ran('r1', 1, under, failed, halted);
    expect(await standingRun(journal, 'another')).toBeUndefined();
  });
});

describe('the rehearsal that a run’s report tells of', () => {
  const finished: RunEvent = { type: 'run.finished', at: 5 };
  const told = async (): Promise<string | undefined> =>
    (await rehearsedBefore(journal, await openRun(journal, 'real')))?.run;

  test('is the last of its target that had passed when it began', async () => {
    await ranOf(rehearsing('1'), 'early', 1, finished);
    await ranOf(rehearsing('2'), 'good', 2, finished);
    await ranOf(rehearsing('3'), 'bad', 3, under, failed, halted);
    await ranOf({ ...rehearsing('4'), to: { os: 'forky', openstack: '2027.1' } }, 'other', 4, finished);
    await ranOf(rehearsing('5', { asShipped: true }), 'as-shipped', 5, finished);
    await ran('real', 6, under);
    await ranOf(rehearsing('6'), 'late', 7, finished);
    expect(await told()).toBe('good');
  });

  test('is none where there was none, and none for a way back', async () => {
    await ran('real', 6, under);
    expect(await told()).toBeUndefined();
    await ranOf(rehearsing('1'), 'good', 7, finished);
    const back = RollbackOf.parse({ run: 'real', round: 'b', databases: 'keep' });
    await ranOf({ ...plan, id: `sha256:${'c'.repeat(64)}`, rollback: back }, 'back', 8, under);
    expect(await rehearsedBefore(journal, await openRun(journal, 'back'))).toBeUndefined();
  });
});
