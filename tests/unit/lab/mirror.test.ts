import { describe, expect, test } from 'vitest';
import { mirrorFrom, sourceAddresses, sourcesList } from '../../../src/lab/mirror.ts';

describe('the machine’s own mirror', () => {
  test('is read from one-line and deb822 sources alike', () => {
    expect(
      sourceAddresses(`# deb http://old.example/debian bookworm main
deb [signed-by=/k.gpg] http://deb.example/debian/ bookworm main
deb-src http://deb.example/source bookworm main
`),
    ).toEqual(['http://deb.example/debian']);
    expect(
      sourceAddresses('Types: deb\nURIs: http://a.example/debian http://b.example/debian-security/\n'),
    ).toEqual(['http://a.example/debian', 'http://b.example/debian-security']);
  });

  test('is told apart from other archives', () => {
    const found = mirrorFrom([
      'https://other.example/apt',
      'http://m.example/debian',
      'http://s.example/debian-security',
    ]);
    expect(found).toEqual({
      debian: 'http://m.example/debian',
      security: 'http://s.example/debian-security',
    });
  });

  test('has its security archive beside it when none is named', () => {
    expect(mirrorFrom(['http://m.example/debian']).security).toBe('http://m.example/debian-security');
  });

  test('is asked for when the machine has none', () => {
    expect(() => mirrorFrom(['http://other.example/apt'])).toThrow(/WL-LAB-MIRROR/);
  });

  test('gives a node the three suites of its release', () => {
    const list = sourcesList({ debian: 'http://m/debian', security: 'http://m/debian-security' }, 'bookworm');
    expect(list).toBe(`deb http://m/debian bookworm main
deb http://m/debian bookworm-updates main
deb http://m/debian-security bookworm-security main
`);
  });
});
