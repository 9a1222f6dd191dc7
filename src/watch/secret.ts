import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT, WindlassError } from '../model/error.ts';
import type { SecretRef } from '../model/probe.ts';

/** Turns a reference into the secret. What it returns is for a client's mouth only: never log or store it. */
export type SecretSource = (ref: SecretRef) => Promise<string>;

/** Secrets from files (relative to `base`, the cluster file's folder), the environment, and nodes when a way is given. */
export function secretsFrom(options: {
  readonly base: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly fromNode?: (path: string) => Promise<string>;
}): SecretSource {
  const { base, env = process.env, fromNode } = options;
  return async (ref) => {
    const colon = ref.indexOf(':');
    const place = ref.slice(colon + 1);
    switch (ref.slice(0, colon)) {
      case 'file':
        return await readFile(resolve(base, place), 'utf8').then(
          (text) => text.replace(/\r?\n$/, ''),
          (cause: unknown) => {
            throw absent(ref, 'the file cannot be read', 'make the file readable for you, mode 0600', cause);
          },
        );
      case 'env': {
        const value = env[place];
        if (value === undefined) throw absent(ref, 'the variable is not set', `export ${place} first`);
        return value;
      }
      default:
        if (fromNode === undefined) {
          throw absent(ref, 'a secret on a node cannot be fetched here', 'copy it to a file: file:PATH');
        }
        return await fromNode(place);
    }
  };
}

function absent(ref: SecretRef, why: string, remedy: string, cause?: unknown): WindlassError {
  return new WindlassError(
    { code: 'WL-SECRET-ABSENT', message: `${ref}: ${why}`, remedy },
    EXIT.usage,
    cause === undefined ? undefined : { cause },
  );
}
