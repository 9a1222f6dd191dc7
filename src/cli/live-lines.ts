import type { Standing } from '../watch/index.ts';
import { clockTime, type Paint, pad, width } from './paint.ts';

/** What the live view shows at one moment. */
export interface LiveView {
  readonly heading: string;
  readonly elapsed: number;
  /** Seconds left by the estimates, when there is one. */
  readonly left?: number;
  readonly done: number;
  readonly total: number;
  readonly running: readonly {
    readonly step: string;
    readonly title: string;
    readonly seconds: number;
    readonly estimate: number;
    readonly waits?: string;
  }[];
  readonly gates: readonly { readonly id: string; readonly title: string; readonly seconds: number }[];
  /** What keeps the run from starting anything, in a word. */
  readonly stopped?: string;
  readonly probes: readonly { readonly name: string; readonly standing: Standing }[];
}

/** Running steps shown one by one; the others are counted. */
const SHOWN = 6;
const BAR = 28;

/** The lines at the bottom of a terminal while a run goes on. */
export function liveLines(view: LiveView, columns: number, paint: Paint): string[] {
  const left = view.left === undefined ? '' : `, about ${clockTime(view.left)} left`;
  const clock = `${clockTime(view.elapsed)}${left}`;
  const rule = '─'.repeat(Math.max(3, columns - width(view.heading) - clock.length - 6));
  const lines = [
    `${paint.dim('─')} ${paint.bold(view.heading)} ${paint.dim(rule)} ${paint.dim(clock)}`,
    progressLine(view, paint),
  ];
  const widest = Math.max(0, ...view.running.slice(0, SHOWN).map(({ step }) => step.length));
  for (const { step, title, seconds, estimate, waits } of view.running.slice(0, SHOWN)) {
    const time = `${clockTime(seconds)}${estimate > 0 ? ` of ~${clockTime(estimate)}` : ''}`;
    const late = estimate > 0 && seconds > estimate * 2;
    const mark = waits === undefined ? paint.blue('▸') : paint.yellow('…');
    const text = waits === undefined ? title : paint.yellow(`waits: ${waits}`);
    lines.push(`${mark} ${pad(step, widest)}  ${(late ? paint.yellow : paint.dim)(time.padEnd(14))} ${text}`);
  }
  const more = view.running.length - SHOWN;
  if (more > 0) lines.push(paint.dim(`  and ${more} more`));
  for (const { id, title, seconds } of view.gates) {
    lines.push(
      `${paint.yellow('■')} gate ${paint.bold(id)} for ${clockTime(seconds)}: ${title}  ${paint.dim(`windlass approve ${id}`)}`,
    );
  }
  if (view.stopped !== undefined) lines.push(`${paint.yellow('■')} ${view.stopped}`);
  return [...lines, ...probeLines(view.probes, columns, paint)];
}

function progressLine({ done, total }: LiveView, paint: Paint): string {
  const full = total === 0 ? BAR : Math.round((done / total) * BAR);
  return `${paint.green('━'.repeat(full))}${paint.dim('━'.repeat(BAR - full))} ${done} of ${total} steps`;
}

/** Every probe with what it has cost so far, on as few lines as fit. */
function probeLines(probes: LiveView['probes'], columns: number, paint: Paint): string[] {
  const lines: string[] = [];
  let line = '';
  for (const { name, standing } of probes) {
    const lost = standing.seconds > 0 ? ` ${standing.seconds.toFixed(1)} s` : '';
    const mark = standing.open
      ? paint.red(`✗ ${name} away${lost}`)
      : `${paint.green('✓')} ${name}${lost === '' ? '' : paint.yellow(lost)}`;
    if (line !== '' && width(line) + width(mark) + 3 > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? mark : `${line}   ${mark}`;
  }
  return line === '' ? lines : [...lines, line];
}
