import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { options, readConfig, readOptions } from '../../../src/drivers/oslo-config.ts';
import type { Seen } from '../../../src/model/command.ts';

describe('a file is read as oslo.config reads it', () => {
  const set = (text: string) =>
    readConfig(text).assignments.map(({ section, name, value }) => [section, name, value]);

  test('an equals sign or a colon, whichever comes first, and quotes are dropped', () => {
    expect(set(`[DEFAULT]\na = 1\nb:2\nurl = http://x/\nc : d = e\nq = "x y"\nempty =\n`)).toEqual([
      ['DEFAULT', 'a', '1'],
      ['DEFAULT', 'b', '2'],
      ['DEFAULT', 'url', 'http://x/'],
      ['DEFAULT', 'c', 'd = e'],
      ['DEFAULT', 'q', 'x y'],
      ['DEFAULT', 'empty', ''],
    ]);
  });

  test('an indented line goes on with the value; a blank line, a comment or a section ends it', () => {
    const { assignments } = readConfig('[a]\nx = 1\n  2\n\t3\n\ny = 4\n# no\nz = 5\n[b]\nx = 6\n');
    expect(assignments).toMatchObject([
      { section: 'a', name: 'x', value: '1\n2\n3', line: 2, last: 4, column: 5 },
      { section: 'a', name: 'y', value: '4', line: 6, last: 6 },
      { section: 'a', name: 'z', value: '5', line: 8 },
      { section: 'b', name: 'x', value: '6', line: 10 },
    ]);
  });

  test('a name that is set again comes again', () => {
    expect(set('[DEFAULT]\nx = 1\nx = 2\n[DEFAULT]\nx = 3\n')).toEqual([
      ['DEFAULT', 'x', '1'],
      ['DEFAULT', 'x', '2'],
      ['DEFAULT', 'x', '3'],
    ]);
  });

  test('what oslo.config would refuse is told with its line', () => {
    const { assignments, faults } = readConfig('x = 1\n[a\n[]\n  more\n[b]\nnothing\n= 2\ny = 3');
    expect(faults.map(({ line }) => line)).toEqual([1, 2, 3, 4, 6, 7]);
    expect(assignments).toEqual([{ section: 'b', name: 'y', value: '3', line: 8, last: 8, column: 5 }]);
  });
});

const SECRETS = ['hunter2', 'rabbit://', 's3cr3t', 'MIIEpAIBAAKCAQEA', 'sup3r'];

const FILES: Readonly<Record<string, string>> = {
  'nova/nova.conf': `# connection = mysql://nova:hunter2@db/nova
[DEFAULT]
transport_url = rabbit://openstack:hunter2@10.0.0.1,
  openstack:hunter2@10.0.0.2
debug: true
target_helper = ietadm
target_helper_password = s3cr3t
MIIEpAIBAAKCAQEA==
password hunter2

[keystone_authtoken] # sup3r
password=s3cr3t
osapi_share_base_URL = http://x
`,
  'nova/nova.conf.d/20-more.conf': `[DEFAULT]\r\ncpu_allocation_ratio = 4\r\ntarget_helper = "two words"\r\n`,
  'nova/api-paste.ini': '[app:x]\npaste.app_factory = y\n',
  'nova/rootwrap.conf': '[DEFAULT]\nfilters_path = /x\n',
  'nova/nova.conf.dpkg-old': '[DEFAULT]\nold = hunter2\n',
  'nova/policy.d/policy.conf': '[x]\ny = 1\n',
  'empty/empty.conf': '',
};

describe('a node is asked', () => {
  let dir = '';
  let seen: Seen;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'windlass-options-'));
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
    const look = options([join(dir, 'nova'), join(dir, 'empty'), join(dir, 'absent')], ['target_helper']);
    const [program = '', ...rest] = look.argv;
    const asked = spawnSync(program, rest, { input: look.input ?? '', encoding: 'utf8' });
    seen = { rc: asked.status ?? 255, out: asked.stdout, err: asked.stderr };
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('and no secret leaves it', () => {
    expect(seen).toMatchObject({ rc: 0, err: '' });
    expect(seen.out).toContain('transport_url =');
    for (const secret of SECRETS) expect(seen.out).not.toContain(secret);
  });

  test('names and lines are those of the file; a value only where it was asked for and is one word', () => {
    const found = readOptions(seen);
    expect(
      found
        .get(join(dir, 'nova/nova.conf'))
        ?.assignments.map(({ section, name, line, value }) => [section, name, line, value]),
    ).toEqual([
      ['DEFAULT', 'transport_url', 3, '\n*'],
      ['DEFAULT', 'debug', 5, ''],
      ['DEFAULT', 'target_helper', 6, 'ietadm'],
      ['DEFAULT', 'target_helper_password', 7, ''],
      ['keystone_authtoken', 'password', 12, ''],
      ['keystone_authtoken', 'osapi_share_base_URL', 13, ''],
    ]);
    expect(found.get(join(dir, 'nova/nova.conf.d/20-more.conf'))?.assignments).toMatchObject([
      { name: 'cpu_allocation_ratio', line: 2, value: '' },
      { name: 'target_helper', line: 3, value: '' },
    ]);
  });

  test('only files that oslo.config reads', () => {
    expect([...readOptions(seen).keys()].map((path) => path.slice(dir.length + 1))).toEqual([
      'nova/nova.conf',
      'nova/nova.conf.d/20-more.conf',
    ]);
  });

  test('where there is none, nothing is found', () => {
    const look = options([join(dir, 'absent')]);
    const [program = '', ...rest] = look.argv;
    const asked = spawnSync(program, rest, { input: look.input ?? '', encoding: 'utf8' });
    expect(asked).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});
