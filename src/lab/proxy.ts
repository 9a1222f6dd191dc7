import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
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
}

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

/**
 * A forward proxy for apt that needs neither NAT nor DNS on the nodes. What lies under `pool/` and
 * `by-hash/` never changes under its name and is kept for ever; all else passes through.
 */
export function packageProxy(options: ProxyOptions): Server {
  const schemes = new Map(options.origins.map((origin) => [new URL(origin).host, new URL(origin).protocol]));
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

  function once(url: URL, path: string): Promise<void> {
    const running = underWay.get(path);
    if (running !== undefined) return running;
    const started = fetchInto(url, path).finally(() => underWay.delete(path));
    underWay.set(path, started);
    return started;
  }

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

  return createServer((request, response) => {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    const scheme = url === undefined ? undefined : schemes.get(url.host);
    if (request.method !== 'GET' || url === undefined || scheme === undefined) {
      response.writeHead(403).end();
      return;
    }
    const upstream = new URL(url);
    upstream.protocol = scheme;
    const path = cachePath(options.cache, url);
    const served =
      path === undefined
        ? passThrough(request, response, upstream)
        : (existsSync(path) ? Promise.resolve() : once(upstream, path)).then(() =>
            serveFile(request, response, path),
          );
    served.catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(error instanceof UpstreamStatus ? error.status : 502).end();
    });
  });
}
