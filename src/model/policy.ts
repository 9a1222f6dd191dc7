import { z } from 'zod';
import { Duration } from './duration.ts';
import { GatePolicy } from './gate-policy.ts';

export { Duration };

/** How many steps of a class may run at once, and the pause between two starts. */
export const ClassLimit = z.strictObject({
  limit: z.int().min(1).optional(),
  every: Duration.optional(),
});
export type ClassLimit = z.infer<typeof ClassLimit>;

/** What becomes of guests while their compute is worked on. */
export const GuestPolicy = z.strictObject({
  /**
   * A guest that cannot be moved alive: `fail` the compute's roll, `wait` for it, `stop` it and start it afterwards, or
   * `skip` it: it goes on running, its qemu process untouched, and the compute is not booted.
   */
  stuck: z.enum(['wait', 'stop', 'skip', 'fail']).default('fail'),
  /** Whether disks are copied on the way: `auto` lets nova see for itself whether storage is shared. */
  block: z.enum(['auto', 'always', 'never']).default('auto'),
  /** For one guest's way, and for all that are waited for together. */
  timeout: Duration.default(600),
  patience: Duration.default(3600),
  /**
   * How long a guest of a node that is worked on may stay without an answer before the run stops; 0: it never does. A
   * minute where not said: a router that moves cuts its guests off for 23 s (docs/measured.md).
   */
  silence: Duration.optional(),
});
export type GuestPolicy = z.infer<typeof GuestPolicy>;

/** The operator's limits. What is not said here has the defaults the source documents used. */
export const Policy = z.strictObject({
  classes: z.record(z.string(), ClassLimit).default({}),
  /** Computes that go first and alone; the first one where none is named. */
  canary: z.array(z.string()).default([]),
  sample: z
    .string()
    .regex(/^\d{1,3}%$/)
    .default('10%'),
  /** What goes on after a failure: nothing (`halt`), or what does not depend on it (`continue`). */
  onFailure: z.enum(['halt', 'continue']).default('halt'),
  /** With `continue`: how many nodes may have failed before the run stops all the same. */
  tolerate: z.int().min(0).default(1),
  guests: GuestPolicy.prefault({}),
  /** Who decides where; without it one gate stands before what only a restore brings back, and anyone may open it. */
  gates: GatePolicy.optional(),
  /** Options that the target renamed or removed: only told, or also changed in the files, each old file kept beside. */
  options: z.enum(['tell', 'change']).default('tell'),
  /** Services that are cut over on every hop, also where they could roll: all of the old code stops first. */
  cutover: z.array(z.string()).default([]),
  /**
   * Where the system stays, from one release to the next: libraries first and then service by service (`ahead`), or each
   * controller with everything on it (`together`); as the archive is known to allow where not said.
   */
  libraries: z.enum(['ahead', 'together']).optional(),
  /** `required`: no run to a newer release without a rehearsal that passed, of this target and the schema of now. */
  rehearsal: z.enum(['required', 'optional']).optional(),
  /**
   * Where the system stays: every package that will change is kept at its old version before anything rises, or nothing
   * is begun (`packages`, also where not said). `none` goes without: then only the archives bring back.
   */
  rollback: z.enum(['packages', 'none']).optional(),
  /** How old that rehearsal may be; a week where not said. */
  rehearsalWithin: Duration.optional(),
  /** Longest wait for requests under way when an API is taken out of the balancers. */
  drain: Duration.default(300),
  /** What then happens to those that have not ended: the run stops and cuts nobody off (`halt`), or they are ended (`end`). */
  undrained: z.enum(['halt', 'end']).default('halt'),
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
