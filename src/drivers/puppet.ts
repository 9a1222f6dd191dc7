import { parse } from 'yaml';
import { z } from 'zod';
import type { Argv, Look, Seen } from '../model/command.ts';
import { complaint, sections } from './text.ts';

/**
 * `--test` says the same with two words less, but it also turns on `show_diff`, and no `--no-show_diff` takes that
 * back: passwords in configuration files would be in the output (puppet 7.23 `setup_test`; seen in the lab).
 * `--no-usecacheonfailure`: without its server the agent would apply the last catalogue it has, the old one.
 */
const ONCE = [
  '--onetime',
  '--no-daemonize',
  '--verbose',
  '--no-splay',
  '--no-usecacheonfailure',
  '--detailed-exitcodes',
  '--no-show_diff',
  '--color=false',
];

/**
 * A lock that is never there: so our own run is not refused by the lock that keeps all others off. The agent is
 * let go only after that run went well (puppet 7.23 `agent/disabler.rb`; seen in the lab).
 */
const PAST_LOCK = '--agent_disabled_lockfile=/run/windlass-not-disabled';

/** Never overwrites a lock that is there, and says nothing of it (puppet 7.23 `util/lockfile.rb`; seen in the lab). */
export const disable = (program: string, reason: string): Argv => [program, 'agent', '--disable', reason];
export const enable = (program: string): Argv => [program, 'agent', '--enable'];

/** One run. 0: nothing to change, 2: changed; both good. 1: could not run; 4 and 6: some resource failed (man puppet-agent). */
export const run = (program: string): Argv => [program, 'agent', ...ONCE, PAST_LOCK];
export const GOOD = [0, 2] as const;

/**
 * One run that changes nothing, its sums in a file of its own. Its exit code is 0 whether or not something is left to
 * change (puppet 7.23 `transaction/report.rb` counts only what was changed; seen in the lab): the sums tell.
 */
export const noop = (program: string, summary: string): Argv => [
  program,
  'agent',
  ...ONCE,
  '--noop',
  '--no-report',
  PAST_LOCK,
  `--lastrunfile=${summary}`,
  `--lastrunreport=${summary}.report`,
];

const MEANINGS: Readonly<Record<number, string>> = {
  1: 'it could not run: no server, no certificate, no catalogue, or another run was under way',
  4: 'resources failed',
  6: 'resources were changed and others failed',
};
/** A run's exit code in words. */
export const meaning = (code: number): string => MEANINGS[code] ?? `exit code ${code}`;

/** The agent's two locks: who forbade it to run, and a run that is under way. Their places differ by version. */
const LOCKS = `if ! command -v "$1" > /dev/null; then
  echo '== absent'
  exit 0
fi
settings=$("$1" config print --section agent agent_disabled_lockfile agent_catalog_run_lockfile)
disabled=$(printf '%s\\n' "$settings" | sed -n 's/^agent_disabled_lockfile = //p')
running=$(printf '%s\\n' "$settings" | sed -n 's/^agent_catalog_run_lockfile = //p')
test -n "$disabled"
test -n "$running"
echo '== present'
if [ -e "$disabled" ]; then
  echo '== disabled'
  cat -- "$disabled"
  echo
fi
if [ -s "$running" ]; then
  pid=$(cat -- "$running")
  # A lock that outlived its run names a process that is gone, or is somebody else by now.
  if grep -qs puppet "/proc/$pid/cmdline"; then
    echo '== running'
    echo "$pid"
  fi
fi
`;
export const locks = (program: string): Look => ({ argv: ['sh', '-eus', '--', program], input: LOCKS });

export type Locks =
  | { readonly is: 'absent' }
  /** `reason` when it is disabled, `running` the process of a run under way. */
  | { readonly is: 'present'; readonly reason?: string; readonly running?: string };

const Disabled = z.object({ disabled_message: z.string().optional() });

/** Puppet's own words for a lock without a reason (`application/agent.rb`). */
const NO_REASON = 'reason not specified';

/** Who holds the agent; a string with the tool's words when it could not be asked. */
export function readLocks(seen: Seen): Locks | string {
  if (seen.rc !== 0) return complaint(seen);
  const said = sections(seen.out);
  if (said.absent !== undefined) return { is: 'absent' };
  if (said.present === undefined) return `puppet said something else: ${complaint(seen)}`;
  return {
    is: 'present',
    ...(said.disabled === undefined ? {} : { reason: reasonOf(said.disabled.trim()) }),
    ...(said.running === undefined ? {} : { running: said.running.trim() }),
  };
}

/** The lock file is JSON since puppet 3; an empty or foreign one is a lock all the same. */
function reasonOf(text: string): string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return text === '' ? NO_REASON : text;
  }
  const parsed = Disabled.safeParse(raw);
  return (parsed.success ? parsed.data.disabled_message : undefined) ?? NO_REASON;
}

const Sums = z.object({
  resources: z.object({
    total: z.int(),
    failed: z.int(),
    failed_to_restart: z.int(),
    out_of_sync: z.int(),
  }),
});
export type Sums = z.infer<typeof Sums>['resources'];

/** The sums of `last_run_summary.yaml`; a string when there are none: a run without a catalogue counts zeros only. */
export function readSums(text: string): Sums | string {
  if (text.trim() === '') return 'puppet wrote no summary of its run';
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    return `puppet's summary is not YAML: ${String(error)}`;
  }
  const parsed = Sums.safeParse(raw);
  return parsed.success && parsed.data.resources.total > 0
    ? parsed.data.resources
    : "puppet's summary counts no resources: the run had no catalogue";
}
