import { z } from 'zod';
import { FOLDER, KEPT } from '../drivers/kept.ts';
import { complaint, lines } from '../drivers/text.ts';
import { defineStep } from './kind.ts';
import { answer, done, todo, wait } from './verdict.ts';

/** Room given back that dumps, packages and configuration of earlier runs take: nothing brings back to them from then on. */
export const keptDrop = defineStep({
  kind: 'kept.drop',
  params: z.strictObject({ folders: z.array(z.string().regex(FOLDER)).min(1) }),
  commands: ({ folders }) => [{ argv: ['rm', '-rf', '--one-file-system', '--', ...folders] }],
  looks: () => ({ there: { argv: ['find', '/var/backups', '-maxdepth', '2', '-path', `${KEPT}/*`] } }),
  judge({ folders }, seen) {
    const there = answer(seen, 'there');
    if (there.rc !== 0) return wait(`the node does not say what is there: ${complaint(there)}`);
    const left = lines(there.out).filter((path) => folders.includes(path));
    return left.length > 0 ? todo(`${left.length} folders of earlier runs`) : done('none of them is left');
  },
});
