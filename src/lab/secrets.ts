import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretKind } from './service.ts';

const MAKE: Readonly<Record<SecretKind, () => string>> = {
  password: () => randomBytes(18).toString('base64url').replaceAll(/[-_]/g, 'x'),
  cookie: () => randomBytes(16).toString('hex').toUpperCase(),
  fernet: () => randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
  authkey: () => randomBytes(128).toString('hex'),
};

/** Makes those secrets that are not there yet, one file each that only root can read, and returns all. */
export function ensureSecrets(
  folder: string,
  wanted: Readonly<Record<string, SecretKind>>,
): Record<string, string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, kind] of Object.entries(wanted)) {
    const path = join(folder, name);
    if (existsSync(path)) continue;
    writeFileSync(path, MAKE[kind](), { mode: 0o600 });
    chmodSync(path, 0o600);
  }
  const names = readdirSync(folder);
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
