import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/model/plan.ts';
import {
  begin,
  counts,
  foldAll,
  gateStatus,
  limitOf,
  outcome,
  play,
  type RunState,
  ready,
  remaining,
  runStatus,
  stepStatus,
  stranded,
  whyNot,
} from '../../../src/schedule/index.ts';
import { anyPlan } from './fixture.ts';
import { offences } from './oracle.ts';
import { walk } from './walk.ts';

/** Numbers from one seed, so that a failing walk can be told in one figure. */
function drawer(seed: number): (below: number) => number {
  let held = seed >>> 0;
  return (below) => {
    held = (Math.imul(held, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((held / 2 ** 32) * below);
  };
}

function everything(state: RunState, plan: Plan, now: number): unknown {
  return {
    steps: plan.steps.map(({ id }) => stepStatus(state, id)),
    gates: plan.gates.map(({ id }) => gateStatus(state, id)),
    run: runStatus(state),
    counts: counts(state),
    outcome: outcome(state),
    ready: ready(state, now),
  };
}

const anyWalk = fc.record({ plan: anyPlan, seed: fc.nat(2 ** 31) });

describe('whatever happens', () => {
  it('no rule is broken, and the run ends or says why not', () => {
    fc.assert(
      fc.property(anyWalk, ({ plan, seed }) => {
        const { events, state, now, ended } = walk(plan, drawer(seed));
        expect(offences(plan, events, (name) => limitOf(plan.policy, name))).toEqual([]);
        expect(ended).toBe(true);
        if (outcome(state) === 'finished') return;
        const { start, blocked } = ready(state, now);
        expect(start).toEqual([]);
        const { todo, undone } = counts(state);
        expect(blocked.length + undone).toBeGreaterThan(0);
        // Where nothing stops the run as a whole, only what needs something broken is left behind.
        if (blocked.every((each) => each.why === 'failed' && each.tolerated)) {
          expect(stranded(state)).toHaveLength(todo);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('the same journal gives the same state, however it was cut', () => {
    fc.assert(
      fc.property(anyWalk, fc.nat(), ({ plan, seed }, cut) => {
        const { events, state, now } = walk(plan, drawer(seed));
        const place = events.length === 0 ? 0 : cut % events.length;
        const prefix = foldAll(begin(plan), events.slice(0, place));
        // Asked in between, folded on twice: neither leaves a trace.
        const then = everything(prefix, plan, now);
        expect(everything(prefix, plan, now)).toEqual(then);
        const whole = everything(foldAll(begin(plan), events), plan, now);
        expect(everything(foldAll(prefix, events.slice(place)), plan, now)).toEqual(whole);
        expect(everything(foldAll(prefix, events.slice(place)), plan, now)).toEqual(whole);
        expect(everything(state, plan, now)).toEqual(whole);
        expect(everything(prefix, plan, now)).toEqual(then);
      }),
      { numRuns: 150 },
    );
  });

  it('left alone, every plan plays to its end, never faster than its longest chain', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const ending = ({ estimate }: { estimate: number }) => ({ seconds: estimate });
        const played = play(begin(plan), { now: 0, ending });
        expect(outcome(played.state)).toBe('finished');
        expect(offences(plan, played.events, (name) => limitOf(plan.policy, name))).toEqual([]);
        const foretold = remaining(begin(plan));
        expect(played.now / 1000).toBe(foretold.seconds);
        expect(foretold.seconds).toBeGreaterThanOrEqual(foretold.critical.seconds);
      }),
      { numRuns: 200 },
    );
  });

  it('nothing is kept without a reason: what is not started is told why', () => {
    fc.assert(
      fc.property(anyWalk, fc.nat(), ({ plan, seed }, cut) => {
        const { events } = walk(plan, drawer(seed));
        const some = events.slice(0, cut % (events.length + 1));
        const now = some.at(-1)?.at ?? 0;
        const state = foldAll(begin(plan), some);
        const { start, open } = ready(state, now);
        const went = foldAll(
          state,
          start.map((step) => ({ type: 'step.started', at: now, step, attempt: 9 })),
        );
        expect(ready(went, now)).toMatchObject({ start: [], open });
        for (const { id } of plan.steps) {
          if (stepStatus(went, id).is === 'todo') expect([id, whyNot(went, id, now)]).not.toEqual([id, []]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
