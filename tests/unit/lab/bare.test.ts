import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BARE_SUITES, bareOf, newBare, readBare, writeBare } from '../../../src/lab/bare.ts';
import { clusterYaml } from '../../../src/lab/cluster-file.ts';
import { labHome } from '../../../src/lab/home.ts';
import { type Lab, labOf } from '../../../src/lab/lab.ts';
import { linkOf } from '../../../src/lab/network.ts';
import { commonFiles } from '../../../src/lab/provision.ts';
import { type LabRecord, readRecord, writeRecord } from '../../../src/lab/record.ts';
import { writeSshFiles } from '../../../src/lab/ssh.ts';
import { TOPOLOGIES } from '../../../src/lab/topologies/index.ts';

const record: LabRecord = { name: 'unit', topology: 'ha3', net: 254, configured: true, stacks: {} };
const kept = { name: 'upg01', host: 91, suite: 'trixie', stack: ['/layers/base-trixie'] } as const;

let home: string;
let lab: Lab;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'windlass-bare-'));
  writeRecord(labHome(home), record);
  lab = labOf(labHome(home), record, () => undefined);
});
afterEach(() => rmSync(home, { recursive: true }));
const withBare = (): Lab => {
  writeBare(lab.place, [{ ...kept, stack: [...kept.stack] }]);
  return labOf(labHome(home), record, () => undefined);
};

describe('a bare machine beside a lab', () => {
  test('is kept beside the lab’s record, which stays as every checkout reads it', () => {
    const before = readFileSync(join(lab.place.folder, 'lab.json'), 'utf8');
    writeBare(lab.place, [{ ...kept, stack: [...kept.stack] }]);
    expect(readBare(lab.place)).toEqual([kept]);
    expect(readFileSync(join(lab.place.folder, 'lab.json'), 'utf8')).toBe(before);
    expect(readRecord(labHome(home), 'unit')).toEqual(record);
  });

  test('is no node of the cluster: not in its file, not among what is frozen and put back', () => {
    const now = withBare();
    expect(now.bare.map(({ node }) => node.address)).toEqual(['10.77.254.91']);
    expect(now.machines.map(({ name }) => name)).toEqual(['ctl1', 'ctl2', 'ctl3']);
    expect(clusterYaml(now)).not.toMatch(/upg01|10\.77\.254\.91/);
  });

  test('is met by name and by address with its own host key, like the nodes', () => {
    const now = withBare();
    const nodes = [...now.site.nodes, ...now.bare.map(({ node }) => node)];
    writeSshFiles(now.place, nodes, '/key', { ctl1: 'ssh-ed25519 A', upg01: 'ssh-ed25519 B' });
    expect(readFileSync(now.place.knownHosts, 'utf8')).toMatch(/^10\.77\.254\.91,upg01 ssh-ed25519 B$/m);
    expect(readFileSync(now.place.sshConfig, 'utf8')).toContain('Host upg01 10.77.254.91\n');
  });

  test('stands on its own system and knows none of the cluster’s hosts', () => {
    const { site, node, machine } = bareOf(lab.place, record, { ...kept, stack: [...kept.stack] });
    expect(machine.overlay.lowers).toEqual(kept.stack);
    const mirror = { debian: 'http://m/debian', security: 'http://m/debian-security' };
    const files = new Map(
      commonFiles(site, node, mirror, 'key', [], 'http://proxy').map(({ path, content }) => [path, content]),
    );
    expect(files.get('/etc/hosts')).toBe('127.0.0.1 localhost\n10.77.254.91 upg01\n');
    expect(files.get('/etc/apt/sources.list')).toContain('http://m/debian trixie main');
    expect(files.get('/etc/systemd/network/10-host0.network')).toContain('Address=10.77.254.91/24');
  });
});

describe('what a new one is given', () => {
  const none = { names: [], hosts: [] };

  test('an address that no node, no VIP and no other bare machine has', () => {
    const hosts = Object.values(TOPOLOGIES).flatMap(({ nodes, vip }) => [
      ...nodes.map(({ host }) => host),
      vip?.host ?? 0,
    ]);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 91, max: 98 })), (taken) => {
        const { host } = newBare('upg01', 'trixie', { names: [], hosts: taken });
        expect([...hosts, ...taken]).not.toContain(host);
        expect(host).toBeLessThan(100);
      }),
    );
  });

  test('a name that an interface can have, whatever the lab’s network', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/),
        fc.constantFrom(...BARE_SUITES),
        (name, suite) => {
          expect(newBare(name, suite, none).name).toBe(name);
          expect(linkOf(254, name).length).toBeLessThanOrEqual(15);
        },
      ),
    );
  });

  test.each([
    ['a name of the cluster', () => newBare('ctl1', 'trixie', { names: ['ctl1'], hosts: [] }), 'WL-LAB-NAME'],
    ['a name too long for an interface', () => newBare('rehearsal', 'trixie', none), 'WL-LAB-NAME'],
    ['a name that leads elsewhere', () => newBare('../x', 'trixie', none), 'WL-LAB-NAME'],
    ['an address of a node', () => newBare('upg01', 'trixie', none, 11), 'WL-LAB-FULL'],
    [
      'an address that is taken',
      () => newBare('upg01', 'trixie', { names: [], hosts: [92] }, 92),
      'WL-LAB-FULL',
    ],
    [
      'a tenth',
      () => newBare('upg01', 'trixie', { names: [], hosts: [91, 92, 93, 94, 95, 96, 97, 98, 99] }),
      'WL-LAB-FULL',
    ],
  ])('%s is refused', (_what, ask, code) => {
    expect(ask).toThrow(code);
  });
});
