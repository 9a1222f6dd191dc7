import type { Look, Seen } from '../model/command.ts';
import { LOOK_TIME } from '../model/link.ts';
import type { Work } from './work.ts';

/** Seconds of a look at most. */
const LONGEST = 300;

/** Seconds that looks are given: a node that was late has much to do, and is asked again with more time. */
export class LookTime {
  seconds = LOOK_TIME;

  /** After looks of so many seconds, one of which was not enough. */
  grow(seconds: number): void {
    this.seconds = Math.min(LONGEST, seconds * 2);
  }
}

/** What looks came to, by name; where nothing may be read out of them, who did not answer at all, or not in time. */
export interface Asked {
  readonly answers: Readonly<Record<string, Seen>>;
  readonly lost?: string;
  readonly late?: { readonly of: string; readonly because: string };
}

/** A question with the node it is asked on, as plans have it. */
interface Question extends Pick<Look, 'argv'> {
  readonly on: string;
  readonly input?: string | undefined;
}

/** Asks all of them at once. */
export async function ask(
  looks: Readonly<Record<string, Question>>,
  work: Work,
  time: LookTime,
): Promise<Asked> {
  const { seconds } = time;
  const asked = await Promise.all(
    Object.entries(looks).map(async ([name, { on, argv, input }]) => {
      const seen = await work.link(on).look({ argv, ...(input === undefined ? {} : { input }) }, seconds);
      return { name, on, seen };
    }),
  );
  const answers = Object.fromEntries(asked.map(({ name, seen }) => [name, seen]));
  const lost = asked.find(({ seen }) => seen.lost === true);
  const late = asked.find(({ seen }) => seen.late === true);
  if (late !== undefined) time.grow(seconds);
  return {
    answers,
    ...(lost ? { lost: lost.on } : {}),
    ...(late
      ? { late: { of: late.on, because: `${late.on} has not answered \`${late.name}\` within ${seconds} s` } }
      : {}),
  };
}
