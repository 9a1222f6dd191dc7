import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { windlass } from '../../../src/cli/program.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { writePlan } from '../../../src/plan/read.ts';
import { makeRollback } from '../../../src/plan/rollback/index.ts';
import { pastOf } from '../../../src/plan/rollback/past.ts';
import { openJournal } from '../../../src/run/index.ts';
import { EPOXY_HERE, rolled } from '../plan/rolled.ts';
import { journal as went } from '../plan/rolled-back.ts';
import { planOf } from '../plan/shapes.ts';

const cluster = rolled({});
const facts = { ...assumedFacts(cluster), assumed: false };
const plan = planOf(cluster, facts, EPOXY_HERE);
const past = pastOf('first', plan, []);
const request = { cluster, past, before: facts, now: facts, kept: {}, born: undefined, round: '1' };
const back = makeRollback(request);
/** Of a run that was gone through to its end. */
const lowering = makeRollback({
  ...request,
  past: pastOf('first', plan, went(plan, plan.steps.length, false)),
});

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-rollback-'));
  writeFileSync(join(dir, 'cluster.yaml'), stringify(cluster));
  writeFileSync(join(dir, 'plan.json'), writePlan(plan));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

/** Runs in the journal, each with the events it had. */
async function ran(
  ...runs: readonly (readonly [run: string, plan: Plan, events: readonly RunEvent['type'][]])[]
) {
  const journal = openJournal(join(dir, 'journal.db'));
  for (const [run, of, events] of runs) {
    await journal.create(run, of, 'ann', 1);
    for (const type of events) {
      const at = Date.now();
      if (type === 'run.started')
        await journal.append(run, { type, at, run, plan: of.id, cluster: of.cluster, by: 'ann', epoch: 1 });
      if (type === 'run.finished') await journal.append(run, { type, at });
      if (type === 'run.halted') await journal.append(run, { type, at, because: 'a test' });
    }
  }
  await journal.close();
}

const said = (...words: readonly string[]): Promise<unknown> => {
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  return windlass().parseAsync([
    'node',
    'windlass',
    ...words,
    '-c',
    join(dir, 'cluster.yaml'),
    '--state',
    dir,
  ]);
};

describe('windlass rollback', () => {
  test('says when there is nothing to come back from', async () => {
    await expect(said('rollback')).rejects.toThrow(/WL-RUN-UNKNOWN/);
  });

  test('is not done twice', async () => {
    await ran(
      ['first', plan, ['run.started', 'run.halted']],
      ['back', back, ['run.started', 'run.finished']],
    );
    await expect(said('rollback')).rejects.toThrow(/WL-ROLLBACK-DONE/);
  });

  test('names a checkpoint that the run never took whole', async () => {
    await ran(['first', plan, ['run.started', 'run.halted']]);
    writeFileSync(join(dir, `facts-${plan.facts.slice(7, 19)}.json`), JSON.stringify(facts));
    await expect(said('rollback', '--to', 'before')).rejects.toThrow(/WL-ROLLBACK-CHECKPOINT/);
  });

  test('takes the place of its run: that one cannot go on', async () => {
    await ran(['first', plan, ['run.started', 'run.halted']], ['back', back, ['run.started', 'run.halted']]);
    await expect(said('run', '--no-watch')).rejects.toThrow(/WL-RUN-ROLLED-BACK/);
  });

  test('that was begun takes no other words than its own, unless it is planned anew', async () => {
    await ran(['first', plan, ['run.started', 'run.halted']], ['back', back, ['run.started', 'run.halted']]);
    await expect(said('rollback', '--databases', 'keep')).rejects.toThrow(/WL-ROLLBACK-BEGUN/);
    await expect(said('rollback', '--to', 'before')).rejects.toThrow(/WL-ROLLBACK-BEGUN/);
  });

  test('is not planned anew once something has come back', async () => {
    await ran(['first', plan, ['run.started', 'run.halted']], ['back', lowering, ['run.started']]);
    const step = lowering.steps.find(({ kind }) => kind === 'packages.lower');
    const [node] = step?.on ?? [];
    if (step === undefined || node === undefined) throw new Error('nothing is lowered');
    const journal = openJournal(join(dir, 'journal.db'));
    await journal.append('back', { type: 'step.started', at: 2, step: step.id, attempt: 1 });
    await journal.append('back', { type: 'step.applied', at: 2, step: step.id, node, unit: 'u' });
    await journal.close();
    writeFileSync(join(dir, `facts-${plan.facts.slice(7, 19)}.json`), JSON.stringify(facts));
    await expect(said('rollback', '--anew')).rejects.toThrow(
      new RegExp(`WL-ROLLBACK-BEGUN.*${step.id}`, 's'),
    );
  });

  test('that was given up for another one cannot go on', async () => {
    const second = makeRollback({ ...request, givenUp: [pastOf('back', back, [])], round: '2' });
    await ran(
      ['first', plan, ['run.started', 'run.halted']],
      ['back', back, ['run.started', 'run.halted']],
      ['back-2', second, ['run.started', 'run.halted']],
    );
    writeFileSync(join(dir, 'back.json'), writePlan(back));
    await expect(said('run', join(dir, 'back.json'), '--no-watch')).rejects.toThrow(
      /WL-RUN-ROLLED-BACK.*back was given up for back-2/s,
    );
  });

  test('knows only two words for the databases', async () => {
    await expect(said('rollback', '--databases', 'both')).rejects.toThrow(/keep or restore|WL-USAGE/);
  });
});
