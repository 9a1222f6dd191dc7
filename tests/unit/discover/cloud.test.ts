import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { databaseNode, discoverCloud, nodeOfHost } from '../../../src/discover/cloud.ts';
import { drift } from '../../../src/discover/drift.ts';
import { readApis, readParticulars } from '../../../src/discover/particulars.ts';
import type { Cloud } from '../../../src/model/cloud.ts';
import type { Look, Seen } from '../../../src/model/command.ts';
import type { Facts, NodeFacts } from '../../../src/model/facts.ts';
import { factsHash } from '../../../src/model/hash.ts';
import { cleanFacts, node } from '../check/fixture.ts';
import { nodeLink } from './link.ts';

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../drivers/recorded', name), 'utf8');
const CLOUD = {
  'information_schema.COLUMNS': recorded('cloud-tables-zed.tsv'),
  'TRANSACTION READ ONLY': recorded('cloud-answers-zed.txt'),
};
const lost: Seen = { rc: 255, out: '', err: 'Connection timed out', lost: true };
const { nodes } = cleanFacts();

describe('the node that a host name means', () => {
  const called = (names: Readonly<Record<string, string>>): Record<string, NodeFacts> =>
    Object.fromEntries(
      Object.entries(names).map(([name, hostname]) => [name, { ...node(cleanFacts(), 'cmp1'), hostname }]),
    );

  test('is the one that calls itself so, whatever the cluster file calls it', () => {
    expect(nodeOfHost(called({ one: 'z-compute-1', two: 'z-compute-2' }), 'z-compute-2')).toBe('two');
    expect(nodeOfHost(called({ cmp1: 'localhost' }), 'cmp1')).toBe('cmp1');
  });

  test('is found by its first label, unless two have it', () => {
    expect(nodeOfHost(called({ one: 'z-compute-1' }), 'z-compute-1.example.com')).toBe('one');
    expect(nodeOfHost(called({ one: 'c1.east.example', two: 'c1.west.example' }), 'c1')).toBeUndefined();
    expect(nodeOfHost(called({ one: 'c1.east.example', two: 'c1.west.example' }), 'c1.west.example')).toBe(
      'two',
    );
    expect(nodeOfHost(nodes, 'elsewhere')).toBeUndefined();
  });
});

describe('the node whose databases are asked', () => {
  test('is the first whole member that has any', () => {
    const facts = cleanFacts();
    for (const one of Object.values(facts.nodes)) if (one.galera) one.galera.databases = { nova: 'x' };
    const first = node(facts, 'ctl1').galera;
    if (first) first.state = 'Joining';
    expect(databaseNode(facts.nodes)).toBe('ctl2');
    expect(databaseNode(cleanFacts().nodes)).toBeUndefined();
  });
});

describe('the control plane', () => {
  test('is read as the lab’s answers stand', async () => {
    const cloud = await discoverCloud(nodeLink('ctl1', CLOUD), nodes);
    expect(cloud).toMatchObject({ asked: 'ctl1', unread: [] });
    expect(cloud?.instances.map(({ name, node: at }) => `${name} ${at}`)).toEqual([
      'guest-1 cmp1',
      'guest-2 cmp1',
    ]);
  });

  test('is absent where there are databases, but not a cloud’s', async () => {
    await expect(discoverCloud(nodeLink('ctl1'), nodes)).resolves.toBeUndefined();
  });

  test.each(['information_schema.COLUMNS', 'TRANSACTION READ ONLY'])(
    'whose client fails at %s is not an empty one',
    async (word) => {
      const failing = { rc: 1, out: '', err: "ERROR 2002 (HY000): Can't connect to local server" };
      const cloud = await discoverCloud(nodeLink('ctl1', { ...CLOUD, [word]: failing }), nodes);
      expect(cloud?.unread).toEqual([expect.stringContaining("Can't connect")]);
    },
  );

  test.each(['information_schema.COLUMNS', 'TRANSACTION READ ONLY'])(
    'of a node that falls silent at %s is a fault with its name',
    async (word) => {
      const reading = discoverCloud(nodeLink('ctl1', { ...CLOUD, [word]: lost }), nodes);
      await expect(reading).rejects.toThrow(/WL-NODE-LOST: ctl1/);
    },
  );
});

describe('what the traps are told by', () => {
  const ASKED: readonly (readonly [word: string, out: string])[] = [
    ['update-alternatives', recorded('particulars-cmp1-bookworm.txt')],
    ['apt-cache policy', recorded('foreign-ceph-bookworm.txt')],
    ['dist-packages', recorded('migrations-zed.txt')],
  ];
  const answer = async (look: Look): Promise<Seen> => {
    const out = ASKED.find(([word]) => look.input?.includes(word))?.[1];
    return out === undefined ? { rc: 127, out: '', err: 'not in the fixture' } : { rc: 0, out, err: '' };
  };
  const packages: NodeFacts['packages'] = Object.fromEntries(
    ['python3-oslo.db', 'python3-oslo.messaging', 'nova-compute', 'libvirt-daemon', 'libc6'].map((name) => [
      name,
      { version: '9.0.0-4', auto: true },
    ]),
  );
  const units = {
    'nova-compute.service': { active: 'active', enabled: 'enabled' },
    'neutron-openvswitch-agent.service': { active: 'inactive', enabled: 'enabled' },
  };

  test('is read from a compute; only packages that daemons load and units that are active are kept', async () => {
    const facts = await readParticulars(answer, 'cmp1', packages, units);
    expect(facts.started).toEqual({ 'nova-compute.service': 1795238611 });
    expect(Object.keys(facts.unpacked ?? {}).sort()).toEqual(['nova-compute', 'python3-oslo.messaging']);
    expect(facts.hypervisor).toMatchObject({ libvirt: '9.0.0', guests: [{ pid: 919 }, { pid: 922 }] });
    expect(facts.foreign?.[0]?.takes).toContain('nova-compute');
    expect(facts.migrations?.nova?.heads).toHaveLength(2);
  });

  test('a script that does not end well is no answer', async () => {
    const reading = readParticulars(
      async () => ({ rc: 127, out: '', err: 'sh: gone' }),
      'cmp1',
      packages,
      units,
    );
    await expect(reading).rejects.toThrow(/WL-DISCOVER-NODE/);
  });

  test('APIs are asked where their units are active, at the node’s own address', async () => {
    const asked: Look[] = [];
    const ask = async (look: Look): Promise<Seen> => {
      asked.push(look);
      return { rc: 0, out: asked.length === 1 ? '500' : '000', err: '' };
    };
    const on = { active: 'active', enabled: 'enabled' };
    const active = { 'glance-api.service': on, 'nova-api-metadata.service': on };
    expect(await readApis(ask, '192.0.2.11', active)).toEqual({ 'glance-api': 500, 'nova-api-metadata': 0 });
    expect(asked[0]?.argv).toContain('http://192.0.2.11:9292/');
    expect(await readApis(ask, '192.0.2.11', {})).toBeUndefined();
    expect(asked).toHaveLength(2);
  });
});

describe('drift', () => {
  const planned = async (): Promise<Facts> => {
    const facts = cleanFacts();
    const cloud = await discoverCloud(nodeLink('ctl1', CLOUD), facts.nodes);
    if (!cloud) throw new Error('no cloud');
    return { ...facts, cloud };
  };
  const changed = async (change: (cloud: Cloud, facts: Facts) => void): Promise<readonly string[]> => {
    const now = await planned();
    if (now.cloud) change(now.cloud, now);
    const was = await planned();
    const paths = drift(was, now).map(({ node: at, path }) => `${at} ${path}`);
    expect(factsHash(was) === factsHash(now)).toBe(paths.length === 0);
    return paths;
  };

  test('is nothing for guests that come and go, services that pause, processes that restart', async () => {
    expect(
      await changed((cloud, facts) => {
        cloud.instances = [];
        cloud.routers = [];
        for (const one of [...cloud.services, ...cloud.computes]) one.up = !one.up;
        for (const one of cloud.agents) one.alive = false;
        const compute = node(facts, 'cmp1');
        compute.started = { 'nova-compute.service': 1 };
        compute.apis = { 'nova-api': 500 };
        compute.hypervisor = undefined;
      }),
    ).toEqual([]);
  });

  test('names the control plane when a compute, a version or an operator’s hand has changed it', async () => {
    expect(
      await changed((cloud) => {
        cloud.computes = [];
      }),
    ).toEqual(['the control plane computes']);
    expect(
      await changed((cloud) => {
        for (const one of cloud.agents) one.adminUp = false;
      }),
    ).toEqual(['the control plane agents']);
    expect(
      await changed((cloud) => {
        cloud.schemas.nova = ['other'];
      }),
    ).toEqual(['the control plane schemas.nova']);
  });
});
