import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { machine } from '../../../src/drivers/machine-libvirt.ts';
import { LibvirtMachine } from '../../../src/model/machine.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFiY2Q= operator@desk';
const said = {
  host: { name: 'hyp1', address: '192.0.2.5' },
  image: '/var/lib/libvirt/images/debian-13.qcow2',
  bridge: 'br-mgmt',
  address: '192.0.2.99/24',
  gateway: '192.0.2.1',
  dns: ['192.0.2.2'],
  keys: [KEY],
};
const of = LibvirtMachine.parse(said);

describe('a machine that libvirt makes', () => {
  const { argv, input = '' } = machine.make('upg01', of);

  test('lies over an image that is only named, with the room that was asked for', () => {
    expect(argv).toEqual(['bash', '-euo', 'pipefail', '-s', '--', 'upg01', said.image, 'qcow2', '40G']);
    expect(input).toContain('qemu-img create -q -f qcow2 -b "$image" -F "$format" -- ../disk.qcow2 "$size"');
  });

  test('has the address that was given to it, on the interface that is found by its own MAC', () => {
    const network = /^\{"version":2.*\}$/m.exec(input)?.[0] ?? '{}';
    const mac = /<mac address='([^']+)'/.exec(input)?.[1];
    expect(JSON.parse(network)).toEqual({
      version: 2,
      ethernets: {
        eth0: {
          match: { macaddress: mac },
          'set-name': 'eth0',
          addresses: ['192.0.2.99/24'],
          routes: [{ to: '0.0.0.0/0', via: '192.0.2.1' }],
          nameservers: { addresses: ['192.0.2.2'] },
        },
      },
    });
    expect(mac).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
    expect(machine.make('zed01', of).input).not.toContain(mac);
  });

  test('lets in whom the file names, by no password', () => {
    expect(input).toContain(`ssh_authorized_keys: ["${KEY}"]`);
    expect(input).toContain('ssh_pwauth: false');
  });

  test('is one that bash can read, to the end', () => {
    for (const { input: text = '' } of [machine.make('upg01', of), machine.remove('upg01')]) {
      expect(execFileSync('bash', ['-n'], { input: text, encoding: 'utf8' })).toBe('');
    }
  });

  test('says its host key last, and none of its private one', () => {
    expect(input.trimEnd().split('\n').at(-1)).toBe('cat "$dir/seed/key.pub"');
    expect(input).not.toContain('PRIVATE KEY');
  });

  test('is not taken for one that somebody else made, neither made nor removed', () => {
    for (const { input: text = '' } of [machine.make('upg01', of), machine.remove('upg01')]) {
      const virsh = (domain: string, disk: string): string =>
        `virsh() { case $1 in dominfo) [ "$2" = ${domain} ];; domblklist) echo "vda ${disk}";; *) echo "DID $*";; esac; }\n${text}`;
      const run = (lines: string) => {
        try {
          return execFileSync(
            'bash',
            ['-euo', 'pipefail', '-c', lines, 'bash', 'upg01', '/no/image', 'qcow2', '1G'],
            {
              encoding: 'utf8',
              stdio: 'pipe',
            },
          );
        } catch (error) {
          return error instanceof Error ? error.message : '';
        }
      };
      expect(run(virsh('upg01', '/srv/theirs.qcow2'))).toMatch(
        /a domain upg01 is on this host that Windlass did not make/,
      );
    }
  });
});

describe('what is refused', () => {
  test.each([
    ['a path with a word for the shell in it', { image: '/images/a b; reboot' }],
    ['no prefix length', { address: '192.0.2.99' }],
    ['a private key', { keys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] }],
    ['a bridge that is no word', { bridge: "br'/><x" }],
    ['nobody to let in', { keys: [] }],
    ['a disk without a unit', { disk: '40' }],
  ])('%s', (_, slip) => {
    expect(LibvirtMachine.safeParse({ ...said, ...slip }).success).toBe(false);
  });
});
