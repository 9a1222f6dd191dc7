import type { Clock } from './clock.ts';
import { faultOf, isCode } from './faults.ts';
import type { Hold } from './hold.ts';

export interface Heart {
  readonly hold: Hold;
  readonly clock: Clock;
  /** Milliseconds between two signs of life. */
  readonly every: number;
  /** Aborts when the run is over. */
  readonly over: AbortSignal;
  /** The cluster was taken from us, or the store cannot be written. */
  fail(error: unknown): void;
  say(text: string): void;
}

/** Gives signs of life to the store and to the nodes until the run is over or no longer ours. */
export async function keepBeating(heart: Heart): Promise<void> {
  const { hold, clock, every, over } = heart;
  for (;;) {
    await clock.sleep(every, over);
    if (over.aborted) return;
    hold.beatNodes((node, error) => {
      // A beat that was on its way when the run ended has nothing left to say.
      if (over.aborted) return;
      if (isCode(error, 'WL-FENCED')) heart.fail(error);
      else heart.say(`no sign of life could be given to ${node}: ${faultOf(error).message}`);
    });
    try {
      await hold.beatStore();
    } catch (error) {
      heart.fail(error);
      return;
    }
  }
}
