import { z } from 'zod';
import { aheadMark, Disk, diskCommand } from '../drivers/disk.ts';
import { complaint } from '../drivers/text.ts';
import type { Look, Seen } from '../model/command.ts';
import { defineStep } from './kind.ts';
import { answer, done, found, refuse, todo, wait } from './verdict.ts';

/**
 * A provider's word for whether a disk is kept; undefined where it gives none. LVM alone may have it `in part`, which is worth
 * nothing by itself.
 */
function kept({ by }: Disk, seen: Seen): boolean | 'in part' | undefined {
  if (seen.rc === 3 && by === 'lvm') return 'in part';
  return seen.rc === 0 ? true : seen.rc === 1 ? false : undefined;
}

const has = (disk: Disk) => ({ has: diskCommand(disk, 'has') });

/** Only where a plan makes the machine anew. */
const remade = (disk: Disk): Readonly<Record<string, Look>> =>
  disk.by === 'command' && disk.remade ? { remade: { argv: [...disk.remade, disk.node, disk.id] } } : {};

const silent = (seen: Seen) => wait(`the provider does not say whether it has the disk: ${complaint(seen)}`);

/** A node's disk kept by its provider, which is asked whether it has it. Its undo gives the room back. */
export const diskKeep = defineStep({
  kind: 'disk.keep',
  params: Disk,
  commands: (disk) => [diskCommand(disk, 'keep')],
  undo: (disk) => [diskCommand(disk, 'drop')],
  looks: has,
  judge(disk, seen) {
    const { node, id } = disk;
    const is = kept(disk, answer(seen, 'has'));
    if (is === undefined) return silent(answer(seen, 'has'));
    return is === true
      ? done(`${node}'s disk is kept as ${id}`)
      : todo(`no disk of ${node} is kept as ${id}`);
  },
});

/** Nothing is stopped for a way back whose disks are not there. */
export const diskHas = defineStep({
  kind: 'disk.has',
  params: Disk,
  commands: () => [],
  looks: has,
  judge(disk, seen) {
    const { node, id } = disk;
    const is = kept(disk, answer(seen, 'has'));
    if (is === undefined) return silent(answer(seen, 'has'));
    return is === true
      ? done(`${node}'s disk is kept as ${id}`)
      : refuse(
          `the provider has no ${is === false ? '' : 'whole '}disk of ${node} kept as ${id}`,
          'without it there is no way back over the change of the system: go on with the run (windlass resume)',
        );
  },
});

/**
 * A node's disk as it was kept: the mark that was laid on it afterwards is gone. Also where somebody else put it back,
 * and where the provider has it no more because it was put back (a merge of LVM).
 */
export const diskRestore = defineStep({
  kind: 'disk.restore',
  params: Disk,
  commands: (disk) => [diskCommand(disk, 'restore')],
  goesBack: ({ node }) => [node],
  looks: (disk) => ({
    mark: { argv: ['find', aheadMark(disk.id), '-maxdepth', '0'], on: disk.node },
    ...remade(disk),
    ...has(disk),
  }),
  judge(disk, seen) {
    const { node, id } = disk;
    const mark = found(answer(seen, 'mark'));
    if (mark === undefined) return wait(complaint(answer(seen, 'mark')));
    // A machine that was made anew has no mark before the run laid one there.
    const fresh = 'remade' in remade(disk) ? kept(disk, answer(seen, 'remade')) : false;
    if (fresh === undefined) return silent(answer(seen, 'remade'));
    if (mark === '' && !fresh) return done(`${node}'s disk is as it was kept`);
    const is = kept(disk, answer(seen, 'has'));
    if (is === undefined) return silent(answer(seen, 'has'));
    return is
      ? todo(`${node}'s disk is ahead of the kept one`)
      : refuse(
          `${node}'s disk is ahead, and the provider has none kept as ${id}`,
          'look whether a merge is under way (lvs) or somebody dropped it',
        );
  },
});

/** The room that a kept disk takes given back: from then on nothing brings back over the change of the system. */
export const diskDrop = defineStep({
  kind: 'disk.drop',
  params: Disk,
  commands: (disk) => [diskCommand(disk, 'drop')],
  looks: has,
  judge(disk, seen) {
    const { node, id } = disk;
    const is = kept(disk, answer(seen, 'has'));
    if (is === undefined) return silent(answer(seen, 'has'));
    return is ? todo(`${node}'s disk is still kept as ${id}`) : done(`no disk of ${node} is kept as ${id}`);
  },
});

/** A node up again on the system it had. */
export const nodeReturned = defineStep({
  kind: 'node.returned',
  params: z.strictObject({ codename: z.string() }),
  commands: () => [],
  looks: () => ({
    os: { argv: ['cat', '/etc/os-release'] },
    system: { argv: ['systemctl', 'is-system-running'] },
  }),
  judge({ codename }, seen) {
    const is = answer(seen, 'system').out.trim();
    if (!answer(seen, 'os').out.includes(`VERSION_CODENAME=${codename}`)) return todo(`not on ${codename}`);
    return is === 'running' || is === 'degraded'
      ? done(`on ${codename}: ${is}`)
      : wait(`booting: ${is || complaint(answer(seen, 'system'))}`);
  },
});
