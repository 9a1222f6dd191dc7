import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { IDENTITY_REGION } from '../../../src/catalog/services/heat-region.ts';

const folder = mkdtempSync(join(tmpdir(), 'windlass-heat-'));
const path = join(folder, 'heat.conf');
afterAll(() => rmSync(folder, { recursive: true }));

const ran = (what: 'ask' | 'do'): number | null =>
  spawnSync('python3', ['-', what, path], { input: IDENTITY_REGION, encoding: 'utf8' }).status;
const conf = (region: string, mine = ''): string =>
  `[DEFAULT]\n${mine}#region_name = regionOne\n[keystone_authtoken]\n# where it is\n${region}auth_url = http://x\n[other]\nregion_name = regionOne\n`;

describe('the region in which heat seeks the identity server', () => {
  test.each([
    [
      'heat works in another',
      'region_name = regionOne\n',
      'region_name_for_services = RegionOne\n',
      'region_name = RegionOne\n',
    ],
    ['nobody says in which heat works', 'region_name = regionOne\n', '', '#region_name = <None>\n'],
  ])('is put right where %s, and nothing else is changed', (_, region, mine, after) => {
    writeFileSync(path, conf(region, mine));
    chmodSync(path, 0o640);
    expect(ran('ask')).toBe(10);
    expect(readFileSync(path, 'utf8')).toBe(conf(region, mine));
    expect(ran('do')).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(conf(after, mine));
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(ran('ask')).toBe(0);
  });

  test.each([
    ['it is heat’s own', 'region_name = regionOne\n', 'region_name_for_services = regionOne\n'],
    ['it is of the operator', 'region_name = RegionTwo\n', 'region_name_for_services = RegionOne\n'],
    ['none is said', '', ''],
  ])('stays where %s', (_, region, mine) => {
    writeFileSync(path, conf(region, mine));
    expect([ran('ask'), ran('do')]).toEqual([0, 0]);
    expect(readFileSync(path, 'utf8')).toBe(conf(region, mine));
  });

  test('is no matter on a node without the file', () => {
    rmSync(path, { force: true });
    expect(ran('do')).toBe(0);
  });
});
