import { WindlassError } from '../model/error.ts';
import type { RunEvent } from '../model/event.ts';
import type { Core } from './core.ts';
import { applyGate, type GateEvent, reask } from './gates.ts';

type StepEvent = Extract<RunEvent, { step: string }>;
type WholeEvent = Exclude<RunEvent, StepEvent | GateEvent>;

/**
 * Moves a core by one event. An event that comes late (a word about a step that has ended, a second retry from
 * another terminal) moves nothing: a journal only grows, and one such line must not make it unreadable.
 * Throws, before anything has moved, on what cannot belong to this plan and on a finished step begun again or failed:
 * there the promises are broken, and going on would be worse than stopping.
 */
export function apply(core: Core, event: RunEvent): void {
  if ('step' in event) applyStep(core, event, core.graph.place(event.step));
  else if ('gate' in event) applyGate(core, event, core.graph.gatePlace(event.gate));
  else applyRun(core, event);
  core.run.at = Math.max(core.run.at, event.at);
  core.history.push(event);
}

function applyStep(core: Core, event: StepEvent, place: number): void {
  const track = core.track(place);
  switch (event.type) {
    case 'step.started':
      if (track.is === 'finished') throw misplaced(event, 'it is finished');
      if (event.attempt !== track.attempt) track.units = {};
      track.attempt = event.attempt;
      track.startedAt = event.at;
      delete track.endedAt;
      delete track.because;
      delete track.fault;
      started(core, core.vertex(place).class, event.at);
      core.move(place, 'running');
      break;
    case 'step.waiting':
      if (!core.active.has(place)) return;
      track.because = event.because;
      core.move(place, 'waiting');
      break;
    case 'step.applied':
      track.units[event.node] = event.unit;
      if (!core.active.has(place)) return;
      delete track.because;
      core.move(place, 'running');
      break;
    case 'step.finished':
      track.endedAt = event.at;
      track.outcome = event.outcome;
      track.because = event.because;
      delete track.fault;
      core.move(place, 'finished');
      break;
    case 'step.failed':
      if (track.is === 'finished') throw misplaced(event, 'it is finished');
      track.endedAt = event.at;
      track.fault = event.fault;
      track.because = event.fault.message;
      core.move(place, 'failed');
      break;
    case 'step.retried':
      if (track.is !== 'failed' && track.is !== 'undone') return;
      delete track.fault;
      delete track.because;
      core.move(place, 'todo');
      break;
    case 'step.undone':
      track.endedAt = event.at;
      core.move(place, 'undone');
      break;
  }
  core.orphans.delete(place);
}

function started(core: Core, classPlace: number, moment: number): void {
  core.lastStart[classPlace] = Math.max(core.lastStart[classPlace] ?? moment, moment);
}

function applyRun(core: Core, event: WholeEvent): void {
  const { run } = core;
  switch (event.type) {
    case 'run.started':
      if (event.plan !== core.graph.plan.id) throw misplaced(event, 'it was started with another plan');
      run.run = event.run;
      run.by = event.by;
      run.epoch = event.epoch;
      run.startedAt = event.at;
      break;
    case 'run.resumed':
      run.by = event.by;
      run.epoch = event.epoch;
      run.interrupted = false;
      delete run.halted;
      delete run.fault;
      reask(core, event.at);
      for (const place of core.active) core.orphans.add(place);
      break;
    case 'run.paused':
      run.paused = true;
      break;
    case 'run.unpaused':
      run.paused = false;
      break;
    case 'run.interrupted':
      run.interrupted = true;
      break;
    case 'run.halted':
      run.halted = event.because;
      if (event.fault !== undefined) run.fault = event.fault;
      break;
    case 'run.finished':
      run.finishedAt = event.at;
      break;
  }
}

function misplaced(event: RunEvent, because: string): WindlassError {
  const about = 'step' in event ? ` of ${event.step}` : '';
  return new WindlassError({
    code: 'WL-SCHEDULE-EVENT',
    message: `${event.type}${about} cannot be: ${because}`,
    remedy:
      'the journal and the plan do not belong together, or this is a fault of Windlass: report it with both',
    ...('step' in event ? { step: event.step } : {}),
  });
}
