import { describe, expect, test } from 'vitest';
import { compare, type Expected } from '../../../src/lab/proof.ts';

const before: Expected = {
  tables: { 'keystone.user': '15' },
  images: [{ id: 'i1', name: 'image-01', sha256: 'abc' }],
  providers: [{ uuid: 'p1', name: 'cmp01', inventories: { VCPU: 16 } }],
};

describe('the proof of data', () => {
  test('holds when everything is as it was', () => {
    expect(compare(before, structuredClone(before)).ok).toBe(true);
  });

  test.each([
    ['a row is gone', { ...before, tables: { 'keystone.user': '14' } }, 'rows of keystone.user'],
    ['a table was not read', { ...before, tables: {} }, 'rows of keystone.user'],
    [
      'an image changed',
      { ...before, images: [{ id: 'i1', name: 'image-01', sha256: 'abd' }] },
      'image image-01',
    ],
    ['an image is gone', { ...before, images: [] }, 'image image-01'],
    [
      'an inventory changed',
      { ...before, providers: [{ uuid: 'p1', name: 'cmp01', inventories: { VCPU: 8 } }] },
      'provider cmp01',
    ],
    ['a provider is gone', { ...before, providers: [] }, 'provider cmp01'],
  ])('breaks when %s', (_, found: Expected, name) => {
    const proof = compare(before, found);
    expect(proof.ok).toBe(false);
    expect(proof.lines.filter((line) => !line.ok).map((line) => line.name)).toEqual([name]);
  });
});
