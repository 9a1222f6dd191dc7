import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCluster } from '../../../src/cli/cluster-file.ts';
import { clusterSchema, knownKeys } from '../../../src/cli/cluster-keys.ts';
import { loadCluster } from '../../../src/cli/load.ts';
import { EXIT, WindlassError } from '../../../src/model/error.ts';

const GOOD = `cluster: prod
os: debian/bookworm
openstack: zed
vips: {openstack-api-vip: {address: 192.0.2.10, on: [controller]}}
nodes:
  ctl1: {address: 192.0.2.11, roles: [controller], site: zone-1}
  ctl2: {address: 192.0.2.12, roles: [controller]}
services: {controller: [keystone, glance], compute: [nova-compute, neutron-openvswitch-agent]}
platform: [rabbitmq, galera]
policy: {canary: [ctl1], patience: 10m}
`;

/** The lines of the refusal, or a failure when the text was taken. */
function slips(text: string): string[] {
  try {
    parseCluster(text, 'cluster.yaml');
  } catch (error) {
    if (!(error instanceof WindlassError)) throw error;
    expect(error.exit).toBe(EXIT.usage);
    expect(error.fault.remedy).toContain('cluster.yaml');
    return error.fault.message.split('\n');
  }
  throw new Error('the file was taken');
}

const change = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

describe('a good file', () => {
  test('is parsed with defaults', () => {
    const cluster = parseCluster(GOOD, 'cluster.yaml');
    expect(cluster.nodes.ctl2?.site).toBe('default');
    expect(cluster.policy.patience).toBe(600);
    expect(cluster.openstack).toBe('zed');
  });

  test.each(['2025.1', 'epoxy', '"2025.1"', 'Epoxy'])('openstack: %s is 2025.1', (word) => {
    expect(parseCluster(change('zed', word), 'cluster.yaml').openstack).toBe('2025.1');
  });
});

describe('every slip has its file, line, column and path', () => {
  test.each([
    [
      'an unknown key, with the nearest known one',
      change('site: zone-1', 'sitee: zone-1'),
      "cluster.yaml:6:52 nodes.ctl1.sitee: expected a known key, received 'sitee' (did you mean site?) [WL-CLUSTER-SCHEMA]",
    ],
    [
      'an unknown role',
      change('roles: [controller]}', 'roles: [contoller]}'),
      /^cluster\.yaml:7:39 nodes\.ctl2\.roles\[0\]: expected one of controller, .*received 'contoller' \(did you mean controller\?\) \[WL-CLUSTER-SCHEMA\]$/,
    ],
    [
      'a missing field',
      change('{address: 192.0.2.12, roles: [controller]}', '{roles: [controller]}'),
      'cluster.yaml:7:9 nodes.ctl2.address: expected text, received nothing [WL-CLUSTER-SCHEMA]',
    ],
    [
      'a duration that is none',
      change('10m', '10x'),
      "cluster.yaml:10:36 policy.patience: expected a duration as 30s, 10m, 2h, received '10x' [WL-CLUSTER-SCHEMA]",
    ],
    [
      'a node twice by name',
      change('  ctl2:', '  ctl1:'),
      "cluster.yaml:7:3 expected every name once, received 'ctl1' again [WL-CLUSTER-NODE-TWICE]",
    ],
    [
      'a node twice by address',
      change('192.0.2.12', '192.0.2.11'),
      "cluster.yaml:7:19 nodes.ctl2.address: expected an address of its own, received '192.0.2.11', which is also ctl1's [WL-CLUSTER-NODE-TWICE]",
    ],
    [
      'a key twice elsewhere',
      `${GOOD}os: debian/trixie\n`,
      "cluster.yaml:11:1 expected every name once, received 'os' again [WL-CLUSTER-YAML]",
    ],
    [
      'a VIP on no node',
      change('on: [controller]', 'on: [network]'),
      "cluster.yaml:4:53 vips.openstack-api-vip.on: expected a node or a role that some node has, received 'network' [WL-CLUSTER-VIP-NOWHERE]",
    ],
    [
      'an unknown service',
      change('[keystone,', '[keyston,'),
      "cluster.yaml:8:25 services.controller[0]: expected a service of the catalogue, received 'keyston' (did you mean keystone?) [WL-CLUSTER-UNKNOWN-SERVICE]",
    ],
    [
      'an unknown operating system',
      change('debian/bookworm', 'debian/bookwrm'),
      /^cluster\.yaml:2:5 os: .*\(did you mean bookworm\?\) \[WL-CLUSTER-UNKNOWN-OS\]$/,
    ],
    [
      'an unknown release',
      change('zed', 'zedd'),
      "cluster.yaml:3:12 openstack: expected an OpenStack release by number or code name, received 'zedd' (did you mean zed?) [WL-CLUSTER-UNKNOWN-RELEASE]",
    ],
    [
      'a canary that is no node',
      change('[ctl1]', '[ctl9]'),
      "cluster.yaml:10:19 policy.canary[0]: expected the name of a node, received 'ctl9' (did you mean ctl1 or ctl2?) [WL-CLUSTER-SCHEMA]",
    ],
    [
      'a cutover of no service',
      change('patience: 10m', 'cutover: [neutro]'),
      "cluster.yaml:10:36 policy.cutover[0]: expected a service of the catalogue, received 'neutro' (did you mean neutron?) [WL-CLUSTER-UNKNOWN-SERVICE]",
    ],
    [
      'a tab in the indentation',
      change('  ctl2:', '\tctl2:'),
      /^cluster\.yaml:7:1 expected valid YAML, received .*\[WL-CLUSTER-YAML\]$/,
    ],
    [
      'no nodes',
      'cluster: a\nos: debian/trixie\nopenstack: epoxy\nnodes: {}\n',
      'cluster.yaml:4:8 nodes: expected at least one node, received none [WL-CLUSTER-SCHEMA]',
    ],
    [
      'an empty file',
      '',
      'cluster.yaml:1:1 the file: expected a map, received an empty value [WL-CLUSTER-SCHEMA]',
    ],
    [
      'a probe of an unknown kind',
      `${GOOD}probes: {x: {kind: htp}}\n`,
      /^cluster\.yaml:11:20 probes\.x\.kind: expected one of 'tcp' \| .*received 'htp' \[WL-CLUSTER-SCHEMA\]$/,
    ],
  ])('%s', (_, text, line) => {
    const [first] = slips(text);
    if (typeof line === 'string') expect(first).toBe(line);
    else expect(first).toMatch(line);
  });

  test('all slips are told, in the order of the file', () => {
    const lines = slips(
      change('site: zone-1', 'sitee: a').replace('galera', 'galerra').replace('10m', '10x'),
    );
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'cluster.yaml:6:52',
      'cluster.yaml:9:22',
      'cluster.yaml:10:36',
    ]);
  });

  test('a password in plain text is refused and not repeated', () => {
    const probe = 'probes: {db: {kind: sql, address: a, user: u, password: hunter2, database: d, table: t}}';
    const lines = slips(`${GOOD}${probe}\n`);
    expect(lines.join('\n')).toMatch(/probes\.db\.password: expected file:PATH, env:NAME or node:PATH/);
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  test('whatever one does to the text, the answer is a cluster or a refusal with places', () => {
    fc.assert(
      fc.property(fc.nat(GOOD.length), fc.nat(12), fc.string({ maxLength: 6 }), (at, cut, insert) => {
        const text = GOOD.slice(0, at) + insert + GOOD.slice(at + cut);
        try {
          expect(Object.keys(parseCluster(text, 'f').nodes).length).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof WindlassError)) throw error;
          for (const line of error.fault.message.split('\n'))
            expect(line).toMatch(/^f:\d+:\d+ .+\[WL-CLUSTER-[A-Z-]+\]$/s);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the file on disk', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'windlass-load-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('is read', async () => {
    writeFileSync(join(dir, 'cluster.yaml'), GOOD);
    expect((await loadCluster(join(dir, 'cluster.yaml'))).cluster).toBe('prod');
  });

  test('missing: WL-CLUSTER-FILE and exit 2', async () => {
    await expect(loadCluster(join(dir, 'none.yaml'))).rejects.toMatchObject({
      exit: EXIT.usage,
      fault: { code: 'WL-CLUSTER-FILE' },
    });
  });
});

describe('the published schema', () => {
  test('is current: node scripts/schema.ts', () => {
    const path = resolve(import.meta.dirname, '../../../schema/cluster.schema.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(clusterSchema());
  });

  test('knows the keys at a place', () => {
    expect(knownKeys(['nodes', 'ctl1'])).toEqual(['address', 'roles', 'site', 'ssh', 'disks']);
    expect(knownKeys(['policy', 'classes', 'x'])).toEqual(['limit', 'every']);
    expect(knownKeys(['probes', 'x'])).toContain('keystone');
    expect(knownKeys(['nodes'])).toEqual([]);
  });
});
