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

/** A session with the cloud's APIs, as its administrator. The openstack CLI takes seconds a call. */
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

/**
 * Logs in as admin and asks every API at `at`: an address of the VIP's or of one controller. `patienceMs` is how long a login
 * and a call may take, where a minute and two are too much.
 */
export async function cloudApi(
  site: Site,
  { at = site.vip, patienceMs }: { readonly at?: string; readonly patienceMs?: number } = {},
): Promise<CloudApi> {
  const url = (service: ApiName, path: string): string => `http://${at}:${API_PORTS[service]}${path}`;
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
  const answer = await answered('keystone', url('keystone', '/v3/auth/tokens'), patienceMs ?? 60_000, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(login),
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
      const reply = await answered(service, url(service, path), patienceMs ?? 120_000, {
        method,
        headers: {
          'x-auth-token': token,
          ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      });
      const bytes = Buffer.from(await reply.arrayBuffer());
      if (!reply.ok && !request.accept?.includes(reply.status)) {
        throw apiFault(service, `${method} ${path}`, reply.status, bytes.toString());
      }
      return { status: reply.status, body: bytes };
    },
  };
}

/** The answer's head, or WL-LAB-API that says who did not answer what: a bare "aborted due to timeout" says nothing. */
async function answered(
  service: string,
  url: string,
  patienceMs: number,
  init: RequestInit,
): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    throw new WindlassError({
      code: 'WL-LAB-API',
      message: `${service} did not answer ${init.method} ${url} within ${patienceMs / 1000} s`,
      remedy: `read /var/log/${service}/ on the controllers, and what HAProxy says of its servers`,
      output: error instanceof Error ? `${error.message} ${String(error.cause ?? '')}`.trim() : String(error),
    });
  }
}

function apiFault(service: string, what: string, status: number, text: string): WindlassError {
  return new WindlassError({
    code: 'WL-LAB-API',
    message: `${service} answered ${status} to ${what}`,
    remedy: `read /var/log/${service}/ on the controllers`,
    output: text.slice(0, 600),
  });
}
