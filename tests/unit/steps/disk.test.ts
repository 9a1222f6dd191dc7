import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Disk, diskCommand } from '../../../src/drivers/disk.ts';
import type { Command } from '../../../src/model/command.ts';
import { diskDrop, diskHas, diskKeep, diskRestore, nodeReturned } from '../../../src/steps/disk.ts';
import { galeraBootstrap } from '../../../src/steps/galera.ts';
import { rabbitmqForget } from '../../../src/steps/rabbitmq-forget.ts';
import { COMMAND_DISK, LIBVIRT_DISK, LVM_DISK } from './disk-examples.ts';
import { argvs, bad, bus, galera, judge, ok, osRelease, undos, units } from './seen.ts';

const disk = Disk.parse(COMMAND_DISK);

describe('a kept disk', () => {
  test('a command gets the node’s name and the disk’s id as its last words', () => {
    expect(argvs(diskKeep, disk)).toEqual([['/opt/disks', 'keep', 'ctl1', COMMAND_DISK.id]]);
    expect(undos(diskKeep, disk)).toEqual([['/opt/disks', 'drop', 'ctl1', COMMAND_DISK.id]]);
  });

  test.each([
    ['there', ok(), 'done', 'done', 'todo'],
    ['not there', bad(1), 'todo', 'refuse', 'done'],
    ['no answer', bad(3), 'wait', 'wait', 'wait'],
    ['no answer', bad(2, 'no such lab'), 'wait', 'wait', 'wait'],
  ])('%s: keep, has, drop', (_, has, keep, asked, drop) => {
    expect(judge(diskKeep, disk, { has }).is).toBe(keep);
    expect(judge(diskHas, disk, { has }).is).toBe(asked);
    expect(judge(diskDrop, disk, { has }).is).toBe(drop);
  });

  const mark = ok(`/var/lib/windlass/disks/${COMMAND_DISK.id}\n`);
  test.each([
    ['ahead, and kept', mark, ok(), 'todo'],
    ['ahead, and dropped', mark, bad(1), 'refuse'],
    ['back, and merged away', bad(1, 'No such file'), bad(1), 'done'],
    ['back by somebody’s hand', bad(1, 'No such file'), ok(), 'done'],
    ['nobody can look', bad(127, 'find: not found'), ok(), 'wait'],
  ])('the node’s disk is %s', (_, ahead, has, is) => {
    expect(judge(diskRestore, disk, { mark: ahead, has }).is).toBe(is);
  });

  test('of LVM in part: keeping and putting back go on, nothing is stopped for it, and it is dropped', () => {
    const volumes = Disk.parse(LVM_DISK);
    const has = bad(3);
    expect(judge(diskKeep, volumes, { has }).is).toBe('todo');
    expect(judge(diskHas, volumes, { has })).toMatchObject({
      is: 'refuse',
      because: expect.stringContaining('no whole disk'),
    });
    expect(judge(diskRestore, volumes, { mark, has }).is).toBe('todo');
    expect(judge(diskDrop, volumes, { has }).is).toBe('todo');
  });

  test('takes the fence along that it had when it was kept', () => {
    expect(diskRestore.goesBack?.(disk)).toEqual(['ctl1']);
  });

  test.each([
    ['up', 'bookworm', 'degraded', 'done'],
    ['booting', 'bookworm', 'starting', 'wait'],
    ['still new', 'trixie', 'running', 'todo'],
  ])('a node that is %s', (_, codename, system, is) => {
    const seen = { os: osRelease(codename), system: ok(`${system}\n`) };
    expect(judge(nodeReturned, { codename: 'bookworm' }, seen).is).toBe(is);
  });
});

describe('a database that is off as a whole', () => {
  const params = { unit: 'mariadb', others: ['ctl1', 'ctl3'] };
  const off = { states: units({ mariadb: 'masked inactive' }), status: bad(1, 'no server') };
  const at = (mine: number, ...theirs: readonly number[]) => ({
    ...off,
    grastate: ok(`seqno:   ${mine}\n`),
    'position on ctl1': ok(`seqno:   ${theirs[0]}\n`),
    'position on ctl3': ok(`seqno:   ${theirs[1]}\n`),
  });

  test('starts from the member that knows most, and from no other', () => {
    expect(judge(galeraBootstrap, params, at(12, 10, 12)).is).toBe('todo');
    expect(judge(galeraBootstrap, params, at(10, 12, 9))).toMatchObject({
      is: 'refuse',
      because: expect.stringContaining('ctl1 knows more (12)'),
    });
  });

  test('is not begun where a position was lost', () => {
    expect(judge(galeraBootstrap, params, at(-1, 10, 9)).is).toBe('refuse');
    expect(judge(galeraBootstrap, params, at(12, -1, 9)).is).toBe('refuse');
  });

  test('is there when the member is Synced and Primary', () => {
    const states = units({ mariadb: 'loaded active' });
    expect(judge(galeraBootstrap, params, { states, status: galera('Synced', 1) }).is).toBe('done');
    expect(judge(galeraBootstrap, params, { states, status: galera('Joining', 1, 'non-Primary') }).is).toBe(
      'wait',
    );
  });
});

describe('an old bus that is told to forget a member', () => {
  test.each([
    ['reckons with it', ['ctl2', 'ctl3'], ['ctl1', 'ctl2', 'ctl3'], 'todo'],
    ['does not', ['ctl2', 'ctl3'], ['ctl2', 'ctl3'], 'done'],
    ['has it back already', ['ctl1', 'ctl2', 'ctl3'], ['ctl1', 'ctl2', 'ctl3'], 'done'],
  ])('%s', (_, running, members, is) => {
    const said = JSON.parse(bus(running).out);
    const status = ok(JSON.stringify({ ...said, disk_nodes: members.map((one) => `rabbit@${one}`) }));
    expect(judge(rabbitmqForget, { node: 'ctl1' }, { status }).is).toBe(is);
  });
});

/** A folder of programs that stand in for the real ones; what they were called with is in `calls`. */
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-disk-'));
  mkdirSync(join(dir, 'bin'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function program(name: string, text: string): void {
  const path = join(dir, 'bin', name);
  writeFileSync(path, `#!/bin/bash\necho "${name} $*" >>${dir}/calls\n${text}\n`);
  chmodSync(path, 0o755);
}

function run({ argv, input = '' }: Command) {
  const [first = '', ...rest] = argv;
  const env = { PATH: `${dir}/bin:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C' };
  const { status, stdout, stderr } = spawnSync(first, rest, { input, encoding: 'utf8', env });
  return { rc: status, out: stdout, err: stderr };
}

const calls = (name: string): string[] =>
  readFileSync(join(dir, 'calls'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${name} `));

describe('volumes of LVM', () => {
  const lvm = Disk.parse(LVM_DISK);

  /** A node whose root, and what lies on it, is on `vg0/root` and /var on `vg0/var`; snapshots are files of this folder. */
  beforeEach(() => {
    mkdirSync(join(dir, 'snapshots'));
    program(
      'findmnt',
      `case "\${!#}" in /var) echo /dev/mapper/vg0-var ;; /boot) echo \${BOOT:-/dev/mapper/vg0-root} ;; *) echo /dev/mapper/vg0-root ;; esac`,
    );
    program(
      'lvs',
      `case "$*" in
  *--all*) for path in ${dir}/snapshots/*; do
      if [ -e "$path" ]; then echo "  [$(basename "$path")] $(cat "$path")"; fi
    done ;;
  *vg0-root) echo "  vg0/root" ;;
  *vg0-var) echo "  vg0/var" ;;
  *) echo "not a volume" >&2; exit 5 ;;
esac`,
    );
    program(
      'lvcreate',
      `name=$(sed -n 's/.*--name \\([^ ]*\\).*/\\1/p' <<<"$*"); echo '  swi-a-s---' >${dir}/snapshots/$name`,
    );
    program('lvconvert', `rm ${dir}/snapshots/\${2#*/}`);
    program('lvremove', `rm ${dir}/snapshots/\${2#*/}`);
    program('systemd-run', 'exit 0');
    program('sync', 'exit 0');
  });

  test('are kept once, are there, and go when they are dropped', () => {
    expect(run(diskCommand(lvm, 'has')).rc).toBe(1);
    expect(run(diskCommand(lvm, 'keep'))).toMatchObject({ rc: 0 });
    expect(run(diskCommand(lvm, 'has'))).toMatchObject({ rc: 0, out: 'vg0/root whole\nvg0/var whole\n' });
    expect(run(diskCommand(lvm, 'keep')).rc).toBe(0);
    expect(calls('lvcreate')).toEqual([
      `lvcreate --yes --snapshot --name root-${LVM_DISK.id} --size 20G vg0/root`,
      `lvcreate --yes --snapshot --name var-${LVM_DISK.id} --size 20G vg0/var`,
    ]);
    expect(run(diskCommand(lvm, 'drop')).rc).toBe(0);
    expect(run(diskCommand(lvm, 'has')).rc).toBe(1);
  });

  test('come back by a merge and a boot that comes after the end was told', () => {
    run(diskCommand(lvm, 'keep'));
    expect(run(diskCommand(lvm, 'restore')).rc).toBe(0);
    expect(calls('lvconvert')).toHaveLength(2);
    expect(calls('systemd-run')).toEqual(['systemd-run --quiet --on-active=15 systemctl reboot']);
  });

  test('a snapshot that ran full is none: nothing comes back by it, and it can be dropped', () => {
    run(diskCommand(lvm, 'keep'));
    writeFileSync(join(dir, `snapshots/var-${LVM_DISK.id}`), '  swi-I-s---\n');
    expect(run(diskCommand(lvm, 'has'))).toMatchObject({
      rc: 3,
      out: expect.stringContaining('vg0/var invalid'),
    });
    expect(run(diskCommand(lvm, 'keep')).rc).toBe(13);
    expect(run(diskCommand(lvm, 'restore')).rc).toBe(13);
    expect(calls('lvconvert')).toEqual([]);
    expect(run(diskCommand(lvm, 'drop')).rc).toBe(0);
    expect(run(diskCommand(lvm, 'has')).rc).toBe(1);
  });

  test('one that is being merged is waited for, and no volume is taken away in it', () => {
    run(diskCommand(lvm, 'keep'));
    const path = join(dir, `snapshots/root-${LVM_DISK.id}`);
    writeFileSync(path, '  Swi-a-s---\n');
    program('sleep', `rm -f ${path}`);
    expect(run(diskCommand(lvm, 'has')).rc).toBe(3);
    expect(run(diskCommand(lvm, 'drop')).rc).toBe(0);
    expect(calls('lvremove')).toEqual([`lvremove --yes vg0/var-${LVM_DISK.id}`]);
    expect(run(diskCommand(lvm, 'has')).rc).toBe(1);
  });

  test('of which one is back already: the other one follows', () => {
    run(diskCommand(lvm, 'keep'));
    rmSync(join(dir, `snapshots/root-${LVM_DISK.id}`));
    expect(run(diskCommand(lvm, 'has')).rc).toBe(3);
    expect(run(diskCommand(lvm, 'restore')).rc).toBe(0);
    expect(calls('lvconvert')).toEqual([`lvconvert --merge vg0/var-${LVM_DISK.id}`]);
  });

  test('a part of the system on another device: nothing is kept, and it is named', () => {
    program('findmnt', `case "\${!#}" in /boot) echo /dev/sda1 ;; *) echo /dev/mapper/vg0-root ;; esac`);
    expect(run(diskCommand(lvm, 'keep'))).toMatchObject({
      rc: 12,
      err: expect.stringContaining('/boot lies on /dev/sda1'),
    });
    expect(calls('findmnt').length).toBeGreaterThan(1);
    expect(readFileSync(join(dir, 'calls'), 'utf8')).not.toContain('lvcreate');
  });

  test('room may be a share of the volume', () => {
    run(diskCommand({ ...lvm, size: '30%' } as Disk, 'keep'));
    expect(calls('lvcreate')[0]).toContain('--extents 30%ORIGIN');
  });
});

describe('disks of a guest of libvirt', () => {
  const guest = Disk.parse(LIBVIRT_DISK);

  /** A guest with two disks and a CD, whose state and disks are files of this folder. */
  beforeEach(() => {
    for (const name of ['vda', 'vdb']) {
      writeFileSync(join(dir, `${name}.qcow2`), `old ${name}`);
      writeFileSync(join(dir, `source-${name}`), join(dir, `${name}.qcow2`));
    }
    writeFileSync(join(dir, 'state'), 'running\n');
    program(
      'virsh',
      `case $1 in
  domblklist)
    echo ' Type   Device   Target   Source'
    echo '------------------------------'
    for target in vda vdb; do echo " file disk $target $(cat ${dir}/source-$target)"; done
    echo ' file cdrom hda -' ;;
  snapshot-create-as)
    for target in vda vdb; do
      was=$(cat ${dir}/source-$target)
      echo "over $was" >\${was%.qcow2}.$3
      echo \${was%.qcow2}.$3 >${dir}/source-$target
    done ;;
  domstate) cat ${dir}/state; echo ;;
  shutdown) echo 'shut off' >${dir}/state ;;
  start) echo running >${dir}/state ;;
  blockcommit) echo ${dir}/$3.qcow2 >${dir}/source-$3 ;;
esac`,
    );
    program(
      'qemu-img',
      `case $1 in
  info) printf '{\\n    "virtual-size": 1,\\n    "full-backing-filename": "%s",\\n    "backing-filename-format": "qcow2"\\n}\\n' "$(sed 's/^over //' "\${!#}")" ;;
  create) echo "over $6" >"\${!#}" ;;
esac`,
    );
  });

  test('are kept once by overlays, and what is below them is not written any more', () => {
    expect(run(diskCommand(guest, 'has')).rc).toBe(1);
    expect(run(diskCommand(guest, 'keep'))).toMatchObject({ rc: 0 });
    expect(run(diskCommand(guest, 'has'))).toMatchObject({ rc: 0 });
    expect(run(diskCommand(guest, 'keep')).rc).toBe(0);
    expect(calls('virsh').filter((call) => call.includes('snapshot-create-as'))).toEqual([
      `virsh snapshot-create-as vm-ctl1 ${LIBVIRT_DISK.id} --disk-only --atomic --no-metadata`,
    ]);
  });

  test('come back by empty overlays while the guest is off, and are still kept', () => {
    run(diskCommand(guest, 'keep'));
    const overlay = join(dir, `vda.${LIBVIRT_DISK.id}`);
    const was = readFileSync(overlay, 'utf8');
    expect(run(diskCommand(guest, 'restore'))).toMatchObject({ rc: 0 });
    expect(readFileSync(overlay, 'utf8')).toBe(was);
    const order = calls('virsh').map((call) => call.split(' ')[1]);
    expect(order.indexOf('shutdown')).toBeGreaterThan(0);
    expect(order.at(-1)).toBe('start');
    expect(calls('qemu-img').filter((call) => call.includes(' create '))).toHaveLength(2);
    expect(run(diskCommand(guest, 'has')).rc).toBe(0);
  });

  test('what lies below an overlay is known before the guest is turned off, and it is not where it is not', () => {
    run(diskCommand(guest, 'keep'));
    program('qemu-img', `if [ $1 = info ]; then echo '{ "format": "qcow2" }'; fi`);
    expect(run(diskCommand(guest, 'restore'))).toMatchObject({
      rc: 12,
      err: expect.stringContaining('does not say what'),
    });
    expect(readFileSync(join(dir, 'state'), 'utf8')).toBe('running\n');
  });

  test('a guest that never wrote to overlays is not turned off', () => {
    expect(run(diskCommand(guest, 'restore')).rc).toBe(12);
    expect(readFileSync(join(dir, 'state'), 'utf8')).toBe('running\n');
  });

  test('are merged when they are dropped', () => {
    run(diskCommand(guest, 'keep'));
    expect(run(diskCommand(guest, 'drop'))).toMatchObject({ rc: 0 });
    expect(run(diskCommand(guest, 'has')).rc).toBe(1);
    expect(calls('virsh').filter((call) => call.includes('blockcommit'))).toHaveLength(2);
  });
});
