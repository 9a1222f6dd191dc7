import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { get as getTls, Agent as TlsAgent } from 'node:https';
import { dirname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface ProxyOptions {
  /** Hosts that may be asked, with the scheme they are asked by. */
  readonly origins: readonly string[];
  readonly cache: string;
  /** Folder of the lab's own repositories, served at REPOS_ADDRESS; none if absent. */
  readonly repos?: string;
}

/** Where nodes find the lab's own repositories: a name that only the proxy knows. */
export const REPOS_ADDRESS = 'http://windlass.lab/repos';

const plain = new Agent({ keepAlive: true, maxSockets: 8 });
const tls = new TlsAgent({ keepAlive: true, maxSockets: 8 });

class UpstreamStatus extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`upstream answered ${status}`);
    this.status = status;
  }
}

function ask(url: URL, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? getTls(url, { agent: tls, headers, timeout: 60_000 }, resolve)
        : get(url, { agent: plain, headers, timeout: 60_000 }, resolve);
    request.on('timeout', () => request.destroy(new Error('upstream timed out')));
    request.on('error', reject);
  });
}

/** Where a file that never changes is kept, or undefined for one that must be asked for each time. */
export function cachePath(cache: string, url: URL): string | undefined {
  if (!/\/(pool|by-hash)\//.test(url.pathname)) return undefined;
  const path = normalize(join(cache, url.hostname, decodeURIComponent(url.pathname)));
  return path.startsWith(join(cache, '/')) ? path : undefined;
}

/** Files that never change, by address: the answer is the path of the kept file, fetched if need be. */
export function packageCache(folder: string): (url: URL) => Promise<string> {
  const underWay = new Map<string, Promise<void>>();
  let serial = 0;

  async function fetchInto(url: URL, path: string): Promise<void> {
    const answer = await ask(url, {});
    if (answer.statusCode !== 200) {
      answer.resume();
      throw new UpstreamStatus(answer.statusCode ?? 502);
    }
    mkdirSync(dirname(path), { recursive: true });
    serial += 1;
    const part = `${path}.part-${process.pid}-${serial}`;
    try {
      await pipeline(answer, createWriteStream(part));
      renameSync(part, path);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  }

  return async (url) => {
    const path = cachePath(folder, url);
    if (path === undefined) throw new UpstreamStatus(404);
    if (existsSync(path)) return path;
    const running = underWay.get(path) ?? fetchInto(url, path).finally(() => underWay.delete(path));
    underWay.set(path, running);
    await running;
    return path;
  };
}

/**
 * The file of one of the lab's own repositories that an address names, or undefined: nothing hidden, and
 * nothing outside of the folder, by whatever link.
 */
export function repoFile(repos: string, url: URL): string | undefined {
  const base = new URL(REPOS_ADDRESS);
  const under = `${base.pathname}/`;
  if (url.host !== base.host || !url.pathname.startsWith(under)) return undefined;
  const path = decodeURIComponent(url.pathname.slice(under.length));
  if (path.split('/').some((part) => part.startsWith('.'))) return undefined;
  const file = join(repos, path);
  if (!existsSync(file) || !realpathSync(file).startsWith(join(realpathSync(repos), '/'))) return undefined;
  return statSync(file).isFile() ? file : undefined;
}

/**
 * A forward proxy for apt that needs neither NAT nor DNS on the nodes. What lies under `pool/` and
 * `by-hash/` never changes under its name and is kept for ever; all else passes through.
 */
export function packageProxy(options: ProxyOptions): Server {
  const schemes = new Map(options.origins.map((origin) => [new URL(origin).host, new URL(origin).protocol]));
  const keep = packageCache(options.cache);

  async function serveFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { size, mtime } = statSync(path);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from > 0 && from >= size) {
      response.writeHead(416).end();
      return;
    }
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': size - from,
      'last-modified': mtime.toUTCString(),
      ...(from > 0 ? { 'content-range': `bytes ${from}-${size - 1}/${size}` } : {}),
    });
    await pipeline(createReadStream(path, { start: from }), response);
  }

  async function passThrough(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const headers: Record<string, string> = {};
    for (const name of ['if-modified-since', 'range', 'if-range', 'cache-control']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers[name] = value;
    }
    const answer = await ask(url, headers);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  }

  async function serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (options.repos !== undefined && url.host === new URL(REPOS_ADDRESS).host) {
      const file = repoFile(options.repos, url);
      if (file === undefined) throw new UpstreamStatus(404);
      return serveFile(request, response, file);
    }
    const scheme = schemes.get(url.host);
    if (scheme === undefined) throw new UpstreamStatus(403);
    const upstream = new URL(url);
    upstream.protocol = scheme;
    if (cachePath(options.cache, url) === undefined) return passThrough(request, response, upstream);
    return serveFile(request, response, await keep(upstream));
  }

  return createServer((request, response) => {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    if (request.method !== 'GET' || url === undefined) {
      response.writeHead(403).end();
      return;
    }
    const served = serve(request, response, url);
    served.catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(error instanceof UpstreamStatus ? error.status : 502).end();
    });
  });
}
