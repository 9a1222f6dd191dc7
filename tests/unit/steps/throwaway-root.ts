// This machine's own root under an overlay in memory, in mounts of its own: a real dpkg and apt to change at will.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, Look, Seen } from '../../../src/model/command.ts';

export interface Root {
  /** Runs a program in it, as a node would. */
  run(command: Command | Look): Seen;
  /** A script; throws when it fails. */
  sh(script: string): string;
  close(): void;
}

const MOUNT = `mount -t tmpfs none "$1"
mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" overlay "$1/root"
mount --bind /dev "$1/root/dev"
mount -t proc none "$1/root/proc"
mount -t tmpfs none "$1/root/run"
echo ready
exec sleep 3600
`;

/** Only root may, and only Debian has what is tried. */
export const mayThrowAway =
  process.getuid?.() === 0 && existsSync('/var/lib/dpkg/status') && existsSync('/usr/bin/unshare');

export async function throwawayRoot(): Promise<Root> {
  const dir = mkdtempSync(join(tmpdir(), 'windlass-root-'));
  const holder = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-eu', '-c', MOUNT, 'sh', dir]);
  let said = '';
  holder.stderr.on('data', (part) => {
    said += String(part);
  });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('exit', () => reject(new Error(`no throwaway root: ${said}`)));
  });
  // unshare becomes the shell and then sleep: its process id is the one whose mounts these are.
  const inside = ['-m', '-t', String(holder.pid), 'chroot', join(dir, 'root')];
  const run = ({ argv, input }: Command | Look): Seen => {
    const env = {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LC_ALL: 'C.UTF-8',
      DEBIAN_FRONTEND: 'noninteractive',
    };
    const ran = spawnSync('nsenter', [...inside, ...argv], { input: input ?? '', env, cwd: '/' });
    return { rc: ran.status ?? 255, out: ran.stdout.toString(), err: ran.stderr.toString() };
  };
  return {
    run,
    sh(script) {
      const seen = run({ argv: ['bash', '-euo', 'pipefail', '-s'], input: script });
      if (seen.rc !== 0) throw new Error(`${seen.out}\n${seen.err}`);
      return seen.out;
    },
    close() {
      holder.kill('SIGKILL');
      rmSync(dir, { recursive: true });
    },
  };
}
