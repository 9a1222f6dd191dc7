import { z } from 'zod';
import * as cloud from '../drivers/cloud.ts';
import { defineStep } from './kind.ts';
import { answer, done, wait } from './verdict.ts';

/** Seconds an answer of a warm API takes at most: a quarter of the 8 s after which balancers give a check up. */
const WARM = 2;

/**
 * One node's API is asked as a client would ask it, with a token, until it answers at once: the first requests to a
 * backend that came back cold timed out (research/lab.md 5). Nothing is run: the question itself is what warms.
 */
export const apiWarm = defineStep({
  kind: 'api.warm',
  params: z.strictObject({
    credentials: z.string(),
    at: z.url(),
    path: z.string(),
    login: z.boolean(),
    within: z.number().positive().optional(),
  }),
  commands: () => [],
  looks: ({ credentials, within: _, ...asked }) => ({ warm: cloud.warmLook(credentials, asked) }),
  judge({ at, within = WARM }, seen) {
    const seconds = cloud.readWarm(answer(seen, 'warm'));
    if (typeof seconds === 'string') return wait(seconds);
    const words = `${at} answered a list in ${seconds.join(', ')} s`;
    return Math.max(...seconds) <= within ? done(words) : wait(words);
  },
});
