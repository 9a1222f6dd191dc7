import { z } from 'zod';
import * as ansible from '../drivers/ansible.ts';
import * as puppet from '../drivers/puppet.ts';
import { complaint, lines, sections } from '../drivers/text.ts';
import { Name } from '../model/cluster.ts';
import { Argv, type Command, type Verdict } from '../model/command.ts';
import { defineStep } from './kind.ts';
import { asking, disabling, enabling, type Paused, Paused as PausedSchema, standing } from './pause.ts';
import { answer, done, todo, wait } from './verdict.ts';

/** A configurer that comes by itself kept off a node. Somebody else's reason is never overwritten. */
export const configureDisable = defineStep({
  kind: 'configure.disable',
  params: PausedSchema,
  commands: disabling,
  undo: enabling,
  looks: asking,
  judge(paused, seen) {
    const is = standing(paused, seen);
    if (is.is === 'stop') return is.verdict;
    if (is.is === 'on') return todo('enabled: it may come at any time');
    // Disabling does not end a run that began before.
    if (is.running !== undefined) return wait(`disabled, but a run is under way (process ${is.running})`);
    return done('disabled by us, and no run is under way');
  },
});

/** The configurer may come by itself again. Only what we disabled is enabled. */
export const configureEnable = defineStep({
  kind: 'configure.enable',
  params: PausedSchema,
  commands: enabling,
  undo: disabling,
  looks: asking,
  judge(paused, seen) {
    const is = standing(paused, seen);
    if (is.is === 'stop') return is.verdict;
    if (is.is === 'ours') return todo('disabled by us');
    return is.marked === true ? todo('enabled, but our mark is still there') : done('enabled');
  },
});

const Codes = z.array(z.int()).min(1);
const common = { node: Name, runs: z.int().min(1) };
const Work = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('puppet'),
    ...common,
    program: z.string().min(1),
    reason: z.string().min(1),
    prove: z.boolean(),
  }),
  z.strictObject({ by: z.literal('ansible'), ...common, apply: Argv, prove: z.boolean() }),
  z.strictObject({
    by: z.literal('command'),
    ...common,
    apply: Argv,
    good: Codes,
    check: z.strictObject({ argv: Argv, converged: Codes }).nullable(),
  }),
]);
type Work = z.infer<typeof Work>;

/** Where a node's last run and its proof are kept; a look of a minute could not wait for either. */
export const configuredMark = (node: string): string => `/run/windlass-configured-${node}`;
/** All that is kept of it. */
export const configuredFiles = (node: string): string[] =>
  ['', '.new', '.output', '.summary', '.summary.report'].map((suffix) => `${configuredMark(node)}${suffix}`);

/** $1: the mark, $2: the good exit codes, then the command. It gets no input: the script's own is standard input. */
const APPLY = `umask 077
mark=$1
good=$2
shift 2
rm -f -- "$mark"
rc=0
"$@" < /dev/null || rc=$?
case " $good " in
  *" $rc "*) exit 0 ;;
esac
printf '== failed\\n%s\\n' "$rc" > "$mark"
echo "exit code $rc, which is not one of: $good" >&2
if [ "$rc" -eq 0 ]; then exit 1; fi
exit "$rc"
`;

/** $1: the mark, then the question. Of its answer only what is judged is kept: a value might be a password. */
const PROVE = `umask 077
mark=$1
shift
rm -f -- "$mark.summary"
rc=0
"$@" < /dev/null > "$mark.output" 2>&1 || rc=$?
{
  printf '== code\\n%s\\n== left\\n' "$rc"
  awk '/^Notice: \\// && /\\(noop\\)/ && match($0, /\\]\\/[a-z_0-9]+: /) {
    print substr($0, 9, RSTART + RLENGTH - 11)
  }' "$mark.output"
  echo '== recap'
  sed -n '/^PLAY RECAP/,$p' "$mark.output"
  echo '== summary'
  if [ -e "$mark.summary" ]; then cat -- "$mark.summary"; fi
} > "$mark.new"
mv -- "$mark.new" "$mark"
rm -f -- "$mark.output" "$mark.summary" "$mark.summary.report"
`;

interface Words {
  readonly apply: Argv;
  readonly good: readonly number[];
  /** Undefined when it cannot be asked whether anything is left. */
  readonly proof?: Argv;
}

function wordsOf(work: Work): Words {
  switch (work.by) {
    case 'puppet':
      return {
        apply: puppet.run(work.program),
        good: puppet.GOOD,
        ...(work.prove ? { proof: puppet.noop(work.program, `${configuredMark(work.node)}.summary`) } : {}),
      };
    case 'ansible':
      return {
        apply: ansible.apply(work.apply),
        good: [0],
        ...(work.prove ? { proof: ansible.check(work.apply) } : {}),
      };
    case 'command':
      return { apply: work.apply, good: work.good, ...(work.check ? { proof: work.check.argv } : {}) };
  }
}

const pausedBy = (work: Work): Paused | undefined =>
  work.by === 'puppet'
    ? { by: 'puppet', node: work.node, program: work.program, reason: work.reason }
    : undefined;

/**
 * A node configured for what it is now, and asked whether anything is left to change. What is judged is the answer,
 * kept on the node: such a run takes minutes, and goes on there when the link is cut.
 */
export const configureApply = defineStep({
  kind: 'configure.apply',
  params: Work,
  commands(work): Command[] {
    const { apply, good, proof } = wordsOf(work);
    const mark = configuredMark(work.node);
    const run = { argv: ['sh', '-eus', '--', mark, good.join(' '), ...apply], input: APPLY };
    return [
      ...Array.from({ length: work.runs }, () => run),
      proof === undefined
        ? { argv: ['install', '-m', '0600', '/dev/stdin', mark], input: '== applied\n' }
        : { argv: ['sh', '-eus', '--', mark, ...proof], input: PROVE },
    ];
  },
  looks(work) {
    const paused = pausedBy(work);
    return { ...(paused ? asking(paused) : {}), mark: { argv: ['cat', '--', configuredMark(work.node)] } };
  },
  judge(work, seen) {
    const paused = pausedBy(work);
    if (paused) {
      // Our run goes past the lock, so nobody else's lock may be there, and no run beside it.
      const is = standing(paused, seen);
      if (is.is === 'stop') return is.verdict;
      if (is.running !== undefined) return wait(`a run is under way (process ${is.running})`);
    }
    const mark = answer(seen, 'mark');
    if (mark.rc === 1 && mark.out === '') return todo('not applied since its work began');
    if (mark.rc !== 0) return wait(`cat: ${complaint(mark)}`);
    return proved(work, sections(mark.out));
  },
});

function proved(work: Work, said: Readonly<Record<string, string>>): Verdict {
  if (said.failed !== undefined) {
    const code = Number(said.failed.trim());
    return todo(`applying failed: ${work.by === 'puppet' ? puppet.meaning(code) : `exit code ${code}`}`);
  }
  if (said.applied !== undefined)
    return done('applied; it cannot be asked whether anything is left to change');
  const code = /^\d+\s*$/.test(said.code ?? '') ? Number(said.code) : undefined;
  if (code === undefined) return todo('what was kept of the run is not whole');
  switch (work.by) {
    case 'puppet':
      return byPuppet(code, said);
    case 'ansible':
      return byAnsible(code, said.recap ?? '');
    case 'command':
      return work.check?.converged.includes(code)
        ? done('applied; its check says that nothing is left to change')
        : todo(`applied, but its check ends with ${code}`);
  }
}

function byPuppet(code: number, said: Readonly<Record<string, string>>): Verdict {
  if (!(puppet.GOOD as readonly number[]).includes(code))
    return todo(`applied, but asked again: ${puppet.meaning(code)}`);
  const sums = puppet.readSums(said.summary ?? '');
  if (typeof sums === 'string') return todo(`applied, but ${sums}`);
  if (sums.failed > 0 || sums.failed_to_restart > 0)
    return todo(`applied, but ${sums.failed + sums.failed_to_restart} resources fail`);
  if (sums.out_of_sync > 0) {
    const left = lines(said.left ?? '');
    return todo(
      `applied, but ${sums.out_of_sync} of ${sums.total} resources would be changed again: ${some(left)}; ` +
        'if they never settle, set `configuration.prove: false`',
    );
  }
  return done(`applied; a run without changes finds ${sums.total} resources as they should be`);
}

function byAnsible(code: number, recap: string): Verdict {
  if (code !== 0) return todo(`applied, but asked again with --check: exit code ${code}`);
  const rows = ansible.readRecap(recap);
  if (rows.length === 0) return todo('applied, but asked again with --check no host matched: see the limit');
  const open = rows.filter(({ changed, unreachable, failed }) => changed + unreachable + failed > 0);
  if (open.length === 0) return done(`applied; --check would change nothing on ${rows.length} hosts`);
  return todo(
    `applied, but --check says ${open.map(({ host, changed, unreachable, failed }) => `${host}: ${changed} to change, ${failed} failed, ${unreachable} unreachable`).join('; ')}; ` +
      'if it never settles, set `configuration.prove: false`',
  );
}

const some = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
