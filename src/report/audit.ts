import type { Origin, RunEvent, Saw } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import { begin, fold, gateStatus, inShort, type RunState } from '../schedule/index.ts';

/** One thing that a person decided, or that Windlass did on the strength of it. */
export interface AuditRow {
  readonly at: string;
  readonly run: string;
  readonly plan: string;
  /** The person; `windlass` where none spoke. */
  readonly who: string;
  /** Where they sat; empty in journals of before this was kept. */
  readonly from: string;
  readonly what: string;
  readonly gate: string;
  readonly step: string;
  /** Whether it moved anything: a word that came late, or from somebody who may not, does not. */
  readonly counted: boolean;
  readonly why: string;
  /** What could be seen of the run when it was said. */
  readonly saw: string;
  /** What the gate showed them, line by line: a test node's packages. */
  readonly shown: string;
}

const COLUMNS = [
  'at',
  'run',
  'plan',
  'who',
  'from',
  'what',
  'gate',
  'step',
  'counted',
  'why',
  'saw',
  'shown',
] as const satisfies readonly (keyof AuditRow)[];

/** Who decided what in one run, when, from where and on what they saw: a fold of its journal and nothing else. */
export function audit(run: string, plan: Plan, events: readonly RunEvent[]): AuditRow[] {
  let state = begin(plan);
  return events.flatMap((event) => {
    const before = state;
    const stood = standing(before, event);
    state = fold(before, event);
    const said = told(event);
    if (said === undefined) return [];
    return [
      {
        at: new Date(event.at).toISOString(),
        run,
        plan: ('plan' in event ? event.plan : undefined) ?? plan.id,
        who: 'by' in event ? event.by : 'windlass',
        from: 'from' in event && event.from ? fromWords(event.from) : '',
        what: said.what,
        gate: 'gate' in event ? event.gate : '',
        step: 'step' in event ? event.step : '',
        counted: !('gate' in event) || stood !== standing(state, event),
        why: said.why ?? '',
        saw: 'saw' in event && event.saw ? sawWords(event.saw) : '',
        shown: 'saw' in event ? (event.saw?.shown ?? []).join('\n') : '',
      },
    ];
  });
}

function standing(state: RunState, event: RunEvent): string {
  return 'gate' in event ? JSON.stringify(gateStatus(state, event.gate)) : '';
}

/** Every type of event has its place here or is left out on purpose: a new one does not slip past the audit. */
function told(event: RunEvent): { readonly what: string; readonly why?: string } | undefined {
  switch (event.type) {
    case 'run.started':
      return { what: 'run started' };
    case 'run.resumed':
      return event.takenFrom === undefined
        ? { what: 'run resumed' }
        : { what: 'run taken over', why: `from ${event.takenFrom}, who was gone` };
    case 'run.paused':
      return { what: 'run paused' };
    case 'run.unpaused':
      return { what: 'run unpaused' };
    case 'run.interrupted':
      return { what: 'run stopped' };
    case 'run.halted':
      return { what: 'run halted', why: event.because };
    case 'run.finished':
      return { what: 'run finished' };
    case 'step.failed':
      return { what: 'step failed', why: `${event.fault.code}: ${event.fault.message}` };
    case 'step.retried':
      return { what: 'step retried' };
    case 'step.undone':
      return { what: 'step undone' };
    case 'gate.opened':
      return { what: 'gate opened' };
    case 'gate.approved':
      return { what: 'gate approved' };
    case 'gate.revoked':
      return { what: 'approval revoked' };
    case 'gate.measured':
      return { what: 'gate measured', why: event.evidence };
    case 'gate.rejected':
      return { what: 'gate rejected', why: event.because };
    case 'gate.expired':
      return { what: 'gate expired' };
    case 'step.started':
    case 'step.waiting':
    case 'step.applied':
    case 'step.finished':
      return undefined;
  }
}

function fromWords({ host, tty, client, page }: Origin): string {
  const parts = [host, tty, client && `by SSH from ${client}`, page && 'on the page'];
  return parts.filter((part) => part !== undefined).join(' ');
}

function sawWords({ gate, done, failed, left, findings }: Saw): string {
  return `${gate}: ${done} steps done, ${failed} failed, ${left} left, ${findings} findings`;
}

/** The rows for people: one line each, and under it what was seen; what a gate showed only in short. */
export function auditText(rows: readonly AuditRow[]): string {
  return rows
    .flatMap(({ at, who, from, what, gate, step, counted, why, saw, shown }) => [
      [
        at.replace(/\.\d+Z$/, 'Z'),
        `${who}${from === '' ? '' : ` (${from})`}:`,
        [what, gate, step].filter((word) => word !== '').join(' '),
        ...(counted ? [] : ['[did not count]']),
        ...(why === '' ? [] : [`– ${why}`]),
      ].join(' '),
      ...(saw === '' ? [] : [`    saw: ${saw}`]),
      ...(shown === '' ? [] : inShort(shown.split('\n')).map((line) => `    saw: ${line}`)),
    ])
    .join('\n');
}

/** The rows as RFC 4180 has it. A cell that a spreadsheet would compute is written as text. */
export function auditCsv(rows: readonly AuditRow[]): string {
  const cell = (value: string | boolean): string => {
    const text = String(value).replace(/^[=+\-@\t\r]/, "'$&");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => COLUMNS.map((name) => cell(row[name])).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}
