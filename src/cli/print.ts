import { EXIT, type ExitCode, WindlassError } from '../model/error.ts';
import type { Finding } from '../model/finding.ts';

const color = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);

/** Result of a command: the only thing on standard output. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Words along the way: standard error, so that results can be piped. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function findingText(finding: Finding): string {
  const level = { block: paint(31, 'block'), warn: paint(33, 'warn '), note: paint(36, 'note ') }[
    finding.level
  ];
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
    tell(`${paint(31, fault.code)}${where === '' ? '' : ` (${where})`}: ${fault.message}`);
    if (fault.output !== undefined && fault.output.trim() !== '') {
      for (const line of fault.output.trim().split('\n').slice(-30)) tell(`  | ${line}`);
    }
    tell(`  do: ${fault.remedy}`);
    return error.exit;
  }
  tell(
    `${paint(31, 'WL-FAULT')}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  tell('  do: this is a fault of Windlass: report it with the words above');
  return EXIT.failed;
}
