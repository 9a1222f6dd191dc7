import { EXIT, WindlassError } from '../model/error.ts';
import type { Holder, Journal, Lease, LeaseRow } from './journal.ts';

/** Milliseconds without a beat after which a holder may be replaced. */
export const STALE = 60_000;

/** Whether a process of this machine lives; asked only about processes on the asker's own host. */
export type Alive = (pid: number) => boolean;

export interface Claim {
  readonly cluster: string;
  readonly run: string;
  readonly holder: Holder;
  readonly alive: Alive;
}

function gone(row: LeaseRow, claim: Claim, now: number): boolean {
  if (!row.held || now - row.beat > STALE) return true;
  return row.host === claim.holder.host && !claim.alive(row.pid);
}

function heldBy(row: LeaseRow, now: number): WindlassError {
  const seconds = Math.round((now - row.beat) / 1000);
  return new WindlassError(
    {
      code: 'WL-RUN-HELD',
      message: `${row.cluster} is held by run ${row.run}: ${row.name} (process ${row.pid} on ${row.host}) since ${new Date(row.since).toISOString()}, last sign of life ${seconds} s ago`,
      remedy: `Wait for that run, or stop it there (\`windlass stop\`). If its machine is gone, the lease falls free ${STALE / 1000} s after its last sign of life.`,
    },
    EXIT.held,
  );
}

/**
 * Takes the right to drive a cluster. Each taking has a higher epoch than all before it, and a holder is replaced
 * only when its process is dead or it has been silent for a minute: else WL-RUN-HELD.
 */
export async function acquire(journal: Journal, claim: Claim, now: number): Promise<Lease> {
  for (;;) {
    const row = await journal.lease(claim.cluster);
    if (row !== undefined && !gone(row, claim, now)) throw heldBy(row, now);
    const seen = row?.epoch ?? 0;
    const lease: Lease = { cluster: claim.cluster, run: claim.run, epoch: seen + 1 };
    const taken = { ...lease, ...claim.holder, held: true, since: now, beat: now };
    // Lost a race: whoever won it is now the holder, and is told about in the next round.
    if (await journal.takeLease(taken, seen)) return lease;
  }
}

/** A sign of life. Throws WL-FENCED once another has taken over. */
export async function renew(journal: Journal, lease: Lease, now: number): Promise<void> {
  if (await journal.renewLease(lease, now)) return;
  throw new WindlassError(
    {
      code: 'WL-FENCED',
      message: `run ${lease.run} (epoch ${lease.epoch}) no longer holds the lease on ${lease.cluster}`,
      remedy: 'Leave the cluster to the orchestrator that took over; `windlass status` shows it.',
    },
    EXIT.held,
  );
}

/** Gives the lease back; the epoch stays. */
export async function release(journal: Journal, lease: Lease): Promise<void> {
  await journal.releaseLease(lease);
}
