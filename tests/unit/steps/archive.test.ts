import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as systemd from '../../../src/drivers/systemd.ts';
import { archiveAdd, archiveFetch, archiveMarks, archiveRaise, marksOf } from '../../../src/steps/archive.ts';
import type { Answers, StepKind } from '../../../src/steps/kind.ts';
import { bad, ok, sha256 } from './seen.ts';

const archive = '/etc/apt/sources.list.d/windlass-2025.1.list';
const judge = <P>(kind: StepKind<P>, params: P, seen: Answers) => kind.judge(params, seen);

describe('archive.add', () => {
  const source = { path: archive, content: 'deb http://repo.example/epoxy ./\n' };
  const sums = ok(`${sha256(source.content)}  ${archive}\n`);

  test('the key is there before the source that names it, and the lists are fetched after both', () => {
    const key = { path: '/etc/apt/keyrings/epoxy.asc', content: 'KEY' };
    expect(archiveAdd.commands({ source, key }).map(({ argv }) => argv.at(-1))).toEqual([
      key.path,
      archive,
      'update',
    ]);
  });

  test.each([
    ['not written yet', { sums: bad(1), lists: ok('') }, 'todo'],
    ['written, lists not fetched', { sums, lists: ok('/etc/apt/sources.list:1\n') }, 'todo'],
    ['both', { sums, lists: ok(`${archive}:1\n`) }, 'done'],
    ['apt is broken', { sums, lists: bad(100) }, 'refuse'],
  ])('%s', (_, seen, is) => expect(judge(archiveAdd, { source }, seen).is).toBe(is));
});

describe('archive.fetch', () => {
  test.each([
    ['12\n', 'todo'],
    ['0\n', 'done'],
    ['', 'refuse'],
  ])('%j to fetch', (out, is) =>
    expect(judge(archiveFetch, { archive, held: [], removes: [] }, { missing: ok(out) }).is).toBe(is),
  );
});

describe('archive.raise', () => {
  const params = { archive, held: ['nova'] };

  test('names no package to apt, so that none changes its mark', () => {
    const [, command] = archiveRaise.commands(params);
    expect(command?.argv).toEqual(['sh', '-eus', '--', 'raise', '', archive, '', '', 'nova']);
    expect(command?.input).toContain('--with-new-pkgs upgrade');
    expect(command?.input).not.toMatch(/\$apt install/);
  });

  test('lets apt take away what is named, and only that', () => {
    const [, command] = archiveRaise.commands({ ...params, removes: ['neutron-linuxbridge-agent'] });
    expect(command?.argv.slice(5)).toEqual([archive, '-,neutron-linuxbridge-agent', '', 'nova']);
  });

  test('told where old packages are kept, it raises none that was not', () => {
    const [, command] = archiveRaise.commands({ ...params, kept: '/keep' });
    expect(command?.argv.slice(3, 5)).toEqual(['raise', '/keep']);
    expect(command?.input).toMatch(/comm -23 "\$dir\/changes" "\$dir\/known"[\s\S]*exit 12/);
  });

  test('daemons that a boot in the middle of it has started are stopped again, before a package moves', () => {
    const [first, ...rest] = archiveRaise.commands({ ...params, stopped: ['nova-conductor', 'keystone'] });
    expect(first).toEqual(systemd.stopRunning('nova-conductor', 'keystone'));
    expect(rest).toEqual(archiveRaise.commands(params));
  });

  describe('where another service stands in the way of a library', () => {
    const bin = mkdtempSync(join(tmpdir(), 'windlass-apt-'));
    const done = join(bin, 'done');
    afterAll(() => rmSync(bin, { recursive: true }));
    const fake = (name: string, script: string): void =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    beforeAll(() => {
      writeFileSync(join(bin, 'Packages'), 'Package: python3-oslo.policy\n');
      fake(
        'dpkg-query',
        'printf "nova nova-api\\nkeystone keystone\\npython-oslo.policy python3-oslo.policy\\n"',
      );
      // As apt 3.0 answered in the lab: the one library, and all of neutron away for it.
      fake(
        'apt-get',
        `case " $* " in
  *' indextargets '*) echo '${archive}:1 ${bin}/Packages' ;;
  *' -s '*dist-upgrade*) printf 'Inst python3-oslo.policy [5] (6)\\nInst keystone [1] (2)\\nRemv neutron-api [28]\\n' ;;
  *' -s '*' upgrade '*) echo 'Inst keystone [1] (2)' ;;
  *) echo "$*" >>${done} ;;
esac`,
      );
    });
    const ran = (blocked?: string) => {
      rmSync(done, { force: true });
      const [, command] = archiveRaise.commands({ ...params, removes: [], blocked });
      const [program = '', ...args] = command?.argv ?? [];
      const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
      const { status, stderr } = spawnSync(program, args, { input: command?.input, env, encoding: 'utf8' });
      return { status, stderr, did: existsSync(done) ? readFileSync(done, 'utf8') : '' };
    };

    test('the last service of the node says so, and nothing is done', () => {
      expect(ran()).toEqual({ status: 11, stderr: 'this would remove neutron-api \n', did: '' });
    });

    test('an earlier one leaves the library for later, and raises the rest without taking anything away', () => {
      const { status, stderr, did } = ran('keystone');
      expect(status, stderr).toBe(0);
      expect(did).toContain('--with-new-pkgs upgrade');
      expect(did).not.toContain('dist-upgrade');
    });

    test('what would stay down is the service itself: it says so, and nothing is done', () => {
      expect(ran('python-oslo.policy')).toMatchObject({ status: 11, did: '' });
    });
  });

  test.each([
    ['something would rise', ok('Inst python3-oslo.config\nRemv neutron-linuxbridge-agent\n'), 'todo'],
    ['nothing would', ok(''), 'done'],
    ['its lists are gone', bad(10, 'no package list'), 'refuse'],
  ])('%s', (_, left, is) => expect(judge(archiveRaise, params, { audit: ok(''), left }).is).toBe(is));

  test('half configured packages come first', () => {
    expect(judge(archiveRaise, params, { audit: ok('nova-api is unpacked'), left: ok('') })).toMatchObject({
      is: 'todo',
      because: expect.stringContaining('nova-api'),
    });
  });
});

describe('archive.marks', () => {
  const params = {
    manual: marksOf(['keystone', 'old-agent', 'rabbitmq-server'], ['old-agent', 'new-worker']),
  };
  const except = ['old-agent', 'new-worker'];

  test.each([
    ['as before', 'rabbitmq-server\nkeystone\nold-agent\n', 'done'],
    ['what the release brings and takes is left aside', 'keystone\nrabbitmq-server\nnew-worker\n', 'done'],
    ['a dependency marked as wanted', 'keystone\nrabbitmq-server\npython3-oslo.config\n', 'refuse'],
    ['a mark lost', 'keystone\n', 'refuse'],
  ])('%s', (_, out, is) =>
    expect(judge(archiveMarks, { ...params, except }, { manual: ok(out) }).is).toBe(is),
  );
});
