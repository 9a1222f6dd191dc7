import { isDeepStrictEqual } from 'node:util';
import { WindlassError } from '../model/error.ts';
import type { Guard, Step } from '../model/plan.ts';
import type { Opening } from '../steps/kind.ts';
import { ask, LookTime } from './ask.ts';
import { Rhythm, type Waiting, type Work } from './work.ts';

async function openingOf(guard: Guard, work: Work, time: LookTime): Promise<Opening> {
  const kind = work.kinds.guard(guard.kind);
  const looks = kind.looks(guard.params);
  for (const [name, { on, argv, input }] of Object.entries(looks)) {
    const shown = guard.looks.some((look) =>
      isDeepStrictEqual([look.on, look.argv, look.input], [on, argv, input]),
    );
    if (!shown) throw unshown(guard, name);
  }
  const { answers, late } = await ask(looks, work, time);
  return late === undefined ? kind.judge(guard.params, answers) : { is: 'closed', because: late.because };
}

function unshown(guard: Guard, name: string): WindlassError {
  return new WindlassError({
    code: 'WL-PLAN-LOOKS',
    message: `the guard ${guard.kind} would ask something the plan does not show (${name})`,
    remedy: 'Use the version of Windlass that made the plan, or plan again.',
  });
}

/**
 * Waits until every guard of a step is open in one and the same round: one that opened while another was closed may
 * have closed again. Gives whether it had to wait. Throws WL-GUARD-CLOSED when patience ends.
 */
export async function passGuards(step: Step, work: Work, waiting: Waiting): Promise<boolean> {
  const rhythm = new Rhythm(1000, 5000);
  const time = new LookTime();
  const until = work.clock.now() + work.patience * 1000;
  for (let round = 0; ; round += 1) {
    const asked = await Promise.all(
      step.guards.map(async (guard) => ({ guard, opening: await openingOf(guard, work, time) })),
    );
    const closed = asked.filter(({ opening }) => opening.is === 'closed');
    if (closed.length === 0) return round > 0;
    const because = closed.map(({ guard, opening }) => `${guard.title}: ${opening.because}`).join('; ');
    if (work.clock.now() >= until) {
      throw new WindlassError({
        code: 'WL-GUARD-CLOSED',
        message: `${step.id} may not start: ${because} (waited ${work.patience} s)`,
        remedy:
          'Bring the cluster to the state the guard asks for, then retry the step; nothing was changed.',
        step: step.id,
      });
    }
    await waiting.say(because);
    await rhythm.rest(work);
  }
}
