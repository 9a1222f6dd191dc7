import { EXIT, type ExitCode, WindlassError } from '../model/error.ts';
import type { Finding } from '../model/finding.ts';
import { paint, wantsColor } from './paint.ts';

const { red, yellow, blue } = paint(wantsColor(process.stderr));

/** Result of a command: the only thing on standard output. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Words along the way: standard error, so that results can be piped. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function findingText(finding: Finding): string {
  const level = { block: red('block'), warn: yellow('warn '), note: blue('note ') }[finding.level];
  return [
    `${level} ${finding.code}${finding.node === undefined ? '' : ` ${finding.node}`}: ${finding.title}`,
    `      seen: ${finding.evidence}`,
    `      do:   ${finding.remedy}`,
  ].join('\n');
}

/** Tells a fault to the person and gives the exit code. Unknown errors are faults of Windlass and show where. */
export function tellFault(error: unknown): ExitCode {
  if (error instanceof AggregateError) {
    const codes = error.errors.map(tellFault);
    return codes[0] ?? EXIT.failed;
  }
  if (error instanceof WindlassError) {
    const { fault } = error;
    const where = [fault.node, fault.step].filter((word) => word !== undefined).join(', ');
    tell(`${red(fault.code)}${where === '' ? '' : ` (${where})`}: ${fault.message}`);
    if (fault.output !== undefined && fault.output.trim() !== '') {
      for (const line of fault.output.trim().split('\n').slice(-30)) tell(`  | ${line}`);
    }
    tell(`  do: ${fault.remedy}`);
    return error.exit;
  }
  tell(`${red('WL-FAULT')}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  tell('  do: this is a fault of Windlass: report it with the words above');
  return EXIT.failed;
}
