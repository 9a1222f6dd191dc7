import { orAborted, type Prober } from '../attempt.ts';
import type { SecretSource } from '../secret.ts';
import { request, unexpected } from './http.ts';

/** Tokens for one user and project, fetched when first asked for and again when one was refused. */
export interface TokenSource {
  token(): Promise<string>;
  /** Says that a token was refused, so that the next `token()` is another one. */
  refused(token: string): void;
}

/** Longest a token may take: longer than an attempt, since the attempts after it want it too. */
const TOKEN_TIMEOUT_MS = 10_000;

/** Password authentication against keystone v3; attempts that ask at once share one request. */
export function keystoneTokens(
  who: {
    readonly keystone: string;
    readonly user: string;
    readonly project: string;
    readonly domain: string;
    readonly password: string;
  },
  secret: SecretSource,
): TokenSource {
  const { keystone, user, project, domain } = who;
  let known: string | undefined;
  let fetching: Promise<string> | undefined;
  const fetchToken = async (): Promise<string> => {
    const scope = { project: { name: project, domain: { name: domain } } };
    const password = { user: { name: user, domain: { name: domain }, password: await secret(who.password) } };
    const answer = await request(`${keystone.replace(/\/(v3\/?)?$/, '')}/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ auth: { identity: { methods: ['password'], password }, scope } }),
      signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    });
    const token = answer.headers['x-subject-token'];
    if (answer.status !== 201 || typeof token !== 'string') {
      throw new Error(`keystone gave no token: ${unexpected(answer).message}`);
    }
    known = token;
    return token;
  };
  return {
    async token() {
      if (known !== undefined) return known;
      fetching ??= fetchToken().finally(() => {
        fetching = undefined;
      });
      return await fetching;
    },
    refused(token) {
      if (known === token) known = undefined;
    },
  };
}

/** An authenticated GET answers 2xx. A refused token is renewed once within the attempt, as clients do. */
export function apiProbe(url: string, tokens: TokenSource): Prober {
  const get = async (token: string, signal: AbortSignal) =>
    await request(url, { signal, headers: { 'x-auth-token': token, accept: 'application/json' } });
  return {
    async attempt(signal) {
      const token = await orAborted(tokens.token(), signal);
      let answer = await get(token, signal);
      if (answer.status === 401) {
        tokens.refused(token);
        answer = await get(await orAborted(tokens.token(), signal), signal);
      }
      if (answer.status < 200 || answer.status > 299) throw unexpected(answer);
    },
    close: async () => undefined,
  };
}
