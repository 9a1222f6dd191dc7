import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Deb } from './repo-index.ts';
import type { RepoRecipe } from './repo-recipe.ts';

/**
 * How index files are held in memory: byte by byte, so that what is written again is what was read, and
 * twice as small as text with one letter beyond Latin would be.
 */
export const INDEX_ENCODING = 'latin1';

/** Name of a package's file in a flat repository. */
export const fileOf = (deb: Deb): string => basename(deb.address);

/** The Packages file of a flat repository: the suite's own paragraphs, with where the files are now. */
export function packagesText(debs: readonly Deb[]): string {
  return debs
    .map((deb) => `${deb.stanza.trimEnd().replace(/^Filename: .*$/m, () => `Filename: ./${fileOf(deb)}`)}\n`)
    .join('\n');
}

/** The Release file of a flat repository: the hash of each index file, for apt to start from. */
export function releaseText(
  recipe: Pick<RepoRecipe, 'name' | 'about'>,
  architecture: string,
  date: Date,
  files: Readonly<Record<string, Buffer>>,
): string {
  const sums = Object.entries(files).map(
    ([name, bytes]) => ` ${createHash('sha256').update(bytes).digest('hex')} ${bytes.length} ${name}\n`,
  );
  return `Origin: windlass-lab
Label: ${recipe.name}
Suite: ${recipe.name}
Codename: ${recipe.name}
Date: ${date.toUTCString().replace(/GMT$/, 'UTC')}
Architectures: all ${architecture}
Description: ${recipe.about}
SHA256:
${sums.join('')}`;
}

/** The source of a repository as a node's `/etc/apt/sources.list.d/NAME.sources` has it. */
export function sourcesText(address: string, signedBy: string): string {
  return `Types: deb
URIs: ${address}
Suites: ./
Signed-By: ${signedBy}
`;
}
