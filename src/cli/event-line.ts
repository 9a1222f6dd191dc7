import type { RunEvent } from '../model/event.ts';
import { duration } from '../plan/show.ts';
import { dayTime, type Paint, pad } from './paint.ts';

/** What a line about an event needs to know besides the event. */
export interface LineContext {
  readonly title: (step: string) => string;
  /** Seconds a step was under way until `at`. */
  readonly took: (step: string, at: number) => number | undefined;
  readonly paint: Paint;
}

const WORD = 8;

/** One event as lines a person reads while it happens; undefined for what only machines care about. */
export function eventLines(event: RunEvent, { title, took, paint }: LineContext): readonly string[] {
  const line = (word: string, text: string): string =>
    `${paint.dim(dayTime(event.at))} ${pad(word, WORD)} ${text}`;
  switch (event.type) {
    case 'run.started':
      return [line(paint.bold('run'), `${event.run} started by ${event.by}`)];
    case 'run.resumed':
      return [line(paint.bold('run'), `taken up again by ${event.by}`)];
    case 'run.paused':
      return [line(paint.yellow('paused'), `by ${event.by}: nothing new starts`)];
    case 'run.unpaused':
      return [line(paint.bold('run'), `goes on, ${event.by} said`)];
    case 'run.interrupted':
      return [line(paint.yellow('stopping'), `${event.by} said: nothing new starts`)];
    case 'run.halted':
      return [line(paint.red('halted'), event.because)];
    case 'run.finished':
      return [line(paint.green('finished'), 'every step is done')];
    case 'step.started':
      return [
        line(
          paint.blue('start'),
          `${event.step}  ${paint.dim(title(event.step))}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`,
        ),
      ];
    case 'step.waiting':
      return [line(paint.yellow('wait'), `${event.step}  ${event.because}`)];
    case 'step.applied':
      return [];
    case 'step.finished': {
      const seconds = took(event.step, event.at);
      const time = seconds === undefined ? '' : ` ${duration(seconds)}`;
      return event.outcome === 'already'
        ? [line(paint.dim('already'), `${event.step}  ${paint.dim(event.because)}`)]
        : [line(paint.green('done'), `${event.step}${time}  ${paint.dim(event.because)}`)];
    }
    case 'step.failed': {
      const { code, message, remedy, output = '' } = event.fault;
      const said = output.trim() === '' ? [] : output.trim().split('\n').slice(-12);
      return [
        line(paint.red('FAILED'), `${event.step}  ${code}: ${message}`),
        ...said.map((text) => `${' '.repeat(WORD + 10)}| ${text}`),
        `${' '.repeat(WORD + 10)}do: ${remedy}`,
      ];
    }
    case 'step.retried':
      return [line(paint.bold('again'), `${event.step}, ${event.by} said`)];
    case 'step.undone':
      return [line(paint.yellow('undone'), event.step)];
    case 'gate.opened':
      return [line(paint.yellow('gate'), `${event.gate} waits: windlass approve ${event.gate}`)];
    case 'gate.approved':
      return [line(paint.green('gate'), `${event.gate} approved by ${event.by}`)];
    case 'gate.revoked':
      return [line(paint.yellow('gate'), `${event.gate}: ${event.by} takes the approval back`)];
    case 'gate.measured':
      return [line(paint.green('gate'), `${event.gate} measured: ${event.evidence}`)];
    case 'gate.rejected':
      return [line(paint.red('gate'), `${event.gate} rejected by ${event.by}: ${event.because}`)];
    case 'gate.expired':
      return [line(paint.red('gate'), `${event.gate} expired`)];
  }
}
