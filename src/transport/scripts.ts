import type { Fence, Job } from '../model/link.ts';
import { decodeTo, quoteArgv, quoteWord } from './quote.ts';

/** Exit codes of the node-side scripts; the numbers are far from those of shells and coreutils. */
export const SCRIPT = { fenced: 93, held: 94, unsure: 95 } as const;

/** Seconds without a sign of life after which a holder may be taken for gone. */
export const IDLE = 60;

/** Characters of a job's output that are brought back. */
export const TAIL = 16_384;

/** Bytes of a running job's output in which its last line is looked for. */
const LAST_LINE = 1000;

/**
 * Takes the node's lock: the state folder itself, so that nothing is left behind. The folder may be removed by the
 * holder before us; then we hold a lock on nothing and take it again.
 */
function locked(folder: string): string {
  return `set -eu
umask 077
D=${quoteWord(folder)}
n=0
while :; do
  mkdir -p "$D"
  exec 9<"$D"
  flock -w 20 9
  if [ "$(stat -L -c %i /proc/self/fd/9)" = "$(stat -c %i "$D" 2>/dev/null || echo gone)" ]; then break; fi
  n=$((n + 1))
  if [ "$n" -gt 20 ]; then echo "the lock on $D could not be taken" >&2; exit 1; fi
done
field() { sed -n "s/^$1=//p" "$D/fence"; }
`;
}

/** Goes on only if the node's fence is exactly ours; a fenced-off orchestrator can thus change nothing. */
function fenced(fence: Fence): string {
  return `if [ ! -f "$D/fence" ]; then echo "nobody" ; exit ${SCRIPT.fenced}; fi
if [ "$(field cluster)" != ${quoteWord(fence.cluster)} ] || [ "$(field run)" != ${quoteWord(fence.run)} ] || [ "$(field epoch)" != ${quoteWord(String(fence.epoch))} ]; then
  cat "$D/fence"; exit ${SCRIPT.fenced}
fi
`;
}

function runFolder(run: string): string {
  return `R="$D/runs/"${quoteWord(run)}\n`;
}

/**
 * What the transient unit runs: every command in order, to the first failure or the time-out. Each beginning is on
 * disk before its command is, so that after a power cut nobody can take a begun command for one that never ran.
 */
export function runner(job: Job, folder: string): string {
  const steps = job.commands.map((command, index) => `run ${index} ${quoteArgv(command.argv)}`).join('\n');
  return `#!/bin/sh
J=${quoteWord(`${folder}/runs/${job.run}/${job.unit}`)}
umask 077
exec >>"$J/output" 2>&1 </dev/null
mkdir "$J/started" || exit 0
up() { read -r u rest </proc/uptime; echo "\${u%%.*}"; }
T=$(up)
end() {
  printf '%s %s %s\\n' "$1" "$2" "$(($(up) - T))" >"$J/rc.new" && sync "$J/rc.new" && mv "$J/rc.new" "$J/rc" && sync "$J"
  exit 0
}
note() {
  printf '%s %s\\n' "$*" "$(date +%s)" >>"$J/record" && sync "$J/record" "$J" && return
  echo "windlass: the record cannot be written"
  end 97 "$2"
}
run() {
  i=$1; shift
  note begin "$i"
  left=$((${Math.ceil(job.timeout)} - $(up) + T))
  if [ "$left" -lt 1 ]; then
    echo "windlass: no time left for command $i"
    rc=124
  else
    in=/dev/null
    if [ -f "$J/input-$i" ]; then in="$J/input-$i"; fi
    (cd / && umask 022 && exec timeout -k 30 "$left" "$@" <"$in")
    rc=$?
  fi
  note end "$i" "$rc"
  if [ "$rc" -ne 0 ]; then end "$rc" "$i"; fi
}
${steps}
end 0 -
`;
}

/**
 * Starts a job once: a unit that runs, has begun a command or has ended is left alone. A folder without a begun
 * command and without a live unit is what a crash before the start leaves: it is made anew.
 */
export function startScript(job: Job, fence: Fence, folder: string, path: string): string {
  const inputs = job.commands.flatMap((command, index) =>
    command.input === undefined ? [] : [`${decodeTo(command.input)} >"$J/input-${index}"`],
  );
  const unit = quoteWord(`${job.unit}.service`);
  return `${locked(folder)}${fenced(fence)}${runFolder(job.run)}J="$R/"${quoteWord(job.unit)}
if [ -f "$J/rc" ]; then exit 0; fi
if [ -s "$J/record" ]; then exit 0; fi
${activeState(unit)}
case "$state" in active | activating | deactivating | reloading) exit 0 ;; esac
rm -rf "$J"
mkdir -p "$J"
${decodeTo(runner(job, folder))} >"$J/runner"
${inputs.join('\n')}
for f in "$J"/*; do sync "$f"; done
sync "$J" "$R" "$D/runs" "$D"
version=$(systemctl --version | sed -n '1s/^systemd \\([0-9]*\\).*/\\1/p')
collect=
if [ "\${version:-0}" -ge 236 ]; then collect=--collect; fi
systemd-run --quiet --unit=${unit} $collect --property=RuntimeMaxSec=${Math.ceil(job.timeout) + 120} \\
  --setenv=DEBIAN_FRONTEND=noninteractive --setenv=LC_ALL=C.UTF-8 --setenv=PATH=${quoteWord(path)} \\
  --setenv=HOME="$HOME" --setenv=NEEDRESTART_SUSPEND=1 /bin/sh "$J/runner" 9<&- >&2
`;
}

/** Sets \`state\`; when systemd itself does not answer (it is being replaced) nothing may be concluded. */
function activeState(unit: string): string {
  return `state=$(systemctl show --property=ActiveState ${unit} | sed -n 's/^ActiveState=//p')
if [ -z "$state" ]; then echo "systemd does not say whether the unit runs" >&2; exit ${SCRIPT.unsure}; fi`;
}

/**
 * Prints \`absent\`, \`running SECONDS\`, \`ended RC FAILED SECONDS\` or \`lost\`, then the output's end; of a job that runs
 * its last line.
 */
export function pollScript(unit: string, run: string, folder: string): string {
  return `set -eu
D=${quoteWord(folder)}
${runFolder(run)}J="$R/"${quoteWord(unit)}
over() { printf 'ended %s\\n' "$(cat "$J/rc")"; tail -c ${TAIL} "$J/output"; exit 0; }
if [ ! -d "$J" ]; then echo absent; exit 0; fi
if [ -f "$J/rc" ]; then over; fi
${activeState(quoteWord(`${unit}.service`))}
case "$state" in
active | activating | deactivating | reloading)
  now=$(date +%s)
  began=$now
  if [ -s "$J/record" ]; then began=$(sed -n '1s/^begin [0-9]* //p' "$J/record"); fi
  echo "running $((now - began))"
  tail -c ${LAST_LINE} "$J/output" 2>/dev/null | tail -n 1
  exit 0 ;;
esac
if [ -f "$J/rc" ]; then over; fi
if [ -s "$J/record" ]; then echo lost; tail -c ${TAIL} "$J/output"; else echo absent; fi
`;
}

/**
 * Takes the node for a run: when it is free, when it is ours from before, or by force when the holder has shown no
 * sign of life. Prints whose it stays and for how many seconds they have been silent when it is refused.
 */
export function fenceScript(fence: Fence, force: boolean, folder: string): string {
  const text = `cluster=${fence.cluster}\nrun=${fence.run}\nepoch=${fence.epoch}\nholder=${fence.holder}\n`;
  return `${locked(folder)}take() {
  ${decodeTo(text)} >"$D/fence.new"
  sync "$D/fence.new"
  mv "$D/fence.new" "$D/fence"
  sync "$D"
  exit 0
}
if [ ! -f "$D/fence" ]; then take; fi
if [ "$(field cluster)" = ${quoteWord(fence.cluster)} ] && [ "$(field run)" = ${quoteWord(fence.run)} ] && [ "$(field epoch)" -le ${fence.epoch} ]; then take; fi
${
  fence.replaces === undefined
    ? ''
    : `if [ "$(field cluster)" = ${quoteWord(fence.cluster)} ] && [ "$(field run)" = ${quoteWord(fence.replaces)} ] && [ "$(field epoch)" -lt ${fence.epoch} ]; then take; fi
`
}idle=$(($(date +%s) - $(stat -c %Y "$D/fence")))
if [ ${force ? 1 : 0} = 1 ] && [ "$idle" -ge ${IDLE} ]; then take; fi
echo "idle=$idle"
cat "$D/fence"
exit ${SCRIPT.held}
`;
}

/** Makes the folder of a file that is about to be brought, for root alone. */
export function beforeCarryScript(path: string, fence: Fence, folder: string): string {
  return `${locked(folder)}${fenced(fence)}mkdir -p "$(dirname ${quoteWord(path)})"\n`;
}

/** A file that was brought beside its place takes it. */
export function afterCarryScript(aside: string, path: string, fence: Fence, folder: string): string {
  return `${locked(folder)}${fenced(fence)}mv -f -- ${quoteWord(aside)} ${quoteWord(path)}\n`;
}

export function beatScript(fence: Fence, folder: string): string {
  return `${locked(folder)}${fenced(fence)}touch "$D/fence"\n`;
}

/** Leaves the node as if Windlass had never been there; other runs' records, if any, stay. */
export function releaseScript(fence: Fence, folder: string): string {
  return `${locked(folder)}${fenced(fence)}${runFolder(fence.run)}rm -rf "$R"
rm -f "$D/fence"
for f in "$D/runs" "$D"; do
  if [ -d "$f" ] && [ -z "$(ls -A "$f")" ]; then rmdir "$f"; fi
done
`;
}
