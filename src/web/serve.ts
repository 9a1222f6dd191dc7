import { serve as listen, type ServerType } from '@hono/node-server';
import { EXIT, WindlassError } from '../model/error.ts';
import { type AppOptions, createApp } from './app.ts';

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1', '[::1]'];
const ANY = ['0.0.0.0', '::'];

/** Serves the run's page. Loopback unless told otherwise: whoever reaches it can read the run. */
export async function serve(
  options: Pick<AppOptions, 'hub' | 'decisions'> & { readonly host?: string; readonly port?: number },
): Promise<Served> {
  const { host = '127.0.0.1', port = 0 } = options;
  // Bound to every address, it is asked for under names that are not known here.
  const hosts = ANY.includes(host) ? undefined : [...LOOPBACK, host];
  const app = createApp({ ...options, ...(hosts === undefined ? {} : { hosts }) });
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = listen({ fetch: app.fetch, hostname: host, port }, () => resolve(starting));
    starting.on('error', (cause: Error) => {
      reject(
        new WindlassError(
          {
            code: 'WL-SERVE-PORT',
            message: `cannot listen on ${host} port ${port}: ${cause.message}`,
            remedy: 'choose another port with --port',
          },
          EXIT.usage,
          { cause },
        ),
      );
    });
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/`,
    async close() {
      const ended = new Promise<void>((resolve, reject) =>
        server.close((error) => (error === undefined ? resolve() : reject(error))),
      );
      // Pages hold their feed open for as long as they are shown.
      if ('closeAllConnections' in server) server.closeAllConnections();
      await ended;
    },
  };
}
