import { hostname, userInfo } from 'node:os';
import type { Holder } from '../run/index.ts';

/** Who types: for the journal, the lease and the nodes' fences. */
export function person(): string {
  return process.env.SUDO_USER ?? userInfo().username;
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
