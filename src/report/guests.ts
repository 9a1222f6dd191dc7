import { z } from 'zod';
import type { RunEvent } from '../model/event.ts';
import type { GuestReport, ThingReport } from './data.ts';

/** One line of the program that moves guests (drivers/cloud-program.ts). */
const Told = z.object({
  guest: z.string(),
  name: z.string(),
  what: z.enum(['moved', 'shut off', 'kept', 'started']),
  on: z.string(),
  to: z.string().optional(),
  seconds: z.number().optional(),
  why: z.string().optional(),
});

function toldIn(line: string): z.infer<typeof Told> | undefined {
  try {
    return Told.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/**
 * Which guests were moved, kept or shut off, in the order it happened, and what each lost: the outage of the probe that
 * bears the guest's name, where one watched it.
 */
export function guestReports(events: readonly RunEvent[], things: readonly ThingReport[]): GuestReport[] {
  const guests = new Map<string, GuestReport>();
  for (const event of events) {
    if (event.type !== 'step.finished') continue;
    for (const line of event.told ?? []) {
      const told = toldIn(line);
      if (!told) continue;
      const before = guests.get(told.guest);
      const thing = things.find(({ name }) => name === told.name);
      const touch = {
        step: event.step,
        what: told.what,
        on: told.on,
        ...(told.to === undefined ? {} : { to: told.to }),
        ...(told.seconds === undefined ? {} : { seconds: told.seconds }),
        ...(told.why === undefined ? {} : { why: told.why }),
      };
      guests.set(told.guest, {
        id: told.guest,
        name: told.name,
        touches: [...(before?.touches ?? []), touch],
        ...(thing === undefined
          ? {}
          : { lost: thing.outage, failed: thing.failed, total: thing.total, longestGap: thing.longestGap }),
      });
    }
  }
  return [...guests.values()];
}

/** What was done to a guest, in words. */
export function touchWords({ touches }: GuestReport): string {
  return touches
    .map(({ what, on, to, seconds, why }) => {
      const because = why === undefined ? '' : `: ${why}`;
      if (what === 'moved')
        return `moved from ${on} to ${to ?? '?'}${seconds === undefined ? '' : ` in ${seconds} s`}${because}`;
      if (what === 'kept') return `kept on ${on}${because}`;
      return `${what} on ${on}`;
    })
    .join(', then ');
}
