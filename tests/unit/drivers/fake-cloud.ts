// A small cloud in memory that answers as keystone, nova, placement, glance and neutron do, so that the real program of
// src/drivers/cloud-program.ts is asked and not a copy of its thoughts. Time stands still in it: what takes time in a
// cloud takes so many looks here.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Answer, type Item, no, paged, type Route } from './fake-http.ts';
import { Neutron } from './fake-neutron.ts';
import { Nova } from './fake-nova.ts';

export const PASSWORD = 'p"ss$ wörd\\';
/** The only endpoints that may be asked by the credentials of these tests. */
const RIGHT = 'internal/two';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly version: string | undefined;
  readonly body: unknown;
  /** 0: the connection was cut. */
  readonly status: number;
}

/** What goes wrong on the way, so many times, with requests that match. */
export interface Fault {
  readonly on: string | RegExp;
  readonly times: number;
  /**
   * An answer instead of the service's own; `cut` ends the connection, `half` in the middle of the answer; `leaves`: it
   * is answered, and then nobody listens for a while, as when an API is taken over.
   */
  readonly how: number | 'cut' | 'half' | 'page' | 'leaves';
  /** The service has done what it was asked all the same. */
  readonly taken?: boolean;
}

export interface FakeCloud {
  readonly url: string;
  readonly nova: Nova;
  readonly neutron: Neutron;
  readonly images: Item[];
  /** Every request that reached a service, in order. */
  readonly calls: Call[];
  /** Tokens given so far, and how many requests the next one will be good for. */
  tokens: number;
  tokenLife: number;
  /** Items a list gives at once. */
  pageSize: number;
  readonly faults: Fault[];
  called(method: string, path: string | RegExp): Call[];
  close(): Promise<void>;
}

const SERVICES = { identity: '', compute: '/v2.1', placement: '', image: '', network: '' };

async function read(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text === '' ? undefined : JSON.parse(text);
}

/** A cloud on this machine's loopback. */
export async function fakeCloud(): Promise<FakeCloud> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A fault of this cloud, not of the program that asks it: told at once, by whoever runs the tests.
      response.destroy();
      throw error;
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  const shut = (everybody = true): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      if (everybody) server.closeAllConnections();
    });
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;

  let back = Promise.resolve();
  const leave = async (gone: Promise<void>): Promise<void> => {
    await gone;
    await new Promise((resolve) => setTimeout(resolve, 200));
    await listen(port);
  };

  const left = new Map<string, number>();
  const cloud: FakeCloud = {
    url: `http://127.0.0.1:${port}`,
    nova: new Nova(() => cloud.pageSize),
    neutron: new Neutron(() => cloud.pageSize),
    images: [{ id: 'i-1', name: 'tiny' }],
    calls: [],
    tokens: 0,
    tokenLife: Number.POSITIVE_INFINITY,
    pageSize: 1000,
    faults: [],
    called: (method, path) =>
      cloud.calls.filter(
        (call) =>
          call.method === method &&
          (typeof path === 'string' ? call.path.startsWith(path) : path.test(call.path)),
      ),
    async close() {
      await back;
      await shut();
    },
  };

  function login(body: unknown): Answer {
    const asked = JSON.stringify(body);
    if (!asked.includes(`"password":${JSON.stringify(PASSWORD)}`))
      return no(401, `wrong credentials: ${asked}`);
    cloud.tokens += 1;
    left.set(`token-${cloud.tokens}`, cloud.tokenLife);
    // In this order, so that the first endpoint of a service is never the right one.
    const at = ['public/two', 'internal/one', RIGHT, 'admin/two'];
    const catalog = Object.entries(SERVICES).map(([type, root]) => ({
      type,
      endpoints: at.map((place) => {
        const [iface = '', region = ''] = place.split('/');
        return { interface: iface, region, url: `${cloud.url}/${place}/${type}${root}` };
      }),
    }));
    return {
      status: 201,
      headers: { 'X-Subject-Token': `token-${cloud.tokens}` },
      body: { token: { catalog, project: { id: 'p-admin' } } },
    };
  }

  function answer(
    request: IncomingMessage,
    place: string,
    kind: string,
    path: string,
    body: unknown,
  ): Answer {
    if (place !== RIGHT) return no(410, `nobody is to ask ${place}`);
    const token = String(request.headers['x-auth-token']);
    const uses = left.get(token) ?? 0;
    if (uses <= 0) return no(401, 'this token is over');
    left.set(token, uses - 1);
    const routes: Readonly<Record<string, readonly Route[]>> = {
      compute: cloud.nova.routes,
      placement: cloud.nova.placement,
      network: cloud.neutron.routes,
      image: [['GET', /^\/v2\/images$/, ({ query }) => paged(cloud.pageSize, 'images', cloud.images, query)]],
    };
    const url = new URL(path, 'http://any');
    for (const [method, pattern, act] of routes[kind] ?? []) {
      const match = pattern.exec(url.pathname);
      if (match && method === request.method)
        return act({ ids: match.slice(1), query: url.searchParams, body });
    }
    return no(404, `${kind} knows no ${request.method} ${path}`);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const url = request.url ?? '';
    const asked = `${request.method} ${url}`;
    const at = cloud.faults.findIndex(({ on }) =>
      typeof on === 'string' ? asked.includes(on) : on.test(asked),
    );
    const fault = cloud.faults[at];
    if (fault !== undefined) {
      cloud.faults.splice(at, 1, ...(fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : []));
    }
    const [, place = '', kind = '', path = ''] = /^\/(\w+\/\w+)\/(\w+)(\/.*)$/.exec(url) ?? [];
    const own = (): Answer =>
      url === '/v3/auth/tokens'
        ? login(body)
        : answer(request, place, kind, path.replace(/^\/v2\.[01]/, ''), body);
    const said: Answer =
      fault === undefined || fault.taken === true || fault.how === 'leaves' ? own() : no(0, 'not asked');
    const how = fault?.how;
    const status = typeof how === 'number' ? how : how === 'cut' ? 0 : said.status;
    const version = request.headers['openstack-api-version'];
    cloud.calls.push({
      method: request.method ?? '',
      path: path.replace(/^\/v2\.[01]/, '') || url,
      version: typeof version === 'string' ? version : undefined,
      // Never kept: it is what no output may hold.
      body: url === '/v3/auth/tokens' ? undefined : body,
      status,
    });
    if (how === 'cut') {
      request.socket.destroy();
      return;
    }
    if (how === 'page') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>starting</html>');
      return;
    }
    const text = JSON.stringify(
      typeof how === 'number' ? { error: { message: 'on the way' } } : (said.body ?? {}),
    );
    if (how === 'half') {
      response.writeHead(200, { 'Content-Length': text.length + 100 });
      response.write(text, () => request.socket.destroy());
      return;
    }
    // Nobody new gets in from now on; who is in gets the answer and is sent away.
    const gone = how === 'leaves' ? shut(false) : undefined;
    response.writeHead(status, { ...said.headers, 'Content-Type': 'application/json', Connection: 'close' });
    response.end(status === 204 ? '' : text, () => {
      if (gone) back = leave(gone);
    });
  }

  return cloud;
}
