import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { CLOUD_PROGRAM } from '../../../src/drivers/cloud-program.ts';
import { type FakeCloud, fakeCloud, PASSWORD } from './fake-cloud.ts';

export interface Ran {
  readonly rc: number | null;
  readonly out: string;
  readonly err: string;
  /** What the report is told: the lines that begin so, parsed. */
  readonly told: readonly unknown[];
}

/** As an operator's own file looks, with a password that needs quoting. */
export const openrc = (url: string, more = ''): string => `# Zugänge
export OS_AUTH_URL=${url}/v3/
export OS_USERNAME=admin OS_IDENTITY_API_VERSION=3
OS_PASSWORD="p\\"ss\\$ wörd\\\\"  # kept here alone
export OS_PROJECT_NAME='admin'
export OS_PROJECT_DOMAIN_ID=default; export OS_USER_DOMAIN_ID=
export OS_ENDPOINT_TYPE=internalURL
export OS_REGION_NAME=two
${more}`;

/** The password, and what is left of it however it was quoted on the way. */
const SECRETS = [PASSWORD, 'wörd', 'w\\xf6rd', 'w\\u00f6rd'];

const open: { readonly cloud: FakeCloud; readonly dir: string }[] = [];
afterEach(async () => {
  for (const { cloud, dir } of open.splice(0)) {
    await cloud.close();
    rmSync(dir, { recursive: true });
  }
});

/** A cloud, and the real program of a controller that asks it. */
export async function controller(): Promise<{
  readonly cloud: FakeCloud;
  readonly run: (...words: readonly string[]) => Promise<Ran>;
  /** Other credentials than those of `openrc`. */
  readonly knows: (text: string) => void;
}> {
  const cloud = await fakeCloud();
  const dir = mkdtempSync(join(tmpdir(), 'windlass-cloud-'));
  open.push({ cloud, dir });
  const path = join(dir, 'openrc');
  writeFileSync(join(dir, 'cloud.py'), CLOUD_PROGRAM);
  writeFileSync(path, openrc(cloud.url));

  const start = (words: readonly string[]): Promise<Omit<Ran, 'told'>> =>
    new Promise((resolve, reject) => {
      const child = spawn('python3', [join(dir, 'cloud.py'), '--credentials', path, ...words], {
        // No locale and no UTF-8 by itself, as in a unit on stretch.
        env: {
          PATH: process.env.PATH,
          WINDLASS_CALM: '0.05',
          WINDLASS_BUILD: '0.5',
          LC_ALL: 'C',
          PYTHONCOERCECLOCALE: '0',
          PYTHONUTF8: '0',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      let err = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        out += part;
      });
      child.stderr.setEncoding('utf8').on('data', (part: string) => {
        err += part;
      });
      child.once('error', reject);
      child.once('close', (rc) => resolve({ rc, out, err }));
    });
  const run = async (...words: readonly string[]): Promise<Ran> => {
    const ran = await start(words);
    for (const secret of SECRETS) expect(ran.out + ran.err).not.toContain(secret);
    expect(ran.err).not.toContain('Traceback');
    const told = [...ran.out.matchAll(/^told: (.*)$/gm)].map(([, text = '']): unknown => JSON.parse(text));
    return { ...ran, told };
  };
  return { cloud, run, knows: (text) => writeFileSync(path, text) };
}
