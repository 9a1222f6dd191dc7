import { connect } from 'node:net';
import type { Prober } from '../attempt.ts';

/** A new connection is accepted. */
export function tcpProbe(address: string, port: number): Prober {
  return {
    attempt: (signal) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: address, port });
        const onAbort = (): void => {
          socket.destroy();
          reject(signal.reason);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        socket.on('connect', () => {
          signal.removeEventListener('abort', onAbort);
          // Reset, not closed: thousands of connections a minute must not linger in TIME_WAIT.
          socket.resetAndDestroy();
          resolve();
        });
        socket.on('error', reject);
      }),
    close: async () => undefined,
  };
}
