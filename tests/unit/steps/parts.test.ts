import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Command } from '../../../src/model/command.ts';
import { kinds } from '../../../src/steps/registry.ts';
import { AUTHTOKEN, endpoint, lent, listener, novaConf } from './parts-examples.ts';
import { bad, ok, stat } from './seen.ts';

const judge = (kind: string, params: unknown, seen: Parameters<ReturnType<typeof kinds.step>['judge']>[1]) =>
  kinds.step(kind).judge(params, seen);

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-parts-'));
  mkdirSync(join(dir, 'bin'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A program of this name, found before any other. */
function program(name: string, text: string): void {
  writeFileSync(join(dir, 'bin', name), text);
  chmodSync(join(dir, 'bin', name), 0o755);
}
function run({ argv: [program = '', ...words], input = '' }: Command): { rc: number | null; out: string } {
  const ran = spawnSync(program, words, {
    input,
    encoding: 'utf8',
    env: { PATH: `${join(dir, 'bin')}:${process.env.PATH}` },
  });
  return { rc: ran.status, out: ran.stdout + ran.stderr };
}
const first = (commands: readonly Command[] | undefined): Command => {
  const [one] = commands ?? [];
  if (!one) throw new Error('no command');
  return one;
};

describe('a database made as another one', () => {
  const params = { schema: 'nova_cell0', like: 'nova' };
  const databases = ok('nova\tutf8_general_ci\n');
  test('is needed when it is not there, or when an account of the other may not use it', () => {
    expect(judge('database.create', params, { databases, grants: ok('nova\tnova\t%\n') }).is).toBe('todo');
    const both = ok('nova\tutf8_general_ci\nnova_cell0\tutf8_general_ci\n');
    const half = {
      databases: both,
      grants: ok('nova\tnova\t%\nnova\tnova\tlocalhost\nnova_cell0\tnova\t%\n'),
    };
    expect(judge('database.create', params, half)).toMatchObject({
      is: 'todo',
      because: '1 accounts of nova have no rights on nova_cell0',
    });
  });

  test('is refused when nobody knows for whom', () => {
    expect(judge('database.create', params, { databases, grants: ok('') })).toMatchObject({ is: 'refuse' });
    expect(
      judge('database.create', params, { databases: ok(''), grants: ok('nova\tnova\t%\n') }),
    ).toMatchObject({
      is: 'refuse',
    });
  });

  /** Writes down every statement; answers as a server with one account that has rights on `nova`. */
  const server = (tables: string) =>
    program(
      'mariadb',
      `#!/bin/sh
for last; do :; done
echo "$last" >> ${dir}/said
case "$last" in
  *SCHEMATA*) printf 'utf8\\tutf8_general_ci\\n' ;;
  *TABLES*) printf '${tables}' ;;
  *mysql.db*) printf 'nova\\t%%\\n' ;;
  'SHOW GRANTS'*) printf "GRANT USAGE ON *.* TO 'nova'@'%%' IDENTIFIED BY PASSWORD '*SECRET'\\nGRANT ALL PRIVILEGES ON \\140nova\\140.* TO 'nova'@'%%'\\nGRANT SELECT ON \\140other\\140.* TO 'nova'@'%%'\\n" ;;
esac
`,
    );

  test('takes over character set and rights, and neither prints nor repeats a password', () => {
    server('');
    const ran = run(first(kinds.step('database.create').commands(params)));
    expect(ran).toEqual({ rc: 0, out: '' });
    const said = readFileSync(join(dir, 'said'), 'utf8');
    expect(said).toContain(
      'CREATE DATABASE IF NOT EXISTS `nova_cell0` CHARACTER SET utf8 COLLATE utf8_general_ci',
    );
    expect(said).toContain("GRANT ALL PRIVILEGES ON `nova_cell0`.* TO 'nova'@'%'");
    expect(said).not.toContain('GRANT SELECT');
    expect(said).not.toContain('SECRET');
  });

  test('goes away again while it is empty, and stays when it has tables', () => {
    const undo = first(kinds.step('database.create').undo?.(params));
    server('');
    expect(run(undo).rc).toBe(0);
    expect(readFileSync(join(dir, 'said'), 'utf8')).toContain('DROP DATABASE IF EXISTS `nova_cell0`');
    rmSync(join(dir, 'said'));
    server('1\\n');
    expect(run(undo).out).toContain('has tables and is left');
    expect(readFileSync(join(dir, 'said'), 'utf8')).not.toContain('DROP');
  });

  test('by a name that is no word is not taken', () => {
    expect(() => kinds.step('database.create').commands({ schema: 'a`; DROP', like: 'nova' })).toThrow();
  });
});

describe('endpoints made after others', () => {
  test('are needed while some are left, and told by address', () => {
    const left = [{ interface: 'public', region: 'one', url: 'http://192.0.2.10:8776/v3/%(project_id)s' }];
    const endpoints = ok(JSON.stringify({ left, there: 0 }));
    expect(judge('endpoint.make', endpoint, { endpoints })).toEqual({
      is: 'todo',
      because: 'public: http://192.0.2.10:8776/v3/%(project_id)s',
    });
  });

  test('are waited for while Keystone does not answer', () => {
    expect(judge('endpoint.make', endpoint, { endpoints: bad(1, 'refused') }).is).toBe('wait');
  });
});

describe('a listener of a balancer', () => {
  const cfg = 'global\n    daemon\n\nlisten novabe\n    bind 192.0.2.10:8774\n';
  const at = () => ({ ...listener, path: join(dir, 'haproxy.cfg') });

  test('is there when each server is, whatever its state', () => {
    expect(judge('haproxy.listen', listener, { stat: stat('placement/ctl1 DOWN') })).toMatchObject({
      is: 'todo',
      because: 'placement has no ctl2',
    });
  });

  test('is written once, tried by HAProxy before, and taken away without a trace', () => {
    program('haproxy', '#!/bin/sh\nexit 0\n');
    writeFileSync(at().path, cfg, { mode: 0o640 });
    const [make] = kinds.step('haproxy.listen').commands(at());
    expect(run(first([make ?? { argv: ['false'] }])).rc).toBe(0);
    const once = readFileSync(at().path, 'utf8');
    expect(once).toContain(
      'listen placement\n    bind 192.0.2.10:8778\n    server ctl1 192.0.2.11:8778 check',
    );
    expect(statSync(at().path).mode & 0o777).toBe(0o640);
    run(first(kinds.step('haproxy.listen').commands(at())));
    expect(readFileSync(at().path, 'utf8')).toBe(once);
    run(first(kinds.step('haproxy.listen').undo?.(at())));
    expect(readFileSync(at().path, 'utf8')).toBe(cfg);
  });

  test('that HAProxy does not take leaves the file as it was', () => {
    program('haproxy', '#!/bin/sh\nexit 1\n');
    writeFileSync(at().path, cfg);
    expect(run(first(kinds.step('haproxy.listen').commands(at()))).rc).not.toBe(0);
    expect(readFileSync(at().path, 'utf8')).toBe(cfg);
    expect(existsSync(`${at().path}.windlass`)).toBe(false);
  });
});

describe('a section lent from another', () => {
  const conf =
    '[DEFAULT]\ndebug = false\n[keystone_authtoken]\nauth_url = http://192.0.2.10:35357\nusername = nova\npassword = s3cr3t = x\nproject_name = service\nuser_domain_name = default';
  const at = () => ({ ...lent, path: join(dir, 'nova.conf'), keep: join(dir, 'nova.conf.before-placement') });

  test('is needed while it lacks something, and refused where there is nothing to lend', () => {
    expect(judge('config.lend', lent, { options: novaConf(AUTHTOKEN) })).toMatchObject({ is: 'todo' });
    expect(
      judge('config.lend', lent, { options: novaConf('[keystone_authtoken]\nadmin_user =') }),
    ).toMatchObject({ is: 'refuse', because: expect.stringContaining('auth_url, username, password') });
  });

  test('gets values without printing any, once, with the old file kept and put back', () => {
    writeFileSync(at().path, conf, { mode: 0o640 });
    const command = first(kinds.step('config.lend').commands(at()));
    expect(JSON.stringify(command)).not.toContain('s3cr3t');
    expect(run(command)).toEqual({ rc: 0, out: '6 options lent\n' });
    const now = readFileSync(at().path, 'utf8');
    expect(now).toBe(
      `${conf}\n\n[placement]\nauth_type = password\nauth_url = http://192.0.2.10:35357\npassword = s3cr3t = x\nproject_name = service\nuser_domain_name = default\nusername = nova\n`,
    );
    expect(statSync(at().path).mode & 0o777).toBe(0o640);
    expect(run(command).out).toBe('0 options lent\n');
    expect(readFileSync(at().path, 'utf8')).toBe(now);
    expect(run(first(kinds.step('config.lend').undo?.(at()))).rc).toBe(0);
    expect(readFileSync(at().path, 'utf8')).toBe(conf);
  });

  test('keeps what a section that is there already says', () => {
    writeFileSync(at().path, `[placement]\nusername = placement\n${conf}\n`);
    run(first(kinds.step('config.lend').commands(at())));
    const now = readFileSync(at().path, 'utf8');
    expect(now).toContain('username = placement\n');
    expect(now.match(/\[placement\]/g)).toHaveLength(1);
  });
});

describe('addresses of Keystone', () => {
  const params = () => ({ places: [dir], cut: '/v2.0', to: '/v3', suffix: '.before-keystone-v3' });
  const conf =
    '[keystone_authtoken]\nauth_uri = http://192.0.2.10:5000/v2.0\nauth_url=http://192.0.2.10:35357/v2.0/\n# auth_url = http://x/v2.0\n[neutron]\nurl = http://192.0.2.10:9696/v2.0\npassword = http://x/v2.0\n';

  test('that end otherwise are found by file alone, changed, and put back', () => {
    const path = join(dir, 'nova.conf');
    writeFileSync(path, conf);
    const kind = kinds.step('config.addresses');
    const look = kind.looks(params()).files;
    if (!look) throw new Error('nothing is asked');
    expect(run(look).out).toBe(`${path}\n`);
    expect(kind.judge(params(), { files: ok(`${path}\n`) })).toMatchObject({ is: 'todo' });
    expect(run(first(kind.commands(params()))).rc).toBe(0);
    const now = readFileSync(path, 'utf8');
    expect(now).toContain('auth_uri = http://192.0.2.10:5000/v3\nauth_url=http://192.0.2.10:35357/v3/\n');
    // Another service's address, a comment, and what only looks like one.
    expect(now).toContain('# auth_url = http://x/v2.0\n');
    expect(now).toContain('url = http://192.0.2.10:9696/v2.0\n');
    expect(now).toContain('password = http://x/v2.0\n');
    expect(run(look).out).toBe('');
    run(first(kind.undo?.(params())));
    expect(readFileSync(path, 'utf8')).toBe(conf);
  });
});

test('the programs are of a Python that xenial has: no f-strings, no assignment in expressions', () => {
  for (const [kind, params] of [
    ['database.create', { schema: 'nova_cell0', like: 'nova' }],
    ['haproxy.listen', listener],
    ['config.lend', lent],
    ['config.addresses', { places: ['/etc/nova'], cut: '/v2.0', to: '/v3', suffix: '.old' }],
  ] as const) {
    const { input = '' } = first(kinds.step(kind).commands(params));
    expect(input).not.toMatch(/(^|[\s(=])f'|:=/m);
    execFileSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input });
  }
});
