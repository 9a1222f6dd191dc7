import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cachePath, packageProxy, repoFile } from '../../../src/lab/proxy.ts';

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

let cache = '';
let upstream: Server;
let proxy: Server;
let origin = '';
let proxyPort = 0;
let asked: string[] = [];

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'windlass-proxy-'));
  asked = [];
  upstream = createServer((req, res) => {
    asked.push(req.url ?? '');
    if (req.url?.includes('missing') === true) res.writeHead(404).end();
    else res.writeHead(200, { 'content-length': 10 }).end('0123456789');
  });
  origin = `http://127.0.0.1:${await listen(upstream)}`;
  mkdirSync(join(cache, 'repos/.builds/epoxy@1'), { recursive: true });
  writeFileSync(join(cache, 'repos/.builds/epoxy@1/Packages'), 'Package: a');
  symlinkSync('.builds/epoxy@1', join(cache, 'repos/epoxy'));
  proxy = packageProxy({ origins: [origin], cache, repos: join(cache, 'repos') });
  proxyPort = await listen(proxy);
});

afterEach(() => {
  proxy.closeAllConnections();
  proxy.close();
  upstream.closeAllConnections();
  upstream.close();
  rmSync(cache, { recursive: true });
});

const through = (
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: proxyPort, path: url, headers, agent: false }, (res) => {
      let body = '';
      res.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body }));
    });
    call.on('error', reject);
    call.end();
  });

describe('the package proxy', () => {
  test('keeps what never changes and asks for it once', async () => {
    const url = `${origin}/debian/pool/main/a/a_1.deb`;
    const both = await Promise.all([through(url), through(url)]);
    expect(both.map((one) => one.body)).toEqual(['0123456789', '0123456789']);
    expect((await through(url)).status).toBe(200);
    expect(asked).toEqual(['/debian/pool/main/a/a_1.deb']);
    expect(readFileSync(join(cache, '127.0.0.1/debian/pool/main/a/a_1.deb'), 'utf8')).toBe('0123456789');
  });

  test('asks each time for what may change', async () => {
    const url = `${origin}/debian/dists/bookworm/InRelease`;
    await through(url);
    await through(url);
    expect(asked).toHaveLength(2);
  });

  test('goes on where a download stopped', async () => {
    const url = `${origin}/debian/pool/main/a/a_1.deb`;
    await through(url);
    expect(await through(url, { range: 'bytes=7-' })).toEqual({ status: 206, body: '789' });
    expect((await through(url, { range: 'bytes=10-' })).status).toBe(416);
  });

  test('keeps nothing of a failure', async () => {
    const url = `${origin}/debian/pool/main/m/missing.deb`;
    expect((await through(url)).status).toBe(404);
    expect(existsSync(join(cache, '127.0.0.1/debian/pool/main/m/missing.deb'))).toBe(false);
  });

  test('serves the mirror and nothing else', async () => {
    expect((await through('http://elsewhere.example/debian/pool/x.deb')).status).toBe(403);
    expect((await through('/')).status).toBe(403);
  });

  test('serves the lab’s own repositories, as apt asks for a flat one', async () => {
    const url = 'http://windlass.lab/repos/epoxy/./Packages';
    expect(await through(url)).toEqual({ status: 200, body: 'Package: a' });
    expect(await through(url, { range: 'bytes=8-' })).toEqual({ status: 206, body: ' a' });
    expect((await through('http://windlass.lab/repos/epoxy/Sources')).status).toBe(404);
    expect((await through('http://windlass.lab/repos/epoxy')).status).toBe(404);
    expect((await through('http://windlass.lab/keys/id_ed25519')).status).toBe(404);
    expect(asked).toEqual([]);
  });

  test('knows no repositories where it was given none', async () => {
    const bare = packageProxy({ origins: [origin], cache });
    const whole = proxyPort;
    proxyPort = await listen(bare);
    expect((await through('http://windlass.lab/repos/epoxy/Packages')).status).toBe(403);
    proxyPort = whole;
    bare.closeAllConnections();
    bare.close();
  });

  test.each([
    'epoxy/../../secret',
    'epoxy/%2e%2e/%2e%2e/secret',
    'epoxy%2f..%2f..%2fsecret',
    '%2e%2e/secret',
    '.builds/epoxy@1/Packages',
    'away/secret',
    '..%2frepos-other%2fsecret',
    'epoxy/%00',
  ])('serves nothing outside of its repositories: %s', async (path) => {
    writeFileSync(join(cache, 'secret'), 'secret');
    mkdirSync(join(cache, 'repos-other'));
    writeFileSync(join(cache, 'repos-other/secret'), 'secret');
    symlinkSync('..', join(cache, 'repos/away'));
    expect(repoFile(join(cache, 'repos'), new URL(`http://windlass.lab/repos/${path}`))).toBeUndefined();
    expect((await through(`http://windlass.lab/repos/${path}`)).status).toBe(404);
  });

  test('never leaves its folder', () => {
    expect(cachePath('/cache', new URL('http://h/debian/pool/a.deb'))).toBe('/cache/h/debian/pool/a.deb');
    expect(cachePath('/cache', new URL('http://h/pool/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/x'))).toBeUndefined();
    expect(cachePath('/cache', new URL('http://h/debian/dists/x'))).toBeUndefined();
  });
});
