export { type Clock, wallClock } from './clock.ts';
export { approve, type Decision, reject, revoke } from './decide.ts';
export { runPlan } from './dispatch.ts';
export type { NodeLinks } from './hold.ts';
export type {
  ControlRequest,
  Entry,
  Holder,
  Journal,
  Lease,
  LeaseRow,
  RequestKind,
  RunRow,
} from './journal.ts';
export { type Alive, acquire, type Claim, release, renew, STALE } from './lease.ts';
export { exitOf, type RunOptions, type RunOutcome } from './options.ts';
export { redact } from './redact.ts';
export { openJournal } from './sqlite.ts';
