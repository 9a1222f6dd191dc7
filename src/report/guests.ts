import type { RunEvent } from '../model/event.ts';
import { guestTold } from '../model/guest-told.ts';
import type { GuestReport, ThingReport } from './data.ts';

/**
 * Which guests were moved, kept or shut off, in the order it happened, and what each lost: the outage of the probe that
 * bears the guest's name, where one watched it.
 */
export function guestReports(events: readonly RunEvent[], things: readonly ThingReport[]): GuestReport[] {
  const guests = new Map<string, GuestReport>();
  for (const event of events) {
    if (event.type !== 'step.finished') continue;
    for (const line of event.told ?? []) {
      const told = guestTold(line);
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
