import type { Argv, Command, Look, Seen } from '../model/command.ts';
import { lines } from './text.ts';

export interface UnitState {
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  readonly enabled: string;
}

/** State of several units in one command. */
export function unitStates(units: readonly string[]): Look {
  return {
    argv: [
      'systemctl',
      'show',
      '-p',
      'Id,LoadState,ActiveState,SubState,UnitFileState',
      '--',
      ...units.map(unitName),
    ],
  };
}

export function readUnitStates(seen: Seen): Record<string, UnitState> {
  const states: Record<string, UnitState> = {};
  for (const block of seen.out.split(/\n\n+/)) {
    const field = Object.fromEntries(
      lines(block).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    if (field.Id) {
      states[field.Id] = {
        load: field.LoadState ?? '',
        active: field.ActiveState ?? '',
        sub: field.SubState ?? '',
        enabled: field.UnitFileState ?? '',
      };
    }
  }
  return states;
}

export const unitName = (unit: string): string => (/\.\w+$/.test(unit) ? unit : `${unit}.service`);

/** `systemctl list-units` and `list-unit-files`: services by name. */
export const services: Look = {
  argv: ['sh', '-us'],
  input: `echo '== active'
systemctl list-units --all --plain --no-legend --type=service,socket,timer
echo '== enabled'
systemctl list-unit-files --plain --no-legend --type=service,socket,timer
`,
};

export const stop = (...units: string[]): Argv => ['systemctl', 'stop', ...units];
/** Stops what runs of the units, all at once; one that has gone with its package is no fault (`systemctl stop` ends with 5). */
export const stopRunning = (...units: string[]): Command => ({
  argv: ['sh', '-eus', '--', ...units],
  input: `running=
for unit; do
  state=$(systemctl show -P ActiveState -- "$unit")
  case $state in inactive | failed) ;; *) running="$running $unit" ;; esac
done
if [ -n "$running" ]; then systemctl stop -- $running; fi
`,
});
/** Returns when the job is queued. */
export const beginStop = (...units: string[]): Argv => ['systemctl', 'stop', '--no-block', ...units];
export const start = (...units: string[]): Argv => ['systemctl', 'start', ...units];
export const mask = (...units: string[]): Argv => ['systemctl', 'mask', ...units];
export const unmask = (...units: string[]): Argv => ['systemctl', 'unmask', ...units];
/**
 * Units that gave up may be tried again. One that is neither enabled nor running is not loaded, and `reset-failed` of it
 * ends with 1 (`Unit placement-api.service not loaded`, seen on trixie, whose package leaves it disabled).
 */
export const forgive = (...units: string[]): Command => ({
  argv: ['sh', '-eus', '--', ...units],
  input: `for unit; do
  if systemctl -q is-failed -- "$unit"; then systemctl reset-failed -- "$unit"; fi
done
`,
});
export const resetFailed = (...units: string[]): Argv => ['systemctl', 'reset-failed', ...units];
