import { spawn } from 'node:child_process';
import type { Prober } from '../attempt.ts';

/** One echo request is answered. The system's `ping` is asked: raw sockets need rights that Windlass need not have. */
export function pingProbe(address: string): Prober {
  return {
    attempt: (signal) =>
      new Promise((resolve, reject) => {
        // -W is longer than any attempt: the attempt's own time-out ends it.
        const child = spawn('ping', ['-n', '-q', '-c', '1', '-W', '10', address], {
          stdio: ['ignore', 'ignore', 'pipe'],
          env: { ...process.env, LC_ALL: 'C' },
          signal,
        });
        let said = '';
        child.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString();
        });
        child.on('error', (error) => reject(signal.aborted ? signal.reason : error));
        child.on('close', (code) => {
          if (code === 0) resolve();
          else reject(new Error(said.trim() || `no echo from ${address}`));
        });
      }),
    close: async () => undefined,
  };
}
