import { describe, expect, test } from 'vitest';
import { type Closure, closure, type Wanted } from '../../../src/lab/repo-closure.ts';
import { packageIndex } from '../../../src/lab/repo-index.ts';

/** `name version field: value; field: value` per package: an index in few words. */
const index = (...packages: readonly string[]) =>
  packageIndex([
    {
      archive: 'http://m',
      text: packages
        .map((text) => {
          const [, name, version, rest = ''] = /^(\S+) (\S+)\s*(.*)$/.exec(text) ?? [];
          const fields = rest.split(';').map((field) => field.trim());
          return [`Package: ${name}`, `Version: ${version}`, ...fields].filter(Boolean).join('\n');
        })
        .join('\n\n'),
    },
  ]);

const wanted = (systems: Wanted['systems'], more: Partial<Wanted> = {}): Wanted => ({
  systems,
  along: /^oslo-/,
  stay: ['glibc', 'python3-defaults'],
  ...more,
});
const one = (...services: string[]): Wanted => wanted({ host: services });
const names = (found: Closure): string[] => found.packages.map((deb) => `${deb.name} ${deb.version}`);
const reasons = (found: Closure): Record<string, string> =>
  Object.fromEntries(found.left.map((left) => [left.name, left.reason]));

describe('the closure', () => {
  test('takes what is newer and needed, and leaves what is good enough', () => {
    const found = closure(
      index('api 1 Depends: lib (>= 1), other', 'lib 1', 'other 1'),
      index('api 2 Depends: lib (>= 2), other (>= 1), fresh', 'lib 2', 'other 2', 'fresh 1', 'unasked 3'),
      one('api'),
    );
    expect(names(found)).toEqual(['api 2', 'fresh 1', 'lib 2']);
    expect(found.left).toEqual([]);
  });

  test('leaves what is no newer', () => {
    expect(names(closure(index('api 2'), index('api 1'), one('api')))).toEqual([]);
  });

  test('takes libraries along that are installed, and only those', () => {
    const found = closure(
      index('api 1 Depends: oslo-log', 'oslo-log 1', 'oslo-db 1'),
      index('api 2 Depends: oslo-log', 'oslo-log 2', 'oslo-db 2'),
      one('api'),
    );
    expect(names(found)).toEqual(['api 2', 'oslo-log 2']);
  });

  test('takes along what a team keeps for Python, whatever asks for it, and nothing else of theirs', () => {
    const kept = 'Maintainer: Debian OpenStack <x@example>';
    const found = closure(
      index(
        'api 1 Depends: python3-tooz, rabbit, python3-six',
        `python3-tooz 1 ${kept}`,
        `rabbit 1 ${kept}`,
        'python3-six 1',
      ),
      index(
        'api 2 Depends: python3-tooz, rabbit, python3-six',
        `python3-tooz 2 ${kept}`,
        `rabbit 2 ${kept}`,
        'python3-six 2',
      ),
      wanted({ host: ['api'] }, { team: 'Debian OpenStack ' }),
    );
    expect(names(found)).toEqual(['api 2', 'python3-tooz 2']);
  });

  test('takes of alternatives the one that the host can have as it is', () => {
    const found = closure(
      index('api 1', 'there 1'),
      index('api 2 Depends: fresh | there', 'fresh 2', 'there 2'),
      one('api'),
    );
    expect(names(found)).toEqual(['api 2']);
  });

  test('falls back to the next alternative when one cannot come', () => {
    const found = closure(
      index('api 1', 'libc6 1 Source: glibc'),
      index('api 2 Depends: fast | slow', 'fast 1 Depends: libc6 (>= 2)', 'slow 1', 'libc6 2 Source: glibc'),
      one('api'),
    );
    expect(names(found)).toEqual(['api 2', 'slow 1']);
  });

  test('finds a provided name, with its version where one is asked for', () => {
    const found = closure(
      index('api 1', 'old 1 Provides: abi (= 1)'),
      index('api 2 Depends: abi (>= 2), mta', 'young 5 Provides: abi (= 2)', 'exim 4 Provides: mta'),
      one('api'),
    );
    expect(names(found)).toEqual(['api 2', 'exim 4', 'young 5']);
  });

  test('raises what the raised ones break', () => {
    const found = closure(
      index('api 1 Depends: lib, plugin', 'lib 1', 'plugin 1'),
      index('api 2 Depends: lib (>= 2), plugin', 'lib 2 Breaks: plugin (<< 2)', 'plugin 2'),
      one('api'),
    );
    expect(names(found)).toEqual(['api 2', 'lib 2', 'plugin 2']);
  });

  test('raises what stands on the very version of a raised one', () => {
    const found = closure(
      index('api 1 Depends: common (= 1)', 'common 1', 'worker 1 Depends: common (= 1)'),
      index('api 2 Depends: common (= 2)', 'common 2', 'worker 2 Depends: common (= 2)'),
      wanted({ host: ['api', 'worker'] }),
    );
    expect(names(found)).toEqual(['api 2', 'common 2', 'worker 2']);
  });

  test('raises on one kind of host what another needs, though they exclude each other', () => {
    const found = closure(
      index('qemu 1 Conflicts: kvm', 'kvm 1 Conflicts: qemu', 'lib 1'),
      index('qemu 2 Conflicts: kvm', 'kvm 2 Depends: lib (>= 2); Conflicts: qemu', 'lib 2'),
      wanted({ first: ['qemu'], second: ['kvm'] }),
    );
    expect(names(found)).toEqual(['kvm 2', 'lib 2', 'qemu 2']);
  });

  test('refuses one kind of host with two that exclude each other', () => {
    const both = index('qemu 1 Conflicts: kvm', 'kvm 1');
    expect(() => closure(both, both, one('qemu', 'kvm'))).toThrow(/WL-LAB-REPO-SYSTEM/);
  });
});

describe('what cannot come', () => {
  test('is named when the newer suite has none', () => {
    const found = closure(index('api 1'), index('other 1'), one('api'));
    expect(found.left).toEqual([
      { name: 'api', reason: 'the newer suite has no such package', service: true },
    ]);
  });

  test('is what would move the ground it stands on', () => {
    const found = closure(
      index('api 1', 'other 1', 'libc6 1 Source: glibc', 'bash 1 Essential: yes'),
      index(
        'api 2 Depends: lib',
        'lib 1 Depends: libc6 (>= 2)',
        'other 2 Depends: bash (>= 2)',
        'libc6 2 Source: glibc',
        'bash 2 Essential: yes',
      ),
      one('api', 'other'),
    );
    expect(names(found)).toEqual([]);
    expect(reasons(found)).toEqual({
      api: 'needs lib, which cannot come',
      lib: 'needs libc6 (>= 2), which stays as it is',
      other: 'needs bash (>= 2), which stays as it is',
    });
  });

  // research/lab.md 3: oslo.policy 6 breaks the neutron-lib that there is, and Glance needs it.
  test('is what breaks something that has no newer version', () => {
    const found = closure(
      index(
        'glance 30 Depends: oslo-policy',
        'neutron 26 Depends: lib, oslo-policy',
        'lib 3',
        'oslo-policy 4',
      ),
      index(
        'glance 33 Depends: oslo-policy (>= 6)',
        'neutron 28 Depends: lib, oslo-policy',
        'lib 4',
        'oslo-policy 6 Breaks: lib (<< 5)',
      ),
      one('glance', 'neutron'),
    );
    expect(names(found)).toEqual(['neutron 28']);
    expect(reasons(found)).toEqual({
      glance: 'needs oslo-policy (>= 6), which cannot come',
      'oslo-policy': 'excludes lib 3, which cannot come newer',
    });
    expect(found.left.map(({ name, service }) => [name, service])).toEqual([
      ['glance', true],
      ['oslo-policy', false],
    ]);
  });

  test('is the lesser one: a library that goes along, not the service that needs it old', () => {
    const found = closure(
      index('api 1 Depends: oslo-log', 'oslo-log 1'),
      index('api 2 Depends: oslo-log (<< 2)', 'oslo-log 2'),
      one('api'),
    );
    expect(names(found)).toEqual(['api 2']);
    expect(reasons(found)).toEqual({ 'oslo-log': 'api 2 needs oslo-log (<< 2) and cannot come newer' });
  });

  test('pulls nothing that only it needed', () => {
    const found = closure(
      index('api 1', 'python3 1 Source: python3-defaults'),
      index('api 2 Depends: helper, python3 (>= 2)', 'helper 1', 'python3 2 Source: python3-defaults'),
      one('api'),
    );
    expect(names(found)).toEqual([]);
  });
});

test('what nothing needs any more gives way, and is named', () => {
  const found = closure(
    index('api 1 Depends: compat', 'compat 1'),
    index('api 2 Conflicts: compat'),
    one('api'),
  );
  expect(names(found)).toEqual(['api 2']);
  expect(found.gone).toEqual(['compat']);
});

test('what is broken and still needed does not give way', () => {
  const found = closure(
    index('api 1', 'worker 1 Depends: compat', 'compat 1'),
    index('api 2 Conflicts: compat'),
    one('api', 'worker'),
  );
  expect(names(found)).toEqual([]);
  expect(reasons(found).api).toBe('excludes compat 1, which cannot come newer');
});
