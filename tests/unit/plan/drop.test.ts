import { describe, expect, test } from 'vitest';
import { makeClear, makeDrop } from '../../../src/plan/drop.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { everything } from './rolled-back.ts';
import { wayBack } from './with-disks.ts';

const THREE = { services: ['keystone'] };

describe('the end of kept disks', () => {
  test('drops each disk that the run kept, where it was kept, and nothing else', () => {
    const { past } = wayBack(THREE, everything);
    const plan = makeDrop(past);
    expect(plan.steps.map(({ id, kind, on }) => [id, kind, on])).toEqual(
      ['ctl1', 'ctl3', 'ctl2'].map((node) => [`${node}/disk/drop`, 'disk.drop', ['localhost']]),
    );
    expect(plan.drop).toEqual({ run: past.run });
    expect(readPlan(writePlan(plan), 'plan.json')).toEqual(plan);
  });

  test('also one whose keeping was cut off', () => {
    const until = (id: string) => (plan: { readonly steps: readonly { readonly id: string }[] }) =>
      plan.steps.findIndex((step) => step.id === id);
    const { past } = wayBack(THREE, until('ctl3/disk/keep'), { cut: true });
    expect(makeDrop(past).steps.map(({ id }) => id)).toEqual(['ctl1/disk/drop', 'ctl3/disk/drop']);
  });

  test('is of the run’s own providers, whatever the cluster file says by now', () => {
    const { past } = wayBack(THREE, everything);
    expect(makeDrop(past).steps[0]?.commands).toEqual([['/opt/disks', 'drop', 'ctl1', expect.any(String)]]);
  });
});

describe('the end of what earlier runs kept in files', () => {
  const folder = (mark: string, at = 1_795_000_000) => ({
    path: `/var/backups/windlass/${mark}`,
    mark,
    used: false,
    mb: 512,
    at,
  });

  test('is one step for each node, which says what it takes, and cannot be undone', () => {
    const { past } = wayBack(THREE, everything);
    const plan = makeClear(past, [
      { node: 'ctl1', folders: [folder('0123456789ab'), folder('fedcba987654')] },
      { node: 'ctl2', folders: [folder('0123456789ab')] },
    ]);
    expect(plan.steps.map(({ id, on, return: comeback }) => [id, on, comeback])).toEqual([
      ['ctl1/kept/drop', ['ctl1'], 'irreversible'],
      ['ctl2/kept/drop', ['ctl2'], 'irreversible'],
    ]);
    expect(plan.steps[0]?.title).toBe(
      'Remove 2 folders of 1024 MB from ctl1, the newest of 2026-11-18T11:06:40',
    );
    expect(plan.drop).toEqual({ run: past.run });
    expect(readPlan(writePlan(plan), 'plan.json')).toEqual(plan);
  });

  test('of folders that were made anew since is another plan: it is not taken for the one that is done', () => {
    const { past } = wayBack(THREE, everything);
    const of = (at: number) => makeClear(past, [{ node: 'ctl1', folders: [folder('0123456789ab', at)] }]).id;
    expect(of(1_795_000_000)).not.toBe(of(1_795_000_060));
  });
});
