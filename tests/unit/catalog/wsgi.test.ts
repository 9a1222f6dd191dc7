import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mendsOf } from '../../../src/catalog/services/changes.ts';
import { service } from '../../../src/catalog/services/index.ts';
import { loadModule } from '../../../src/catalog/services/wsgi.ts';

describe('an API whose program the new packages do not have', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'windlass-wsgi-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const mend = () =>
    loadModule({
      id: 'wsgi-module',
      at: '2026.1',
      where: 'keystone',
      ini: join(dir, 'uwsgi.ini'),
      program: join(dir, 'keystone-wsgi-public'),
      module: 'keystone.wsgi.api:application',
    });
  const ini = (content: string) => writeFileSync(join(dir, 'uwsgi.ini'), content);
  const asked = () => {
    const { check } = mend();
    const [program = '', ...rest] = check.argv;
    return spawnSync(program, rest, { input: check.input ?? '' }).status;
  };
  const old = () => `[uwsgi]\nprocesses = 1\nwsgi-file = ${join(dir, 'keystone-wsgi-public')}\n`;

  test('an ini the operator kept is pointed at the module, and nothing else in it changes', () => {
    ini(old());
    expect(asked()).toBe(10);
    const [program = '', ...rest] = mend().argv;
    expect(spawnSync(program, rest).status).toBe(0);
    expect(asked()).toBe(0);
    expect(readFileSync(join(dir, 'uwsgi.ini'), 'utf8')).toBe(
      '[uwsgi]\nprocesses = 1\nmodule = keystone.wsgi.api:application\n',
    );
  });

  test('nothing is broken where the program is there, where the ini is new, and where there is none', () => {
    expect(asked()).toBe(0);
    ini('[uwsgi]\nmodule = keystone.wsgi.api:application\n');
    expect(asked()).toBe(0);
    ini(old());
    writeFileSync(join(dir, 'keystone-wsgi-public'), '');
    expect(asked()).toBe(0);
  });
});

test.each([
  ['keystone', 'keystone', 1],
  ['nova', 'nova-api', 2],
  ['neutron', 'neutron-api', 1],
  ['cinder', 'cinder-api', 1],
  ['placement', 'placement-api', 1],
  ['glance', 'glance-api', 0],
])('from Epoxy to Gazpacho %s mends its own', (name, where, count) => {
  const mends = mendsOf(service(name), (one) => one === where, '2025.1', '2026.1');
  expect(mends.filter(({ id }) => id.startsWith('wsgi'))).toHaveLength(count);
});

describe("horizon's package", () => {
  const mends = (from: string, to: string): string[] =>
    mendsOf(service('horizon'), () => true, from, to).map(({ id }) => id);

  test.each([
    ['zed', '2025.1'],
    ['zed', '2026.1'],
    ['2025.1', '2026.1'],
    ['2026.1', '2026.2'],
  ])('switches the SSL site on at each upgrade: %s to %s', (from, to) => {
    expect(mends(from, to)).toContain('default-ssl');
  });

  test('does so not before Epoxy, and not where its release stays', () => {
    expect(mends('victoria', 'zed')).toEqual([]);
    expect(mends('2025.1', '2025.1')).toEqual([]);
  });

  test('wants Python in the main interpreter once', () => {
    expect(mends('zed', '2025.1')).toContain('wsgi-group');
    expect(mends('2025.1', '2026.1')).not.toContain('wsgi-group');
  });
});
