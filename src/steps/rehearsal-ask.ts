import { z } from 'zod';
import { readWarm, warmLook } from '../drivers/cloud.ts';
import { fingerprints, readFingerprints } from '../drivers/fingerprint.ts';
import { migrations, readMigrations } from '../drivers/migrations.ts';
import { STATUS } from '../drivers/rehearsal-programs.ts';
import { complaint, json } from '../drivers/text.ts';
import { Argv } from '../model/command.ts';
import { defineStep } from './kind.ts';
import { Database } from './rehearsal.ts';
import { answer, done, refuse, todo, wait } from './verdict.ts';

const Heads = z.array(z.strictObject({ database: Database, module: z.string().regex(/^\w+$/) })).min(1);

/**
 * Every clone is at the heads of the installed code: the sums of all database commands' exit codes are no proof (after a
 * failed expand Neutron's contract ends with 0). Revisions in the database against those in the code's own files.
 */
export const rehearsalHeads = defineStep({
  kind: 'rehearsal.heads',
  params: z.strictObject({ databases: Heads, modules: z.array(z.string().regex(/^\w+$/)).min(1) }),
  commands: () => [],
  looks: ({ databases, modules }) => ({
    code: migrations(modules),
    clones: fingerprints([...new Set(databases.map(({ database }) => database))].sort()),
  }),
  judge({ databases }, seen) {
    const asked = answer(seen, 'code');
    if (asked.rc !== 0) return wait(complaint(asked));
    const code = readMigrations(asked);
    const clones = readFingerprints(answer(seen, 'clones'));
    if (typeof clones === 'string') return wait(clones);
    const heads = new Set(Object.values(code).flatMap((one) => one.heads));
    const off = databases.flatMap(({ database, module }) => {
      const revisions = Object.values(clones[database]?.revisions ?? {}).flat();
      if (code[module] === undefined) return [`${module} brings no migrations`];
      if (revisions.length === 0) return [`${database} tells no revision`];
      const behind = revisions.filter((one) => !heads.has(one));
      return behind.length > 0 ? [`${database} is at ${behind.join(', ')}, which is no head`] : [];
    });
    return off.length === 0
      ? done(`${databases.map(({ database }) => database).join(', ')}: at (head)`)
      : refuse(
          off.join('; '),
          "a database command said it was done and was not: see its output, mend what it names in the live databases' copy, rehearse again",
        );
  },
});

const Checked = z.strictObject({
  rc: z.int(),
  checks: z.array(z.strictObject({ check: z.string(), result: z.string(), details: z.string() })),
  words: z.string(),
});

/**
 * The target's own `upgrade check` of a service, judged check by check. What fails and the real plan has an answer to
 * (`borne`) is told and goes by; anything else that fails stops the rehearsal.
 */
export const rehearsalStatus = defineStep({
  kind: 'rehearsal.status',
  params: z.strictObject({
    path: z.string().startsWith('/'),
    user: z.string().regex(/^[a-z_][\w-]*$/),
    argv: Argv,
    borne: z.array(z.strictObject({ check: z.string(), because: z.string() })),
  }),
  commands: ({ path, user, argv }) => [
    { argv: ['rm', '-f', '--', path] },
    { argv: ['python3', '-', path, user, ...argv], input: STATUS },
  ],
  looks: ({ path }) => ({ kept: { argv: ['cat', '--', path] } }),
  judge({ argv, borne }, seen) {
    const kept = answer(seen, 'kept');
    if (kept.rc !== 0) return todo('not asked yet');
    const told = Checked.safeParse(json(kept.out));
    if (!told.success) return todo('what was kept of it is not whole');
    const { rc, checks, words } = told.data;
    const name = argv.join(' ');
    if (checks.length === 0) {
      return refuse(
        `${name} ended with ${rc} and made no check: ${words || 'it said nothing'}`,
        'run it by hand on the rehearsal host; mend what it names, then resume',
      );
    }
    const bears = (check: string) => borne.find((one) => one.check === check);
    const failed = checks.filter(({ result }) => !['Success', 'Warning'].includes(result));
    const open = failed.filter(({ check }) => bears(check) === undefined);
    if (open.length > 0) {
      return refuse(
        open.map(({ check, result, details }) => `${check}: ${result || 'no result'}: ${details}`).join('; '),
        `mend it in the live cloud before the upgrade (${name} of the target says what), then rehearse again`,
      );
    }
    const warned = checks.filter(({ result }) => result === 'Warning').map(({ check }) => `${check} warns`);
    const said = failed.map(({ check }) => `${check} fails, and ${bears(check)?.because}`);
    return done([`${checks.length} checks`, ...warned, ...said].join('; '));
  },
});

/** One list asked of a service with a token of the rehearsal's own Keystone: code, schema and rows fit each other. */
export const rehearsalList = defineStep({
  kind: 'rehearsal.list',
  params: z.strictObject({ credentials: z.string(), at: z.url(), path: z.string(), login: z.boolean() }),
  commands: () => [],
  looks: ({ credentials, ...asked }) => ({ list: warmLook(credentials, asked) }),
  judge({ path }, seen) {
    const seconds = readWarm(answer(seen, 'list'));
    return typeof seconds === 'string' ? wait(seconds) : done(`${path} answered in ${seconds.join(', ')} s`);
  },
});
