import { z } from 'zod';

/** `30s`, `10m`, `2h` or a number of seconds; gives seconds. */
export const Duration = z
  .union([
    z.number().nonnegative(),
    z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'a duration as 30s, 10m, 2h'),
  ])
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [, figure = '0', unit = 's'] = /^([\d.]+)(ms|s|m|h)$/.exec(value) ?? [];
    return Number(figure) * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit as 'ms' | 's' | 'm' | 'h'];
  });

/** How many steps of a class may run at once, and the pause between two starts. */
export const ClassLimit = z.strictObject({
  limit: z.int().min(1).optional(),
  every: Duration.optional(),
});
export type ClassLimit = z.infer<typeof ClassLimit>;

/** The operator's limits. What is not said here has the defaults the source documents used. */
export const Policy = z.strictObject({
  classes: z.record(z.string(), ClassLimit).default({}),
  canary: z.array(z.string()).default([]),
  sample: z
    .string()
    .regex(/^\d{1,3}%$/)
    .default('10%'),
  /** What goes on after a failure: nothing (`halt`), or what does not depend on it (`continue`). */
  onFailure: z.enum(['halt', 'continue']).default('halt'),
  /** With `continue`: how many nodes may have failed before the run stops all the same. */
  tolerate: z.int().min(0).default(1),
  /** Longest wait for a guard (quorum, sync) before the run stops. */
  patience: Duration.default(600),
  /** Messages that may be lost when the bus is moved to a new cluster; more than that holds the cutover. */
  busBacklog: z.int().min(0).default(100),
  /** Kept free on every node's root and package cache, in MB. */
  diskMargin: z.int().min(0).default(1024),
  /** Largest clock difference between nodes, seconds. */
  clockSkew: Duration.default(1),
});
export type Policy = z.infer<typeof Policy>;
