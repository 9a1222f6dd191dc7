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

describe('follows', () => {
  // Two computes one after the other: each is emptied, raised and filled again.
  const lane = (node: string, follows: readonly string[] = []) => [
    { id: `${node}/guests/leave`, follows },
    { id: `${node}/nova/raise`, needs: [`${node}/guests/leave`] },
    { id: `${node}/guests/return`, needs: [`${node}/nova/raise`] },
  ];
  const steps = [...lane('a'), ...lane('b', ['a/guests/return']), ...lane('c', ['b/guests/return'])];
  const plan = planOf(steps, { onFailure: 'continue' });
  const broken = [started('a/guests/leave'), done('a/guests/leave'), started('a/nova/raise')];
  const retried: RunEvent = { type: 'step.retried', at: 1, step: 'a/nova/raise', by: 'me' };

  it('keep the order of a lane as long as the one before may still run', () => {
    expect(ready(begin(plan), 0).start).toEqual(['a/guests/leave']);
    const state = after(plan, ...broken);
    expect(ready(state, 0).start).toEqual([]);
    expect(whyNot(state, 'b/guests/leave', 0)).toEqual([{ why: 'follows', names: ['a/guests/return'] }]);
    const through = [done('a/nova/raise'), started('a/guests/return'), done('a/guests/return')];
    expect(ready(foldAll(state, through), 0).start).toEqual(['b/guests/leave']);
  });

  it('let the next go once the one before can no longer run, and are no need of it', () => {
    const state = after(plan, ...broken, failed('a/nova/raise'));
    expect(ready(state, 0).start).toEqual(['b/guests/leave']);
    expect(outcome(state)).toBe('running');
    expect(stranded(state)).toEqual(['a/guests/return']);
    // The one after the next waits for the next, not for the failed one.
    expect(whyNot(state, 'c/guests/leave', 0)).toEqual([{ why: 'follows', names: ['b/guests/return'] }]);
    const rest = ['b', 'c'].flatMap((node) => lane(node).map(({ id }) => id));
    const end = foldAll(
      state,
      rest.flatMap((id) => [started(id), done(id)]),
    );
    expect([outcome(end), counts(end).finished]).toEqual(['halted', 7]);
  });

  it('hold again what has not started when the failed step is to be tried again', () => {
    const state = after(plan, ...broken, failed('a/nova/raise'));
    const again = fold(state, retried);
    expect(ready(again, 1).start).toEqual(['a/nova/raise']);
    expect(stranded(again)).toEqual([]);
    // What has started goes on.
    const both = foldAll(state, [started('b/guests/leave'), retried, done('b/guests/leave', 2)]);
    expect(ready(both, 2).start).toEqual(['a/nova/raise', 'b/nova/raise']);
  });

  it('change nothing where a failure halts the run', () => {
    const state = after(planOf(steps), ...broken, failed('a/nova/raise'));
    expect(ready(state, 0).start).toEqual([]);
    expect(outcome(state)).toBe('halted');
  });

  it('keep a gate shut until it alone keeps its steps', () => {
    const gated = planOf(steps, { onFailure: 'continue' }, [gate('go', ['b/guests/leave'])]);
    expect(ready(after(gated, ...broken), 0).open).toEqual([]);
    expect(ready(after(gated, ...broken, failed('a/nova/raise')), 0).open).toEqual(['go']);
  });

  it('count among what makes a run long and which step goes first', () => {
    expect(criticalPath(plan)).toMatchObject({ seconds: 90, steps: steps.map(({ id }) => id) });
    expect(remaining(begin(plan)).seconds).toBe(90);
    expect(remaining(after(plan, ...broken, failed('a/nova/raise'))).seconds).toBe(80);
  });

  it('may not lead in a circle, not even through needs, nor nowhere', () => {
    const circle = planOf([
      { id: 'a/x/do', follows: ['b/x/do'] },
      { id: 'b/x/do', needs: ['a/x/do'] },
    ]);
    expect(() => begin(circle)).toThrow(/WL-SCHEDULE-PLAN.*circle.*a\/x\/do/);
    expect(() => begin(planOf([{ id: 'a/x/do', follows: ['a/x/do'] }]))).toThrow(/circle/);
    expect(() => begin(planOf([{ id: 'a/x/do', follows: ['z/x/do'] }]))).toThrow(/no step called z\/x\/do/);
  });

  it('that are needs as well are needs', () => {
    const both = planOf([{ id: 'a/x/do' }, { id: 'b/x/do', needs: ['a/x/do'], follows: ['a/x/do'] }], {
      onFailure: 'continue',
    });
    expect(ready(after(both, started('a/x/do'), failed('a/x/do')), 0).start).toEqual([]);
    expect(ready(after(both, started('a/x/do'), done('a/x/do')), 0).start).toEqual(['b/x/do']);
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
    expect(ready(state, 0)).toMatchObject({
      start: [],
      blocked: [{ why: 'failed', steps: ['a/x/do'], tolerated: false }],
    });
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

  it('under `continue` stop all once more nodes than tolerated have failed, until enough are tried again', () => {
    const many = ['a/x/do', 'a/y/do', 'b/x/do', 'c/x/do', 'd/x/do'].map((id) => ({ id }));
    const bad = (...steps: string[]) => steps.flatMap((id) => [started(id), failed(id)]);
    const starts = (tolerate: number, ...steps: string[]) =>
      ready(after(planOf(many, { onFailure: 'continue', tolerate }), ...bad(...steps)), 0).start;
    expect(starts(0, 'a/x/do')).toEqual([]);
    // Two steps of one node are one node to see to.
    expect(starts(1, 'a/x/do', 'a/y/do')).toEqual(['b/x/do', 'c/x/do', 'd/x/do']);
    expect(starts(1, 'a/x/do', 'b/x/do')).toEqual([]);
    expect(starts(2, 'a/x/do', 'b/x/do')).toEqual(['a/y/do', 'c/x/do', 'd/x/do']);

    const usual = planOf(many, { onFailure: 'continue' });
    const state = after(usual, ...bad('a/x/do', 'b/x/do'));
    expect(outcome(state)).toBe('halted');
    expect(ready(state, 0).blocked).toEqual([
      { why: 'failed', steps: ['a/x/do', 'b/x/do'], tolerated: false },
    ]);
    const again = fold(state, { type: 'step.retried', at: 1, step: 'b/x/do', by: 'me' });
    expect(outcome(again)).toBe('running');
    expect(ready(again, 1).blocked).toContainEqual({ why: 'failed', steps: ['a/x/do'], tolerated: true });
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
