import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { showBack, wayBack } from '../../../src/plan/back.ts';
import { GAZPACHO_HERE, rolled } from './rolled.ts';
import {
  ancestors,
  assumed,
  clusterOf,
  ha3,
  planOf,
  recorded,
  recordedFacts,
  withUpgraded,
} from './shapes.ts';
import { cluster as mcp } from './source-002-cluster.ts';

const epoxy = rolled({ computes: 2, from: { os: 'trixie', openstack: '2025.1' } });
const PLANS: Readonly<Record<string, Plan>> = {
  ha3: recorded(),
  five: assumed(clusterOf(5)),
  'half way': planOf(ha3, withUpgraded(recordedFacts(), 'ctl2')),
  rolling: planOf(epoxy, assumedFacts(epoxy), GAZPACHO_HERE),
  'source 002': planOf(mcp, assumedFacts(mcp), { os: 'xenial', openstack: 'ocata' }),
  nothing: planOf(ha3, withUpgraded(recordedFacts(), 'ctl1', 'ctl2', 'ctl3')),
};
const text = (plan: Plan, steps = false): string =>
  showBack(plan, { steps }).replace(/plan sha256:[0-9a-f]+/, 'plan sha256:…');

describe('the way back', () => {
  test('as an operator reads it: ha3', async () => {
    await expect(text(recorded())).toMatchFileSnapshot('./golden/ha3-back.txt');
  });

  test('as an operator reads it, step by step: source 002', async () => {
    const plan = PLANS['source 002'];
    if (!plan) throw new Error('no plan');
    await expect(text(plan, true)).toMatchFileSnapshot('./golden/source-002-back.txt');
  });

  test.each(Object.entries(PLANS))('%s: says of each step what the step says of itself', (_, plan) => {
    const said = wayBack(plan).phases.flatMap(({ steps }) => steps);
    expect(said.map(({ id }) => id)).toHaveLength(plan.steps.length);
    for (const { id, by } of said) {
      const step = plan.steps.find((one) => one.id === id);
      expect([id, step?.return]).toEqual([
        id,
        by === 'restore' ? 'restore' : by === 'never' ? 'irreversible' : 'reversible',
      ]);
      if (by === 'nothing') expect(step?.commands).toEqual([]);
    }
  });

  test.each(Object.entries(PLANS))('%s: a phase is as its worst step', (_, plan) => {
    for (const { by, steps } of wayBack(plan).phases) {
      const all = steps.map((step) => step.by);
      expect(all).toContain(by);
      for (const worse of ['never', 'restore', 'undo'] as const) {
        if (by === worse) break;
        expect(all).not.toContain(worse);
      }
    }
  });

  test.each(Object.entries(PLANS))('%s: the marks are the first of their kind, behind a gate', (_, plan) => {
    const back = wayBack(plan);
    for (const [mark, comes] of [
      [back.firstRestore, 'restore'],
      [back.firstIrreversible, 'irreversible'],
    ] as const) {
      expect(mark?.step.id).toBe(plan.steps.find((step) => step.return === comes)?.id);
      if (mark) expect(mark.gates).toContain('point-of-no-return');
    }
  });

  test.each(Object.entries(PLANS))(
    '%s: a checkpoint is named only where it is surely taken before',
    (_, plan) => {
      for (const { id, checkpoint } of wayBack(plan).phases.flatMap(({ steps }) => steps)) {
        if (checkpoint === undefined) continue;
        const taken = plan.checkpoints.find((one) => one.id === checkpoint);
        for (const after of taken?.after ?? []) expect(ancestors(plan, id)).toContain(after);
      }
    },
  );

  test('a restore without a checkpoint before it is told as what it is', () => {
    const plan = recorded();
    const bare = { ...plan, checkpoints: [] };
    expect(wayBack(bare).firstRestore?.step.needs.join()).toContain('which no checkpoint before it holds');
    expect(text(bare)).toContain('no checkpoint is taken before');
  });

  test('a plan that does nothing has nothing to come back from', () => {
    expect(text(PLANS.nothing ?? recorded())).toContain('Everything in it can be brought back');
  });
});
