import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import type { LabHome } from './home.ts';

/** Where the public key lies on a node that uses a repository of the lab. */
export const REPO_KEY_ON_NODE = '/etc/apt/keyrings/windlass-lab.asc';

/** Where it lies on this machine. */
export const publicKeyFile = (home: LabHome): string => join(home.repos, 'windlass-lab.asc');

/** The key that signs the lab's repositories. */
export interface RepoKey {
  readonly fingerprint: string;
  /** Its public half, armoured: what goes into `Signed-By`. */
  readonly file: string;
  /** Signs a text: as one file with it, and beside it. */
  sign(text: string): Promise<{ readonly inRelease: string; readonly signature: string }>;
}

const gpg = async (folder: string, argv: readonly string[], input = ''): Promise<string> =>
  (await run(['gpg', '--homedir', folder, '--batch', '--no-tty', '--quiet', ...argv], { input })).stdout;

/** gpg leaves an agent behind that holds the folder; ours ends with us. */
const endAgent = (folder: string): Promise<unknown> =>
  run(['gpgconf', '--homedir', folder, '--kill', 'gpg-agent']);

/** Makes the key on the first call, and never again; only root reads its secret half. */
export async function repoKey(home: LabHome): Promise<RepoKey> {
  const folder = join(home.keys, 'repos');
  if (!existsSync(folder)) {
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { mode: 0o700 });
    try {
      const name = 'Windlass lab package repositories';
      await gpg(part, ['--passphrase', '', '--quick-generate-key', name, 'ed25519', 'sign', 'never']);
    } finally {
      await endAgent(part);
    }
    renameSync(part, folder);
  }
  const listed = await gpg(folder, ['--with-colons', '--list-keys']);
  const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '';
  const file = publicKeyFile(home);
  const text = await gpg(folder, ['--armor', '--export', fingerprint]);
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
  return {
    fingerprint,
    file,
    async sign(text) {
      const how = ['--digest-algo', 'SHA512', '--output', '-'];
      try {
        return {
          inRelease: await gpg(folder, [...how, '--clearsign'], text),
          signature: await gpg(folder, [...how, '--armor', '--detach-sign'], text),
        };
      } finally {
        await endAgent(folder);
      }
    },
  };
}
