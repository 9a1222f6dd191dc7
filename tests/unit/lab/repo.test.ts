import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LabHome, labHome } from '../../../src/lab/home.ts';
import { packageCache } from '../../../src/lab/proxy.ts';
import { ensureRepo } from '../../../src/lab/repo.ts';
import type { RepoKey } from '../../../src/lab/repo-key.ts';
import type { RepoRecipe } from '../../../src/lab/repo-recipe.ts';
import type { SuiteContext } from '../../../src/lab/repo-suite.ts';

const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
const INDEX = 'main/binary-amd64/Packages.xz';

/** What a made-up archive serves, by path. */
let files: Record<string, string> = {};
let server: Server;
let home: LabHome;
let context: SuiteContext;
let said: string[] = [];

const recipe: RepoRecipe = {
  name: 'new-old',
  about: 'new for old',
  openstack: '2025.1',
  suite: 'old',
  from: 'sid',
  systems: { host: ['api'] },
  along: /^oslo/,
  stay: [],
};
const key: RepoKey = {
  fingerprint: 'F',
  file: '/key.asc',
  sign: async (text) => ({ inRelease: `signed ${text}`, signature: 'signature' }),
};
const ensure = (by = key) => ensureRepo(home, recipe, by, context, (message) => said.push(message));
const folder = (): string => join(home.repos, recipe.name);
const builds = (): string[] => readdirSync(join(home.repos, '.builds'));
const read = (name: string): string => readFileSync(join(folder(), name), 'utf8');

/** Publishes a suite of packages, `name version`, each with a file. */
function publish(archive: string, suite: string, ...packages: string[]): void {
  const stanzas = packages.map((one) => {
    const [name, version] = one.split(' ');
    const path = `pool/${name}_${version}_all.deb`;
    files[`/${archive}/${path}`] = one;
    return `Package: ${name}\nVersion: ${version}\nFilename: ${path}\nSize: ${one.length}\nSHA256: ${sum(one)}\n`;
  });
  const text = stanzas.join('\n');
  files[`/${archive}/dists/${suite}/main/binary-amd64/by-hash/SHA256/${sum(text)}`] = text;
  files[`/${archive}/dists/${suite}/InRelease`] =
    `Date: today\nSHA256:\n ${sum(text)} ${text.length} ${INDEX}\n`;
}

beforeEach(async () => {
  files = {};
  said = [];
  server = createServer((request, response) => {
    const body = files[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  home = labHome(mkdtempSync(join(tmpdir(), 'windlass-repo-')));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  context = {
    mirror: { debian: `${origin}/debian`, security: `${origin}/security` },
    keep: packageCache(home.packages),
    architecture: 'amd64',
    signed: async (_, text) => text,
    unpack: (path) => readFileSync(path, 'latin1'),
  };
  publish('debian', 'old', 'api 1');
  publish('debian', 'old-updates');
  publish('security', 'old-security');
  publish('debian', 'sid', 'api 2', 'unasked 7');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(home.root, { recursive: true });
});

describe('a repository', () => {
  test('is built of what is needed, with its signed indexes', async () => {
    expect((await ensure()).built).toBe(true);
    expect(readdirSync(folder()).sort()).toEqual([
      'InRelease',
      'Packages',
      'Packages.gz',
      'Release',
      'Release.gpg',
      'api_2_all.deb',
      'repo.json',
    ]);
    expect(read('api_2_all.deb')).toBe('api 2');
    expect(read('Packages')).toContain('Filename: ./api_2_all.deb');
    expect(read('InRelease')).toBe(`signed ${read('Release')}`);
    expect(read('Release')).toContain(sum(read('Packages')));
  });

  test('stays as it is when nothing is new', async () => {
    await ensure();
    const before = read('Release');
    expect((await ensure()).built).toBe(false);
    expect(said.at(-1)).toContain('nothing new');
    expect(read('Release')).toBe(before);
  });

  test('stays as it is when the suite moved on without it', async () => {
    await ensure();
    publish('debian', 'sid', 'api 2', 'unasked 8');
    expect((await ensure()).built).toBe(false);
    expect(said.at(-1)).toContain('nothing new for it');
    expect((await ensure()).built).toBe(false);
    expect(said.at(-1)).toBe('nothing new: it stays as it is');
  });

  test('is built anew with a newer version, and the old one goes', async () => {
    await ensure();
    publish('debian', 'sid', 'api 3');
    expect((await ensure()).built).toBe(true);
    expect(existsSync(join(folder(), 'api_3_all.deb'))).toBe(true);
    expect(existsSync(join(folder(), 'api_2_all.deb'))).toBe(false);
    expect(builds()).toHaveLength(1);
  });

  test('is built anew for another key, and when a file of it is gone', async () => {
    await ensure();
    expect((await ensure({ ...key, fingerprint: 'G' })).built).toBe(true);
    rmSync(join(folder(), 'api_2_all.deb'));
    expect((await ensure({ ...key, fingerprint: 'G' })).built).toBe(true);
    expect(read('api_2_all.deb')).toBe('api 2');
  });

  test('is never half: who interrupts leaves the old one, and the next call goes on', async () => {
    await ensure();
    publish('debian', 'sid', 'api 3');
    const cut: RepoKey = { ...key, sign: () => Promise.reject(new Error('cut')) };
    await expect(ensure(cut)).rejects.toThrow('cut');
    expect(read('api_2_all.deb')).toBe('api 2');
    expect(read('InRelease')).toBe(`signed ${read('Release')}`);
    expect((await ensure()).built).toBe(true);
    expect(builds()).toHaveLength(1);
  });

  test('takes no package that is not what the archive signed', async () => {
    files['/debian/pool/api_2_all.deb'] = 'evil!';
    await expect(ensure()).rejects.toMatchObject({ fault: { code: 'WL-LAB-REPO-HASH' } });
    expect(existsSync(folder())).toBe(false);
    files['/debian/pool/api_2_all.deb'] = 'api 2';
    expect((await ensure()).built).toBe(true);
  });

  test('asks again for what lies spoilt in the cache', async () => {
    files['/debian/pool/api_2_all.deb'] = 'half';
    await context.keep(new URL(`${context.mirror.debian}/pool/api_2_all.deb`));
    files['/debian/pool/api_2_all.deb'] = 'api 2';
    await ensure();
    expect(read('api_2_all.deb')).toBe('api 2');
  });

  test('takes no suite without a signature, or that is not there', async () => {
    context = { ...context, signed: () => Promise.reject(new Error('unsigned')) };
    await expect(ensure()).rejects.toThrow('unsigned');
    context = { ...context, signed: async (_, text) => text.replace(INDEX, 'other') };
    await expect(ensure()).rejects.toMatchObject({ fault: { code: 'WL-LAB-REPO-SUITE' } });
    context = { ...context, signed: async (_, text) => text };
    delete files['/security/dists/old-security/InRelease'];
    await expect(ensure()).rejects.toMatchObject({ fault: { output: 'the mirror answered 404' } });
  });
});
