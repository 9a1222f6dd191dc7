import { z } from 'zod';
import type { Plan } from '../model/plan.ts';
import type { OldCode, Rehearsal } from '../model/rehearsal.ts';

/** What a step of kind `rehearsal.old-code` tells. */
const Told = z.object({
  oldCode: z.strictObject({
    service: z.string(),
    phase: z.enum(['own', 'expanded', 'new']),
    ok: z.boolean().nullable(),
    words: z.string(),
    asked: z.int(),
    wrote: z.int(),
  }),
});
type Answer = z.infer<typeof Told>['oldCode'];

const notTried = (says: string): Omit<OldCode, 'catalogue'> => ({ is: 'not tried', says });

/** On its own schema first: what fails there is not the new schema's fault, and then nothing is said of that. */
function judged(own?: Answer, expanded?: Answer, read?: Answer): Omit<OldCode, 'catalogue'> {
  if (own === undefined) return notTried('the rehearsal did not come to it');
  if (own.ok !== true) return notTried(`it does not work on its own schema here: ${own.words}`);
  if (expanded === undefined) return notTried('the rehearsal did not come to the expanded schema');
  if (expanded.ok === null) return notTried(expanded.words);
  if (!expanded.ok) return { is: 'fails', says: expanded.words };
  if (read?.ok === false) {
    return { is: 'fails', says: `the new code does not read what it wrote: ${read.words}` };
  }
  const did = `${count(expanded.asked, 'list')}${expanded.wrote > 0 ? ` and ${count(expanded.wrote, 'kind')} of rows` : '; nobody knows a row to write'}`;
  const both =
    expanded.wrote === 0
      ? ''
      : read === undefined
        ? '; nobody asked the new code for them'
        : read.ok
          ? ', read by the new code'
          : `; of the new code nothing is known: ${read.words}`;
  return { is: 'lives', says: `${did}${both}` };
}

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;

/** What became of each service's old code, from what the steps told; undefined where no machine was named for it. */
export function oldCodeOf(plan: Plan, told: readonly unknown[]): Rehearsal['old'] {
  const { old } = plan.rehearsal ?? {};
  if (old === undefined) return undefined;
  const answers = told.flatMap((one): Answer[] => {
    const found = Told.safeParse(one);
    return found.success ? [found.data.oldCode] : [];
  });
  return Object.fromEntries(
    Object.entries(old.services).map(([name, { catalogue, because }]) => {
      // A step that was tried again told twice: its last word counts.
      const of = (phase: Answer['phase']): Answer | undefined =>
        answers.findLast((one) => one.service === name && one.phase === phase);
      const is = because === undefined ? judged(of('own'), of('expanded'), of('new')) : notTried(because);
      return [name, { ...is, catalogue }];
    }),
  );
}

/** What it means beside what the catalogue says; nothing where both say the same. */
function hint(name: string, { is, catalogue }: OldCode): string[] {
  if (is === 'lives' && catalogue === 'unknown') {
    return [`hint: the catalogue does not know ${name} on this way; on this schema its old code lives`];
  }
  if (is === 'lives' && catalogue === 'cut-over') {
    return [
      `hint: the plan cuts ${name} over; its old code lives on this schema (whether old and new daemons understand each other was not asked)`,
    ];
  }
  if (is === 'fails' && catalogue !== 'cut-over') {
    return [
      `do: cut ${name} over: policy: {cutover: [${name}]}; the catalogue ${catalogue === 'unknown' ? 'does not know it' : 'says that it rolls'}`,
    ];
  }
  return [];
}

/** The same as lines. */
export function oldCodeLines({ old, from }: Rehearsal): string[] {
  if (old === undefined) {
    return ['old code on the expanded schema: not tried (rehearsal: {old: …} names a machine for it)'];
  }
  return Object.entries(old).flatMap(([name, one]) => [
    `${from.openstack}'s ${name} on the expanded schema: ${one.is}${one.is === 'not tried' ? ` (${one.says})` : `: ${one.says}`}`,
    ...hint(name, one).map((line) => `  ${line}`),
  ]);
}
