import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeEndpoint, readEndpoint, takeEndpoint } from '../../../src/drivers/cloud.ts';
import { CLOUD_PROGRAM } from '../../../src/drivers/cloud-program.ts';

const Endpoint = z.object({
  service_id: z.string(),
  interface: z.string(),
  region_id: z.string().nullable(),
  url: z.string(),
});
type Endpoint = z.infer<typeof Endpoint> & { readonly id: string };
const Body = z.object({
  endpoint: Endpoint.partial().optional(),
  service: z.object({ type: z.string(), name: z.string(), description: z.string() }).optional(),
});

/** Keystone's list of services and endpoints, as far as the program asks it. */
let services: { id: string; type: string }[] = [];
let endpoints: Endpoint[] = [];
let changes: string[] = [];
let server: Server;
let dir = '';
let url = '';

function answer(method: string, path: string, text: string): { status: number; body: unknown } {
  const { endpoint, service } = Body.parse(text === '' ? {} : JSON.parse(text));
  const id = path.split('/').at(-1) ?? '';
  if (method !== 'GET') changes.push(`${method} ${path}`);
  if (method === 'GET')
    return { status: 200, body: path.endsWith('/services') ? { services } : { endpoints } };
  if (method === 'DELETE') {
    services = services.filter((one) => one.id !== id);
    endpoints = endpoints.filter((one) => one.id !== id);
    return { status: 204, body: undefined };
  }
  if (method === 'PATCH') {
    endpoints = endpoints.map((one) => (one.id === id ? { ...one, url: endpoint?.url ?? '' } : one));
    return { status: 200, body: {} };
  }
  if (service) {
    services.push({ id: `s-${service.type}`, type: service.type });
    return { status: 201, body: { service: { id: `s-${service.type}` } } };
  }
  endpoints.push({ ...Endpoint.parse(endpoint), id: `e${endpoints.length + 1}` });
  return { status: 201, body: {} };
}

beforeEach(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const path = request.url ?? '';
      if (path === '/v3/auth/tokens') {
        response.writeHead(201, { 'X-Subject-Token': 't', 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ token: { catalog: [], project: { id: 'p' } } }));
        return;
      }
      const { status, body } = path.startsWith('/v3/')
        ? answer(request.method ?? '', path, text)
        : { status: 404, body: {} };
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const at = server.address();
  url = `http://127.0.0.1:${at !== null && typeof at === 'object' ? at.port : 0}`;
  dir = mkdtempSync(join(tmpdir(), 'windlass-endpoints-'));
  writeFileSync(join(dir, 'cloud.py'), CLOUD_PROGRAM);
  // As clouds of Mitaka's days have it: by v2.0.
  writeFileSync(
    join(dir, 'openrc'),
    `OS_AUTH_URL=${url}/v2.0\nOS_USERNAME=admin\nOS_PASSWORD=s3cr3t\nOS_TENANT_NAME=admin\n`,
  );
  changes = [];
  services = [
    { id: 's1', type: 'volumev2' },
    { id: 's2', type: 'identity' },
  ];
  const end = (service_id: string, face: string, to: string): Endpoint => ({
    id: `e${face}-${service_id}`,
    service_id,
    interface: face,
    region_id: 'one',
    url: to,
  });
  endpoints = [
    ...['public', 'internal', 'admin'].map((face) =>
      end('s1', face, `http://${face}.example:8776/v2/%(tenant_id)s`),
    ),
    end('s2', 'public', 'http://public.example:5000/v2.0'),
    end('s2', 'admin', 'http://admin.example:35357/v3'),
  ];
});
afterEach(async () => {
  rmSync(dir, { recursive: true });
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const cinder = {
  credentials: '',
  type: 'volumev3',
  name: 'cinderv3',
  description: 'Volumes v3',
  like: 'volumev2',
  cut: '/v2/',
  to: '/v3/%(project_id)s',
};
const identity = { ...cinder, type: 'identity', like: 'identity', cut: '/v2.0', to: '/v3' };

/** The real program with these words, after its own path and the credentials. */
function run(argv: readonly string[]): Promise<{ rc: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const words = argv.slice(4);
    const child = spawn('python3', [join(dir, 'cloud.py'), '--credentials', join(dir, 'openrc'), ...words], {
      env: { PATH: process.env.PATH, WINDLASS_CALM: '0.05', LC_ALL: 'C' },
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      err += part;
    });
    child.once('error', reject);
    child.once('close', (rc) => resolve({ rc, out, err }));
  });
}
const asked = (argv: readonly string[]): readonly string[] => argv.filter((word) => word !== '--make');
const urls = (type: string): string[] => {
  const ids = services.filter((one) => one.type === type).map(({ id }) => id);
  return endpoints.filter((one) => ids.includes(one.service_id)).map((one) => one.url);
};

describe('endpoints of a new type', () => {
  test('are told and not made when only asked', async () => {
    const ran = await run(asked(makeEndpoint(cinder)));
    expect(ran).toMatchObject({ rc: 0, err: '' });
    expect(readEndpoint({ ...ran, rc: 0 })).toMatchObject({
      there: 0,
      left: [
        { interface: 'public', region: 'one', url: 'http://public.example:8776/v3/%(project_id)s' },
        { interface: 'internal' },
        { interface: 'admin' },
      ],
    });
    expect(changes).toEqual([]);
  });

  test('are made once, each after one of the other type, and taken away with their service', async () => {
    expect((await run(makeEndpoint(cinder))).rc).toBe(0);
    expect(urls('volumev3')).toEqual([
      'http://public.example:8776/v3/%(project_id)s',
      'http://internal.example:8776/v3/%(project_id)s',
      'http://admin.example:8776/v3/%(project_id)s',
    ]);
    changes = [];
    await run(makeEndpoint(cinder));
    expect(changes).toEqual([]);
    await run(takeEndpoint(cinder));
    expect(urls('volumev3')).toEqual([]);
    expect(services.map(({ type }) => type)).toEqual(['volumev2', 'identity']);
  });

  test('an operator’s own are left as they are', async () => {
    services.push({ id: 's3', type: 'volumev3' });
    endpoints.push({
      id: 'own',
      service_id: 's3',
      interface: 'public',
      region_id: 'one',
      url: 'https://own.example/volume/v3',
    });
    await run(makeEndpoint(cinder));
    expect(urls('volumev3')).toContain('https://own.example/volume/v3');
    expect(urls('volumev3')).toHaveLength(3);
    await run(takeEndpoint(cinder));
    expect(urls('volumev3')).toEqual(['https://own.example/volume/v3']);
  });

  test('after addresses that are otherwise than thought are not guessed', async () => {
    const ran = await run(makeEndpoint({ ...cinder, cut: ':1234' }));
    expect(ran.rc).toBe(1);
    expect(ran.err).toContain('otherwise than thought');
    expect(changes).toEqual([]);
  });
});

describe('endpoints of the same type', () => {
  test('that end otherwise are changed, the others left; the old release serves them so too', async () => {
    await run(makeEndpoint(identity));
    expect(urls('identity')).toEqual(['http://public.example:5000/v3', 'http://admin.example:35357/v3']);
    expect(changes).toHaveLength(1);
    await run(takeEndpoint(identity));
    expect(changes).toHaveLength(1);
    const again = await run(asked(makeEndpoint(identity)));
    expect(readEndpoint({ ...again, rc: 0 })).toMatchObject({ left: [] });
  });
});
