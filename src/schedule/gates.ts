import type { RunEvent } from '../model/event.ts';
import type { Gate } from '../model/plan.ts';
import { at, type Core, type GateTrack } from './core.ts';

export type GateEvent = Extract<RunEvent, { gate: string }>;

/**
 * Moves one gate by one event. A word that comes too early, too late, from somebody who may not give it or about
 * another plan moves nothing: what a journal holds is not made true by its being there.
 */
export function applyGate(core: Core, event: GateEvent, place: number): void {
  const track = at(core.gates, place);
  const { gate } = at(core.graph.gates, place);
  // Before it opens nobody can have seen what there is to decide; after its time the word comes too late.
  const asks = track.is === 'open' && event.at < expiryOf(track.openedAt, gate.expires);
  switch (event.type) {
    case 'gate.opened':
      if (track.is === 'passed') return;
      clear(track);
      track.openedAt = event.at;
      core.hold(place, 'open');
      break;
    case 'gate.approved':
      if (!asks || !mayApprove(gate, event.by)) return;
      if (event.plan !== undefined && event.plan !== core.graph.plan.id) return;
      if (!track.approvers.includes(event.by)) track.approvers.push(event.by);
      if (enough(gate, track) && gate.condition === undefined) core.hold(place, 'passed');
      break;
    case 'gate.revoked':
      if (!track.approvers.includes(event.by) || !revocable(core, place)) return;
      track.approvers = track.approvers.filter((one) => one !== event.by);
      if (track.is === 'passed' && !enough(gate, track)) ask(core, place);
      break;
    case 'gate.measured':
      if (!asks || gate.condition === undefined || !enough(gate, track)) return;
      track.measured = event.evidence;
      core.hold(place, 'passed');
      break;
    case 'gate.rejected':
      if (track.is === 'passed') return;
      track.because = `${event.by}: ${event.because}`;
      core.hold(place, 'rejected');
      break;
    case 'gate.expired':
      if (track.is !== 'open') return;
      track.because = missingWords(gate, track);
      core.hold(place, 'expired');
      break;
  }
}

/**
 * Who takes a run up again wants to go on: a gate that stopped it, or ran out while nobody was there, asks anew, and no
 * word given before counts for it. What was measured before an orchestrator went is measured again.
 */
export function reask(core: Core, now: number): void {
  for (const [place, track] of core.gates.entries()) {
    if (track.is === 'passed' && track.measured !== undefined && !begun(core, place)) ask(core, place);
    const { expires } = at(core.graph.gates, place).gate;
    const elapsed = track.is === 'open' && now >= expiryOf(track.openedAt, expires);
    if (track.is !== 'rejected' && track.is !== 'expired' && !elapsed) continue;
    clear(track);
    core.hold(place, 'shut');
  }
}

/** When an open gate runs out; one that says 0 never does. */
export function expiryOf(openedAt: number | undefined, expires: number): number {
  return openedAt === undefined || expires <= 0 ? Number.POSITIVE_INFINITY : openedAt + expires * 1000;
}

/** Whether this person's word counts at this gate. */
export function mayApprove({ approvers }: Gate, person: string): boolean {
  return approvers === undefined || approvers.includes(person);
}

/** People whose word opens a gate: for imagined runs. */
export function anyone({ approvers, approvals }: Gate): string[] {
  return Array.from({ length: approvals }, (_, index) => approvers?.[index] ?? `approver-${index + 1}`);
}

/** Whether as many people said yes as must. */
export function enough({ approvals }: Gate, { approvers }: GateTrack): boolean {
  return approvers.length >= approvals;
}

function begun(core: Core, place: number): boolean {
  return at(core.graph.gates, place).before.some((step) => core.track(step).attempt > 0);
}

/** Whether an approval can still be taken back: nothing that stands behind the gate has begun. */
export function revocable(core: Core, place: number): boolean {
  const { is } = at(core.gates, place);
  return is === 'open' || (is === 'passed' && !begun(core, place));
}

/** Open as before, for as long as it was to be open. */
function ask(core: Core, place: number): void {
  delete at(core.gates, place).measured;
  core.hold(place, 'open');
}

function clear(track: GateTrack): void {
  track.approvers = [];
  delete track.openedAt;
  delete track.because;
  delete track.measured;
}

function missingWords(gate: Gate, track: GateTrack): string {
  const what = enough(gate, track) ? 'what it wants measured was not so' : 'nobody decided';
  return `${what} within ${gate.expires} s`;
}
