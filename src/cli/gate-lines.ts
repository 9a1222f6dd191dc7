import { conditionWords } from '../model/condition.ts';
import type { RunEvent } from '../model/event.ts';
import type { Gate, Plan } from '../model/plan.ts';
import { opensWords } from '../plan/show.ts';
import {
  type GateStatus,
  gateStatus,
  type Measured,
  type Missing,
  missing,
  type RunState,
  shownAt,
} from '../schedule/index.ts';
import { dayTime } from './paint.ts';

/** How a gate stands, for `windlass status`. */
export interface GateStanding extends GateStatus {
  readonly id: string;
  readonly title: string;
  readonly approvals: number;
  /** Who may approve; null: anyone. */
  readonly may: readonly string[] | null;
  /** What keeps an open gate shut; null for one that is not open. */
  readonly missing: Missing | null;
  /** Its condition as it was measured just now. */
  readonly now?: Measured;
  /** What it shows to who decides: what the test node's apt would change. */
  readonly shown: readonly string[];
}

/** Every gate of a plan as it stands; `measureNow` judges the condition of an open one. */
export function gateStandings(
  plan: Plan,
  state: RunState,
  events: readonly RunEvent[],
  measureNow: (gate: Gate, openedAt: number) => Measured | undefined,
): GateStanding[] {
  return plan.gates.map((gate) => {
    const status = gateStatus(state, gate.id);
    const now = status.is === 'open' ? measureNow(gate, status.openedAt ?? 0) : undefined;
    return {
      id: gate.id,
      title: gate.title,
      ...status,
      approvals: gate.approvals,
      may: gate.approvers ?? null,
      missing: missing(state, gate.id) ?? null,
      ...(now === undefined ? {} : { now }),
      shown: shownAt(gate, events),
    };
  });
}

/** Lines of what a gate shows that fit among the others. */
const FIT = 12;

function shownLines(gate: string, shown: readonly string[], whole: boolean): string[] {
  if (whole || shown.length <= FIT) return shown.map((line) => `    ${line}`);
  const more = shown.length - FIT;
  return [
    ...shown.slice(0, FIT).map((line) => `    ${line}`),
    `      and ${more} more: windlass status --gate ${gate}`,
  ];
}

/**
 * A gate in words: since when it is open, who approved, who may, what is missing, when it runs out, what it shows; that
 * to the end where the `whole` is wanted.
 */
export function gateLines(gate: Gate, standing: GateStanding, whole = false): string[] {
  const { is, approvers, missing: left, openedAt, because, measured, now } = standing;
  const by = approvers.length === 0 ? '' : ` by ${approvers.join(', ')}`;
  switch (is) {
    case 'shut':
      return [`  gate ${gate.id} is not reached yet: ${gate.title} (${opensWords(gate)})`];
    case 'passed':
      return [`  gate ${gate.id} is passed${by}${measured === undefined ? '' : `, measured: ${measured}`}`];
    case 'rejected':
    case 'expired':
      return [`  gate ${gate.id} is ${is}: ${because ?? ''}; windlass resume asks anew`];
    case 'open':
      return [
        `  gate ${gate.id} is open since ${openedAt === undefined ? '?' : dayTime(openedAt)}: ${gate.title}`,
        `    approved${by === '' ? ' by nobody yet' : by}; may approve: ${gate.approvers?.join(', ') ?? 'anyone'}`,
        ...(left === null ? [] : [`    missing: ${missingWords(left)}`]),
        ...shownLines(gate.id, standing.shown, whole),
        ...(now === undefined ? [] : [`    measured now: ${now.evidence}${now.met ? '' : ' – not yet so'}`]),
      ];
  }
}

/** What an open gate waits for, and until when. */
export function missingWords({ approvals, of, condition, expiresAt }: Missing): string {
  const people = approvals === 1 ? '1 approval' : `${approvals} approvals`;
  const waits = [
    ...(approvals === 0 ? [] : [`${people}${of === undefined ? '' : ` of ${of.join(', ')}`}`]),
    ...(condition === undefined ? [] : [conditionWords(condition)]),
  ].join('; ');
  return `${waits}${expiresAt === undefined ? '' : `; it expires at ${dayTime(expiresAt)}`}`;
}
