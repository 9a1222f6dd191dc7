import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { apiProbe, keystoneTokens } from '../../../src/watch/probes/api.ts';
import { httpProbe } from '../../../src/watch/probes/http.ts';
import { pingProbe } from '../../../src/watch/probes/ping.ts';
import { tcpProbe } from '../../../src/watch/probes/tcp.ts';

const servers: (Server | TcpServer)[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
async function web(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(handle))}`;
}
const within = (ms: number): AbortSignal => AbortSignal.timeout(ms);
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  servers.pop();
  return port;
}

describe('tcp', () => {
  it('is served by a listener and refused without one', async () => {
    const port = await listen(createTcpServer((socket) => socket.on('error', () => undefined)));
    await tcpProbe('127.0.0.1', port).attempt(within(2000));
    await expect(tcpProbe('127.0.0.1', await closedPort()).attempt(within(2000))).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});

describe('http', () => {
  it('takes the expected statuses, on a new connection each time', async () => {
    const ports = new Set<number | undefined>();
    const url = await web((request, response) => {
      ports.add(request.socket.remotePort);
      response.writeHead(300).end('{"versions": []}');
    });
    const probe = httpProbe(url, [200, 300]);
    await probe.attempt(within(2000));
    await probe.attempt(within(2000));
    expect(ports.size).toBe(2);
  });

  it('quotes an answer that nobody wanted', async () => {
    const url = await web((_, response) =>
      response.writeHead(503).end('<html><h1>503 Service Unavailable</h1>\nNo server is available.</html>'),
    );
    await expect(httpProbe(url, [200]).attempt(within(2000))).rejects.toThrow(
      'HTTP 503: 503 Service Unavailable No server is available.',
    );
  });

  it('is not served by half an answer', async () => {
    const url = await web((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    await expect(httpProbe(url, [200]).attempt(within(2000))).rejects.toThrow(/aborted|hang up|reset/i);
  });

  it('ends when time is up', async () => {
    const url = await web(() => undefined);
    await expect(httpProbe(url, [200]).attempt(AbortSignal.timeout(50))).rejects.toThrow(/timeout/i);
    (servers[0] as Server).closeAllConnections();
  });
});

describe('api', () => {
  /** A keystone that gives tokens t1, t2, … and an API that takes only the newest. */
  async function cloud(options: { keystoneUp: () => boolean }) {
    let given = 0;
    let valid = 't1';
    const bodies: unknown[] = [];
    const url = await web((request, response) => {
      if (request.url === '/v3/auth/tokens') {
        let text = '';
        request.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        request.on('end', () => {
          bodies.push(JSON.parse(text));
          if (!options.keystoneUp()) {
            response.writeHead(503).end('no backend');
            return;
          }
          given += 1;
          valid = `t${given}`;
          response.writeHead(201, { 'x-subject-token': valid }).end('{}');
        });
        return;
      }
      const served = request.headers['x-auth-token'] === valid;
      response.writeHead(served ? 200 : 401).end(served ? '{"images": []}' : 'no');
    });
    const tokens = keystoneTokens(
      { keystone: `${url}/v3`, user: 'admin', project: 'admin', domain: 'Default', password: 'env:PW' },
      async () => 'geheim',
    );
    return {
      probe: apiProbe(`${url}/v2/images`, tokens),
      bodies,
      given: () => given,
      revoke: () => {
        valid = 'none';
      },
    };
  }

  it('fetches one token for attempts side by side and keeps it', async () => {
    const { probe, bodies, given } = await cloud({ keystoneUp: () => true });
    await Promise.all([1, 2, 3].map(async () => await probe.attempt(within(2000))));
    await probe.attempt(within(2000));
    expect(given()).toBe(1);
    expect(bodies[0]).toEqual({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'admin', domain: { name: 'Default' }, password: 'geheim' } },
        },
        scope: { project: { name: 'admin', domain: { name: 'Default' } } },
      },
    });
  });

  it('renews a refused token within the attempt', async () => {
    const { probe, given, revoke } = await cloud({ keystoneUp: () => true });
    await probe.attempt(within(2000));
    revoke();
    await probe.attempt(within(2000));
    expect(given()).toBe(2);
  });

  it('fails with keystone’s answer when there is no token to be had, and recovers', async () => {
    let up = false;
    const { probe } = await cloud({ keystoneUp: () => up });
    const failure = await probe.attempt(within(2000)).catch((error: unknown) => error);
    expect(String(failure)).toContain('keystone gave no token: HTTP 503: no backend');
    expect(String(failure)).not.toContain('geheim');
    up = true;
    await probe.attempt(within(2000));
  });
});

describe('ping', () => {
  it('hears the loopback, and says who does not answer', async () => {
    await pingProbe('127.0.0.1').attempt(within(5000));
    await expect(pingProbe('no-such-host.invalid').attempt(within(5000))).rejects.toThrow(
      'no-such-host.invalid',
    );
  });

  it('ends when time is up', async () => {
    const limit = new AbortController();
    const attempt = pingProbe('127.0.0.1').attempt(limit.signal);
    limit.abort(new Error('time is up'));
    await expect(attempt).rejects.toThrow('time is up');
  });

  describe('at a steady rate', () => {
    let dir = '';
    /** Puts a `ping` before the system's, which notes each process and goes on as the system's, unless told otherwise. */
    function noted(before = ''): () => number[] {
      dir = mkdtempSync(join(tmpdir(), 'windlass-ping-'));
      const real = execFileSync('sh', ['-c', 'command -v ping'], { encoding: 'utf8' }).trim();
      const notes = join(dir, 'notes');
      writeFileSync(notes, '');
      writeFileSync(join(dir, 'ping'), `#!/bin/sh\necho $$ >> ${notes}\n${before}\nexec ${real} "$@"\n`);
      chmodSync(join(dir, 'ping'), 0o755);
      vi.stubEnv('PATH', `${dir}:${process.env.PATH}`);
      return () => readFileSync(notes, 'utf8').trim().split('\n').map(Number);
    }
    afterEach(() => {
      vi.unstubAllEnvs();
      rmSync(dir, { recursive: true, force: true });
    });

    it('asks by one process, begins another when that is gone, and leaves none behind', async () => {
      const pids = noted();
      const probe = pingProbe('127.0.0.1', 20);
      for (let count = 0; count < 5; count += 1) await probe.attempt(within(5000));
      const [first = 0, ...more] = pids();
      expect(more).toEqual([]);
      process.kill(first);
      await vi.waitFor(() => probe.attempt(within(5000)), 5000);
      expect(pids()).toHaveLength(2);
      await probe.close();
      for (const pid of pids()) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    });

    it('asks by a process each where ping may not be asked so often', async () => {
      const pids = noted(
        '[ "$2" = -q ] || { echo "ping: cannot flood; minimal interval allowed for user is 200ms" >&2; exit 2; }',
      );
      const probe = pingProbe('127.0.0.1', 20);
      for (let count = 0; count < 2; count += 1) await probe.attempt(within(5000));
      expect(pids()).toHaveLength(3);
      await probe.close();
    });

    it('ends an attempt when its time is up, and says who does not answer', async () => {
      const limit = new AbortController();
      const probe = pingProbe('127.0.0.1', 5);
      const attempt = probe.attempt(limit.signal);
      limit.abort(new Error('time is up'));
      await expect(attempt).rejects.toThrow('time is up');
      await probe.close();
      await expect(pingProbe('no-such-host.invalid', 20).attempt(within(5000))).rejects.toThrow(
        'no-such-host.invalid',
      );
    });
  });
});
