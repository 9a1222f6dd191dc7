import { z } from 'zod';
import { complaint } from '../drivers/text.ts';
import { Argv, type Verdict } from '../model/command.ts';
import { type Answers, defineStep } from './kind.ts';
import { answer, done, refuse, todo } from './verdict.ts';

const Checked = z.strictObject({
  argv: Argv,
  check: z.strictObject({
    argv: Argv,
    input: z.string().optional(),
    done: z.array(z.int()),
    todo: z.array(z.int()),
    meaning: z.string(),
  }),
});
type Checked = z.infer<typeof Checked>;

const looks = ({ check }: Checked) => ({
  check: { argv: check.argv, ...(check.input === undefined ? {} : { input: check.input }) },
});

const judge =
  (past: string, needed: string) =>
  ({ check }: Checked, seen: Answers): Verdict => {
    const asked = answer(seen, 'check');
    if (check.done.includes(asked.rc)) return done(`${past} (${asked.rc}; ${check.meaning})`);
    if (check.todo.includes(asked.rc)) return todo(`${needed} (${asked.rc}; ${check.meaning})`);
    return refuse(
      `the service's own check ended with ${asked.rc}: ${complaint(asked)}`,
      `known are ${check.meaning}; run the check by hand on the node, mend what it names, then resume`,
    );
  };

/**
 * What MariaDB says to a statement that another one made it put off: a deadlock, which a member of Galera also answers
 * where its write met another member's (1213), a lock waited for too long (1205), a member that is not ready for a moment
 * (1047). As PyMySQL writes them, and as the client does. Nothing of the statement is done; a migration of the lab's cloud
 * ended so, with a run that nobody watched (docs/rolling.md).
 */
const PUT_OFF = ['1213', '1205', '1047'].flatMap((code) => [`(${code}, `, `ERROR ${code} `]);

/**
 * One database command of a service. Whether it is needed is asked of the service's own tool: a code that the
 * catalogue does not know is a fault, never a reason to go on.
 */
export const databaseMigrate = defineStep({
  kind: 'database.migrate',
  params: z.strictObject({
    ...Checked.shape,
    /** Why it may not be done here: it is only asked, and refused when there is something to do. */
    forbidden: z.string().optional(),
  }),
  commands: ({ argv, forbidden }) => (forbidden === undefined ? [{ argv }] : []),
  again: { says: PUT_OFF, times: 3 },
  looks: (params) => looks(params),
  judge(params, seen) {
    const verdict = judge('the database is past it', 'the database needs it')(params, seen);
    return verdict.is === 'todo' && params.forbidden !== undefined
      ? refuse(
          `${verdict.because}, with every process stopped, but ${params.forbidden}`,
          'name the service under policy: cutover, plan again, and announce a short window for its API',
        )
      : verdict;
  },
});

/** What a package left broken, put right; asked in the same way. */
export const packageMend = defineStep({
  kind: 'package.mend',
  params: z.strictObject({
    ...Checked.shape,
    file: z.strictObject({ path: z.string().startsWith('/'), content: z.string() }).optional(),
    input: z.string().optional(),
  }),
  commands: ({ argv, file, input }) => [
    ...(file
      ? [{ argv: ['install', '-D', '-m', '0644', '/dev/stdin', file.path], input: file.content }]
      : []),
    { argv, ...(input === undefined ? {} : { input }) },
  ],
  looks: (params) => looks(params),
  judge: (params, seen) => judge('it is whole', 'it is broken')(params, seen),
});
