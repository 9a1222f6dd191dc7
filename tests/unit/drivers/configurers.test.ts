import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as ansible from '../../../src/drivers/ansible.ts';
import * as puppet from '../../../src/drivers/puppet.ts';

/** What puppet-agent 7.23 and ansible-core 2.14 wrote on a real host. */
const recorded = (name: string): string => readFileSync(join(import.meta.dirname, 'recorded', name), 'utf8');
const seen = (out: string, rc = 0, err = '') => ({ rc, out, err });

describe('puppet', () => {
  test('reads the sums of a run that changed nothing', () => {
    expect(puppet.readSums(recorded('puppet-7.23-noop-in-sync.yaml'))).toEqual({
      total: 8,
      failed: 0,
      failed_to_restart: 0,
      out_of_sync: 0,
    });
    expect(puppet.readSums(recorded('puppet-8.10-noop-in-sync.yaml'))).toMatchObject({ total: 8 });
    expect(puppet.readSums(recorded('puppet-7.23-noop-out-of-sync.yaml'))).toMatchObject({ out_of_sync: 1 });
  });

  test.each([
    ['no server: all zeros, which is no proof', recorded('puppet-7.23-no-server.yaml'), /no catalogue/],
    ['nothing', '', /no summary/],
    ['an old agent without resources', '---\nversion:\n  puppet: 4.8.2\n', /no catalogue/],
    ['not YAML', '{', /not YAML/],
  ])('gives words where there are no sums: %s', (_, text, words) => {
    expect(puppet.readSums(text)).toMatch(words);
  });

  test.each([
    ['free', '== present\n', { is: 'present' }],
    ['disabled', '== present\n== disabled\n{"disabled_message":"a \\"b\\""}\n', { reason: 'a "b"' }],
    ['without a reason', '== present\n== disabled\n{}\n', { reason: 'reason not specified' }],
    ['an empty lock', '== present\n== disabled\n\n', { reason: 'reason not specified' }],
    ['a lock of some other hand', '== present\n== disabled\nkeep off\n', { reason: 'keep off' }],
    ['running', '== present\n== running\n4711\n', { running: '4711' }],
    ['not installed', '== absent\n', { is: 'absent' }],
  ])('reads its locks: %s', (_, out, state) => {
    expect(puppet.readLocks(seen(out))).toMatchObject(state);
  });

  test('takes no failure to ask for a free agent', () => {
    expect(puppet.readLocks(seen('', 1, 'Error: Could not parse puppet.conf'))).toMatch(/puppet.conf/);
    expect(puppet.readLocks(seen('Notice: hello\n'))).toMatch(/something else/);
  });

  test('never shows the difference of files, and never falls back to an old catalogue', () => {
    for (const argv of [puppet.run('puppet'), puppet.noop('puppet', '/run/s')]) {
      expect(argv).toEqual(expect.arrayContaining(['--no-show_diff', '--no-usecacheonfailure', '--onetime']));
      expect(argv).not.toEqual(expect.arrayContaining(['--test']));
    }
    expect(puppet.run('puppet')).not.toContain('--noop');
  });
});

describe('ansible', () => {
  test('reads the recap of a real check', () => {
    expect(ansible.readRecap(recorded('ansible-2.14-check-in-sync.txt'))).toEqual([
      { host: 'host1', changed: 0, unreachable: 0, failed: 0 },
    ]);
    expect(ansible.readRecap(recorded('ansible-2.14-check-left.txt'))).toMatchObject([{ changed: 1 }]);
  });

  test('of several plays only the last recap counts, and none is none', () => {
    const row = (changed: number) =>
      `PLAY RECAP ***\nc-1.example.com : ok=1  changed=${changed}  unreachable=0  failed=0  skipped=0\n`;
    expect(ansible.readRecap(`${row(3)}\n${row(0)}`)).toEqual([
      { host: 'c-1.example.com', changed: 0, unreachable: 0, failed: 0 },
    ]);
    expect(ansible.readRecap('PLAY RECAP ***\n\n')).toEqual([]);
    expect(ansible.readRecap('')).toEqual([]);
  });
});
