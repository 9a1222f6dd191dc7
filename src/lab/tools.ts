import { existsSync, readFileSync } from 'node:fs';
import { WindlassError } from '../model/error.ts';
import { run } from './command.ts';

/** What making a package repository calls. */
export const REPO_TOOLS: Readonly<Record<string, string>> = {
  '/usr/bin/gpg': 'gnupg',
  '/usr/bin/gpgconf': 'gnupg',
  '/usr/bin/gpgv': 'gpgv',
  '/usr/bin/xz': 'xz-utils',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
};

/** What the lab calls on its machine, and the package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  '/usr/sbin/debootstrap': 'debootstrap',
  '/usr/bin/systemd-nspawn': 'systemd-container',
  '/usr/bin/ssh': 'openssh-client',
  '/usr/bin/ssh-keygen': 'openssh-client',
  '/usr/bin/mount': 'mount',
  '/usr/bin/ping': 'iputils-ping',
};

const hasIp = (): boolean => ['/sbin/ip', '/usr/sbin/ip', '/bin/ip'].some((path) => existsSync(path));

/** Installs what is missing on this machine; says nothing and does nothing when all is there. */
export async function ensureTools(say: (message: string) => void, tools = TOOLS): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new WindlassError({
      code: 'WL-LAB-ROOT',
      message: 'a lab makes real machines and needs root',
      remedy: 'run it as root, or with sudo',
    });
  }
  const missing = Object.entries(tools)
    .filter(([path]) => !existsSync(path))
    .map(([, name]) => name);
  if (tools === TOOLS && !hasIp()) missing.push('iproute2');
  if (missing.length === 0) return;
  const packages = [...new Set(missing)];
  say(`installing ${packages.join(', ')} on this machine`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', '-q', 'update'], { env });
  await run(['apt-get', '-qy', '--no-install-recommends', 'install', ...packages], { env });
}

/**
 * Open vSwitch on a node asks for its kernel module, also where it does without; a kernel that has modules
 * must have loaded it before.
 */
export async function ensureSwitch(): Promise<void> {
  if (!existsSync('/proc/modules') || existsSync('/sys/module/openvswitch')) return;
  await run(['modprobe', 'openvswitch']);
}

/**
 * Root of the unified cgroup tree. Each node gets a folder in it: without one of its own, two systemds
 * would write into the same groups.
 */
export function cgroupRoot(mounts = readFileSync('/proc/mounts', 'utf8')): string {
  const root = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .find((fields) => fields[2] === 'cgroup2')?.[1];
  if (root === undefined) {
    throw new WindlassError({
      code: 'WL-LAB-CGROUP',
      message: 'no unified cgroup tree is mounted',
      remedy: 'mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified',
    });
  }
  return root;
}
