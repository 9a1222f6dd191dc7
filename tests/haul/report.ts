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
  rehearsed: z
    .object({
      steps: z.array(z.object({ id: z.string(), rehearsed: z.number(), took: z.number().optional() })),
      windows: z.array(z.object({ service: z.string(), predicted: z.number(), away: z.number().optional() })),
    })
    .optional(),
});
export type Report = z.infer<typeof Report>;
