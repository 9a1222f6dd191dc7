import { z } from 'zod';

/** What a check says. `block` stops a plan from being run, `warn` is shown, `note` is told. */
export const Finding = z.strictObject({
  level: z.enum(['block', 'warn', 'note']),
  code: z.string().regex(/^WL-[A-Z0-9-]+$/),
  node: z.string().optional(),
  title: z.string(),
  /** What was read that proves it. */
  evidence: z.string(),
  remedy: z.string(),
  /** Which document the knowledge comes from. */
  source: z.string(),
});
export type Finding = z.infer<typeof Finding>;
