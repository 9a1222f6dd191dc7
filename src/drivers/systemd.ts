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

/**
 * `systemctl list-units` and `list-unit-files`: services by name. Half an answer is none: on a node that had no time the
 * second did not come within systemd's own 25 s, and every unit that did not run seemed to be gone (lab).
 */
export const services: Look = {
  argv: ['sh', '-eus'],
  input: `export SYSTEMD_BUS_TIMEOUT=50s
echo '== active'
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
/**
 * A unit made from an init script counts as stopped while its daemon runs on (Epoxy's neutron-periodic-workers, whose
 * script ends the wrong process: it served an old cloud with new code after a way back, lab). What bears the unit's name
 * in its group is told to end, and made to after a minute. What agents leave on purpose (dnsmasq, keepalived, haproxy) bears
 * other names.
 */
const LEFT = `left() {
  for unit; do
    name=\${unit%.service}
    for group in "$groups/system.slice/$name.service" "$groups/systemd/system.slice/$name.service"; do
      [ -r "$group/cgroup.procs" ] || continue
      while read -r pid; do
        if tr '\\0 ' '\\n\\n' <"$procs/$pid/cmdline" 2>/dev/null | sed -n '1,2{s|.*/||;p;}' | grep -qxF "$name"; then
          echo "$pid"
        fi
      done <"$group/cgroup.procs"
    done
  done
}
`;
const leftArgs = (units: readonly string[]): Argv => [
  'sh',
  '-eus',
  '--',
  '/sys/fs/cgroup',
  '/proc',
  ...units.map(unitName),
];
const PLACES = 'groups=$1 procs=$2\nshift 2\n';
/** Process ids of daemons that run on though their units have stopped. */
export const leftRunning = (units: readonly string[]): Look => ({
  argv: leftArgs(units),
  input: `${PLACES}${LEFT}left "$@"\n`,
});
export const endLeft = (...units: string[]): Command => ({
  argv: leftArgs(units),
  input: `${PLACES}${LEFT}pids=$(left "$@")
if [ -z "$pids" ]; then exit 0; fi
echo "running on after their units had stopped, and told to end:" $pids
kill $pids
second=0
while [ -n "$(left "$@")" ]; do
  second=$((second + 1))
  if [ "$second" -eq 60 ]; then kill -KILL $(left "$@"); fi
  sleep 1
done
`,
});

/** Beside a unit it keeps it from starting, whoever asks: a boot, a package, a person. No mask: keystone's postinst fails on one. */
const downPath = (unit: string): string => `/etc/systemd/system/${unitName(unit)}.d/windlass-down.conf`;
export const downPaths = (units: readonly string[]): string[] => units.map(downPath);
export const keepDown = (...units: string[]): Command => ({
  argv: ['sh', '-eus', '--', ...downPaths(units)],
  input: `for path; do
  mkdir -p "\${path%/*}"
  printf '# Of windlass: stopped for an upgrade that is under way; it is taken away when the unit may start again.\\n[Unit]\\nConditionPathExists=!/\\n' >"$path.new"
  mv "$path.new" "$path"
done
sync -f /etc/systemd/system
systemctl daemon-reload
`,
});
export const letUp = (...units: string[]): Command => ({
  argv: ['sh', '-eus', '--', ...downPaths(units)],
  input: `gone=
for path; do
  if [ -e "$path" ]; then
    rm "$path"
    rmdir --ignore-fail-on-non-empty "\${path%/*}"
    gone=1
  fi
done
if [ -n "$gone" ]; then systemctl daemon-reload; fi
`,
});
/** Units of a node that are kept down, by their files. */
export const keptDown: Look = {
  argv: ['find', '/etc/systemd/system', '-mindepth', '2', '-maxdepth', '2', '-name', 'windlass-down.conf'],
};
/** All that Windlass laid beside units, the closed door of a new bus among it. */
export const ours: Look = {
  argv: [
    'find',
    '/etc/systemd/system',
    '-mindepth',
    '2',
    '-maxdepth',
    '2',
    '(',
    '-name',
    'windlass-down.conf',
    '-o',
    '-name',
    'windlass-closed.conf',
    ')',
  ],
};
/** Returns when the job is queued. */
export const beginStop = (...units: string[]): Argv => ['systemctl', 'stop', '--no-block', ...units];
export const start = (...units: string[]): Argv => ['systemctl', 'start', ...units];
/**
 * Starts many units, no more at once than two for each core: systemd gives a daemon 90 s to say that it is ready, and fourteen
 * that import Python beside each other on a node that is slow do not keep that; each is then begun anew, and all get
 * slower still (lab: two cores for three controllers, a way back that halted there). One that fails keeps none from its turn.
 */
export const startInTurn = (...units: string[]): Command =>
  units.length <= 2
    ? { argv: start(...units) }
    : {
        argv: ['sh', '-eus', '--', ...units],
        input: `printf '%s\\n' "$@" | xargs -n $(($(nproc) * 2)) systemctl start\n`,
      };
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
/** Of these units, those that no boot would start are enabled; static ones and those of init scripts are left as they are. */
export const enableDisabled = (...units: string[]): Command => ({
  argv: ['sh', '-eus', '--', ...units],
  input: `for unit; do
  state=$(systemctl show -P UnitFileState -- "$unit")
  if [ "$state" = disabled ]; then systemctl enable -- "$unit"; fi
done
`,
});
export const resetFailed = (...units: string[]): Argv => ['systemctl', 'reset-failed', ...units];
