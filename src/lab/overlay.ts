import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { WindlassError } from '../model/error.ts';

/** A root filesystem: read-only layers (topmost first) under one that is written. */
export interface Overlay {
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly at: string;
}

/** Whether something is mounted at a path. */
export function isMounted(at: string): boolean {
  if (!existsSync(at)) return false;
  const path = realpathSync(at);
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === path);
}

function call(argv: readonly string[], remedy: string): void {
  const [program = '', ...rest] = argv;
  const ran = spawnSync(program, rest, { encoding: 'utf8' });
  if (ran.status !== 0) {
    throw new WindlassError({
      code: 'WL-LAB-MOUNT',
      message: `${argv.slice(0, 2).join(' ')} … ended with ${ran.status}`,
      remedy,
      output: ran.stderr.trim(),
    });
  }
}

/** Mounts an overlay; nothing is done when it is mounted already. */
export function mountOverlay(overlay: Overlay): void {
  for (const folder of [overlay.upper, overlay.work, overlay.at]) mkdirSync(folder, { recursive: true });
  if (isMounted(overlay.at)) return;
  // redirect_dir: a folder that lies in a layer can be renamed, as on any disk; Nova does so when a guest leaves.
  const options = [
    `lowerdir=${overlay.lowers.join(':')}`,
    `upperdir=${overlay.upper}`,
    `workdir=${overlay.work}`,
    'redirect_dir=on',
  ].join(',');
  call(
    ['mount', '-t', 'overlay', 'overlay', '-o', options, overlay.at],
    'the kernel needs overlayfs, and the lab’s folder must be on a filesystem that can carry it (ext4, xfs)',
  );
}

/** Unmounts a path; nothing is done when nothing is mounted there. */
export function unmount(at: string): void {
  if (isMounted(at)) call(['umount', at], 'a process still stands in the folder: `fuser -vm` names it');
}
