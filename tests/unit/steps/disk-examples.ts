import type { Example } from './examples.ts';
import { bad, galera, ok, osRelease, units } from './seen.ts';

const id = 'windlass-0123456789ab';
export const LVM_DISK = {
  by: 'lvm',
  node: 'ctl1',
  id,
  volumes: ['vg0/root', 'vg0/var'],
  size: '20G',
} as const;
export const LIBVIRT_DISK = { by: 'libvirt', node: 'ctl1', id, domain: 'vm-ctl1' } as const;
export const COMMAND_DISK = {
  by: 'command',
  node: 'ctl1',
  id,
  keep: ['/opt/disks', 'keep'],
  has: ['/opt/disks', 'has'],
  restore: ['/opt/disks', 'restore'],
  drop: ['/opt/disks', 'drop'],
} as const;

export const DISK_EXAMPLES: readonly Example[] = [
  { kind: 'disk.keep', params: LVM_DISK, done: { has: ok('vg0/root whole\nvg0/var whole\n') } },
  { kind: 'disk.has', params: LIBVIRT_DISK, done: { has: ok('vda\t/srv/vm/ctl1.windlass-0123456789ab\n') } },
  {
    kind: 'disk.restore',
    params: COMMAND_DISK,
    done: { mark: bad(1, 'No such file'), has: ok() },
    spare: { has: 'only says whether it can be put back at all' },
  },
  { kind: 'disk.drop', params: COMMAND_DISK, done: { has: bad(1) } },
  {
    kind: 'node.returned',
    params: { codename: 'bookworm' },
    done: { os: osRelease('bookworm'), system: ok('running\n') },
  },
  {
    kind: 'galera.bootstrap',
    params: { unit: 'mariadb', others: ['ctl1'] },
    done: {
      states: units({ mariadb: 'loaded active' }),
      status: galera('Synced', 1),
      grastate: ok('seqno:   -1\n'),
      'position on ctl1': ok('seqno:   4711\n'),
    },
    spare: {
      grastate: 'only says whether it may be the first',
      'position on ctl1': 'only says whether this one may be the first',
    },
  },
  {
    kind: 'rabbitmq.forget',
    params: { node: 'ctl1' },
    done: {
      status: ok(
        JSON.stringify({
          disk_nodes: ['rabbit@ctl2', 'rabbit@ctl3'],
          running_nodes: ['rabbit@ctl2', 'rabbit@ctl3'],
          partitions: {},
          versions: {},
        }),
      ),
    },
  },
];
