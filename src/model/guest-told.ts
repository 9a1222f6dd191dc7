import { z } from 'zod';

/** One line of the program that moves guests (drivers/cloud-program.ts). */
const GuestTold = z.object({
  guest: z.string(),
  name: z.string(),
  what: z.enum(['moved', 'shut off', 'kept', 'started']),
  on: z.string(),
  to: z.string().optional(),
  seconds: z.number().optional(),
  why: z.string().optional(),
});
export type GuestTold = z.infer<typeof GuestTold>;

/** What a step told of a guest; undefined for a line about anything else. */
export function guestTold(line: string): GuestTold | undefined {
  try {
    return GuestTold.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
