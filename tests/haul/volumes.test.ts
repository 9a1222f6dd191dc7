// Disks kept and put back by LVM and by libvirt, on real volumes: a machine with a kernel of its own, a guest of libvirt on a
// lab's host, its system on LVM, is taken through the very steps that a plan has for it. Some 15 minutes on two idle cores: no
// hardware helps qemu here.
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diskCommand } from '../../src/drivers/disk.ts';
import { Cluster, diskHost, withDiskHosts } from '../../src/model/cluster.ts';
import type { Seen } from '../../src/model/command.ts';
import { Chain, Draft } from '../../src/plan/draft.ts';
import { diskOf, markDisk } from '../../src/plan/os-roll/disks.ts';
import { openLinks } from '../../src/transport/index.ts';
import { type Bench, openBench } from '../lab/bench.ts';
import { answerOf, shell } from '../lab/operator.ts';
import { runDraft, type Worked } from '../lab/run-draft.ts';
import { MACHINE, machineUp, makeMachine, VOLUME } from './machine.ts';

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
let bench: Bench;

const ask = (...command: string[]): Promise<string> => answerOf(bench.lab, MACHINE, ...command);
const host = (...command: string[]): Promise<string> => answerOf(bench.lab, bench.node, ...command);

/** The machine as a node of a cluster file in which this keeps its disk. */
const machine = (disks: object): Cluster =>
  Cluster.parse({
    cluster: bench.name,
    os: 'debian/bookworm',
    openstack: 'zed',
    nodes: {
      [MACHINE]: {
        address: MACHINE,
        roles: ['controller'],
        ssh: { config: bench.lab.place.sshConfig },
        disks,
      },
    },
    services: {},
    platform: [],
  });
const byLibvirt = (): Cluster =>
  machine({
    provider: 'libvirt',
    host: { name: bench.node, address: bench.node, ssh: { config: bench.lab.place.sshConfig } },
  });
const byLvm = (size: string, volumes: readonly string[] = [VOLUME]): Cluster =>
  machine({ provider: 'lvm', volumes, size });

type Verb = 'keep' | 'has' | 'restore' | 'drop';

/** Steps on its disk as the planners have them: `keep` lays the mark too, `restore` waits for the boot. */
async function work(cluster: Cluster, id: string, ...verbs: readonly Verb[]): Promise<Worked> {
  const draft = new Draft();
  draft.phase('disks', 'Disks');
  const chain = new Chain(draft, []);
  const disk = diskOf(cluster, MACHINE, id);
  if (disk === undefined) throw new Error('nobody keeps its disk');
  const told = { title: 'Test', why: 'test', source: 'test', return: 'reversible', estimate: 60 } as const;
  for (const verb of verbs) {
    const step = { ...told, on: [diskHost(cluster, MACHINE)], params: disk, timeout: 1800, settle: 900 };
    chain.step({ ...step, id: `${MACHINE}/disk/${verb}`, kind: `disk.${verb}` });
    if (verb === 'keep') markDisk(chain, MACHINE, id);
    if (verb !== 'restore') continue;
    const params = { codename: 'bookworm' };
    chain.step({
      ...told,
      id: `${MACHINE}/node/returned`,
      kind: 'node.returned',
      on: [MACHINE],
      params,
      settle: 900,
    });
  }
  return runDraft(draft, bench);
}

/** What its provider says to one word, outside any run. */
async function told(cluster: Cluster, id: string, verb: Verb): Promise<Seen> {
  const disk = diskOf(cluster, MACHINE, id);
  if (disk === undefined) throw new Error('nobody keeps its disk');
  return bench.links.link(diskHost(cluster, MACHINE)).look(diskCommand(disk, verb));
}

/** What an upgrade would do to its system, and more than a page cache of it. */
const change = (): Promise<string> =>
  ask(
    'sh',
    '-c',
    'echo new >/etc/issue; rm /usr/bin/pgrep; dd if=/dev/urandom of=/var/new bs=1M count=60 status=none; sync',
  );

async function expectOld(): Promise<void> {
  expect(await ask('cat', '/etc/issue')).toMatch(/^Debian GNU/);
  await ask('test', '-x', '/usr/bin/pgrep');
  const since =
    'for path in /var/new /var/lib/windlass/disks/*; do if [ -e "$path" ]; then echo "$path"; fi; done';
  expect(await ask('sh', '-c', since)).toBe('');
}

const ended = { is: 'finished' };
const boots = (): Promise<string> => ask('cat', '/proc/sys/kernel/random/boot_id');

beforeAll(async () => {
  const made = await openBench('volumes');
  bench = made;
  await makeMachine(made.lab, made.node, say);
  const links = openLinks(withDiskHosts(byLibvirt()), { base: dirname(made.lab.place.clusterFile) });
  bench = { ...made, links, close: () => links.close().then(made.close) };
});
afterAll(() => bench?.close());

describe('libvirt', () => {
  const id = `windlass-${'1'.repeat(12)}`;
  const files = (): Promise<string> =>
    host('virsh', '-c', 'qemu:///system', 'domblklist', MACHINE, '--details');

  test('keeps the disk of a machine that runs, and puts it back: what came since is gone', async () => {
    const before = await boots();
    expect((await work(byLibvirt(), id, 'keep')).outcome).toEqual(ended);
    expect(await boots()).toBe(before);
    expect(await files()).toContain(`disk.${id}`);
    await change();
    expect((await work(byLibvirt(), id, 'has', 'restore')).outcome).toEqual(ended);
    expect(await boots()).not.toBe(before);
    await expectOld();
  });

  test('what it kept stays kept, and can be put back once more', async () => {
    await ask('mkdir', '-p', '/var/lib/windlass/disks');
    await ask('touch', `/var/lib/windlass/disks/${id}`);
    await change();
    expect((await work(byLibvirt(), id, 'has', 'restore')).outcome).toEqual(ended);
    await expectOld();
  });

  test('gives the room back under the machine as it runs, with what was written since', async () => {
    const before = await boots();
    await ask('sh', '-c', 'echo kept >/root/since; sync');
    expect((await work(byLibvirt(), id, 'drop')).outcome).toEqual(ended);
    expect(await files()).not.toContain(id);
    expect(await host('sh', '-c', `ls /var/lib/libvirt/machine | grep -c ${id} || test $? = 1`)).toBe('0');
    expect(await ask('cat', '/root/since')).toBe('kept');
    expect(await boots()).toBe(before);
  });
});

describe('LVM', () => {
  const id = `windlass-${'2'.repeat(12)}`;
  const volumes = (): Promise<string> => ask('lvs', '--all', '--noheadings', '-o', 'lv_name');

  test('keeps nothing where a part of the system lies on no volume that was named', async () => {
    expect(await told(byLvm('1G', ['vg0/other']), id, 'keep')).toMatchObject({
      rc: 12,
      err: expect.stringMatching(/\/ lies on .*, which is none of the volumes named: vg0\/other/),
    });
    expect((await volumes()).split(/\s+/)).toEqual(['root']);
  });

  test('keeps the volumes of a machine that runs, and merges them back: what came since is gone', async () => {
    const before = await boots();
    expect((await work(byLvm('1G'), id, 'keep')).outcome).toEqual(ended);
    await change();
    expect((await work(byLvm('1G'), id, 'has', 'restore')).outcome).toEqual(ended);
    expect(await boots()).not.toBe(before);
    await expectOld();
  });

  test('what is still being merged is waited for, and used up then', async () => {
    expect((await work(byLvm('1G'), id, 'drop')).outcome).toEqual(ended);
    expect((await told(byLvm('1G'), id, 'has')).rc).toBe(1);
    expect((await volumes()).split(/\s+/)).toEqual(['root']);
  });

  test('gives the room back under the machine as it runs, with what was written since', async () => {
    expect((await work(byLvm('1G'), id, 'keep')).outcome).toEqual(ended);
    await ask('sh', '-c', 'echo kept >/root/since-lvm; sync');
    expect((await work(byLvm('1G'), id, 'drop')).outcome).toEqual(ended);
    expect((await volumes()).split(/\s+/)).toEqual(['root']);
    expect(await ask('cat', '/root/since-lvm')).toBe('kept');
  });

  test('a snapshot that ran full is worth nothing, and is said to be so', async () => {
    expect((await work(byLvm('16M'), id, 'keep')).outcome).toEqual(ended);
    await change();
    expect((await told(byLvm('16M'), id, 'has')).rc).toBe(3);
    expect(await told(byLvm('16M'), id, 'keep')).toMatchObject({
      rc: 13,
      err: expect.stringContaining(`the snapshot ${VOLUME}-${id} ran full: remove it`),
    });
    expect((await work(byLvm('16M'), id, 'drop')).outcome).toEqual(ended);
    expect((await volumes()).split(/\s+/)).toEqual(['root']);
    expect(await machineUp(bench.lab)).toBe(true);
    expect((await shell(bench.lab, MACHINE, 'dmesg')).out).not.toMatch(/EXT4-fs error|I\/O error/);
  });
});
