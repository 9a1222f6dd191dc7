import { EXIT, WindlassError } from '../model/error.ts';
import { begin, foldAll, gateStatus } from '../schedule/index.ts';
import type { Journal } from './journal.ts';

/** A person's word on a gate, given from any terminal: the running orchestrator finds it in the journal. */
export interface Decision {
  readonly run: string;
  readonly gate: string;
  readonly by: string;
  readonly at: number;
}

/** Approves an open gate. Throws WL-GATE-UNKNOWN or WL-GATE-SHUT: what nobody can have seen cannot be approved. */
export async function approve(journal: Journal, { run, gate, by, at }: Decision): Promise<void> {
  await mustBeOpen(journal, run, gate);
  await journal.append(run, { type: 'gate.approved', at, gate, by });
}

/** Rejects an open gate: the run halts, with this reason. */
export async function reject(journal: Journal, decision: Decision, because: string): Promise<void> {
  const { run, gate, by, at } = decision;
  await mustBeOpen(journal, run, gate);
  await journal.append(run, { type: 'gate.rejected', at, gate, by, because });
}

async function mustBeOpen(journal: Journal, run: string, gate: string): Promise<void> {
  const plan = await journal.plan(run);
  if (!plan.gates.some(({ id }) => id === gate)) {
    throw new WindlassError(
      {
        code: 'WL-GATE-UNKNOWN',
        message: `the plan of run ${run} has no gate ${gate}`,
        remedy: `Its gates: ${plan.gates.map(({ id }) => id).join(', ') || 'none'}.`,
      },
      EXIT.usage,
    );
  }
  const entries = await journal.read(run);
  const { is } = gateStatus(
    foldAll(
      begin(plan),
      entries.map(({ event }) => event),
    ),
    gate,
  );
  if (is === 'open') return;
  throw new WindlassError(
    {
      code: 'WL-GATE-SHUT',
      message: `gate ${gate} of run ${run} is not open: it is ${is}`,
      remedy: '`windlass status` shows which gates wait for a decision.',
    },
    EXIT.usage,
  );
}
