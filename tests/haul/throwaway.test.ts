// A machine for a rehearsal, made by libvirt on a real host of it, from an image with cloud-init; asked by the host key that
// its making told; removed again. No hardware helps qemu here: a boot takes minutes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { makeMachine, removeMachine } from '../../src/cli/machines.ts';
import { machine } from '../../src/drivers/machine-libvirt.ts';
import { Cluster, libvirtOf, withRehearsalHost } from '../../src/model/cluster.ts';
import { openLinks } from '../../src/transport/index.ts';
import { type Bench, openBench } from '../lab/bench.ts';
import { answerOf } from '../lab/operator.ts';
import { IMAGE, MAKE_IMAGE } from './cloud-image.ts';
import { HYPERVISOR } from './machine.ts';

const NAME = 'upg01';
const BRIDGE = 'br9';
const ADDRESS = '192.0.2.50';

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
let bench: Bench;
let dir: string;
let cluster: Cluster;
let options: { readonly cluster: string; readonly state: string };

const host = (script: string): Promise<string> =>
  answerOf(
    bench.lab,
    bench.node,
    'bash',
    '-euo',
    'pipefail',
    '-c',
    `export LIBVIRT_DEFAULT_URI=qemu:///system\n${script}`,
  );

/** A command on the machine, by Windlass's own way to it. */
async function on(...argv: string[]): Promise<string> {
  const links = openLinks(withRehearsalHost(cluster, join(options.state, 'known_hosts')), { base: dir });
  try {
    const { rc, out, err } = await links.link(NAME).look({ argv }, 300);
    expect(rc, err).toBe(0);
    return out.trim();
  } finally {
    await links.close();
  }
}

/** As a rehearsal's plan has it. */
function rehearsed() {
  const libvirt = libvirtOf(cluster, NAME);
  if (libvirt === undefined) throw new Error('no libvirt in the cluster file');
  const at = { on: libvirt.host.name };
  return {
    host: NAME,
    make: { ...at, ...machine.make(NAME, libvirt) },
    remove: { ...at, ...machine.remove(NAME) },
  };
}

beforeAll(async () => {
  bench = await openBench('throwaway');
  const { place } = bench.lab;
  say('installing libvirt');
  await host(HYPERVISOR);
  say('making an image');
  await host(MAKE_IMAGE);
  await host(`ip link add ${BRIDGE} type bridge
ip address add 192.0.2.1/24 dev ${BRIDGE}
ip link set ${BRIDGE} up`);
  dir = mkdtempSync(join(tmpdir(), 'windlass-throwaway-'));
  // The bridge is the host's own: the way to it leads through the host.
  const ssh = readFileSync(place.sshConfig, 'utf8');
  const identity = /^\s*IdentityFile\s+(\S+)/m.exec(ssh)?.[1] ?? '';
  const jump = `Host ${ADDRESS}\n  User root\n  ProxyJump ${bench.node}\n  IdentityFile ${identity}\n  IdentitiesOnly yes\n  ConnectTimeout 60\n`;
  writeFileSync(join(dir, 'ssh_config'), `${jump}\n${ssh}`);
  const key = readFileSync(`${identity}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
  const ways = { config: join(dir, 'ssh_config') };
  const file = {
    cluster: 'throwaway',
    os: 'debian/bookworm',
    openstack: 'zed',
    ssh: ways,
    nodes: { ctl1: { address: '192.0.2.11', roles: ['controller'] } },
    rehearsal: {
      node: { name: NAME, address: ADDRESS },
      provider: {
        libvirt: {
          host: { name: 'hyp1', address: bench.node },
          image: IMAGE,
          disk: '6G',
          memory: 1024,
          cpus: 1,
          bridge: BRIDGE,
          address: `${ADDRESS}/24`,
          gateway: '192.0.2.1',
          keys: [key],
        },
      },
    },
  };
  writeFileSync(join(dir, 'cluster.yaml'), stringify(file));
  cluster = Cluster.parse(file);
  options = { cluster: join(dir, 'cluster.yaml'), state: join(dir, 'state') };
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await bench.close();
});

describe('a throwaway machine of libvirt', () => {
  test('is not made where another one has its name, and that one is left', async () => {
    await host(`virsh define /dev/stdin <<'EOF'
<domain type='qemu'><name>${NAME}</name><memory unit='MiB'>64</memory><os><type>hvm</type></os></domain>
EOF`);
    await expect(makeMachine(rehearsed(), options)).rejects.toThrow(
      /WL-REHEARSE-PROVIDER.*exit code 12 on hyp1/,
    );
    await expect(removeMachine(rehearsed(), options)).rejects.toThrow(/WL-REHEARSE-PROVIDER/);
    expect(await host(`virsh list --all --name`)).toContain(NAME);
    await host(`virsh undefine ${NAME}`);
  });

  test('is made, boots, and lets Windlass in by the key it told', async () => {
    const begun = performance.now();
    await makeMachine(rehearsed(), options);
    say(`up after ${Math.round((performance.now() - begun) / 1000)} s`);
    expect(await on('hostname')).toBe(NAME);
    expect(await on('ip', '-4', '-o', 'address', 'show', 'dev', 'eth0')).toContain(`${ADDRESS}/24`);
    expect(await on('ip', 'route', 'show', 'default')).toContain('via 192.0.2.1');
    expect(await on('stat', '-c', '%a', '/etc/ssh/ssh_host_ed25519_key')).toBe('600');
    // The room that was asked for, not the image's: cloud-init grows the partition and what is on it.
    expect(Number(await on('stat', '-f', '-c', '%b', '/'))).toBeGreaterThan(1_100_000);
    expect(await on('systemctl', 'list-units', '--state=failed', '--plain', '--no-legend')).toBe('');
  });

  test('asked for again it is the same machine', async () => {
    const boot = await on('cat', '/proc/sys/kernel/random/boot_id');
    await makeMachine(rehearsed(), options);
    expect(await on('cat', '/proc/sys/kernel/random/boot_id')).toBe(boot);
  });

  test('is removed whole; the image stays as it was', async () => {
    await removeMachine(rehearsed(), options);
    expect(await host('virsh list --all --name')).toBe('');
    expect(await host('ls /var/lib/libvirt/images/windlass')).toBe('');
    await host(`qemu-img check -q ${IMAGE}`);
    await removeMachine(rehearsed(), options);
  });
});
