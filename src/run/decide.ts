import { EXIT, WindlassError } from '../model/error.ts';
import type { Origin, RunEvent, Saw } from '../model/event.ts';
import type { Gate, Plan } from '../model/plan.ts';
import {
  begin,
  counts,
  expiryOf,
  foldAll,
  type GateStatus,
  gateStatus,
  isRevocable,
  mayApprove,
  type RunState,
  shownAt,
} from '../schedule/index.ts';
import type { Journal } from './journal.ts';

/** A person's word on a gate, given from any terminal: the running orchestrator finds it in the journal. */
export interface Decision {
  readonly run: string;
  readonly gate: string;
  readonly by: string;
  readonly at: number;
  readonly from?: Origin;
  /** Hash of the plan they mean, or its beginning; refused when the run's plan is another. */
  readonly plan?: string;
}

/** Hexadecimal digits of a hash that are enough to mean one plan. */
const ENOUGH = 12;

/**
 * Approves an open gate, pinned to the run's plan and with what could be seen of the run. Throws WL-GATE-UNKNOWN,
 * WL-GATE-PLAN, WL-GATE-SHUT or WL-GATE-EXPIRED (what nobody can have seen cannot be approved), WL-GATE-APPROVER.
 */
export async function approve(journal: Journal, decision: Decision): Promise<void> {
  const asked = await ask(journal, decision);
  const { gate, status } = asked;
  mustBeOpen(decision, gate, status);
  if (!mayApprove(gate, decision.by)) {
    throw refused(
      'WL-GATE-APPROVER',
      `${decision.by} may not approve gate ${gate.id} of run ${decision.run}`,
      `Who may: ${gate.approvers?.join(', ')}. \`windlass reject\` is open to everyone.`,
    );
  }
  const word = { at: decision.at, gate: gate.id, by: decision.by, ...seen(decision, asked) };
  await journal.append(decision.run, { type: 'gate.approved', ...word });
}

/** Rejects an open gate: the run halts, with this reason. Anyone may: to stop is always safe. */
export async function reject(journal: Journal, decision: Decision, because: string): Promise<void> {
  const asked = await ask(journal, decision);
  const { gate, status } = asked;
  mustBeOpen(decision, gate, status);
  const word = { at: decision.at, gate: gate.id, by: decision.by, ...seen(decision, asked) };
  await journal.append(decision.run, { type: 'gate.rejected', ...word, because });
}

/**
 * Takes one's own approval back. Throws WL-GATE-NOT-APPROVED when there is none that counts, and WL-GATE-PASSED once
 * something behind the gate has begun, also when that happened at the same moment.
 */
export async function revoke(journal: Journal, decision: Decision): Promise<void> {
  const asked = await ask(journal, decision);
  const { gate, status, state } = asked;
  if (!status.approvers.includes(decision.by)) {
    throw refused(
      'WL-GATE-NOT-APPROVED',
      `there is no approval of ${decision.by} for gate ${gate.id} of run ${decision.run}: it is ${status.is}, approved by ${status.approvers.join(', ') || 'nobody'}`,
      'Only one’s own approval can be taken back. `windlass reject` halts the run at an open gate, `windlass stop` anywhere.',
    );
  }
  if (!isRevocable(state, gate.id)) throw passed(decision);
  const word = { at: decision.at, gate: gate.id, by: decision.by, ...seen(decision, asked) };
  await journal.append(decision.run, { type: 'gate.revoked', ...word });
  // The orchestrator may have begun what is behind the gate since we looked: then the word came too late.
  const now = await ask(journal, decision);
  if (now.status.approvers.includes(decision.by) && now.status.is === 'passed') throw passed(decision);
}

interface Asked {
  readonly plan: Plan;
  readonly gate: Gate;
  readonly state: RunState;
  readonly status: GateStatus;
  /** What the gate shows. */
  readonly shown: readonly string[];
}

async function ask(journal: Journal, decision: Decision): Promise<Asked> {
  const plan = await journal.plan(decision.run);
  const gate = plan.gates.find(({ id }) => id === decision.gate);
  if (gate === undefined) {
    throw refused(
      'WL-GATE-UNKNOWN',
      `the plan of run ${decision.run} has no gate ${decision.gate}`,
      `Its gates: ${plan.gates.map(({ id }) => id).join(', ') || 'none'}.`,
    );
  }
  if (decision.plan !== undefined && !means(decision.plan, plan.id)) {
    throw refused(
      'WL-GATE-PLAN',
      `run ${decision.run} is of plan ${plan.id}, not of ${decision.plan}`,
      'Read the plan that is being run (`windlass show`) before deciding on it; --plan takes its hash, or 12 digits of it.',
    );
  }
  const entries = await journal.read(decision.run);
  const events = entries.map(({ event }): RunEvent => event);
  const state = foldAll(begin(plan), events);
  return { plan, gate, state, status: gateStatus(state, gate.id), shown: shownAt(gate, events) };
}

function means(word: string, id: string): boolean {
  const digits = word.replace(/^sha256:/, '').toLowerCase();
  return digits.length >= ENOUGH && id.startsWith(`sha256:${digits}`);
}

function mustBeOpen({ run, at }: Decision, gate: Gate, { is, openedAt }: GateStatus): void {
  if (is !== 'open') {
    throw refused(
      'WL-GATE-SHUT',
      `gate ${gate.id} of run ${run} is not open: it is ${is}`,
      '`windlass status` shows which gates wait for a decision.',
    );
  }
  if (at < expiryOf(openedAt, gate.expires)) return;
  throw refused(
    'WL-GATE-EXPIRED',
    `gate ${gate.id} of run ${run} was open for ${gate.expires} s, and that is over`,
    '`windlass resume` goes on with the run and opens the gate anew.',
  );
}

function seen(
  { from }: Decision,
  { plan, gate, state, shown }: Asked,
): { plan: string; saw: Saw; from?: Origin } {
  const { finished, failed, total } = counts(state);
  const saw = {
    gate: gate.title,
    done: finished,
    failed,
    left: total - finished - failed,
    findings: plan.findings.length,
    ...(shown.length === 0 ? {} : { shown: [...shown] }),
  };
  return { plan: plan.id, saw, ...(from === undefined ? {} : { from }) };
}

function passed({ run, gate }: Decision): WindlassError {
  return refused(
    'WL-GATE-PASSED',
    `gate ${gate} of run ${run} is passed, and what is behind it has begun`,
    'To stop the run after its running steps: `windlass stop`.',
  );
}

function refused(code: `WL-${string}`, message: string, remedy: string): WindlassError {
  return new WindlassError({ code, message, remedy }, EXIT.usage);
}
