import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { packagesText, releaseText, sourcesText } from '../../../src/lab/repo-files.ts';
import { debOf } from '../../../src/lab/repo-index.ts';
import { archivesOf, listedSum } from '../../../src/lab/repo-suite.ts';

describe('the files of a flat repository', () => {
  const stanza = (name: string): string =>
    `Package: ${name}\nVersion: 2:1-1\nDescription: it costs $& and $1\nFilename: pool/main/n/${name}_1-1_all.deb\nSize: 7\nSHA256: abc`;

  test('Packages is what the suite says, but for where the files are', () => {
    const text = packagesText([debOf(stanza('a'), 'http://m'), debOf(`${stanza('b')}\n`, 'http://m')]);
    const expected = (name: string): string =>
      stanza(name).replace(`pool/main/n/${name}_1-1_all.deb`, `./${name}_1-1_all.deb`);
    expect(text).toBe(`${expected('a')}\n\n${expected('b')}\n`);
  });

  test('Release names each index file with its hash and size', () => {
    const bytes = Buffer.from('Package: a\n');
    const text = releaseText({ name: 'n', about: 'words' }, 'amd64', new Date(0), { Packages: bytes });
    expect(text).toBe(`Origin: windlass-lab
Label: n
Suite: n
Codename: n
Date: Thu, 01 Jan 1970 00:00:00 UTC
Architectures: all amd64
Description: words
SHA256:
 ${createHash('sha256').update(bytes).digest('hex')} 11 Packages
`);
    expect(listedSum(text, 'Packages')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('a node trusts it by its key alone', () => {
    expect(sourcesText('http://windlass.lab/repos/n', '/k.asc')).toBe(
      'Types: deb\nURIs: http://windlass.lab/repos/n\nSuites: ./\nSigned-By: /k.asc\n',
    );
  });
});

describe('a suite', () => {
  const mirror = { debian: 'http://m/debian', security: 'http://m/security' };

  test('has its updates and its security archive; sid has neither', () => {
    expect(archivesOf(mirror, 'trixie')).toEqual([
      { archive: 'http://m/debian', suite: 'trixie' },
      { archive: 'http://m/debian', suite: 'trixie-updates' },
      { archive: 'http://m/security', suite: 'trixie-security' },
    ]);
    expect(archivesOf(mirror, 'sid')).toEqual([{ archive: 'http://m/debian', suite: 'sid' }]);
  });

  test('is taken by its SHA256, not by the weaker sum above it', () => {
    const release =
      'MD5Sum:\n 111 7 main/Packages.xz\nSHA256:\n 222 7 main/Packages.xz\n 333 9 main/Packages\n';
    expect(listedSum(release, 'main/Packages.xz')).toBe('222');
    expect(listedSum(release, 'contrib/Packages.xz')).toBeUndefined();
  });
});
