import { describe, expect, test } from 'vitest';
import { makeDrop } from '../../../src/plan/drop.ts';
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
