import { z } from 'zod';

/** What haul tests read of `windlass report --format json`; times of a span in milliseconds. */
export const Report = z.object({
  things: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      outage: z.number(),
      longestGap: z.number(),
      failed: z.number(),
      total: z.number(),
      open: z.boolean(),
      spans: z.array(z.object({ from: z.number(), to: z.number(), steps: z.array(z.string()) })),
    }),
  ),
});
export type Report = z.infer<typeof Report>;
