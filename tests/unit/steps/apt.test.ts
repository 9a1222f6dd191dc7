import { describe, expect, test } from 'vitest';
import { PATIENT, settle } from '../../../src/drivers/apt.ts';
import { aptAutoremove, aptDistUpgrade, aptPrefetch, aptSources } from '../../../src/steps/apt.ts';
import { argvs, bad, judge, ok, osRelease, sha256, simulated, undos } from './seen.ts';

const before = 'deb http://deb.debian.org/debian bookworm main\n';
const after = 'deb http://deb.debian.org/debian trixie main\n';

describe('apt.prefetch', () => {
  const params = {
    dir: '/var/cache/windlass',
    sources: [{ name: 'sources.list', content: after }],
    codename: 'trixie',
  };
  const lists = ok('/var/cache/windlass/lists/deb.debian.org_debian_dists_trixie_main_Packages\n');

  test('reads lists and sources of its own: the node stays on its old ones', () => {
    const commands = aptPrefetch.commands(params);
    expect(commands[1]).toEqual({
      argv: ['install', '-D', '-m', '0644', '/dev/stdin', '/var/cache/windlass/sources.d/sources.list'],
      input: after,
    });
    for (const { argv } of commands.slice(2)) {
      expect(argv).toContain('Dir::Etc::SourceList=/dev/null');
      expect(argv).toContain('Dir::Etc::SourceParts=/var/cache/windlass/sources.d');
      expect(argv).toContain('Dir::State::Lists=/var/cache/windlass/lists');
    }
    expect(commands[3]?.argv).toContain('-d');
    expect(undos(aptPrefetch, params)[0]).toEqual(['rm', '-rf', '--', '/var/cache/windlass']);
  });

  test.each([
    ['no lists yet', { lists: ok(''), missing: ok('') }, 'todo', /no package lists/],
    [
      'archives missing',
      { lists, missing: ok("'http://a/b.deb' b.deb 1 SHA256:0\n'http://a/c.deb' c.deb 1 SHA256:0\n") },
      'todo',
      /2 archives/,
    ],
    ['everything in the cache', { lists, missing: ok('') }, 'done', /every archive/],
    ['apt complains', { lists, missing: bad(100, 'E: Unable to locate') }, 'todo', /Unable to locate/],
  ])('%s', (_, seen, is, because) => {
    const verdict = judge(aptPrefetch, params, { os: osRelease('bookworm'), ...seen });
    expect(verdict).toMatchObject({ is, because: expect.stringMatching(because) });
  });

  test('is done on a node that is there already, whatever the cache holds', () => {
    const seen = { os: osRelease('trixie'), lists: ok(''), missing: bad(100, 'E: gone') };
    expect(judge(aptPrefetch, params, seen).is).toBe('done');
  });
});

describe('apt.sources', () => {
  const params = { files: [{ path: '/etc/apt/sources.list', before, after }] };
  const sums = (content: string) => ({ sums: ok(`${sha256(content)}  /etc/apt/sources.list\n`) });

  test('writes the content by standard input, and puts the old one back', () => {
    const argv = ['install', '-m', '0644', '/dev/stdin', '/etc/apt/sources.list'];
    expect(aptSources.commands(params)).toEqual([{ argv, input: after }]);
    expect(aptSources.undo?.(params)).toEqual([{ argv, input: before }]);
  });

  test('knows the old, the new, and refuses what someone wrote since', () => {
    expect(judge(aptSources, params, sums(before)).is).toBe('todo');
    expect(judge(aptSources, params, sums(after)).is).toBe('done');
    expect(judge(aptSources, params, sums('deb http://elsewhere sid main\n'))).toMatchObject({
      is: 'refuse',
      remedy: expect.stringContaining('plan again'),
    });
    expect(judge(aptSources, params, { sums: bad(1, 'No such file') }).is).toBe('refuse');
  });
});

describe('apt.dist-upgrade', () => {
  const params = { codename: 'trixie' };
  const whole = { os: osRelease('trixie'), audit: ok(''), simulation: simulated(0, 0, 0) };

  test('finishes what is half configured first, never asks, keeps configuration, marks the boot', () => {
    const commands = argvs(aptDistUpgrade, params);
    expect(aptDistUpgrade.commands(params)[0]).toBe(settle);
    expect(commands[2]).toEqual([
      'apt-get',
      '-qy',
      '--fix-broken',
      ...PATIENT,
      '-o',
      'Dpkg::Options::=--force-confdef',
      '-o',
      'Dpkg::Options::=--force-confold',
      'dist-upgrade',
    ]);
    expect(commands[3]).toEqual(['touch', '/run/reboot-required']);
  });

  test('has no way back', () => expect(aptDistUpgrade.undo).toBeUndefined());

  test.each([
    ['whole', whole, 'done', /nothing left/],
    ['on the old release', { ...whole, os: osRelease('bookworm') }, 'todo', /not on trixie/],
    [
      'half configured',
      { ...whole, audit: ok('The following packages are only half configured\n keystone\n') },
      'todo',
      /half configured/,
    ],
    ['packages left', { ...whole, simulation: simulated(3, 1, 0) }, 'todo', /4 packages/],
    ['dpkg locked', { ...whole, simulation: bad(100, 'E: Could not get lock') }, 'refuse', /lock/],
  ])('%s', (_, seen, is, because) => {
    expect(judge(aptDistUpgrade, params, seen)).toMatchObject({
      is,
      because: expect.stringMatching(because),
    });
  });
});

describe('apt.autoremove', () => {
  test.each([
    ['nothing left over', simulated(0, 0, 0), ok(''), 'done'],
    ['libraries left over', simulated(0, 0, 26), ok(''), 'todo'],
    ['broken packages', simulated(0, 0, 0), ok('half-installed: x'), 'todo'],
    ['apt cannot say', bad(100, 'E: lock'), ok(''), 'refuse'],
  ])('%s', (_, simulation, audit, is) => {
    expect(judge(aptAutoremove, {}, { simulation, audit }).is).toBe(is);
  });
});
