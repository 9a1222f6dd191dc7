import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { selfMigrating } from '../../../src/drivers/debconf.ts';
import { readForeign } from '../../../src/drivers/foreign.ts';
import { guests, hypervisor } from '../../../src/drivers/hypervisor.ts';
import { alternatives } from '../../../src/drivers/iptables.ts';
import { kept } from '../../../src/drivers/kept.ts';
import { readMigrations } from '../../../src/drivers/migrations.ts';
import { isAuto, letsOldComputesIn, pins } from '../../../src/drivers/pins.ts';
import { ages } from '../../../src/drivers/processes.ts';
import { python } from '../../../src/drivers/python.ts';
import { sections, together } from '../../../src/drivers/text.ts';
import { threads } from '../../../src/drivers/uwsgi.ts';

/** What the lab's real nodes answered, kept as files. */
const text = (name: string): string => readFileSync(join(import.meta.dirname, 'recorded', name), 'utf8');
const seen = (name: string) => ({ rc: 0, out: text(name), err: '' });
const controller = sections(text('particulars-ctl1-bookworm.txt'));
const compute = sections(text('particulars-cmp1-bookworm.txt'));

describe('one script of several questions', () => {
  const parts = [alternatives, pins, python, threads, ages, guests, kept, selfMigrating];

  test('has sections of its own for each, and ends well', () => {
    const heads = parts.flatMap(({ script }) =>
      [...script.matchAll(/^echo '(== [^']+)'$/gm)].map((found) => found[1]),
    );
    expect(new Set(heads).size).toBe(heads.length);
    expect(together(parts).input).toMatch(/\ntrue\n$/);
  });
});

describe('iptables', () => {
  test('is read with who chose it', () => {
    expect(alternatives.read(compute)).toMatchObject({
      alternatives: { iptables: { path: '/usr/sbin/iptables-nft', manual: false } },
      legacyTables: [],
    });
    expect(
      alternatives.read({
        alternatives: 'iptables /usr/sbin/iptables-legacy manual\n',
        'legacy-tables': 'nat\nfilter\nnat\n',
      }),
    ).toEqual({
      alternatives: { iptables: { path: '/usr/sbin/iptables-legacy', manual: true } },
      legacyTables: ['filter', 'nat'],
    });
  });
});

describe('pins', () => {
  test('are told by file and line', () => {
    const [pin] = pins.read(compute);
    expect(pin).toEqual({
      path: '/etc/nova/nova.conf',
      line: 92,
      section: 'upgrade_levels',
      option: 'compute',
      value: 'auto',
    });
    expect(pin && isAuto(pin)).toBe(true);
  });

  test('the workaround counts only when it is on', () => {
    const read = (value: string) =>
      pins.read({ pins: `/n\t3\tworkarounds\tdisable_compute_service_check_for_ffu = ${value}\n` });
    expect(read('True').some(letsOldComputesIn)).toBe(true);
    expect(read('false').some(letsOldComputesIn)).toBe(false);
  });
});

describe('python and uwsgi', () => {
  test('are told by version; a node without uwsgi has no plugin', () => {
    expect(python.read(controller)).toEqual({ version: '3.11', uwsgi: ['3.11'] });
    expect(python.read(compute)).toEqual({ version: '3.11', uwsgi: [] });
    expect(python.read({})).toBeUndefined();
  });

  test("tell an API's threads by its file, where uwsgi is", () => {
    expect(
      threads.read({
        threads: '/etc/neutron/neutron-api-uwsgi.ini 32\n/etc/nova/nova-api-uwsgi.ini 1\n',
      }),
    ).toEqual({ '/etc/neutron/neutron-api-uwsgi.ini': 32, '/etc/nova/nova-api-uwsgi.ini': 1 });
    expect(threads.read({ threads: '' })).toBeUndefined();
  });
});

describe('what runs have kept', () => {
  test('is told by the mark of their facts; what was used on a way back is not', () => {
    expect(
      kept.read({ kept: 'fedcba987654\n0123456789ab\n0123456789ab-back-20261129\nlost+found\n' }),
    ).toEqual(['0123456789ab', 'fedcba987654']);
    expect(kept.read(controller)).toBeUndefined();
  });
});

describe('packages that migrate their database themselves', () => {
  const asked = (store: string) => {
    const dir = mkdtempSync(join(tmpdir(), 'windlass-debconf-'));
    try {
      const file = join(dir, 'config.dat');
      writeFileSync(file, store);
      const script = selfMigrating.script.replaceAll('/var/cache/debconf/config.dat', file);
      return selfMigrating.read(sections(execFileSync('sh', ['-us'], { input: script, encoding: 'utf8' })));
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
  const entry = (name: string, value: string, owners: string) =>
    `Name: ${name}\nTemplate: ${name}\n${value}Owners: ${owners}\nFlags: seen\n`;

  test('are those debconf was told so of, with the first package that asks', () => {
    const store = [
      entry('cinder/configure_db', 'Value: false\n', 'cinder-common'),
      entry('glance/configure_db', '', 'glance-common'),
      entry('nova/configure_db', 'Value: true\n', 'nova-common, nova-api'),
      entry('nova/configure_rabbit', 'Value: true\n', 'nova-common'),
      entry('heat/configure_db', 'Value: true\n', 'heat-common'),
    ].join('\n');
    expect(asked(store)).toEqual([
      { package: 'nova-common', question: 'nova/configure_db' },
      { package: 'heat-common', question: 'heat/configure_db' },
    ]);
    expect(asked(entry('cinder/configure_db', 'Value: false\n', 'cinder-common'))).toBeUndefined();
  });
});

describe('ages', () => {
  test('are epoch seconds of processes that run and of packages, with and without an architecture', () => {
    const { started, unpacked } = ages.read(compute);
    expect(started['nova-compute.service']).toBe(1795238611);
    expect(unpacked['python3-oslo.messaging']).toBe(1795237126);
    expect(unpacked.libc6).toBe(1795225413);
    expect(
      ages.read({ boot: '100\n', started: 'Id=a.service\nMainPID=0\nExecMainStartTimestampMonotonic=7\n' })
        .started,
    ).toEqual({});
  });
});

describe('guests', () => {
  test('are qemu processes by uuid, with when they began', () => {
    expect(guests.read(compute)).toEqual({
      storage: 'overlay',
      guests: [
        { uuid: '5cc68de1-ebc1-4f04-991a-98cb439f02b6', pid: 919, started: 1795238747 },
        { uuid: '6423dcc9-0227-4d70-aa01-fe10ab32e247', pid: 922, started: 1795238747 },
      ],
    });
  });

  test('a node with neither libvirt, nova-compute nor guests runs none', () => {
    expect(hypervisor({}, guests.read(controller))).toBeUndefined();
    const packages = {
      'libvirt-daemon': { version: '9.0.0-4+deb12u2', auto: true },
      'qemu-system-x86': { version: '1:7.2+dfsg-7+deb12u16', auto: true },
    };
    expect(hypervisor(packages, guests.read(compute))).toMatchObject({ libvirt: '9.0.0', qemu: '7.2+dfsg' });
  });
});

describe('migrations', () => {
  const code = readMigrations(seen('migrations-zed.txt'));

  test('have a head for each chain: nova’s two databases, keystone’s two branches', () => {
    expect(code.nova?.heads).toEqual(['b30f573d3377', 'ccb0fa1a2252']);
    expect(code.keystone?.heads).toEqual(['29e87d24a316', 'e25ffa003242']);
    expect(code.glance?.heads).toEqual(['wallaby_contract01', 'wallaby_expand01']);
    expect(code.keystone?.known).toHaveLength(3);
  });

  test('that merge two, or are written with a type, are read', () => {
    const out = [
      "m/a/versions/1.py:revision: str = 'a1'",
      'm/a/versions/2.py:revision = "a2"',
      "m/a/versions/3.py:revision = 'a3'",
      "m/a/versions/3.py:down_revision: Union[str, None] = ('a1', 'a2')",
    ].join('\n');
    expect(readMigrations({ rc: 0, out, err: '' })).toEqual({
      m: { heads: ['a3'], known: ['a1', 'a2', 'a3'] },
    });
  });
});

describe('packages from elsewhere', () => {
  test('are grouped by what they were built from, with what their removal takes along', () => {
    expect(readForeign(seen('foreign-ceph-bookworm.txt'))).toEqual([
      {
        of: 'ceph',
        from: 'file:/srv/repo ./',
        packages: [
          'libcephfs2',
          'librados2',
          'librbd1',
          'librgw2',
          'python3-ceph',
          'python3-ceph-argparse',
          'python3-cephfs',
          'python3-rados',
          'python3-rbd',
          'python3-rgw',
        ],
        takes: ['nova-common', 'nova-compute', 'nova-compute-qemu', 'python3-nova', 'qemu-block-extra'],
      },
    ]);
  });

  test('are not known where apt has no lists; none is not the same', () => {
    expect(readForeign({ rc: 0, out: '== own\n\n', err: '' })).toBeUndefined();
    expect(
      readForeign({ rc: 0, out: '== own\nhttp://d b/main amd64 Packages\n== foreign\n', err: '' }),
    ).toEqual([]);
  });

  test('whose removal was not asked say nothing of it', () => {
    const out = '== own\nx\n== foreign\nacme\t-\tacme-agent\n== takes\n';
    expect(readForeign({ rc: 0, out, err: '' })).toEqual([{ of: 'acme', packages: ['acme-agent'] }]);
  });
});
