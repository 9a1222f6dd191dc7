import { describe, expect, it } from 'vitest';
import { blocks, lanes } from '../../../src/schedule/index.ts';
import { gate, planOf } from './fixture.ts';

const computes = Array.from({ length: 12 }, (_, index) => `cmp${index + 1}`);

describe('lanes', () => {
  it('tell equal steps of many nodes once, and neighbours of the same nodes together', () => {
    const plan = planOf([
      { id: 'ctl1/api/drain', class: 'controller' },
      ...computes.flatMap((node) => [
        { id: `${node}/agent/stop` },
        { id: `${node}/agent/start`, needs: [`${node}/agent/stop`], estimate: node === 'cmp7' ? 40 : 10 },
      ]),
      { id: 'test/cluster/check', on: ['ctl1'] },
    ]);
    const folded = lanes(plan);
    expect(folded.map(({ title, nodes, estimate }) => [title, nodes.length, estimate])).toEqual([
      ['drain api on ctl1', 1, 10],
      ['stop agent on <node>', 12, 10],
      ['start agent on <node>', 12, 40],
      ['check cluster on test', 1, 10],
    ]);
    expect(blocks(folded).map((block) => [block.nodes.length, block.lanes.length])).toEqual([
      [1, 1],
      [12, 2],
      [1, 1],
    ]);
  });

  it('fold commands that differ by the node name only, and say when they differ in more', () => {
    const plan = planOf(computes.map((node) => ({ id: `${node}/agent/stop` })));
    const named = plan.steps.map((step) => ({
      ...step,
      commands: [['drain', `--server=${step.on[0]}.example.org`]],
    }));
    expect(lanes({ ...plan, steps: named })).toMatchObject([{ varies: false }]);
    const addressed = plan.steps.map((step, index) => ({
      ...step,
      commands: [['listen', `192.0.2.${index}`]],
    }));
    expect(lanes({ ...plan, steps: addressed })).toMatchObject([{ varies: true }]);
  });

  it('keep apart what waits for different gates or has another way back', () => {
    const ids = computes.map((node) => `${node}/agent/stop`);
    const gated = planOf(
      ids.map((id) => ({ id })),
      {},
      [gate('rest', ids.slice(1))],
    );
    expect(lanes(gated).map(({ nodes }) => nodes.length)).toEqual([1, 11]);
    const steps = gated.steps.map((step, index) =>
      index === 3 ? { ...step, return: 'restore' as const } : step,
    );
    expect(lanes({ ...gated, steps, gates: [] }).map(({ nodes }) => nodes.length)).toEqual([11, 1]);
  });

  it('do not take cmp1 for a part of cmp10', () => {
    const plan = planOf([{ id: 'cmp1/agent/stop' }, { id: 'cmp10/agent/stop' }]);
    expect(lanes(plan)).toMatchObject([
      { title: 'stop agent on <node>', nodes: ['cmp1', 'cmp10'], varies: false },
    ]);
  });
});
