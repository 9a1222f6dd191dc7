import { describe, expect, test } from 'vitest';
import { debOf, fieldOf, meets, packageIndex, relationOf } from '../../../src/lab/repo-index.ts';

const deb = (text: string) => debOf(text, 'http://m/debian');

describe('a relationship field', () => {
  test.each([
    ['libc6', { name: 'libc6' }],
    ['python3:any', { name: 'python3' }],
    ['python3:any (>= 3.11~)', { name: 'python3', operator: '>=', version: '3.11~' }],
    [
      'nova-common (= 2:31.0.0-6+deb13u2)',
      { name: 'nova-common', operator: '=', version: '2:31.0.0-6+deb13u2' },
    ],
    [' a(<<1) ', { name: 'a', operator: '<<', version: '1' }],
  ])('%s', (text, relation) => expect(relationOf(text)).toEqual(relation));

  test('is nothing when it is empty', () => expect(relationOf(' ')).toBeUndefined());
});

describe('a paragraph', () => {
  const stanza = `Package: python3-nova
Source: nova (2:31.0.0-6)
Version: 2:31.0.0-6
Architecture: all
Essential: yes
Pre-Depends: dpkg (>= 1.15)
Depends: python3-oslo.log,
 default-mta | mail-transport-agent, python3:any
Breaks: python3-old (<< 2), q
Conflicts: r
Provides: nova-python (= 31), nova-any
Filename: pool/main/n/nova/python3-nova_31.0.0-6_all.deb
Size: 42
SHA256: abc`;

  test('is read field by field, over continued lines', () => {
    expect(deb(stanza)).toEqual({
      name: 'python3-nova',
      source: 'nova',
      version: '2:31.0.0-6',
      maintainer: '',
      essential: true,
      depends: [
        [{ name: 'dpkg', operator: '>=', version: '1.15' }],
        [{ name: 'python3-oslo.log' }],
        [{ name: 'default-mta' }, { name: 'mail-transport-agent' }],
        [{ name: 'python3' }],
      ],
      breaks: [{ name: 'python3-old', operator: '<<', version: '2' }, { name: 'q' }, { name: 'r' }],
      provides: [{ name: 'nova-python', operator: '=', version: '31' }, { name: 'nova-any' }],
      address: 'http://m/debian/pool/main/n/nova/python3-nova_31.0.0-6_all.deb',
      size: 42,
      sha256: 'abc',
      stanza,
    });
  });

  test('has no field that only another one ends with', () => {
    expect(fieldOf('Package: a\nPre-Depends: b', 'Depends')).toBe('');
  });

  test('meets its name and what it provides; a version only where it has one', () => {
    const nova = deb(stanza);
    expect(meets(nova, { name: 'python3-nova', operator: '>=', version: '2:31.0.0-1' })).toBe(true);
    expect(meets(nova, { name: 'python3-nova', operator: '<<', version: '2:31.0.0-6' })).toBe(false);
    expect(meets(nova, { name: 'nova-any' })).toBe(true);
    expect(meets(nova, { name: 'nova-any', operator: '>=', version: '1' })).toBe(false);
    expect(meets(nova, { name: 'nova-python', operator: '>=', version: '31' })).toBe(true);
    expect(meets(nova, { name: 'nova-python', operator: '>>', version: '31' })).toBe(false);
  });
});

describe('an index of several archives', () => {
  const index = packageIndex([
    {
      archive: 'http://m/debian',
      text: 'Package: a\nVersion: 1-1\nFilename: pool/a1\n\nPackage: b\nVersion: 1\n\n',
    },
    {
      archive: 'http://m/security',
      text: 'Package: a\nVersion: 1-1+deb13u1\nFilename: pool/a2\nProvides: v\n',
    },
    { archive: 'http://m/debian', text: '' },
  ]);

  test('has the newest version of each package, where it is', () => {
    expect(index.get('a')).toMatchObject({ version: '1-1+deb13u1', address: 'http://m/security/pool/a2' });
    expect(index.get('b')?.version).toBe('1');
    expect(index.get('c')).toBeUndefined();
  });

  test('knows who provides a name', () => {
    expect(index.providers('v').map((one) => one.name)).toEqual(['a']);
    expect(index.providers('a')).toEqual([]);
  });
});
