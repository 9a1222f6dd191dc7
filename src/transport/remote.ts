import { spawn } from 'node:child_process';
import type { Making } from '../model/machine.ts';
import type { Host, SshOptions } from '../model/ssh.ts';
import { NODE_PATH, rootScript, sshArgs } from './options.ts';
import { quoteArgv } from './quote.ts';

/**
 * Runs a command as root on a host that no run holds, as one that makes a machine there, and gives its exit code and what
 * it wrote; what it says on its way goes to this terminal. `defaults` are the cluster's ways in, `base` is where its
 * relative paths are read from. Throws when ssh itself cannot be started.
 */
export function runOn(
  { address, ssh }: Host,
  { argv, input = '' }: Making,
  { defaults, base }: { readonly defaults: SshOptions; readonly base: string },
): Promise<{ readonly code: number | null; readonly out: string }> {
  const args = sshArgs(
    { ...defaults, ...ssh },
    address,
    rootScript(NODE_PATH, `exec ${quoteArgv(argv)}`),
    base,
  );
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out }));
    // A host that refuses at once never reads it: the exit code tells.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
