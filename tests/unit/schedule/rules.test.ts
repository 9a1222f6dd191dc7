import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import {
  begin,
  counts,
  criticalPath,
  failures,
  fold,
  foldAll,
  gateStatus,
  limitOf,
  outcome,
  type RunState,
  ready,
  remaining,
  running,
  stepStatus,
  stranded,
  whyNot,
} from '../../../src/schedule/index.ts';
import { gate, planOf } from './fixture.ts';

const fault = { code: 'WL-STEP-CHECK', message: 'it did not work', remedy: 'look' };
const started = (step: string, at = 0, attempt = 1): RunEvent => ({
  type: 'step.started',
  at,
  step,
  attempt,
});
const done = (step: string, at = 0): RunEvent => ({
  type: 'step.finished',
  at,
  step,
  outcome: 'done',
  because: 'seen',
});
const failed = (step: string, at = 0): RunEvent => ({ type: 'step.failed', at, step, fault });
const resumed = (at = 0): RunEvent => ({ type: 'run.resumed', at, by: 'b', epoch: 2 });

function after(plan: Plan, ...events: RunEvent[]): RunState {
  return foldAll(begin(plan), events);
}

describe('needs', () => {
  const plan = planOf([{ id: 'a/x/do' }, { id: 'b/x/do', needs: ['a/x/do'] }]);

  it('starts a step only once all its needs are finished', () => {
    expect(ready(begin(plan), 0).start).toEqual(['a/x/do']);
    expect(ready(after(plan, started('a/x/do')), 0).start).toEqual([]);
    expect(ready(after(plan, started('a/x/do'), done('a/x/do')), 0).start).toEqual(['b/x/do']);
  });

  it('refuses plans that could never end, by name', () => {
    expect(() =>
      begin(
        planOf([
          { id: 'a/x/do', needs: ['b/x/do'] },
          { id: 'b/x/do', needs: ['a/x/do'] },
        ]),
      ),
    ).toThrow(/WL-SCHEDULE-PLAN.*circle.*a\/x\/do/);
    expect(() => begin(planOf([{ id: 'a/x/do', needs: ['c/x/do'] }]))).toThrow(/no step called c\/x\/do/);
    expect(() => begin(planOf([{ id: 'a/x/do' }, { id: 'a/x/do' }]))).toThrow(
      /two steps are called a\/x\/do/,
    );
  });

  it('refuses a journal of another plan and a finished step begun again', () => {
    const finished = after(plan, started('a/x/do'), done('a/x/do'));
    expect(() => fold(finished, started('a/x/do', 1, 2))).toThrow(/WL-SCHEDULE-EVENT.*it is finished/);
    expect(() => fold(finished, started('z/x/do'))).toThrow(/no step called z\/x\/do/);
    const other = {
      type: 'run.started',
      at: 0,
      run: 'r',
      plan: 'sha256:1',
      cluster: 'c',
      by: 'b',
      epoch: 1,
    } as const;
    expect(() => fold(finished, other)).toThrow(/another plan/);
    // A refused event leaves the state as it was.
    expect(counts(finished).finished).toBe(1);
    expect(ready(finished, 0).start).toEqual(['b/x/do']);
  });

  it('lets what comes late move nothing, so that a journal stays readable', () => {
    const ended = after(plan, started('a/x/do'), failed('a/x/do'));
    const late = foldAll(ended, [
      { type: 'step.waiting', at: 1, step: 'a/x/do', because: 'late' },
      { type: 'step.applied', at: 1, step: 'a/x/do', node: 'a', unit: 'u' },
      { type: 'step.retried', at: 1, step: 'b/x/do', by: 'me' },
    ]);
    expect(stepStatus(late, 'a/x/do')).toMatchObject({ is: 'failed', fault, units: { a: 'u' } });
    expect(counts(late)).toEqual(counts(ended));
    expect(() => fold(after(plan, started('a/x/do'), done('a/x/do')), failed('a/x/do'))).toThrow(
      /it is finished/,
    );
  });

  it('has an empty plan finished at once', () => {
    expect(outcome(begin(planOf([])))).toBe('finished');
  });
});

describe('limits', () => {
  const many = (name: string, count: number) =>
    planOf(Array.from({ length: count }, (_, index) => ({ id: `n${index}/x/do`, class: name })));

  it('has the source documents numbers where the policy is silent', () => {
    const starts = (name: string) => ready(begin(many(name, 40)), 0).start.length;
    expect(starts('read')).toBe(40);
    expect(starts('light')).toBe(24);
    expect(starts('controller')).toBe(1);
    expect(starts('network')).toBe(1);
    expect(starts('never heard of')).toBe(1);
    const { policy } = many('light', 1);
    expect(limitOf(policy, 'neutron-agent')).toEqual({ limit: 3, every: 30 });
    expect(limitOf(policy, 'constructor')).toEqual({ limit: 1, every: 0 });
  });

  it('lets the policy change one field and keep the other', () => {
    const { policy } = planOf([], { classes: { 'neutron-agent': { limit: 5 } } });
    expect(limitOf(policy, 'neutron-agent')).toEqual({ limit: 5, every: 30 });
  });

  it('keeps the pause between two starts and says when to wake', () => {
    const plan = many('neutron-agent', 5);
    const [first = ''] = ready(begin(plan), 1000).start;
    expect(ready(begin(plan), 1000).start).toHaveLength(1);
    const state = after(plan, started(first, 1000));
    expect(ready(state, 30_999)).toMatchObject({
      start: [],
      wakeAt: 31_000,
      blocked: [{ why: 'pace', class: 'neutron-agent', until: 31_000 }],
    });
    expect(ready(state, 31_000).start).toHaveLength(1);
    expect(whyNot(state, 'n3/x/do', 1000)).toEqual([{ why: 'pace', names: ['neutron-agent'] }]);
  });

  it('counts a step that waits for its guard as running', () => {
    const plan = many('controller', 2);
    const state = after(plan, started('n0/x/do'), {
      type: 'step.waiting',
      at: 1,
      step: 'n0/x/do',
      because: 'not synced',
    });
    expect(stepStatus(state, 'n0/x/do')).toMatchObject({ is: 'waiting', because: 'not synced' });
    expect(ready(state, 2)).toMatchObject({
      start: [],
      blocked: [{ why: 'limit', class: 'controller', limit: 1 }],
    });
    expect(running(state)).toEqual(['n0/x/do']);
  });

  it('changes a node by one step at a time, but reads it whenever', () => {
    const plan = planOf([
      { id: 'a/x/do', on: ['a', 'b'] },
      { id: 'a/y/do' },
      { id: 'b/y/do' },
      { id: 'b/z/do', class: 'read' },
      { id: 'c/y/do' },
    ]);
    expect(ready(begin(plan), 0).start).toEqual(['a/x/do', 'b/z/do', 'c/y/do']);
    const state = after(plan, started('a/x/do'));
    expect(whyNot(state, 'b/y/do', 0)).toEqual([{ why: 'node', names: ['b'] }]);
    expect(ready(fold(state, done('a/x/do')), 0).start).toEqual(['a/y/do', 'b/y/do', 'b/z/do', 'c/y/do']);
  });

  it('puts the longest way first when a limit forces a choice', () => {
    const plan = planOf([
      { id: 'a/x/do', class: 'controller', estimate: 30 },
      { id: 'b/x/do', class: 'controller', estimate: 5 },
      { id: 'b/y/do', needs: ['b/x/do'], estimate: 60 },
    ]);
    expect(ready(begin(plan), 0).start).toEqual(['b/x/do']);
    expect(criticalPath(plan)).toEqual({ seconds: 65, steps: ['b/x/do', 'b/y/do'] });
  });
});

describe('failures', () => {
  const sketches = [
    { id: 'a/x/do' },
    { id: 'a/y/do', needs: ['a/x/do'] },
    { id: 'b/x/do', needs: ['c/x/do'] },
    { id: 'c/x/do' },
  ];

  it('start nothing new under `halt`, until the step is retried', () => {
    const plan = planOf(sketches);
    const state = after(plan, started('a/x/do'), started('c/x/do'), failed('a/x/do'), done('c/x/do'));
    expect(ready(state, 0)).toMatchObject({ start: [], blocked: [{ why: 'failed', steps: ['a/x/do'] }] });
    expect(outcome(state)).toBe('halted');
    expect(failures(state)).toEqual([{ step: 'a/x/do', fault }]);
    expect(stranded(state)).toEqual(['a/y/do']);
    expect(outcome(fold(state, resumed()))).toBe('halted');
    const again = fold(state, { type: 'step.retried', at: 5, step: 'a/x/do', by: 'me' });
    expect(ready(again, 5).start).toEqual(['a/x/do', 'b/x/do']);
    expect(outcome(again)).toBe('running');
  });

  it('under `continue` stop only what depends on them', () => {
    const plan = planOf(sketches, { onFailure: 'continue' });
    const state = after(plan, started('a/x/do'), started('c/x/do'), failed('a/x/do'), done('c/x/do'));
    expect(ready(state, 0).start).toEqual(['b/x/do']);
    expect(outcome(state)).toBe('running');
    expect(outcome(foldAll(state, [started('b/x/do'), done('b/x/do')]))).toBe('halted');
  });

  it('a step undone keeps its dependents until it is done again', () => {
    const plan = planOf(sketches);
    const state = after(plan, started('a/x/do'), done('a/x/do'), {
      type: 'step.undone',
      at: 1,
      step: 'a/x/do',
    });
    expect(ready(state, 1).start).toEqual(['c/x/do']);
    expect(ready(fold(state, { type: 'step.retried', at: 2, step: 'a/x/do', by: 'me' }), 2).start).toContain(
      'a/x/do',
    );
  });
});

describe('pause, interruption, halt', () => {
  const plan = planOf([{ id: 'a/x/do' }, { id: 'b/x/do' }]);

  it('start nothing new until lifted', () => {
    const paused = after(plan, { type: 'run.paused', at: 0, by: 'me' });
    expect(ready(paused, 0)).toMatchObject({ start: [], blocked: [{ why: 'paused' }] });
    expect(outcome(paused)).toBe('paused');
    expect(outcome(fold(paused, resumed()))).toBe('paused');
    expect(outcome(fold(paused, { type: 'run.unpaused', at: 1, by: 'me' }))).toBe('running');

    const interrupted = after(plan, { type: 'run.interrupted', at: 0, by: 'me' });
    expect(outcome(interrupted)).toBe('interrupted');
    expect(outcome(fold(interrupted, resumed()))).toBe('running');

    const halted = after(plan, { type: 'run.halted', at: 0, because: 'drift' });
    expect(outcome(halted)).toBe('halted');
    expect(outcome(fold(halted, resumed()))).toBe('running');
  });

  it('lists what an earlier orchestrator left running, until something is heard of it', () => {
    const applied = { type: 'step.applied', at: 1, step: 'a/x/do', node: 'a', unit: 'windlass-r-a' } as const;
    const state = after(plan, started('a/x/do'), applied, resumed(2));
    expect(ready(state, 2)).toMatchObject({ start: ['b/x/do'], resume: ['a/x/do'] });
    expect(stepStatus(state, 'a/x/do')).toMatchObject({
      is: 'running',
      attempt: 1,
      units: { a: 'windlass-r-a' },
    });
    expect(ready(fold(state, done('a/x/do', 3)), 3).resume).toEqual([]);
    // Picked up under the same attempt its unit is still the one to ask; a new attempt has units of its own.
    expect(stepStatus(fold(state, started('a/x/do', 3, 1)), 'a/x/do').units).toEqual({ a: 'windlass-r-a' });
    expect(stepStatus(fold(state, started('a/x/do', 3, 2)), 'a/x/do').units).toEqual({});
    expect(ready(after(plan, started('a/x/do')), 2).resume).toEqual([]);
  });
});

describe('gates', () => {
  const sketches = [
    { id: 'a/x/do' },
    { id: 'b/x/do', needs: ['a/x/do'] },
    { id: 'c/x/do', needs: ['b/x/do'] },
  ];
  const plan = planOf(sketches, {}, [gate('go', ['b/x/do'], { approvals: 2 })]);
  const opened: RunEvent = { type: 'gate.opened', at: 1000, gate: 'go' };
  const approved = (by: string, at = 2000): RunEvent => ({ type: 'gate.approved', at, gate: 'go', by });
  const before = [started('a/x/do'), done('a/x/do')];

  it('open when only they keep their steps, and let them go once enough people said so', () => {
    expect(ready(begin(plan), 0)).toMatchObject({ start: ['a/x/do'], open: [] });
    const there = after(plan, ...before);
    expect(ready(there, 1000)).toMatchObject({ start: [], open: ['go'] });
    const asking = fold(there, opened);
    expect(outcome(asking)).toBe('waiting-at-gate');
    expect(ready(asking, 1500)).toMatchObject({
      start: [],
      open: [],
      wakeAt: 101_000,
      blocked: [{ why: 'gate', gate: 'go', approved: [], approvals: 2, expiresAt: 101_000 }],
    });
    const once = foldAll(asking, [approved('ann'), approved('ann')]);
    expect(outcome(once)).toBe('waiting-at-gate');
    expect(whyNot(once, 'b/x/do', 2000)).toEqual([{ why: 'gate', names: ['go'] }]);
    expect(ready(fold(once, approved('bob')), 2000).start).toEqual(['b/x/do']);
  });

  it('take no word from before they opened or after their time', () => {
    const early = after(plan, approved('ann', 0), approved('bob', 0), ...before);
    expect(ready(early, 1000).open).toEqual(['go']);
    const late = foldAll(early, [opened, approved('ann'), approved('bob', 101_000)]);
    expect(gateStatus(late, 'go')).toMatchObject({ is: 'open', approvers: ['ann'] });
  });

  it('halt when their time is over or someone says no, and ask anew when the run is resumed', () => {
    const asking = after(plan, ...before, opened);
    expect(ready(asking, 101_000).expire).toEqual(['go']);
    const expired = fold(asking, { type: 'gate.expired', at: 101_000, gate: 'go' });
    expect(outcome(expired)).toBe('halted');
    const rejected = fold(asking, {
      type: 'gate.rejected',
      at: 3000,
      gate: 'go',
      by: 'eve',
      because: 'not tonight',
    });
    expect(outcome(rejected)).toBe('halted');
    expect(ready(rejected, 3000).blocked).toEqual([
      { why: 'halted', because: 'gate go rejected: eve: not tonight' },
    ]);
    for (const stopped of [expired, rejected]) {
      expect(ready(fold(stopped, resumed(200_000)), 200_000).open).toEqual(['go']);
    }
  });

  it('that ran out while nobody was there ask anew', () => {
    const asking = after(plan, ...before, opened);
    expect(ready(fold(asking, resumed(50_000)), 50_000).open).toEqual([]);
    expect(ready(fold(asking, resumed(150_000)), 150_000)).toMatchObject({ open: ['go'], expire: [] });
  });
});

describe('states', () => {
  it('stay what they were after they were folded on, and can be folded twice', () => {
    const plan = planOf([{ id: 'a/x/do' }, { id: 'b/x/do', needs: ['a/x/do'] }]);
    const first = begin(plan);
    const second = fold(first, started('a/x/do'));
    const good = fold(second, done('a/x/do'));
    const bad = fold(second, failed('a/x/do'));
    expect([first, second, good, bad].map((state) => stepStatus(state, 'a/x/do').is)).toEqual([
      'todo',
      'running',
      'finished',
      'failed',
    ]);
    expect(ready(good, 0).start).toEqual(['b/x/do']);
    expect(ready(first, 0).start).toEqual(['a/x/do']);
  });
});

describe('what remains', () => {
  const plan = planOf([
    { id: 'a/x/do', class: 'controller', estimate: 10 },
    { id: 'b/x/do', class: 'controller', estimate: 20 },
    { id: 'c/x/do', needs: ['a/x/do'], estimate: 30 },
  ]);

  it('obeys limits, and knows the longest chain of needs', () => {
    expect(remaining(begin(plan))).toEqual({
      seconds: 40,
      critical: { seconds: 40, steps: ['a/x/do', 'c/x/do'] },
    });
    const halfway = after(plan, started('a/x/do', 0), done('a/x/do', 12_000), started('c/x/do', 12_000));
    expect(remaining(halfway, undefined, 22_000)).toEqual({
      seconds: 20,
      critical: { seconds: 20, steps: ['c/x/do'] },
    });
    expect(remaining(halfway, () => 100, 22_000).seconds).toBe(100);
  });

  it('counts a failed step again and looks past what stops the run', () => {
    const stuck = after(plan, started('a/x/do'), failed('a/x/do', 5000), {
      type: 'run.paused',
      at: 6000,
      by: 'me',
    });
    expect(remaining(stuck).seconds).toBe(40);
  });
});
