import type { ReportData } from './data.ts';
import { touchWords } from './guests.ts';
import { count, culprit, duration, lostTime, moment, OUTCOMES, standing, timeOfDay } from './words.ts';

/** Text that cannot end a table's cell or begin markup of its own. */
function cell(text: string | number): string {
  return String(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>#|~]/g, (letter) => `\\${letter}`);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell)))];
}

/** The report in short, for a ticket or a merge request. */
export function renderMarkdown(data: ReportData): string {
  const { counts } = data;
  const out = [`# ${cell(data.cluster)}: ${standing(data.from)} to ${standing(data.to)}`, ''];
  out.push(
    `**${OUTCOMES[data.outcome]}**, ${count(counts.done + counts.already)} of ${count(counts.total)} steps, ${duration(data.wall)}.`,
  );
  if (data.started !== undefined) {
    const ended = data.ended === undefined ? '' : `, ended ${moment(data.ended)}`;
    out.push(`Started by ${cell(data.by ?? 'someone')} ${moment(data.started)}${ended} (UTC).`);
  }
  out.push(`Plan \`${data.plan}\`.`, '');
  if (data.things.length > 0) {
    out.push('## What clients felt', '');
    const rows = data.things.map((thing) => [
      thing.name,
      lostTime(thing.outage),
      thing.expected === undefined ? '' : lostTime(thing.expected),
      lostTime(thing.longestGap),
      `${count(thing.failed)} of ${count(thing.total)}`,
      culprit(thing) ?? '',
    ]);
    out.push(...table(['Thing', 'Outage', 'Planned', 'Longest gap', 'Failed', 'To blame'], rows), '');
  }
  out.push('## Phases', '');
  const rows = data.phases.map((phase) => [
    phase.title,
    phase.span === undefined ? '' : timeOfDay(phase.span.from),
    phase.span === undefined ? '' : duration(phase.seconds),
    `${count(phase.done)} of ${count(phase.steps)}`,
    lostTime(phase.lost),
  ]);
  out.push(...table(['Phase', 'Began', 'Took', 'Steps', 'Outage charged'], rows), '');
  if (data.guests.length > 0) {
    out.push('## Guests', '');
    const rows = data.guests.map((guest) => [
      guest.name,
      touchWords(guest),
      guest.lost === undefined ? 'not watched' : lostTime(guest.lost),
      guest.longestGap === undefined ? '' : lostTime(guest.longestGap),
      guest.total === undefined ? '' : `${count(guest.failed ?? 0)} of ${count(guest.total)}`,
    ]);
    out.push(...table(['Guest', 'What was done', 'Lost', 'Longest gap', 'Failed'], rows), '');
  }
  out.push(...rehearsed(data));
  if (data.faults.length > 0) out.push('## Faults', '');
  for (const fault of data.faults) {
    out.push(
      `- **${cell(fault.code)}** in \`${fault.step}\`${fault.mended ? ' (mended later)' : ''}: ${cell(fault.message)}`,
    );
    out.push(`  Remedy: ${cell(fault.remedy)}`);
    if (fault.output) out.push('', ...fault.output.split('\n').map((line) => `      ${line}`), '');
  }
  return `${out.join('\n').trimEnd()}\n`;
}

/** What the rehearsal had said, beside what came of it. */
function rehearsed({ rehearsed: told }: ReportData): string[] {
  if (told === undefined) return [];
  const or = (seconds: number | undefined, none: string): string =>
    seconds === undefined ? none : lostTime(seconds);
  const steps = told.steps.map(({ id, rehearsed, took }) => [id, lostTime(rehearsed), or(took, 'not done')]);
  const windows = told.windows.map(({ service, predicted, away }) => [
    service,
    lostTime(predicted),
    or(away, 'not watched'),
  ]);
  return [
    '## As rehearsed',
    '',
    `Rehearsal ${cell(told.run)}, ${moment(told.at)}.`,
    '',
    ...table(['Step', 'Rehearsed', 'Took'], steps),
    '',
    ...(windows.length > 0 ? [...table(['Service', 'Predicted window', 'Away'], windows), ''] : []),
  ];
}
