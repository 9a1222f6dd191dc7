import type { RunEvent } from '../model/event.ts';
import type { Bar, StepOutcome } from './data.ts';

/** What the events say about one step. */
export interface StepHistory {
  readonly outcome: StepOutcome;
  readonly attempts: number;
  readonly bars: readonly Bar[];
  readonly because?: string;
}

interface Draft {
  outcome: StepOutcome;
  attempts: number;
  bars: Bar[];
  open?: { from: number; attempt: number };
  because?: string;
}

/** Folds the events into one history per step; what still runs lasts until `now`. */
export function histories(events: readonly RunEvent[], now: number): Map<string, StepHistory> {
  const drafts = new Map<string, Draft>();
  const draftOf = (step: string): Draft => {
    const known = drafts.get(step) ?? { outcome: 'todo', attempts: 0, bars: [] };
    drafts.set(step, known);
    return known;
  };
  const close = (draft: Draft, to: number, outcome: StepOutcome): void => {
    draft.outcome = outcome;
    if (draft.open === undefined) return;
    draft.bars.push({ ...draft.open, to: Math.max(to, draft.open.from), outcome });
    delete draft.open;
  };
  for (const event of events) {
    switch (event.type) {
      case 'step.started': {
        const draft = draftOf(event.step);
        draft.attempts = Math.max(draft.attempts, event.attempt);
        draft.outcome = 'running';
        // Taken up again after the orchestrator died: the same stretch goes on.
        draft.open ??= { from: event.at, attempt: event.attempt };
        break;
      }
      case 'step.waiting':
        draftOf(event.step).because = `waited: ${event.because}`;
        break;
      case 'step.finished': {
        const draft = draftOf(event.step);
        close(draft, event.at, event.outcome);
        draft.because = event.because;
        break;
      }
      case 'step.failed': {
        const draft = draftOf(event.step);
        close(draft, event.at, 'failed');
        draft.because = `${event.fault.code}: ${event.fault.message}`;
        break;
      }
      case 'step.undone':
        draftOf(event.step).outcome = 'undone';
        break;
      case 'step.retried':
        draftOf(event.step).outcome = 'todo';
        break;
      default:
        break;
    }
  }
  for (const draft of drafts.values()) if (draft.open !== undefined) close(draft, now, 'running');
  return new Map([...drafts].map(([step, { open: _, ...history }]) => [step, history]));
}
