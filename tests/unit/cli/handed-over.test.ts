import { describe, expect, test } from 'vitest';
import { mayBeginFor } from '../../../src/cli/handed-over.ts';
import type { JobState } from '../../../src/model/link.ts';

/** Nodes that say this of their command; one that is not named does not answer. */
const nodes =
  (states: Readonly<Record<string, JobState>>) =>
  (node: string): { poll(): Promise<JobState> } => ({
    async poll() {
      const state = states[node];
      if (state === undefined) throw new Error(`${node} does not answer`);
      return state;
    },
  });
const handed = (node: string, at: number) => ({ node, at, unit: `${node}-1` });
const ended: JobState = { is: 'ended', result: { rc: 0, output: '', seconds: 1 } };

describe('a way back waits for what was handed over', () => {
  test('not where each command has begun, whatever became of it', async () => {
    const states = { a: ended, b: { is: 'running', seconds: 3 }, c: { is: 'lost', output: '' } } as const;
    const inHand = ['a', 'b', 'c'].map((node) => handed(node, 100_000));
    expect(await mayBeginFor(nodes(states), 'r1', inHand, 101_000)).toBe(0);
  });

  test('until one that its node does not know of can begin no more, or one whose node does not say', async () => {
    const inHand = [handed('a', 100_000), handed('b', 90_000)];
    expect(await mayBeginFor(nodes({ a: { is: 'absent' }, b: ended }), 'r1', inHand, 101_000)).toBe(64_000);
    expect(await mayBeginFor(nodes({ a: ended }), 'r1', inHand, 101_000)).toBe(54_000);
    expect(await mayBeginFor(nodes({}), 'r1', inHand, 200_000)).toBe(0);
  });

  test('not where nothing was left in hand', async () => {
    expect(await mayBeginFor(nodes({}), 'r1', [], 1)).toBe(0);
  });
});
