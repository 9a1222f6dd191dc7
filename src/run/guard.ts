import { isDeepStrictEqual } from 'node:util';
import type { Seen } from '../model/command.ts';
import { WindlassError } from '../model/error.ts';
import type { Guard, Step } from '../model/plan.ts';
import type { Opening } from '../steps/kind.ts';
import { LookTime, Rhythm, type Waiting, type Work } from './work.ts';

async function ask(guard: Guard, work: Work, time: LookTime): Promise<Opening> {
  const kind = work.kinds.guard(guard.kind);
  const { seconds } = time;
  const looks = Object.entries(kind.looks(guard.params));
  for (const [name, { on, argv, input }] of looks) {
    const shown = guard.looks.some((look) =>
      isDeepStrictEqual([look.on, look.argv, look.input], [on, argv, input]),
    );
    if (!shown) throw unshown(guard, name);
  }
  const answers: Record<string, Seen> = Object.fromEntries(
    await Promise.all(
      looks.map(async ([name, { on, argv, input }]) => {
        const seen = await work.link(on).look({ argv, ...(input === undefined ? {} : { input }) }, seconds);
        return [name, seen] as const;
      }),
    ),
  );
  const late = Object.entries(answers).find(([, seen]) => seen.late === true);
  if (late !== undefined) {
    time.grow();
    return { is: 'closed', because: `\`${late[0]}\` was not answered within ${seconds} s` };
  }
  return kind.judge(guard.params, answers);
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
      step.guards.map(async (guard) => ({ guard, opening: await ask(guard, work, time) })),
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
