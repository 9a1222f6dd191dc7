import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import {
  begin,
  fold,
  foldAll,
  gateStatus,
  isRevocable,
  measurable,
  missing,
  outcome,
  play,
  type RunState,
  ready,
  remaining,
} from '../../../src/schedule/index.ts';
import { gate, planOf } from './fixture.ts';

const steps = [{ id: 'a/x/do' }, { id: 'b/x/do', needs: ['a/x/do'] }];
const started = (step: string): RunEvent => ({ type: 'step.started', at: 0, step, attempt: 1 });
const done = (step: string): RunEvent => ({
  type: 'step.finished',
  at: 500,
  step,
  outcome: 'done',
  because: 'seen',
});
const opened = (at = 1000): RunEvent => ({ type: 'gate.opened', at, gate: 'go' });
const approved = (by: string, more: object = {}): RunEvent => ({
  type: 'gate.approved',
  at: 2000,
  gate: 'go',
  by,
  ...more,
});
const revoked = (by: string): RunEvent => ({ type: 'gate.revoked', at: 2000, gate: 'go', by });
const measured: RunEvent = { type: 'gate.measured', at: 2000, gate: 'go', evidence: '0 of 9 failed' };
const resumed = (at: number): RunEvent => ({ type: 'run.resumed', at, by: 'b', epoch: 2 });

/** A run that stands at its gate. */
function at(plan: Plan, ...events: RunEvent[]): RunState {
  return foldAll(begin(plan), [started('a/x/do'), done('a/x/do'), opened(), ...events]);
}
const is = (state: RunState): string => gateStatus(state, 'go').is;

describe('a gate with named approvers', () => {
  const plan = planOf(steps, {}, [
    gate('go', ['b/x/do'], { approvals: 2, approvers: ['ann', 'bob', 'cyd'] }),
  ]);

  it('counts their words and nobody else’s', () => {
    const asked = at(plan, approved('ann'), approved('eve'), approved('mallory'));
    expect(gateStatus(asked, 'go')).toMatchObject({ is: 'open', approvers: ['ann'] });
    expect(is(fold(asked, approved('cyd')))).toBe('passed');
  });

  it('tells what is missing, and until when', () => {
    expect(missing(at(plan, approved('bob')), 'go')).toEqual({
      approvals: 1,
      of: ['ann', 'cyd'],
      expiresAt: 101_000,
    });
    expect(missing(at(plan, approved('bob'), approved('ann')), 'go')).toBeUndefined();
  });

  it('takes no word about another plan', () => {
    const other = approved('bob', { plan: `sha256:${'f'.repeat(64)}` });
    const same = approved('bob', { plan: plan.id });
    expect(is(at(plan, approved('ann'), other))).toBe('open');
    expect(is(at(plan, approved('ann'), same))).toBe('passed');
  });

  it('is passed in an imagined run by people who may', () => {
    const ending = () => ({ seconds: 1 });
    const { state } = play(begin(plan), { now: 0, ending });
    expect(outcome(state)).toBe('finished');
    expect(remaining(at(plan)).seconds).toBe(10);
  });
});

describe('an approval taken back', () => {
  const plan = planOf(steps, {}, [gate('go', ['b/x/do'], { approvals: 2 })]);
  const passed = at(plan, approved('ann'), approved('bob'));

  it('does not count, and can be given again', () => {
    const back = at(plan, approved('ann'), revoked('ann'), approved('bob'));
    expect(gateStatus(back, 'go')).toMatchObject({ is: 'open', approvers: ['bob'] });
    expect(is(fold(back, approved('ann')))).toBe('passed');
  });

  it('shuts the gate again while nothing behind it has begun', () => {
    expect(ready(passed, 2000).start).toEqual(['b/x/do']);
    expect(isRevocable(passed, 'go')).toBe(true);
    const back = fold(passed, revoked('bob'));
    expect(ready(back, 2000)).toMatchObject({ start: [], blocked: [{ why: 'gate', approved: ['ann'] }] });
    expect(outcome(back)).toBe('waiting-at-gate');
  });

  it('comes too late once something has begun', () => {
    const going = fold(passed, started('b/x/do'));
    expect(isRevocable(going, 'go')).toBe(false);
    expect(gateStatus(fold(going, revoked('bob')), 'go')).toMatchObject({
      is: 'passed',
      approvers: ['ann', 'bob'],
    });
  });

  it('is nobody else’s to take', () => {
    expect(is(fold(passed, revoked('eve')))).toBe('passed');
  });

  it('after the gate’s time leaves it to run out, and the run halts', () => {
    const back = fold(passed, revoked('ann'));
    expect(ready(back, 101_000)).toMatchObject({ start: [], expire: ['go'] });
  });
});

describe('a gate that wants something measured', () => {
  const quiet = { kind: 'quiet' as const, minutes: 5, failures: 0 };
  const alone = planOf(steps, {}, [gate('go', ['b/x/do'], { approvals: 0, condition: quiet })]);
  const both = planOf(steps, {}, [gate('go', ['b/x/do'], { approvals: 1, condition: quiet })]);

  it('is measured once enough people said yes, and passes with its evidence', () => {
    expect(measurable(at(alone))).toEqual([{ gate: 'go', condition: quiet, openedAt: 1000 }]);
    expect(measurable(at(both))).toEqual([]);
    const said = at(both, approved('ann'));
    expect([is(said), measurable(said).length]).toEqual(['open', 1]);
    expect(gateStatus(fold(said, measured), 'go')).toMatchObject({
      is: 'passed',
      measured: '0 of 9 failed',
    });
  });

  it('takes no measurement from before it had its approvals, nor after its time', () => {
    expect(is(at(both, measured, approved('ann')))).toBe('open');
    expect(is(at(alone, { ...measured, at: 101_000 }))).toBe('open');
  });

  it('is measured again when its orchestrator went before anything began', () => {
    const passed = at(both, approved('ann'), measured);
    expect(is(passed)).toBe('passed');
    expect(gateStatus(fold(passed, resumed(3000)), 'go')).toMatchObject({ is: 'open', approvers: ['ann'] });
    expect(is(foldAll(passed, [started('b/x/do'), resumed(3000)]))).toBe('passed');
    // Run out meanwhile: nothing said before counts.
    expect(gateStatus(fold(passed, resumed(200_000)), 'go')).toMatchObject({ is: 'shut', approvers: [] });
  });

  it('says why it ran out', () => {
    const over = fold(at(alone), { type: 'gate.expired', at: 101_000, gate: 'go' });
    expect(gateStatus(over, 'go').because).toBe('what it wants measured was not so within 100 s');
    expect(outcome(over)).toBe('halted');
  });

  it('takes in an imagined run as long as it must', () => {
    const alive = { kind: 'alive' as const, minutes: 1, probes: ['web'] };
    const plan = planOf(steps, {}, [gate('go', ['b/x/do'], { approvals: 0, condition: alive })]);
    const { state, now } = play(begin(plan), { now: 0, ending: () => ({ seconds: 10 }) });
    expect([outcome(state), now]).toEqual(['finished', 80_000]);
  });
});

describe('whatever is said at a gate', () => {
  const people = ['ann', 'bob', 'cyd', 'eve'];
  const word = fc.oneof(
    fc.record({ type: fc.constant('gate.approved' as const), by: fc.constantFrom(...people) }),
    fc.record({ type: fc.constant('gate.revoked' as const), by: fc.constantFrom(...people) }),
  );
  const words = fc.array(fc.tuple(word, fc.integer({ min: 1000, max: 150_000 })), { maxLength: 20 });
  const said = (
    each: readonly [{ type: 'gate.approved' | 'gate.revoked'; by: string }, number][],
  ): RunEvent[] => each.map(([{ type, by }, when]) => ({ type, by, gate: 'go', at: when }));
  const anyGate = fc.record({
    approvals: fc.integer({ min: 1, max: 3 }),
    named: fc.boolean(),
  });
  const may = ['ann', 'bob', 'cyd'];
  const planWith = ({ approvals, named }: { approvals: number; named: boolean }): Plan =>
    planOf(steps, {}, [gate('go', ['b/x/do'], { approvals, ...(named ? { approvers: may } : {}) })]);

  it('fewer than enough different people who may, within the time, never open it', () => {
    fc.assert(
      fc.property(anyGate, words, (wanted, each) => {
        const plan = planWith(wanted);
        // By plain counting: whose last word in time, before the gate was passed, is yes.
        const yes = new Set<string>();
        let passed = false;
        for (const [{ type, by }, when] of each) {
          if (type === 'gate.revoked') yes.delete(by);
          else if (!passed && (!wanted.named || may.includes(by)) && when < 101_000) yes.add(by);
          passed = yes.size >= wanted.approvals;
        }
        expect(is(at(plan, ...said(each)))).toBe(passed ? 'passed' : 'open');
      }),
      { numRuns: 300 },
    );
  });

  it('whose every word was taken back, it is as if nobody had spoken', () => {
    fc.assert(
      fc.property(anyGate, words, (wanted, each) => {
        const state = at(planWith(wanted), ...said(each), ...people.map(revoked));
        expect(gateStatus(state, 'go')).toMatchObject({ is: 'open', approvers: [] });
        expect(ready(state, 2000).start).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('once it ran out it halts the run, and after a resume wants every approval anew', () => {
    fc.assert(
      fc.property(anyGate, words, (wanted, each) => {
        const before = at(planWith(wanted), ...said(each));
        fc.pre(is(before) === 'open');
        expect(ready(before, 101_000)).toMatchObject({ start: [], expire: ['go'] });
        const over = fold(before, { type: 'gate.expired', at: 101_000, gate: 'go' });
        expect(outcome(over)).toBe('halted');
        const late = fold(over, approved('ann', { at: 102_000 }));
        const again = foldAll(late, [resumed(160_000), opened(160_000)]);
        expect(missing(again, 'go')).toMatchObject({ approvals: wanted.approvals, expiresAt: 260_000 });
        const fresh = may.slice(0, wanted.approvals);
        const anew = foldAll(
          again,
          fresh.map((by) => approved(by, { at: 170_000 })),
        );
        expect(is(anew)).toBe('passed');
      }),
      { numRuns: 200 },
    );
  });
});
