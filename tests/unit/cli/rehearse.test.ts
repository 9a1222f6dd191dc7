import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseCluster } from '../../../src/cli/cluster-file.ts';
import { readRehearsal } from '../../../src/cli/context.ts';
import { windlass } from '../../../src/cli/program.ts';
import { onceFree } from '../../../src/cli/rehearse.ts';
import { libvirtOf, withRehearsalHost } from '../../../src/model/cluster.ts';
import { WindlassError } from '../../../src/model/error.ts';
import { fingerprintOf, type Rehearsal } from '../../../src/model/rehearsal.ts';

const CLUSTER = `cluster: prod
os: debian/bookworm
openstack: zed
vips: {vip: {address: 192.0.2.10, on: [controller]}}
nodes:
  ctl1: {address: 192.0.2.11, roles: [controller]}
services: {controller: [keystone]}
rehearsal: {node: {address: 192.0.2.99}}
policy: {rehearsal: required, rehearsalWithin: 2h}
`;

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-rehearse-'));
  writeFileSync(join(dir, 'cluster.yaml'), CLUSTER);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

const document: Rehearsal = {
  windlass: 1,
  cluster: 'prod',
  from: { os: 'bookworm', openstack: 'zed' },
  to: { os: 'trixie', openstack: '2025.1' },
  plan: 'sha256:p',
  run: 'r1',
  at: '2026-11-01T15:30:00.000Z',
  outcome: 'passed',
  asShipped: false,
  fingerprint: fingerprintOf({ keystone: 'sha256:k' }),
  fingerprints: { keystone: 'sha256:k' },
  steps: [],
  findings: [],
  window: { seconds: 0, services: {} },
  versions: {},
};

async function said(...words: readonly string[]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  await windlass().parseAsync([
    'node',
    'windlass',
    'rehearse',
    '-c',
    join(dir, 'cluster.yaml'),
    '--state',
    dir,
    ...words,
  ]);
  return out;
}

describe('windlass rehearse --show', () => {
  test('tells the last one and what it is worth', async () => {
    writeFileSync(join(dir, 'rehearsal.json'), JSON.stringify(document));
    const text = await said('--show');
    expect(text).toContain('Rehearsal of prod, bookworm / zed to trixie / 2025.1: passed');
    expect(text).toMatch(/It does not count: it is .* old, and counts for 2 h/);
    expect(JSON.parse(await said('--show', '--json'))).toMatchObject({ run: 'r1', worth: { is: 'void' } });
  });

  test('says when there was none', async () => {
    await expect(said('--show')).rejects.toThrow(/WL-REHEARSE-NONE/);
  });

  test('takes no document that somebody wrote by hand', () => {
    const path = join(dir, 'rehearsal.json');
    for (const text of ['{', '{}', JSON.stringify({ ...document, outcome: 'fine' })]) {
      writeFileSync(path, text);
      expect(() => readRehearsal(path)).toThrow(/WL-REHEARSE-SCHEMA/);
    }
  });
});

describe('the rehearsal host in the cluster file', () => {
  test('is no node of the cluster, but for a rehearsal', () => {
    const cluster = parseCluster(CLUSTER, 'cluster.yaml');
    expect(Object.keys(cluster.nodes)).toEqual(['ctl1']);
    expect(withRehearsalHost(cluster).nodes.rehearsal).toMatchObject({ address: '192.0.2.99' });
    expect(cluster.policy).toMatchObject({ rehearsal: 'required', rehearsalWithin: 7200 });
  });

  test('may have one beside it for the old release, with a provider of its own', () => {
    const old = "{address: 192.0.2.99}, old: {node: {address: 192.0.2.98}, provider: {make: ['./up']}}}";
    const cluster = parseCluster(CLUSTER.replace('{address: 192.0.2.99}}', old), 'cluster.yaml');
    expect(cluster.rehearsal?.old).toMatchObject({
      node: { name: 'rehearsal-old' },
      provider: { make: ['./up'] },
    });
    expect(Object.keys(withRehearsalHost(cluster).nodes)).toEqual(['ctl1', 'rehearsal', 'rehearsal-old']);
    expect(withRehearsalHost(cluster).nodes['rehearsal-old']).toMatchObject({ address: '192.0.2.98' });
  });

  test.each([
    ["a node's address", 'address: 192.0.2.11', /rehearsal\.old\.node\.address: .*which is ctl1's/],
    ["a VIP's address", 'address: 192.0.2.10', /rehearsal\.old\.node\.address: .*which is vip's/],
    ["a node's name", 'address: 192.0.2.98, name: ctl1', /rehearsal\.old\.node\.name: .*a node's/],
    [
      "the first one's address",
      'address: 192.0.2.99',
      /rehearsal\.old\.node\.address: expected a second machine/,
    ],
    [
      "the first one's name",
      'address: 192.0.2.98, name: rehearsal',
      /rehearsal\.old\.node\.name: expected a second/,
    ],
  ])('the one for the old release is refused with %s', (_, node, says) => {
    const old = `{address: 192.0.2.99}, old: {node: {${node}}}}`;
    expect(() => parseCluster(CLUSTER.replace('{address: 192.0.2.99}}', old), 'cluster.yaml')).toThrow(says);
  });

  test.each([
    [
      "a node's address",
      '192.0.2.11',
      /rehearsal\.node\.address: expected a machine that is no node.*ctl1's/,
    ],
    ["a VIP's address", '192.0.2.10', /which is vip's/],
    ["a node's name", '192.0.2.99, name: ctl1', /rehearsal\.node\.name: expected a name of its own/],
  ])('is refused with %s', (_, address, says) => {
    expect(() => parseCluster(CLUSTER.replace('192.0.2.99', address), 'cluster.yaml')).toThrow(says);
  });

  test('may be made and removed by commands', () => {
    const text = CLUSTER.replace(
      '{node: {address: 192.0.2.99}}',
      '{node: {address: 192.0.2.99}, provider: {make: [./up], remove: [./down]}}',
    );
    expect(parseCluster(text, 'cluster.yaml').rehearsal?.provider).toEqual({
      make: ['./up'],
      remove: ['./down'],
    });
  });
});

describe('a machine that libvirt makes', () => {
  const LIBVIRT = `{node: {name: upg01, address: 192.0.2.99, ssh: {user: debian}}, provider: {libvirt: {host: {name: hyp1, address: 192.0.2.5},
    image: /images/debian-13.qcow2, bridge: br0, address: 192.0.2.99/24, keys: [ssh-ed25519 AAAA]}}}`;
  const text = CLUSTER.replace('{node: {address: 192.0.2.99}}', LIBVIRT);

  test('is reached by the host key that its making told, kept beside the state', () => {
    const cluster = parseCluster(text, 'cluster.yaml');
    expect(libvirtOf(cluster, 'upg01')).toMatchObject({ memory: 8192, cpus: 4, disk: '40G' });
    expect(withRehearsalHost(cluster, '/state/known_hosts').nodes.upg01?.ssh).toEqual({
      user: 'debian',
      knownHosts: '/state/known_hosts',
    });
    expect(withRehearsalHost(cluster).nodes.upg01?.ssh).toEqual({ user: 'debian' });
  });

  test('is refused with an address of the cluster', () => {
    const slip = text.replace('address: 192.0.2.99/24', 'address: 192.0.2.10/24');
    expect(() => parseCluster(slip, 'cluster.yaml')).toThrow(
      /rehearsal\.provider\.libvirt\.address: .*which is vip's/,
    );
  });

  test('a slip is told where it is', () => {
    const slip = text.replace('bridge: br0', 'bridge: "br 0"');
    expect(() => parseCluster(slip, 'cluster.yaml')).toThrow(
      /cluster\.yaml:\d+:\d+ rehearsal\.provider\.libvirt\.bridge/,
    );
  });
});

describe('a machine that an earlier rehearsal left held', () => {
  const held = (node?: string): WindlassError =>
    new WindlassError({ code: 'WL-RUN-HELD', message: 'held', remedy: 'wait', ...(node ? { node } : {}) }, 5);
  const waits = vi.fn(() => Promise.resolve());
  beforeEach(() => {
    waits.mockClear();
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  });

  test('is asked once more when its fence has had time to give way', async () => {
    const what = vi.fn(() => Promise.resolve(0)).mockRejectedValueOnce(held('upg01'));
    expect(await onceFree(['upg01'], what, waits)).toBe(0);
    expect([what.mock.calls.length, waits.mock.calls.length]).toEqual([2, 1]);
  });

  test('where somebody is still at work it is not taken', async () => {
    const what = vi.fn(() => Promise.reject(held('upg01')));
    await expect(onceFree(['upg01'], what, waits)).rejects.toThrow('WL-RUN-HELD');
    expect(what).toHaveBeenCalledTimes(2);
  });

  test.each([
    ['a node of the cluster', held('ctl1')],
    ['the cluster itself, by a run under way', held()],
    ['something else that failed', new Error('no')],
  ])('%s is not waited for', async (_, error) => {
    await expect(onceFree(['upg01'], () => Promise.reject(error), waits)).rejects.toBe(error);
    expect(waits).not.toHaveBeenCalled();
  });
});
