import { type IncomingHttpHeaders, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { Prober } from '../attempt.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body; the rest is read and left. */
  readonly body: string;
}

const BODY_KEPT = 64 * 1024;

/** One request on a connection of its own, as a command line client makes it. The whole answer must arrive. */
export async function request(
  url: string,
  options: {
    readonly signal: AbortSignal;
    readonly method?: 'GET' | 'POST';
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  },
): Promise<Answer> {
  const { signal, method = 'GET', headers = {}, body } = options;
  const call = url.startsWith('https:') ? secure : plain;
  return await new Promise((resolve, reject) => {
    const outgoing = call(url, { method, headers, signal, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      let kept = 0;
      incoming.on('data', (chunk: Buffer) => {
        if (kept < BODY_KEPT) chunks.push(chunk);
        kept += chunk.length;
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString().slice(0, BODY_KEPT);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      });
    });
    outgoing.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    outgoing.end(body);
  });
}

/** Status and the first words of an answer nobody wanted. */
export function unexpected({ status, body }: Answer): Error {
  // HAProxy and web servers answer in HTML: its words, without the tags.
  const words = body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 120);
  return new Error(words === '' ? `HTTP ${status}` : `HTTP ${status}: ${words}`);
}

/** A document is served with one of the expected statuses. */
export function httpProbe(url: string, expect: readonly number[]): Prober {
  return {
    async attempt(signal) {
      const answer = await request(url, { signal });
      if (!expect.includes(answer.status)) throw unexpected(answer);
    },
    close: async () => undefined,
  };
}
