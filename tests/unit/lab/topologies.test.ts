import { describe, expect, test } from 'vitest';
import { archiveOf } from '../../../src/lab/archive.ts';
import { layerNames } from '../../../src/lab/layer.ts';
import { linkOf, machineOf } from '../../../src/lab/network.ts';
import { type NodeFile, runsOn } from '../../../src/lab/service.ts';
import { packageGroups, secretsOf, servicesOf } from '../../../src/lab/services/index.ts';
import { siteOf } from '../../../src/lab/site.ts';
import { TOPOLOGIES, topologyNamed } from '../../../src/lab/topologies/index.ts';
import type { Topology } from '../../../src/lab/topology.ts';

const secretsFor = (topology: Topology): Record<string, string> =>
  Object.fromEntries(Object.keys(secretsOf(topology)).map((name) => [name, `SECRET-${name}`]));

const filesOf = (topology: Topology): { node: string; file: NodeFile; text: string }[] => {
  const site = siteOf(topology, '10.77.9', secretsFor(topology));
  return site.nodes.flatMap((node) =>
    servicesOf(topology)
      .filter((service) => runsOn(service, node))
      .flatMap((service) => service.files(site, node))
      .map((file) => {
        const text =
          typeof file.content === 'string' ? file.content : file.content('processes = 8\nthreads = 32\n');
        return { node: node.name, file, text };
      }),
  );
};

describe.each(Object.values(TOPOLOGIES))('topology $name', (topology) => {
  test('has nodes whose names and addresses are their own', () => {
    const names = topology.nodes.map((node) => node.name);
    const hosts = [...topology.nodes.map((node) => node.host), topology.vip?.host ?? 0];
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(hosts).size).toBe(hosts.length);
  });

  test('has names short enough for a network interface, in any lab', () => {
    for (const node of topology.nodes) {
      expect(linkOf(254, node.name).length).toBeLessThanOrEqual(15);
      expect(machineOf(254, node.name)).toMatch(/^[a-z0-9-]+$/);
    }
  });

  test('keeps secrets in files that others cannot read', () => {
    for (const { file, text } of filesOf(topology)) {
      if (text.includes('SECRET-')) expect([file.path, (file.mode ?? 0o644) & 0o007]).toEqual([file.path, 0]);
    }
  });

  test('writes each file once on a node', () => {
    const paths = filesOf(topology).map(({ node, file }) => `${node}:${file.path}`);
    expect(new Set(paths).size).toBe(paths.length);
  });
});

const groupsOf = (topology: string, name: string): string[][] => {
  const known = topologyNamed(topology);
  const node = known.nodes.find((one) => one.name === name);
  return node === undefined ? [] : packageGroups(known, node);
};

describe('layers', () => {
  test('of a cloud’s controllers stand on those of ha3; a compute has none of them', () => {
    const [shared] = groupsOf('ha3', 'ctl1');
    expect(groupsOf('cloud', 'ctl2')[0]).toEqual(shared);
    expect(groupsOf('cloud', 'ctl2')[1]).toContain('nova-api');
    expect(groupsOf('cloud', 'cmp1')).toHaveLength(1);
    expect(groupsOf('cloud', 'cmp1').flat()).not.toContain('mariadb-server');
    expect(groupsOf('cloud-small', 'cmp1')).toEqual(groupsOf('cloud', 'cmp2'));
  });

  test('are named after what is in them', () => {
    const [packages = []] = groupsOf('ha3', 'ctl1');
    const [golden, base] = layerNames({ suite: 'bookworm', groups: [packages] });
    expect(layerNames({ suite: 'bookworm', groups: [[...packages, 'jq']] })).not.toContain(golden);
    expect(layerNames({ suite: 'bookworm', groups: [[...packages, 'jq']] })).toContain(base);
    expect(layerNames({ suite: 'bookworm', groups: [packages, ['jq']] })).toEqual([
      expect.any(String),
      golden,
      base,
    ]);
    expect(layerNames({ suite: 'trixie', groups: [packages] })).not.toContain(base);
    expect(layerNames({ suite: 'bookworm', groups: [] })).toEqual([base]);
  });
});

describe('a cloud of a release', () => {
  const archiveIn = (topology: string) => archiveOf(topologyNamed(topology));

  test('that its suite ships needs no other archive', () => {
    expect([archiveIn('cloud'), archiveIn('cloud-epoxy'), archiveIn('solo')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('that a repository of the lab brings holds back what would not run beside it', () => {
    expect(archiveIn('cloud-gazpacho')).toEqual({
      repo: 'gazpacho-trixie',
      held: ['glance', 'python-glance-store', 'python-oslo.db'],
    });
  });

  test('stands on layers of its own', () => {
    const packages = ['keystone'];
    const plain = layerNames({ suite: 'trixie', groups: [packages] });
    const other = layerNames({ suite: 'trixie', groups: [packages], archive: { repo: 'x', held: [] } });
    expect(other[0]).not.toBe(plain[0]);
    expect(other[1]).toBe(plain[1]);
  });
});

test('an unknown topology is answered with the known ones', () => {
  expect(() => topologyNamed('constructor')).toThrow(/WL-LAB-TOPOLOGY/);
  expect(() => topologyNamed('ha4')).toThrow(/no topology named ha4/);
});

test('a secret that is not there is a fault, not an empty password', () => {
  expect(() => siteOf(topologyNamed('ha3'), '10.77.9', {}).secret('db-probe')).toThrow(/WL-LAB-SECRET/);
});
