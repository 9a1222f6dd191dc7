import { describe, expect, it } from 'vitest';
import { planId } from '../../../src/model/hash.ts';
import type { Gate, Plan } from '../../../src/model/plan.ts';
import { approve, revoke } from '../../../src/run/index.ts';
import { syntheticPlan } from '../../../src/sim/plans.ts';
import { rehearse } from '../../../src/sim/rehearse.ts';

const bare = syntheticPlan({ nodes: 6, controllers: 2, services: ['keystone', 'nova'], estimate: 4 });
const rest = ['cmp2', 'cmp3'].map((node) => `${node}/nova-compute/upgrade`);

/** The control plane behind one gate, the computes after the canary behind another that two of three open. */
function gated(more: Partial<Gate> = {}): Plan {
  const gate: Gate = {
    id: 'rest',
    title: 'the rest is next',
    before: rest,
    approvals: 2,
    approvers: ['ann', 'bob', 'cyd'],
    expires: 3600,
    onExpiry: 'halt',
    ...more,
  };
  const plan = { ...bare, gates: [...bare.gates, gate] };
  return { ...plan, id: planId(plan) };
}
const computesBegun = ({ begun }: { begun: readonly { step: string }[] }): string[] =>
  begun.map(({ step }) => step).filter((step) => rest.includes(step));

describe('a simulated run with gates', () => {
  it('goes through where enough people say yes', async () => {
    const run = await rehearse(gated());
    expect(run.outcome).toEqual({ is: 'finished' });
    expect(run.events.filter(({ type }) => type === 'gate.approved')).toHaveLength(3);
  });

  it('begins nothing behind a gate whose approval was taken back, until another is given', async () => {
    const visits: string[] = [];
    const run = await rehearse(gated(), {
      people: async (gate, visit, { journal, word }) => {
        visits.push(`${gate.id} ${visit}`);
        if (gate.id !== 'rest') return approve(journal, word('anna'));
        if (visit > 1) return approve(journal, word('cyd'));
        await approve(journal, word('ann'));
        await approve(journal, word('bob'));
        await revoke(journal, word('bob'));
      },
    });
    expect(visits).toEqual(['control-plane 1', 'rest 1', 'rest 2']);
    expect(run.outcome).toEqual({ is: 'finished' });
    expect(computesBegun(run)).toHaveLength(2);
    const story = run.events.map((event) =>
      'step' in event ? `${event.type} ${event.step}` : 'gate' in event ? `${event.type} ${event.gate}` : '',
    );
    const first = story.findIndex((line) => line.startsWith('step.started') && rest.includes(line.slice(13)));
    expect(story.slice(0, first).filter((line) => line === 'gate.approved rest')).toHaveLength(3);
  });

  it('asks for every approval anew where the gate ran out while it was left', async () => {
    const run = await rehearse(gated(), {
      people: async (gate, visit, { journal, word, wait }) => {
        if (gate.id !== 'rest') return approve(journal, word('anna'));
        await approve(journal, word('ann'));
        if (visit === 1) return wait(3600);
        await approve(journal, word('bob'));
      },
    });
    expect(run.outcome).toEqual({ is: 'finished' });
    const words = run.events.flatMap((event) =>
      'gate' in event && event.gate === 'rest' ? [event.type] : [],
    );
    expect(words).toEqual(['gate.opened', 'gate.approved', 'gate.opened', 'gate.approved', 'gate.approved']);
  });

  it('halts safely where a measured gate runs out, with nothing behind it begun', async () => {
    const condition = { kind: 'quiet' as const, minutes: 5, failures: 0 };
    const run = await rehearse(gated({ approvals: 0, condition }));
    expect(run.outcome).toMatchObject({
      is: 'halted',
      because: expect.stringContaining('gate rest expired'),
    });
    expect(computesBegun(run)).toEqual([]);
    expect(run.wrongs).toEqual([]);
  });
});
