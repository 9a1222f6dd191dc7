import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { goes, standingOf } from '../../../src/cli/kept.ts';
import type { KnownRun } from '../../../src/cli/runs.ts';
import { readKeptFolders } from '../../../src/drivers/kept.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { begin, foldAll } from '../../../src/schedule/index.ts';
import { EPOXY_HERE, rolled } from '../plan/rolled.ts';
import { planOf } from '../plan/shapes.ts';

const cluster = rolled({});
const made = planOf(cluster, assumedFacts(cluster), EPOXY_HERE);

/** A run of a plan whose facts have this mark, with the events it had. */
function ran(
  run: string,
  mark: string,
  types: readonly RunEvent['type'][],
  more: Partial<Plan> = {},
): KnownRun {
  const plan = { ...made, facts: `sha256:${mark}${'0'.repeat(52)}`, ...more };
  const events = types.flatMap((type): RunEvent[] => {
    if (type === 'run.started')
      return [{ type, at: 1, run, plan: plan.id, cluster: plan.cluster, by: 'ann', epoch: 1 }];
    if (type === 'run.finished') return [{ type, at: 2 }];
    if (type === 'run.halted') return [{ type, at: 2, because: 'a test' }];
    return [];
  });
  const row = { run, plan: plan.id, cluster: plan.cluster, by: 'ann', at: 1 };
  return { row, plan, events, state: foldAll(begin(plan), events) };
}

const [A, B, C] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];
const done: readonly RunEvent['type'][] = ['run.started', 'run.finished'];
const halted: readonly RunEvent['type'][] = ['run.started', 'run.halted'];
const folder = (mark: string, used = false) => ({
  path: `/var/backups/windlass/${mark}`,
  mark,
  used,
  mb: 500,
  at: 1_795_000_000,
});
/** What a folder is, whether it goes, and whether it goes with --all. */
const fate = (mark: string, runs: readonly KnownRun[], used = false) => {
  const standing = standingOf(folder(mark, used), runs);
  return [standing.standing, standing.run, goes(standing, false), goes(standing, true)];
};

describe('what was kept on nodes', () => {
  test('goes where it is of an earlier run; the last one’s is a way back until all is asked for', () => {
    const runs = [ran('first', A, done), ran('second', B, done)];
    expect(fate(A, runs)).toEqual(['earlier', 'first', true, true]);
    expect(fate(B, runs)).toEqual(['last', 'second', false, true]);
  });

  test('never goes where its run is not over', () => {
    const runs = [ran('first', A, done), ran('second', B, halted)];
    expect(fate(B, runs)).toEqual(['needed', 'second', false, false]);
    expect(fate(A, runs)).toEqual(['earlier', 'first', true, true]);
  });

  test('nor where the way back from its run is not', () => {
    const back = { rollback: { run: 'first' } as Plan['rollback'] };
    expect(fate(A, [ran('first', A, done), ran('back', C, halted, back)])[0]).toBe('needed');
    expect(fate(A, [ran('first', A, halted), ran('back', C, done, back)])[0]).toBe('last');
  });

  test('goes once a way back has used it', () => {
    expect(fate(A, [ran('first', A, halted)], true)).toEqual(['used', 'first', true, true]);
  });

  test('of no run that is known goes only with all', () => {
    expect(fate(C, [ran('first', A, done)])).toEqual(['unknown', undefined, false, true]);
    // A run that was refused before it did anything has kept nothing.
    expect(fate(C, [ran('first', A, done), ran('refused', C, [])])[0]).toBe('unknown');
  });
});

describe('what a node says of it', () => {
  test('is every folder of a run, its size and its age; what a person put beside is not told of', () => {
    const out = [
      '512\t1795000000\t/var/backups/windlass/0123456789ab',
      '7\t1795000100\t/var/backups/windlass/0123456789ab-back-2',
      '9\t1795000100\t/var/backups/windlass/notes',
      '528\t1795000100\t/var/backups/windlass',
    ].join('\n');
    expect(readKeptFolders({ rc: 0, out, err: '' })).toEqual([
      {
        path: '/var/backups/windlass/0123456789ab',
        mark: '0123456789ab',
        used: false,
        mb: 512,
        at: 1795000000,
      },
      {
        path: '/var/backups/windlass/0123456789ab-back-2',
        mark: '0123456789ab',
        used: true,
        mb: 7,
        at: 1795000100,
      },
    ]);
    expect(readKeptFolders({ rc: 0, out: '', err: '' })).toEqual([]);
    expect(readKeptFolders({ rc: 1, out: '', err: 'du: cannot read' })).toBeUndefined();
  });
});
