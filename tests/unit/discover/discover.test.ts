import { describe, expect, test } from 'vitest';
import { drift } from '../../../src/discover/drift.ts';
import { discover } from '../../../src/discover/index.ts';
import { discoverNode } from '../../../src/discover/node.ts';
import { WindlassError } from '../../../src/model/error.ts';
import { Facts, NodeFacts } from '../../../src/model/facts.ts';
import { factsHash } from '../../../src/model/hash.ts';
import type { Links } from '../../../src/transport/index.ts';
import { ha3, recordedFacts } from '../plan/shapes.ts';
import { nodeLink } from './link.ts';

const now = (): number => 1000;
const lost = { rc: 255, out: '', err: 'ssh: connect to host: Connection timed out', lost: true };

describe('one node', () => {
  test('is read as the lab’s answers stand', async () => {
    const facts = await discoverNode(nodeLink('ctl1'), now);
    expect(NodeFacts.parse(facts)).toEqual(facts);
    expect(facts).toMatchObject({
      os: { id: 'debian', codename: 'bookworm', version: '12' },
      kernel: '6.1.0-40-amd64',
      clockOffset: 0.25,
      memoryMb: 7963,
      disk: [{ mount: '/', sizeMb: 40_000, freeMb: 20_000 }],
      interfaces: [{ name: 'host0', addresses: ['10.77.2.10/24', '10.77.2.11/24'] }],
      rebootRequired: false,
      galera: { state: 'Synced', clusterSize: 3, databases: { keystone: 'utf8mb3_general_ci' } },
      rabbitmq: { version: '3.10.8', running: ['rabbit@ctl1', 'rabbit@ctl3'], users: ['openstack', 'probe'] },
      pacemaker: { standby: ['ctl2'], resources: { 'openstack-api-vip': 'ctl1' } },
      haproxy: { version: '2.6.12-1+deb12u4' },
    });
    expect(facts.haproxy?.servers).toHaveLength(12);
  });

  test('has packages with their state, hold and mark; what is gone is gone', async () => {
    const { packages } = await discoverNode(nodeLink('ctl1'), now);
    expect(packages.keystone).toEqual({
      version: '2:22.0.2-0+deb12u1',
      auto: false,
      state: 'half-configured',
    });
    expect(packages['rabbitmq-server']).toMatchObject({ held: true });
    expect(packages.python3).toMatchObject({ auto: true });
    expect(packages).not.toHaveProperty('gone');
  });

  test('has the names and lines of options that are set, never their values', async () => {
    const node = nodeLink('ctl1', {
      'dpkg-query': '== packages\npython3-oslo.config\t1:9.0.0-3\tinstalled\tinstall\n',
      vassals: '== /etc/keystone/keystone.conf\n[DEFAULT]\ndebug =\n\n[database]\nconnection =\n\t*\n?\n',
    });
    const { options } = await discoverNode(node, now);
    expect(options).toEqual({
      '/etc/keystone/keystone.conf': {
        DEFAULT: { debug: { lines: [2] } },
        database: { connection: { lines: [5] } },
      },
    });
  });

  test('has units that are there: no templates, sessions or names without a file', async () => {
    const { units } = await discoverNode(nodeLink('ctl1'), now);
    expect(units).toEqual({
      'keystone.service': { active: 'inactive', enabled: 'masked' },
      'mariadb.service': { active: 'active', enabled: 'enabled' },
      'memcached.service': { active: 'inactive', enabled: 'disabled' },
    });
  });

  test('is asked only of what is installed', async () => {
    const bare = nodeLink('cmp1', { 'dpkg-query': '== packages\nbash\t5\tinstalled\tinstall\n' });
    const facts = await discoverNode(bare, now);
    expect(facts).not.toHaveProperty('galera');
    expect(facts).not.toHaveProperty('apis');
    // Base, inventory, units, particulars, and where packages are from.
    expect(bare.asked).toHaveLength(5);
  });

  test('that is down in part is told as it is, not left out', async () => {
    const down = { rc: 69, out: '', err: 'Error: unable to perform an operation on node' };
    const facts = await discoverNode(
      nodeLink('ctl1', { wsrep_: down, cluster_status: down, crm_mon: down }),
      now,
    );
    expect(facts.galera?.state).toMatch(/^no answer: Error/);
    expect(facts.rabbitmq?.running).toEqual([]);
    expect(facts.pacemaker?.quorate).toBe(false);
  });

  test('that does not answer is a fault with its name', async () => {
    await expect(discoverNode(nodeLink('ctl1', { '/etc/os-release': lost }), now)).rejects.toThrow(
      /WL-NODE-LOST: ctl1/,
    );
  });

  test.each(['dpkg-query', 'list-units', 'wsrep_', 'list_users', 'crm_mon'])(
    'that falls silent at %s is not one that has nothing',
    async (word) => {
      await expect(discoverNode(nodeLink('ctl1', { [word]: lost }), now)).rejects.toThrow(/WL-NODE-LOST/);
    },
  );

  test.each(['list_users', 'list_vhosts', 'list_queues', 'list_policies', 'list_feature_flags'])(
    'whose bus runs but does not say %s is not one without them',
    async (word) => {
      const slow = { rc: 75, out: '', err: 'Error: operation timed out' };
      const reading = discoverNode(nodeLink('ctl1', { [word]: slow }), now);
      await expect(reading).rejects.toMatchObject({
        fault: { code: 'WL-DISCOVER-NODE', node: 'ctl1', output: expect.stringContaining('timed out') },
      });
    },
  );

  test('whose bus is stopped is told with its peers and asked no more of it', async () => {
    const facts = await discoverNode(nodeLink('ctl2', { list_users: { rc: 69, out: '', err: 'x' } }), now);
    expect(facts.rabbitmq).toMatchObject({
      version: '',
      running: ['rabbit@ctl1', 'rabbit@ctl3'],
      members: ['rabbit@ctl1', 'rabbit@ctl2', 'rabbit@ctl3'],
      users: [],
    });
  });

  test('whose systemd says but half of what it has is not one without the rest', async () => {
    const half = {
      rc: 1,
      out: '== active\nmariadb.service loaded active running x\n== enabled\n',
      err: 'timed out',
    };
    const reading = discoverNode(nodeLink('ctl1', { 'list-units': half }), now);
    await expect(reading).rejects.toMatchObject({
      fault: { code: 'WL-DISCOVER-NODE', output: expect.stringContaining('timed out') },
    });
  });

  test('without a single package is nonsense', async () => {
    const link = nodeLink('ctl1', { 'dpkg-query': { rc: 127, out: '', err: 'sh: not found' } });
    await expect(discoverNode(link, now)).rejects.toThrow(/WL-DISCOVER-NODE/);
  });

  test.each([
    'deb https://bob:hunter2@repo.example/debian bookworm main',
    'URIs: https://hunter2@repo.example/debian',
    '# deb [arch=amd64] https://bob:hunter2@repo.example/debian bookworm main',
  ])('with a secret in an apt source gives no facts, and does not repeat it: %s', async (line) => {
    const link = nodeLink('ctl1', {
      'dpkg-query': `== packages\nbash\t5\tinstalled\tinstall\n== sources\n@@ /etc/apt/sources.list.d/extra.list\n${line}\n`,
    });
    const fault = await discoverNode(link, now).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(fault instanceof WindlassError)) throw new Error('no fault');
    expect(fault.fault).toMatchObject({ code: 'WL-DISCOVER-SECRET', node: 'ctl1' });
    expect(JSON.stringify(fault.fault)).toContain('/etc/apt/sources.list.d/extra.list');
    expect(JSON.stringify(fault.fault)).not.toContain('hunter2');
  });
});

describe('the whole cluster', () => {
  const links = (over: Readonly<Record<string, Parameters<typeof nodeLink>[1]>> = {}): Links => ({
    link: (name) => nodeLink(name, over[name]),
    nodes: Object.keys(ha3.nodes),
    carry: () => Promise.reject(new Error('discovery carries nothing')),
    close: async () => undefined,
  });

  test('is read side by side, and its facts are what a plan takes', async () => {
    const facts = await discover(ha3, links(), now);
    expect(Facts.parse(facts)).toEqual(facts);
    expect(Object.keys(facts.nodes)).toEqual(['ctl1', 'ctl2', 'ctl3']);
    expect(facts).toMatchObject({ cluster: 'ha3', at: '1970-01-01T00:16:40.000Z', assumed: false });
  });

  test('a node that cannot be read fails it; several are all told', async () => {
    const silent = { '/etc/os-release': lost };
    await expect(discover(ha3, links({ ctl2: silent }), now)).rejects.toThrow(/WL-NODE-LOST: ctl2/);
    const both = discover(ha3, links({ ctl2: silent, ctl3: silent }), now);
    await expect(both).rejects.toMatchObject({
      errors: [{ fault: { node: 'ctl2' } }, { fault: { node: 'ctl3' } }],
    });
  });
});

describe('drift', () => {
  const changed = (change: (node: NodeFacts) => void): Facts => {
    const facts = recordedFacts();
    const node = facts.nodes.ctl2;
    if (!node) throw new Error('the fixture has no ctl2');
    change(node);
    return facts;
  };

  test('is nothing for what moves by itself', () => {
    const now = changed((node) => {
      node.clockOffset += 1;
      node.memoryMb += 1;
      node.disk = [];
      node.apt.lock = 'pid 1 apt-get';
      for (const unit of Object.values(node.units)) unit.active = 'inactive';
      for (const queue of node.rabbitmq?.queues ?? []) queue.messages += 5;
      for (const server of node.haproxy?.servers ?? [])
        Object.assign(server, { sessions: 9, check: 'L4CON' });
    });
    expect(drift(recordedFacts(), now)).toEqual([]);
    expect(factsHash(now)).toBe(factsHash(recordedFacts()));
  });

  test.each([
    [
      'a package',
      'packages.dpkg.version',
      (node: NodeFacts) => {
        const dpkg = node.packages.dpkg;
        if (dpkg) dpkg.version = '9';
      },
    ],
    [
      'the system',
      'os.codename',
      (node: NodeFacts) => {
        node.os.codename = 'trixie';
      },
    ],
    [
      'a unit masked',
      'units.keystone.service',
      (node: NodeFacts) => {
        node.units['keystone.service'] = { active: 'inactive', enabled: 'masked' };
      },
    ],
    [
      'an apt source',
      'apt.sources',
      (node: NodeFacts) => {
        node.apt.sources = [];
      },
    ],
    [
      'where the VIP is',
      'pacemaker.resources.openstack-api-vip',
      (node: NodeFacts) => {
        if (node.pacemaker) node.pacemaker.resources = { 'openstack-api-vip': 'ctl3' };
      },
    ],
    [
      'a server out of the balancer',
      'haproxy.servers',
      (node: NodeFacts) => {
        for (const server of node.haproxy?.servers ?? []) server.status = 'MAINT';
      },
    ],
    [
      'a member gone',
      'rabbitmq.running',
      (node: NodeFacts) => {
        if (node.rabbitmq) node.rabbitmq.running = ['rabbit@ctl1'];
      },
    ],
    [
      'what another run has kept meanwhile',
      'kept',
      (node: NodeFacts) => {
        node.kept = ['0123456789ab'];
      },
    ],
  ] as const)('names node and place of %s', (_, path, change) => {
    const now = changed(change);
    expect(drift(recordedFacts(), now)).toEqual([
      expect.objectContaining({ node: 'ctl2', path, was: expect.any(String), is: expect.any(String) }),
    ]);
    expect(factsHash(now)).not.toBe(factsHash(recordedFacts()));
  });

  test('tells of a node that came or went', () => {
    const less = recordedFacts();
    delete less.nodes.ctl3;
    expect(drift(recordedFacts(), less)).toMatchObject([{ node: 'ctl3', is: 'absent' }]);
    expect(drift(less, recordedFacts())).toMatchObject([{ node: 'ctl3', was: 'absent' }]);
  });

  test('is told of an option that is set since, not of a line that moved', () => {
    const path = '/etc/nova/nova.conf';
    const at = (options: Record<string, { lines: number[] }>): Facts => {
      const facts = recordedFacts();
      const ctl1 = facts.nodes.ctl1;
      if (ctl1) ctl1.options = { [path]: { DEFAULT: options } };
      return facts;
    };
    const planned = at({ debug: { lines: [2] } });
    expect(factsHash(at({ debug: { lines: [3] } }))).toBe(factsHash(planned));
    expect(drift(planned, at({ debug: { lines: [2] }, my_ip: { lines: [3] } }))).toMatchObject([
      { node: 'ctl1', path: `options.${path}`, is: '["[DEFAULT] debug","[DEFAULT] my_ip"]' },
    ]);
  });
});
