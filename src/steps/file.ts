import { z } from 'zod';
import { complaint } from '../drivers/text.ts';
import { sha256 } from '../model/hash.ts';
import { defineStep } from './kind.ts';
import { answer, done, found, refuse, todo, wait } from './verdict.ts';

/** A file with given content. Its undo puts back what was there (`before`), or removes it. */
export const fileWrite = defineStep({
  kind: 'file.write',
  params: z.strictObject({
    path: z.string().startsWith('/'),
    mode: z.string().regex(/^0[0-7]{3}$/),
    content: z.string(),
    before: z.string().nullable(),
    /** What only files of Windlass begin with: one that an earlier plan left there may be written over. */
    ours: z.string().min(20).optional(),
  }),
  commands: ({ path, mode, content }) => [
    { argv: ['install', '-D', '-m', mode, '/dev/stdin', path], input: content },
  ],
  undo: ({ path, mode, before }) =>
    before === null
      ? [{ argv: ['rm', '-f', '--', path] }]
      : [{ argv: ['install', '-D', '-m', mode, '/dev/stdin', path], input: before }],
  looks: ({ path, ours }) => ({
    sum: { argv: ['sha256sum', '--', path] },
    ...(ours === undefined ? {} : { head: { argv: ['head', '-c', '200', '--', path] } }),
  }),
  judge({ path, content, before, ours }, seen) {
    const sum = answer(seen, 'sum');
    if (sum.rc !== 0) return todo(`${path} is not there`);
    if (sum.out.startsWith(sha256(content))) return done(`${path} is as planned`);
    if (ours !== undefined && answer(seen, 'head').out.includes(ours))
      return todo(`${path} is an earlier plan's`);
    return before !== null && sum.out.startsWith(sha256(before))
      ? todo(`${path} is as it was`)
      : refuse(
          `${path} is there and neither this plan's nor what it was planned over`,
          `somebody else's file would be lost: look at it, move it away if it is not needed, then resume`,
        );
  },
});

/** Files that must not be there any more. */
export const fileRemove = defineStep({
  kind: 'file.remove',
  params: z.strictObject({ paths: z.array(z.string().startsWith('/')).min(1) }),
  commands: ({ paths }) => [{ argv: ['rm', '-rf', '--', ...paths] }],
  looks: ({ paths }) => ({ found: { argv: ['find', ...paths, '-maxdepth', '0'] } }),
  judge({ paths }, seen) {
    const left = found(answer(seen, 'found'));
    if (left === undefined) return wait(`find: ${complaint(answer(seen, 'found'))}`);
    return left === ''
      ? done(`${paths.join(', ')}: gone`)
      : todo(`still there: ${left.replace(/\n/g, ', ')}`);
  },
});
