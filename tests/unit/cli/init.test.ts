import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseCluster } from '../../../src/cli/cluster-file.ts';
import { type FirstCluster, firstCluster, readNode, USUAL_SERVICES } from '../../../src/cli/first-cluster.ts';
import { type Ask, gather, writeFirst } from '../../../src/cli/init.ts';
import { ROLES } from '../../../src/model/cluster.ts';
import { WindlassError } from '../../../src/model/error.ts';

const flags = { user: 'root', services: USUAL_SERVICES };
const three = [1, 2, 3].map((at) => ({ name: `ctl${at}`, address: `192.0.2.1${at}`, roles: ['controller'] }));
const first: FirstCluster = {
  name: 'prod',
  os: 'debian/bookworm',
  openstack: 'zed',
  user: 'root',
  nodes: three,
  vips: [{ name: 'openstack-api-vip', address: '192.0.2.10' }],
  services: USUAL_SERVICES,
};

/** A person who says these words, one after the other, and nothing more. */
function person(...words: readonly string[]): { ask: Ask; asked: string[] } {
  const asked: string[] = [];
  const left = [...words];
  return {
    asked,
    ask: async (question) => {
      asked.push(question);
      return left.shift() || undefined;
    },
  };
}

describe('the first cluster file', () => {
  test('says what was said, explains each part, and is one that every command reads', () => {
    const text = firstCluster(first);
    const cluster = parseCluster(text, 'cluster.yaml');
    expect(cluster).toMatchObject({
      cluster: 'prod',
      os: 'debian/bookworm',
      openstack: 'zed',
      ssh: { user: 'root' },
      vips: { 'openstack-api-vip': { address: '192.0.2.10', on: ['controller'] } },
      services: { controller: [...USUAL_SERVICES] },
      platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'],
      policy: { onFailure: 'halt', patience: 600, busBacklog: 100 },
    });
    expect(Object.keys(cluster.nodes)).toEqual(['ctl1', 'ctl2', 'ctl3']);
    expect(text.split('\n').filter((line) => line.startsWith('#')).length).toBeGreaterThan(8);
  });

  test('its examples are right once their mark is taken away', () => {
    const text = firstCluster(first)
      .replace('probes: {}', 'probes:')
      .replace(/^# ( \w+: \{kind)/gm, ' $1');
    expect(Object.keys(parseCluster(text, 'cluster.yaml').probes)).toEqual(['keystone', 'database']);
  });

  test('gives computes what their controllers’ services have on them', () => {
    const nodes = [...three, { name: 'cmp1', address: '192.0.2.31', roles: ['compute'] }];
    const of = (services: readonly string[]) =>
      parseCluster(firstCluster({ ...first, nodes, services }), 'c').services;
    expect(of(USUAL_SERVICES).compute).toEqual(['nova-compute', 'neutron-openvswitch-agent']);
    expect(of(['keystone', 'nova']).compute).toEqual(['nova-compute']);
    expect(of(['keystone', 'glance'])).not.toHaveProperty('compute');
  });

  test('one controller has no cluster around it', () => {
    const cluster = parseCluster(firstCluster({ ...first, nodes: three.slice(0, 1) }), 'c');
    expect(cluster.platform).toEqual(['rabbitmq', 'galera', 'memcached']);
  });

  test('whatever is said, the file says it or is refused in words', () => {
    const word = fc.string({ minLength: 1, maxLength: 12 });
    const node = fc.record({
      name: word,
      address: word,
      roles: fc.subarray([...ROLES], { minLength: 1 }),
    });
    fc.assert(
      fc.property(
        fc.record({ name: word, user: word, nodes: fc.array(node, { minLength: 1, maxLength: 4 }) }),
        (said) => {
          const text = firstCluster({ ...first, ...said, vips: [] });
          try {
            const cluster = parseCluster(text, 'c');
            expect(cluster.cluster).toBe(said.name);
            expect(cluster.ssh.user).toBe(said.user);
            expect(Object.entries(cluster.nodes).map(([name, { address }]) => [name, address])).toEqual(
              expect.arrayContaining(said.nodes.map(({ name, address }) => [name, address])),
            );
          } catch (error) {
            if (!(error instanceof WindlassError)) throw error;
            expect(error.fault.code).toMatch(/^WL-CLUSTER/);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a node in one word', () => {
  test.each([
    ['ctl1=192.0.2.11', { name: 'ctl1', address: '192.0.2.11', roles: ['controller'] }],
    ['cmp1=192.0.2.31,compute', { name: 'cmp1', address: '192.0.2.31', roles: ['compute'] }],
    [
      'all=2001:db8::1,controller,compute',
      { name: 'all', address: '2001:db8::1', roles: ['controller', 'compute'] },
    ],
    ['ctl1', undefined],
    ['=192.0.2.11', undefined],
    ['ctl1=', undefined],
    ['ctl1=a b', undefined],
  ])('%s', (word, node) => expect(readNode(word)).toEqual(node));
});

describe('what is asked', () => {
  test('nothing, when the flags say all', async () => {
    const { ask, asked } = person();
    const said = { ...flags, name: 'prod', os: 'debian/bookworm', openstack: 'zed', node: three };
    expect(await gather(said, ask)).toMatchObject({ name: 'prod', openstack: 'zed' });
    expect(asked).toEqual([]);
  });

  test('only what the flags leave open; a node that is none is asked again', async () => {
    const { ask, asked } = person('prod', '', 'ctl1', 'ctl1=192.0.2.11', '');
    const said = await gather({ ...flags, os: 'debian/bookworm' }, ask);
    expect(said).toMatchObject({ name: 'prod', openstack: 'zed', nodes: [{ name: 'ctl1' }] });
    expect(asked).toHaveLength(5);
    expect(asked[1]).toContain('ships zed');
  });

  test.each([
    [{}, /name .*nobody to ask/],
    [{ name: 'prod' }, /operating system/],
    [{ name: 'prod', os: 'debian/bookworm' }, /node/],
    [{ name: 'prod', os: 'beos/r5', node: three }, /OpenStack release/],
  ])('without a person, what is missing is named: %j', async (said, words) => {
    const gathered = gather({ ...flags, ...said });
    await expect(gathered).rejects.toThrow(/WL-INIT-MISSING/);
    await expect(gathered).rejects.toThrow(words);
  });
});

describe('writing', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'windlass-init-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('never goes over a file that is there', () => {
    const path = join(dir, 'cluster.yaml');
    writeFileSync(path, 'mine\n');
    expect(() => writeFirst(path, firstCluster(first))).toThrow(/WL-INIT-EXISTS/);
    expect(readFileSync(path, 'utf8')).toBe('mine\n');
  });

  test('writes nothing that no command could read', () => {
    const path = join(dir, 'cluster.yaml');
    const text = firstCluster({ ...first, os: 'debian/bookwrm' });
    expect(() => writeFirst(path, text)).toThrow(/did you mean bookworm/);
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
    writeFirst(path, firstCluster(first));
    expect(parseCluster(readFileSync(path, 'utf8'), path).cluster).toBe('prod');
  });

  test('says it when the folder is not there', () => {
    expect(() => writeFirst(join(dir, 'none', 'cluster.yaml'), firstCluster(first))).toThrow(/WL-INIT-WRITE/);
  });
});
