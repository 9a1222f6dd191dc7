import { z } from 'zod';
import { WindlassError } from '../model/error.ts';
import type { ApiName } from './services/api.ts';
import { API_PORTS } from './services/haproxy.ts';
import type { Site } from './site.ts';

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly json?: unknown;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are an answer besides the successes. */
  readonly accept?: readonly number[];
}

/** A session with the cloud's APIs through the VIP, as its administrator. The openstack CLI takes seconds a call. */
export interface CloudApi {
  /** The project it is logged in to. */
  readonly project: string;
  /** For programs that ask by themselves; good for an hour. */
  readonly token: string;
  call(service: ApiName, path: string, request?: ApiRequest): Promise<{ status: number; body: Buffer }>;
}

/** Reads an answer as the schema has it. */
export const readJson = <T extends z.ZodType>(answer: { readonly body: Buffer }, schema: T): z.infer<T> =>
  schema.parse(JSON.parse(answer.body.toString()));

const Login = z.object({ token: z.object({ project: z.object({ id: z.string() }) }) });

/** Logs in as admin. */
export async function cloudApi(site: Site): Promise<CloudApi> {
  const url = (service: ApiName, path: string): string => `http://${site.vip}:${API_PORTS[service]}${path}`;
  const login = {
    auth: {
      identity: {
        methods: ['password'],
        password: {
          user: { name: 'admin', domain: { id: 'default' }, password: site.secret('keystone-admin') },
        },
      },
      scope: { project: { name: 'admin', domain: { id: 'default' } } },
    },
  };
  const answer = await fetch(url('keystone', '/v3/auth/tokens'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(login),
    signal: AbortSignal.timeout(60_000),
  });
  const token = answer.headers.get('x-subject-token');
  const text = await answer.text();
  if (token === null) throw apiFault('keystone', 'POST /v3/auth/tokens', answer.status, text);
  return {
    project: Login.parse(JSON.parse(text)).token.project.id,
    token,
    async call(service, path, request = {}) {
      const method = request.method ?? 'GET';
      const body = request.json === undefined ? request.body : JSON.stringify(request.json);
      const reply = await fetch(url(service, path), {
        method,
        headers: {
          'x-auth-token': token,
          ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
        signal: AbortSignal.timeout(120_000),
      });
      const bytes = Buffer.from(await reply.arrayBuffer());
      if (!reply.ok && !request.accept?.includes(reply.status)) {
        throw apiFault(service, `${method} ${path}`, reply.status, bytes.toString());
      }
      return { status: reply.status, body: bytes };
    },
  };
}

function apiFault(service: string, what: string, status: number, text: string): WindlassError {
  return new WindlassError({
    code: 'WL-LAB-API',
    message: `${service} answered ${status} to ${what}`,
    remedy: `read /var/log/${service}/ on the controllers`,
    output: text.slice(0, 600),
  });
}
