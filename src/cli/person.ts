import { readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { Origin } from '../model/event.ts';
import type { Holder } from '../run/index.ts';

/** Who types: for the journal, the lease and the nodes' fences. */
export function person(): string {
  // Only sudo's own word is taken: anybody can set a variable, and a gate may be open to some people alone.
  const sudo = process.getuid?.() === 0 ? process.env.SUDO_USER : undefined;
  return sudo ?? userInfo().username;
}

/** Where they type: for the audit. */
export function origin(): Origin {
  const tty = terminal();
  // `client port server port`, as sshd sets it.
  const [client] = (process.env.SSH_CONNECTION ?? '').split(' ');
  return {
    host: hostname(),
    ...(tty === undefined ? {} : { tty }),
    ...(client ? { client } : {}),
  };
}

function terminal(): string | undefined {
  if (process.stdin.isTTY !== true) return undefined;
  try {
    return readlinkSync('/proc/self/fd/0');
  } catch {
    // No /proc, as on other systems: that it was a terminal is all there is to tell.
    return 'tty';
  }
}

export function holder(): Holder {
  return { name: person(), host: hostname(), pid: process.pid };
}

/** Whether a process of this machine lives. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but is somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
