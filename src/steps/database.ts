import { z } from 'zod';
import { complaint } from '../drivers/text.ts';
import { Argv } from '../model/command.ts';
import { defineStep } from './kind.ts';
import { answer, done, refuse, todo } from './verdict.ts';

/**
 * One database command of a service. Whether it is needed is asked of the service's own tool: a code that the
 * catalogue does not know is a fault, never a reason to go on.
 */
export const databaseMigrate = defineStep({
  kind: 'database.migrate',
  params: z.strictObject({
    argv: Argv,
    check: z.strictObject({
      argv: Argv,
      input: z.string().optional(),
      done: z.array(z.int()),
      todo: z.array(z.int()),
      meaning: z.string(),
    }),
  }),
  commands: ({ argv }) => [{ argv }],
  looks: ({ check }) => ({
    check: { argv: check.argv, ...(check.input === undefined ? {} : { input: check.input }) },
  }),
  judge({ check }, seen) {
    const asked = answer(seen, 'check');
    if (check.done.includes(asked.rc)) return done(`the database is past it (${asked.rc}; ${check.meaning})`);
    if (check.todo.includes(asked.rc)) return todo(`the database needs it (${asked.rc}; ${check.meaning})`);
    return refuse(
      `the service's own check ended with ${asked.rc}: ${complaint(asked)}`,
      `known are ${check.meaning}; run the check by hand on the node, mend what it names, then resume`,
    );
  },
});
