// The program that asks a service's code, run for real against an imagined service, with a node's own tools exchanged.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createDoor } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WRITES, type Written } from '../../../src/catalog/rehearsal-writes.ts';
import { OLD_CODE } from '../../../src/drivers/old-code-program.ts';
import { GREETING, RELAY } from '../../../src/drivers/relay-program.ts';
import { redact } from '../../../src/run/redact.ts';

interface Row {
  id: string;
  name: string;
  [field: string]: unknown;
}

/** What the imagined service does wrong, by method and path; the answer's body. */
type Fault = (method: string, path: string) => { status: number; body: string } | undefined;

const PROJECT = 'p1';
let dir = '';
let server: Server;
let port = 0;
let fault: Fault = () => undefined;
let rows: Record<string, Row[]> = {};
let beats: () => unknown[] = () => [];
let asked: string[] = [];

/** Any service with collections: `POST /…/things`, `GET /…/things?name=…`, `GET` and `DELETE /…/things/ID`. */
function answer(method: string, url: URL, body: string): { status: number; body: unknown } {
  if (url.pathname === '/v3/auth/tokens') {
    return { status: 201, body: { token: { catalog: [], project: { id: PROJECT } } } };
  }
  if (url.pathname.endsWith('/os-services')) return { status: 200, body: { services: beats() } };
  const [word = '', ...rest] = url.pathname
    .split('/')
    .filter((one) => one !== '')
    .slice(1);
  const parts = word === PROJECT ? rest : [word, ...rest];
  const kind = url.pathname.startsWith('/resource_providers') ? 'resource_providers' : (parts[0] ?? '');
  const id = url.pathname.startsWith('/resource_providers') ? parts[0] : parts.at(-1);
  const mine = rows[kind] ?? [];
  rows[kind] = mine;
  const single = url.pathname.startsWith('/resource_providers')
    ? parts.length === 1 && word !== ''
    : parts.length > 1;
  const list = { types: 'volume_types', 'os-keypairs': 'keypairs' }[kind] ?? kind;
  if (method === 'POST') {
    const said = JSON.parse(body) as Record<string, unknown>;
    const inner = Object.values(said).find((one) => typeof one === 'object' && one !== null);
    const named = ('name' in said || 'stack_name' in said ? said : inner) as Record<string, string>;
    const name = named.name ?? named.stack_name ?? '';
    const made: Row = {
      id: `${kind}-${mine.length + 1}`,
      uuid: `${kind}-${mine.length + 1}`,
      name,
      stack_name: name,
    };
    for (const [key, value] of Object.entries(named)) if (key.endsWith('_id')) made[key] = value;
    mine.push(made);
    return { status: 201, body: {} };
  }
  const is = (row: Row): boolean => row.id === id || (kind === 'os-keypairs' && row.name === id);
  if (single) {
    const found = mine.find(is);
    if (found === undefined) return { status: 404, body: { error: 'no such row' } };
    if (method === 'DELETE') rows[kind] = mine.filter((row) => !is(row));
    return { status: 200, body: { stack: { ...found, stack_status: 'CREATE_COMPLETE' } } };
  }
  const told = kind === 'os-keypairs' ? mine.map((row) => ({ keypair: { name: row.name } })) : mine;
  return { status: 200, body: { [list]: told } };
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-old-code-'));
  mkdirSync(join(dir, 'log'));
  mkdirSync(join(dir, 'bin'));
  fault = () => undefined;
  rows = {};
  beats = () => [];
  asked = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://x');
      const method = request.method ?? '';
      asked.push(`${method} ${url.pathname}`);
      const wrong = fault(method, url.pathname);
      const { status, body: said } = wrong ?? answer(method, url, body);
      response.writeHead(status, { 'X-Subject-Token': 'secret-t0ken', 'Content-Type': 'application/json' });
      response.end(typeof said === 'string' ? said : JSON.stringify(said));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  writeFileSync(
    join(dir, 'openrc'),
    `OS_AUTH_URL=http://127.0.0.1:${port}/v3\nOS_USERNAME=admin\nOS_PASSWORD=hunter2\nOS_PROJECT_NAME=admin\n`,
  );
  tool('systemctl', 'case "$1" in show) printf "ActiveState=active\\nNRestarts=0\\n";; -q) exit 1;; esac');
  tool('journalctl', 'exit 0');
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true });
});

const tool = (name: string, text: string): void => {
  writeFileSync(join(dir, 'bin', name), `#!/bin/bash\necho "${name} $*" >>${dir}/tools\n${text}\n`);
  chmodSync(join(dir, 'bin', name), 0o755);
};
const log = (text: string): void => writeFileSync(join(dir, 'log', 'service.log'), text, { flag: 'a' });

function python(
  program: string,
  words: readonly string[],
): Promise<{ rc: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-', ...words], {
      env: { PATH: `${dir}/bin:${process.env.PATH}`, LC_ALL: 'C', PYTHONUTF8: '0', PYTHONCOERCECLOCALE: '0' },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (part: Buffer) => {
      out += part.toString();
    });
    child.stderr.on('data', (part: Buffer) => {
      err += part.toString();
    });
    child.once('error', reject);
    child.once('close', (rc) => resolve({ rc, out, err }));
    child.stdin.end(program);
  });
}

interface Result {
  ok: boolean | null;
  words: string;
  asked: number;
  wrote: number;
}

async function ask(service: string, over: Record<string, unknown> = {}): Promise<Result> {
  const path = join(dir, 'result');
  const ran = await python(OLD_CODE, [
    JSON.stringify({
      path,
      phase: 'own',
      service,
      credentials: join(dir, 'openrc'),
      at: `http://127.0.0.1:${port}`,
      login: service === 'keystone',
      units: [`${service}-api`],
      engines: [],
      beats: null,
      http: null,
      reads: [],
      writes: WRITES[service] ?? [],
      logs: [join(dir, 'log')],
      patience: 2,
      clones: port,
      ...over,
    }),
  ]);
  expect([ran.rc, ran.err]).toEqual([0, '']);
  const text = readFileSync(path, 'utf8');
  for (const secret of ['hunter2', 'secret-t0ken']) expect(text + ran.out).not.toContain(secret);
  const found = JSON.parse(text) as Result;
  // The engine redacts what a step tells: nothing may be cut out of it by then, or it could not be read any more.
  const told = JSON.stringify({ oldCode: found });
  expect(redact(told)).toBe(told);
  return found;
}

describe('a service that is asked', () => {
  test.each(Object.keys(WRITES))(
    '%s: every row is made, read back and deleted',
    async (service) => {
      const { ok, words, wrote } = await ask(service);
      expect([ok, words]).toEqual([true, '']);
      expect(wrote).toBe(WRITES[service]?.length);
      const verbs = (method: string) => asked.filter((one) => one.startsWith(`${method} `));
      expect(verbs('DELETE')).toHaveLength(wrote);
      // Beside the rows a ticket is asked for.
      expect(verbs('POST')).toHaveLength(wrote + 1);
      expect(Object.values(rows).flat()).toEqual([]);
      expect(readFileSync(join(dir, 'tools'), 'utf8')).toContain(`systemctl restart -- ${service}-api`);
    },
    20_000,
  );

  test('a row names another one by its id', async () => {
    let kept: Row[] = [];
    fault = (method, path) => {
      if (method === 'DELETE') kept = [...kept, ...Object.values(rows).flat()];
      return path === '' ? { status: 500, body: '' } : undefined;
    };
    await ask('neutron');
    const of = (kind: string) => kept.find(({ id }) => id.startsWith(kind));
    expect(of('ports')).toMatchObject({ network_id: 'networks-1', name: 'windlass-own' });
    expect(of('subnets')).toMatchObject({ network_id: 'networks-1' });
  }, 20_000);

  test('what an earlier try left goes first', async () => {
    rows.images = [{ id: 'old', name: 'windlass-own' }];
    expect(await ask('glance')).toMatchObject({ ok: true });
    expect(rows.images).toEqual([]);
  });

  test('on the expanded schema it leaves a set, which the new code reads and deletes', async () => {
    expect(await ask('glance', { phase: 'expanded' })).toMatchObject({ ok: true, wrote: 1 });
    expect(rows.images?.map(({ name }) => name)).toEqual(['windlass-left']);
    expect(await ask('glance', { phase: 'new', units: [] })).toMatchObject({ ok: true });
    expect(rows.images).toEqual([]);
  });

  test('new code that does not find what the old wrote is told of', async () => {
    expect(await ask('glance', { phase: 'new', units: [] })).toMatchObject({
      ok: false,
      words: '0 of image are called windlass-left',
    });
  });
});

describe('a service that fails', () => {
  const broken: Fault = (method, path) =>
    method === 'GET' && path.startsWith('/v2.0/networks')
      ? { status: 500, body: '{"NeutronError": {"type": "HTTPInternalServerError"}}' }
      : undefined;

  test('is quoted with what its log says from then on', async () => {
    log('2026 ERROR (pymysql.err.OperationalError) an old story\n');
    fault = (method, path) => {
      const said = broken(method, path);
      if (said)
        log(
          `2026 ERROR x (pymysql.err.OperationalError) (1054, "Unknown column 'subnets.in_use' in 'field list'")\n`,
        );
      return said;
    };
    const { ok, words } = await ask('neutron');
    expect(ok).toBe(false);
    expect(words).toMatch(
      /^GET http:\/\/127\.0\.0\.1:\d+\/v2\.0\/networks\?name=windlass-own: 500 .*; \(pymysql\.err\.OperationalError\) \(1054, "Unknown column 'subnets\.in_use' in 'field list'"\)$/,
    );
  }, 20_000);

  test('is quoted without what may be secret', async () => {
    fault = (method, path) => {
      if (method === 'POST' && path.endsWith('/images')) {
        log('TokenError: connection = mysql+pymysql://glance:t0p@127.0.0.1/glance, admin_token: s3cr3t\n');
        return { status: 500, body: '{"auth_token": "abc", "password": "xyz"}' };
      }
      return undefined;
    };
    const { ok, words } = await ask('glance');
    expect(ok).toBe(false);
    for (const secret of ['t0p', 's3cr3t', '"abc"', 'xyz']) expect(words).not.toContain(secret);
    expect(words).toContain('TokenError');
  });

  test('a row that cannot be read back is a failure', async () => {
    fault = (method, path) =>
      method === 'GET' && path.startsWith('/v2/images/') ? { status: 404, body: '{}' } : undefined;
    expect(await ask('glance')).toMatchObject({ ok: false, words: expect.stringContaining('404') });
  });

  test('so is an answer of another shape, and a unit that does not start', async () => {
    fault = (method, path) =>
      method === 'GET' && path === '/v2/images' ? { status: 200, body: '[]' } : undefined;
    expect((await ask('glance')).words).toMatch(/^an answer of another shape/);
    tool('systemctl', 'if [ "$1" = restart ]; then echo "Job failed" >&2; exit 1; fi; exit 1');
    expect(await ask('glance')).toMatchObject({ ok: false, words: 'glance-api does not start: Job failed' });
  });

  test('an API that never answers as it should is one', async () => {
    const http = { url: `http://127.0.0.1:${port}/healthy`, expect: [300] };
    expect((await ask('glance', { http })).words).toMatch(/\/healthy answers 200$/);
  }, 20_000);

  test('is nobody’s fault where no ticket is given, or the clones cannot be reached', async () => {
    fault = (_, path) => (path === '/v3/auth/tokens' ? { status: 401, body: '{}' } : undefined);
    expect(await ask('glance')).toMatchObject({
      ok: null,
      words: expect.stringMatching(/^Keystone gives no/),
    });
    // Keystone is asked for one itself: it is its own fault there.
    expect(await ask('keystone')).toMatchObject({ ok: false });
    fault = broken;
    expect(await ask('neutron', { clones: 1 })).toMatchObject({
      ok: null,
      words: expect.stringMatching(/^the clones could not be reached/),
    });
  }, 30_000);

  test('new code that fails on its own says nothing of the old', async () => {
    fault = (method, path) =>
      method === 'POST' && path === '/v2/images' ? { status: 500, body: '' } : undefined;
    expect(await ask('glance', { phase: 'new', units: [] })).toMatchObject({
      ok: null,
      words: expect.stringMatching(/^the new code fails on its own: POST /),
    });
  });
});

describe('daemons without an API', () => {
  const how = {
    engines: ['nova-conductor'],
    beats: '/v2.1/os-services',
    units: ['nova-conductor', 'nova-api'],
  };
  const beat = (over: object = {}) => ({
    binary: 'nova-conductor',
    state: 'up',
    updated_at: new Date(Date.now() - 300).toISOString().slice(0, 19),
    ...over,
  });

  test('have to write their row after their start', async () => {
    const late = Date.now() + 1500;
    beats = () =>
      Date.now() > late
        ? [beat()]
        : [beat({ updated_at: '2026-01-01T00:00:00' }), beat({ updated_at: null })];
    expect(await ask('nova', { ...how, patience: 20 })).toMatchObject({ ok: true });
    expect(Date.now()).toBeGreaterThan(late);
  }, 30_000);

  test('that write none have failed, and so have those that systemd started again', async () => {
    beats = () => [beat({ state: 'down' })];
    expect((await ask('nova', how)).words).toMatch(/nova-conductor started and wrote nothing for 2 s/);
    beats = () => [beat({ updated_at: new Date().toISOString().slice(0, 19) })];
    tool('systemctl', 'case "$1" in show) printf "ActiveState=active\\nNRestarts=3\\n";; -q) exit 1;; esac');
    expect((await ask('nova', { ...how, patience: 20 })).words).toMatch(
      /nova-conductor is active after 3 restarts/,
    );
  }, 60_000);
});

describe('rows', () => {
  test('are found, read and deleted by addresses of their own', () => {
    for (const [name, all] of Object.entries(WRITES)) {
      const seen = new Set<string>();
      for (const row of all as readonly Written[]) {
        const text = JSON.stringify(row);
        expect([name, text]).toEqual([name, expect.stringContaining('{name}')]);
        expect(row.at).toContain('{id}');
        // What a row names was made before it.
        for (const [, word = ''] of JSON.stringify(row.body).matchAll(/\{([a-z ]+)\}/g)) {
          expect([name, word, word === 'name' || seen.has(word)]).toEqual([name, word, true]);
        }
        seen.add(row.what);
      }
    }
  });
});

describe('the relay', () => {
  async function door(greet: (peer: string) => string): Promise<{ port: number; close: () => void }> {
    const made = createDoor((socket) => {
      socket.on('error', () => undefined);
      socket.write(greet(socket.remoteAddress ?? ''));
      socket.on('data', (part) => socket.end(`you said ${part.toString()}`));
    });
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    return { port: (made.address() as AddressInfo).port, close: () => made.close() };
  }
  async function free(): Promise<number> {
    const { port: found, close } = await door(() => '');
    close();
    return found;
  }
  function say(to: number, words: string, host = '127.0.0.1'): Promise<string> {
    return new Promise((resolve, reject) => {
      const link = connect(to, host);
      let got = '';
      link.on('data', (part: Buffer) => {
        got += part.toString();
      });
      link.once('error', reject);
      link.once('close', () => resolve(got));
      link.once('connect', () => link.write(words));
    });
  }
  test('carries both ways, and ends with either side', async () => {
    const { port: to, close } = await door(() => 'hello, ');
    const at = await free();
    const child = spawn('python3', ['-', 'loopback', String(at), '127.0.0.1', String(to)]);
    child.stdin.end(RELAY);
    try {
      let said = '';
      for (let tries = 0; said === '' && tries < 100; tries += 1) {
        said = await say(at, 'a word').catch(() => '');
        if (said === '') await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(said).toBe('hello, you said a word');
    } finally {
      child.kill();
      close();
    }
  }, 20_000);

  test('a server is known by its first packet, the relay by its unit', async () => {
    const version = '11.8.6-MariaDB';
    const { port: to, close } = await door(() => `\x4a\x00\x00\x00\x0a${version}\x00more`);
    tool('systemctl', 'printf "Description=windlass relay: x\\nActiveState=active\\n"');
    const { out } = await python(GREETING, ['u', String(to)]);
    expect(JSON.parse(out)).toEqual({ active: 'active', description: 'windlass relay: x', server: version });
    close();
    expect(JSON.parse((await python(GREETING, ['u', String(to)])).out)).toMatchObject({ server: '' });
  }, 20_000);

  test('lets in whom it was told of and its own machine, and hangs up on others', async () => {
    const { port: to, close } = await door(() => 'in');
    // 127.0.0.2 is an address of every Linux machine and not the loopback that is always let in.
    const spoken = (local: string, at: number): Promise<string> =>
      new Promise((resolve) => {
        const link = connect({ port: at, host: '127.0.0.1', localAddress: local });
        let got = '';
        link.on('data', (part: Buffer) => {
          got += part.toString();
          link.destroy();
        });
        link.on('error', () => undefined);
        link.once('close', () => resolve(got));
      });
    const one = await relayTo(to);
    const two = await relayTo(to, '127.0.0.2');
    try {
      expect(await spoken('127.0.0.1', one.at)).toBe('in');
      expect(await spoken('127.0.0.2', one.at)).toBe('');
      expect(await spoken('127.0.0.2', two.at)).toBe('in');
    } finally {
      one.child.kill();
      two.child.kill();
      close();
    }
    async function relayTo(target: number, ...from: string[]) {
      const at = await free();
      const child = spawn('python3', ['-', 'any', String(at), '127.0.0.1', String(target), ...from]);
      child.stdin.end(RELAY);
      for (let tries = 0; tries < 100 && (await spoken('127.0.0.1', at)) !== 'in'; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return { at, child };
    }
  }, 20_000);
});
