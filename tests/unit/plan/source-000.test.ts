import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { CLOUD_PATH } from '../../../src/drivers/cloud.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import type { Facts } from '../../../src/model/facts.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';
import { readPlan, writePlan } from '../../../src/plan/read.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { planOf } from './shapes.ts';
import { cluster, facts } from './source-000-cluster.ts';

const plan: Plan = planOf(cluster, facts(), { os: 'buster', openstack: 'rocky' });
const byId = new Map(plan.steps.map((step) => [step.id, step]));
const step = (id: string): Step => {
  const found = byId.get(id);
  if (!found) throw new Error(`no step ${id}`);
  return found;
};
/** The program that asks the cloud's APIs has tests of its own: its text is left out of what is read here. */
const shown: Plan = {
  ...plan,
  steps: plan.steps.map((one) => (one.params.path === CLOUD_PATH ? { ...one, inputs: {} } : one)),
};
const text = (commands: boolean): string =>
  showPlan(shown, { commands }).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');

/** Everything a step needs, at whatever distance. */
function ancestors(id: string): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (name: string): void => {
    for (const need of step(name).needs) {
      if (found.has(need)) continue;
      found.add(need);
      walk(need);
    }
  };
  walk(id);
  return found;
}

/** `node 1` and `compute 1` of the source, as the steps' ids have them. */
const c = (node: 1 | 2 | 3, thing: string): string => `z-controller-${node}/${thing}`;
const z = (node: 1 | 2 | 3, thing: string): string => `z-compute-${node}/${thing}`;

/** One line of the source and what of the plan does it. */
interface Line {
  readonly line: string;
  readonly steps: readonly string[];
  /** Those of them that stand in the source's own order, all of them where nothing is said. */
  readonly here?: readonly string[];
  /** Why the others stand elsewhere, and pairs that show it: the first is before the second. */
  readonly ours?: { readonly why: string; readonly before: readonly (readonly [string, string])[] };
}

const RECAP: readonly Line[] = [
  {
    line: 'Move all SNAT virtual routers running on node 1 to node 2 or 3',
    steps: [c(1, 'network/leave')],
  },
  {
    line: 'Disable puppet on node 1.',
    steps: [c(1, 'puppet/disable')],
    here: [],
    ours: {
      why: 'before the routers leave: a run in the middle would start the agents that are being emptied',
      before: [[c(1, 'puppet/disable'), c(1, 'network/leave')]],
    },
  },
  {
    line: 'Remove all Ceph libraries from upstream on node 1, which also turn off some Nova services',
    steps: [c(1, 'ceph/remove')],
  },
  {
    line: 'shutdown rabbitmq on node 1, including masking the service with systemd.',
    steps: [c(1, 'rabbitmq/hold')],
  },
  {
    line: 'upgrade node 1 to Buster, fully. Then reboot it.',
    steps: [c(1, 'sources/switch'), c(1, 'os/upgrade'), c(1, 'os/reboot')],
  },
  {
    line: 'install mariadb-backup, start the mysql service, and make sure MariaDB is in sync',
    steps: [c(1, 'packages/add'), c(1, 'mariadb/rejoin')],
    here: [c(1, 'mariadb/rejoin')],
    ours: {
      why: 'the package comes before the reboot, while packages start nothing; the source needs it before the start',
      before: [
        [c(1, 'os/upgrade'), c(1, 'packages/add')],
        [c(1, 'packages/add'), c(1, 'mariadb/rejoin')],
      ],
    },
  },
  {
    line: 'reinstall missing Nova services on node 1.',
    steps: [c(1, 'ceph/put-back')],
    here: [],
    ours: {
      why: 'before the reboot, so that its services are held with the others and none can meet the wrong bus; the source needs it before RabbitMQ starts',
      before: [
        [c(1, 'os/upgrade'), c(1, 'ceph/put-back')],
        [c(1, 'ceph/put-back'), c(1, 'openstack/hold')],
        [c(1, 'ceph/put-back'), c(1, 'rabbitmq/start-alone')],
      ],
    },
  },
  { line: 'remove the mnesia db on node 1.', steps: [c(1, 'rabbitmq/set-aside')] },
  {
    line: "start rabbitmq on node 1 (which now, isn't part of the RabbitMQ cluster on node 2 and 3).",
    steps: [c(1, 'rabbitmq/close'), c(1, 'rabbitmq/start-alone')],
  },
  {
    line: 'Disable puppet on node 2.',
    steps: [c(2, 'puppet/disable'), c(3, 'puppet/disable')],
    here: [],
    ours: {
      why: 'after the access rights, which disturb nobody, and before the bus moves, which is what puppet must not undo; on node 3 too, whose old bus is stopped as well',
      before: [
        [c(1, 'rabbitmq/start-alone'), c(2, 'puppet/disable')],
        [c(2, 'puppet/disable'), c(2, 'rabbitmq/stop-app')],
        [c(3, 'puppet/disable'), c(3, 'rabbitmq/stop-app')],
      ],
    },
  },
  {
    line: 'populate RabbitMQ access rights on node 1 … best is to just re-apply the grant access commands only.',
    steps: [c(1, 'rabbitmq/import')],
  },
  {
    line: 'shutdown rabbitmq on node 2 and 3 using “rabbitmqctl stop_app”.',
    steps: [c(1, 'rabbitmq/admit'), c(2, 'rabbitmq/stop-app'), c(3, 'rabbitmq/stop-app')],
  },
  {
    line: 'quickly restart all daemons on one controller (for example the daemons on node 1) to declare message queues.',
    steps: [c(1, 'openstack/start')],
  },
  {
    line: 'Re-enable puppet, and re-apply puppet on node 1.',
    steps: [c(1, 'puppet/apply'), c(1, 'puppet/enable')],
  },
  { line: 'Move all Neutron virtual routers from node 2 to node 1.', steps: [c(2, 'network/leave')] },
  {
    line: 'Make sure the RabbitMQ services are completely stopped on node 2 and 3 (mask the service with systemd).',
    steps: [c(2, 'rabbitmq/hold'), c(3, 'rabbitmq/hold')],
    here: [],
    ours: {
      why: 'as soon as node 1 has declared the queues: nothing may bring the old bus back under clients that have left it',
      before: [
        [c(1, 'openstack/start'), c(2, 'rabbitmq/hold')],
        [c(1, 'openstack/start'), c(3, 'rabbitmq/hold')],
        [c(2, 'rabbitmq/hold'), c(2, 'os/upgrade')],
        [c(3, 'rabbitmq/hold'), c(2, 'os/upgrade')],
      ],
    },
  },
  {
    line: 'upgrade node 2 to Buster (… removing the mnesia db for RabbitMQ, and finally making it rejoin …)',
    steps: [c(2, 'os/upgrade'), c(2, 'rabbitmq/set-aside'), c(2, 'rabbitmq/join')],
    here: [c(2, 'os/upgrade')],
    ours: {
      why: 'the new bus starts on node 2 after its reboot, once: started before, its clients would have to leave it again',
      before: [
        [c(2, 'os/reboot'), c(2, 'rabbitmq/set-aside')],
        [c(2, 'rabbitmq/set-aside'), c(2, 'rabbitmq/join')],
      ],
    },
  },
  { line: 'Reboot node 2.', steps: [c(2, 'os/reboot')] },
  {
    line: 'check corosync status to make sure we are clustering between node 1 and 2 …, and shutdown the corosync “openstack-api-vip” resource on node 3',
    steps: [c(1, 'pacemaker/online'), c(2, 'pacemaker/online'), c(3, 'pacemaker/hold')],
    here: [c(2, 'pacemaker/online'), c(3, 'pacemaker/hold')],
    ours: {
      why: 'node 1 runs by itself since its own reboot, without a quorum; node 3 is told before to keep the VIP when it is alone, which the source leaves to luck',
      before: [
        [c(1, 'os/reboot'), c(1, 'pacemaker/online')],
        [c(1, 'pacemaker/online'), 'cluster/pacemaker/freeze'],
        ['cluster/pacemaker/freeze', c(2, 'pacemaker/hold')],
        [c(2, 'pacemaker/online'), c(3, 'pacemaker/hold')],
      ],
    },
  },
  {
    line: 'Re-enable puppet and run puppet agent -t on node 2.',
    steps: [c(2, 'puppet/apply'), c(2, 'puppet/enable')],
  },
  {
    line: 'Make node 2 rabbitmq-server has joined the new cluster declared on node 1',
    steps: [c(2, 'rabbitmq/join')],
    here: [],
    ours: {
      why: 'it is joined by name and not by puppet, so before puppet runs: its services then find it',
      before: [[c(2, 'rabbitmq/join'), c(2, 'puppet/apply')]],
    },
  },
  { line: 'Move all Neutron virtual routers of node 3 to node 1 or 2.', steps: [c(3, 'network/leave')] },
  {
    line: 'Upgrade node 3 fully, reboot it, and make sure Rabbit is connected to node 1 and 2, as well as corosync working too, then re-apply puppet again.',
    steps: [
      c(3, 'os/upgrade'),
      c(3, 'os/reboot'),
      c(3, 'pacemaker/online'),
      c(3, 'rabbitmq/join'),
      c(3, 'puppet/apply'),
      c(3, 'puppet/enable'),
    ],
  },
];

const computes = (n: 1 | 2 | 3): readonly Line[] => [
  { line: 'openstack compute service set --disable', steps: [z(n, 'nova/disable')] },
  {
    line: 'openstack server list --all-projects --host; openstack server migrate --live … --block-migration',
    steps: [z(n, 'guests/move')],
  },
  {
    line: 'puppet agent --disable',
    steps: [z(n, 'puppet/disable')],
    here: [],
    ours: {
      why: 'before the guests leave: puppet might enable the service again',
      before: [[z(n, 'puppet/disable'), z(n, 'nova/disable')]],
    },
  },
  { line: 'apt-get remove python3-rgw python3-rbd …', steps: [z(n, 'ceph/remove')] },
  {
    line: 'rm ceph.list; sed -i s/stretch/buster/g sources.list; mv stretch-rocky.list buster-rocky.list; echo …',
    steps: [z(n, 'sources/switch')],
  },
  { line: 'apt-get update; apt-get dist-upgrade', steps: [z(n, 'os/upgrade')] },
  { line: 'reboot', steps: [z(n, 'os/reboot')] },
  {
    line: 'puppet agent --enable; puppet agent -t',
    steps: [z(n, 'puppet/apply'), z(n, 'puppet/enable')],
  },
  {
    line: 'apt-get purge linux-image-4.19.0-0.bpo.5-amd64 linux-image-4.9.0-9-amd64',
    // Kernels that are not the running one and not the newest are among what nothing needs.
    steps: [z(n, 'packages/autoremove')],
  },
  { line: 'openstack compute service set --enable', steps: [z(n, 'nova/enable')] },
];

/** In the order of the source, all of a line's steps behind all of the line's before. */
function follows(lines: readonly Line[]): void {
  let before: readonly string[] = [];
  for (const { line, steps, here = steps } of lines) {
    for (const id of here) {
      const behind = ancestors(id);
      const early = before.filter((one) => !behind.has(one));
      expect({ line, id, early }).toEqual({ line, id, early: [] });
    }
    if (here.length > 0) before = here;
  }
}

function explains(lines: readonly Line[]): void {
  for (const { line, steps, here, ours } of lines) {
    expect({ line, missing: steps.filter((id) => !byId.has(id)) }).toEqual({ line, missing: [] });
    expect({ line, steps: steps.length > 0, words: here === undefined || ours !== undefined }).toEqual({
      line,
      steps: true,
      words: true,
    });
    for (const [first, second] of ours?.before ?? []) {
      expect({ line, first, second, is: ancestors(second).has(first) }).toMatchObject({ is: true });
    }
  }
}

describe("source 000's own cluster, stretch to buster with Rocky on both", () => {
  test('the plan as an operator reads it', async () => {
    await expect(text(false)).toMatchFileSnapshot('./golden/source-000.txt');
  });

  test('with every command, guard and file', async () => {
    await expect(text(true)).toMatchFileSnapshot('./golden/source-000-commands.txt');
  });

  test('is whole, and read back as it was written', () => {
    expect(readPlan(writePlan(plan), 'plan.json')).toEqual(plan);
    expect(plan.findings.filter(({ level }) => level === 'block')).toEqual([]);
  });

  test('has every line of the recap for controllers, in its order or with a reason', () => {
    expect(RECAP).toHaveLength(23);
    explains(RECAP);
    follows(RECAP);
  });

  test.each([1, 2, 3] as const)('has every line of the chapter on computes: compute %i', (n) => {
    explains(computes(n));
    follows(computes(n));
  });

  test('computes come before controllers', () => {
    const behind = ancestors(c(1, 'puppet/disable'));
    for (const n of [1, 2, 3] as const) expect(behind).toContain(z(n, 'nova/enable'));
  });
});

describe('what stands in the way of buster', () => {
  const files = (id: string) =>
    Object.fromEntries(
      (step(id).params.files as { path: string; after: string }[]).map(({ path, after }) => [path, after]),
    );

  test("sources: Ceph's archive taken out, Rocky's suite as the source calls it, hosts and file names as they were", () => {
    expect(files(c(1, 'sources/switch'))).toEqual({
      '/etc/apt/sources.list': `deb http://deb.debian.org/debian buster main
deb http://deb.debian.org/debian buster-updates main
deb http://security.debian.org/debian-security buster/updates main
`,
      '/etc/apt/sources.list.d/ceph.list':
        '# taken out by Windlass: deb https://download.ceph.com/debian-luminous/ stretch main\n',
      '/etc/apt/sources.list.d/stretch-rocky.list': `deb http://stretch-rocky.debian.net/debian buster-rocky-proposed-updates main
deb-src http://stretch-rocky.debian.net/debian buster-rocky-proposed-updates main
`,
    });
  });

  test('what goes with Ceph is what comes back, dependencies as dependencies', () => {
    const nova = [
      'nova-api',
      'nova-conductor',
      'nova-consoleauth',
      'nova-consoleproxy',
      'nova-placement-api',
    ];
    expect(step(c(1, 'ceph/remove')).params.takes).toEqual([...nova, 'nova-scheduler', 'python3-nova']);
    expect(step(c(1, 'ceph/put-back')).params).toEqual({
      packages: [...nova, 'nova-scheduler', 'python3-nova'],
      auto: ['python3-nova'],
    });
  });

  test('nothing asks the old servers what they cannot answer', () => {
    for (const { id, commands, looks, guards } of plan.steps) {
      const words = JSON.stringify([commands, looks, guards.map((one) => one.looks)]);
      for (const young of [
        'rabbit_maintenance',
        'export_definitions',
        'import_definitions',
        '--output-as',
        'rabbitmq-queues',
        'enable_feature_flag',
        'await_startup',
      ]) {
        expect({ id, young, said: words.includes(young) }).toEqual({ id, young, said: false });
      }
      if (/rabbitmqctl/.test(words))
        expect({ id, json: /--formatter/.test(words) }).toEqual({ id, json: false });
    }
  });

  test('no password and no hash is in the plan: they go from server to server in a file of the node', () => {
    expect(step(c(1, 'rabbitmq/export')).params).toEqual({
      path: expect.stringMatching(/^\/var\/backups\/windlass\/[0-9a-f]{12}\/definitions\.term$/),
    });
    expect(step(c(1, 'rabbitmq/import')).params).toEqual({
      path: step(c(1, 'rabbitmq/export')).params.path,
      users: ['guest', 'openstack', 'probe'],
    });
  });

  test('a VIP is carried all the time: its side is asked before a node leaves either cluster', () => {
    const guards = (id: string) =>
      step(id).guards.map(({ kind, params }) => [kind, params.ask ?? params.nodes]);
    expect(guards(c(1, 'pacemaker/hold'))).toEqual([
      ['pacemaker.elsewhere', 'z-controller-3'],
      ['pacemaker.stops-alone', 'z-controller-3'],
    ]);
    expect(step(c(2, 'pacemaker/hold')).guards.map(({ params }) => params.is)).toEqual([undefined, 'freeze']);
    expect(step(c(2, 'pacemaker/online')).params).toEqual({
      members: ['z-controller-1', 'z-controller-2'],
      vips: ['openstack-api-vip'],
    });
    expect(plan.steps.map(({ kind }) => kind)).not.toContain('pacemaker.standby');
    expect(ancestors('cluster/pacemaker/thaw')).toContain(c(3, 'pacemaker/online'));
  });
});

describe('stopped after node 1, discovered and planned again', () => {
  const half = (): Facts => {
    const now = facts();
    const done = ['z-controller-1', 'z-compute-1', 'z-compute-2', 'z-compute-3'];
    for (const name of done) {
      const node = now.nodes[name];
      if (!node) throw new Error(`no ${name}`);
      node.os = { id: 'debian', codename: 'buster', version: '10' };
      node.foreign = [];
      node.apt.sources = [
        { path: '/etc/apt/sources.list', content: 'deb http://deb.debian.org/debian buster main\n' },
      ];
      for (const one of Object.keys(node.packages)) {
        if (node.packages[one]?.version.includes('bpo90')) delete node.packages[one];
      }
    }
    const first = now.nodes['z-controller-1'];
    if (!first?.pacemaker || !first.rabbitmq) throw new Error('no platform on z-controller-1');
    first.pacemaker = {
      ...first.pacemaker,
      version: '2.0.1',
      quorate: false,
      online: ['z-controller-1'],
      offline: ['z-controller-2', 'z-controller-3'],
      resources: { 'openstack-api-vip': null },
    };
    first.rabbitmq = { ...first.rabbitmq, version: '3.7.8', running: ['rabbit@z-controller-1'] };
    return now;
  };
  const again = planOf(cluster, half(), { os: 'buster', openstack: 'rocky' });
  const ids = again.steps.map(({ id }) => id);

  test('goes on where it was: the bus is joined, and the new cluster gets its quorum with node 2', () => {
    expect(ids).not.toContain(c(1, 'os/upgrade'));
    expect(ids).not.toContain(c(1, 'rabbitmq/export'));
    expect(ids.filter((id) => /pacemaker\/(freeze|thaw|hold|online)$/.test(id))).toEqual([
      'cluster/pacemaker/freeze',
      c(2, 'pacemaker/hold'),
      c(2, 'pacemaker/online'),
      c(3, 'pacemaker/hold'),
      c(3, 'pacemaker/online'),
      'cluster/pacemaker/thaw',
    ]);
    expect(again.steps.find(({ id }) => id === c(2, 'rabbitmq/join'))).toMatchObject({
      kind: 'rabbitmq.join-older',
      params: { to: 'z-controller-1' },
    });
  });

  test('the VIP is where those with a quorum see it, and node 1 without one blocks nothing', () => {
    expect(again.steps.find(({ id }) => id === c(2, 'pacemaker/hold'))?.guards[0]).toMatchObject({
      kind: 'pacemaker.elsewhere',
      params: { ask: 'z-controller-3', node: 'z-controller-2' },
    });
    expect(again.findings.filter(({ level }) => level === 'block')).toEqual([]);
  });
});

test('of five controllers the third makes the quorum, and the old ones keep the VIP until then', () => {
  const five = ['z-controller-4', 'z-controller-5'];
  const more = Cluster.parse({
    ...cluster,
    nodes: {
      ...cluster.nodes,
      ...Object.fromEntries(
        five.map((name, at) => [name, { address: `192.0.2.${14 + at}`, roles: ['controller'] }]),
      ),
    },
  });
  const assumed = assumedFacts(more);
  const made = planOf(more, assumed, { os: 'buster', openstack: 'rocky' });
  const kinds = made.steps
    .filter(({ id }) => /pacemaker\/(freeze|thaw|hold|online)$/.test(id))
    .map(({ id, kind }) => `${id.split('/')[0]} ${kind}`);
  // z-controller-1 has the VIP and goes last.
  expect(kinds).toEqual([
    'z-controller-2 systemd.hold',
    'z-controller-2 pacemaker.apart',
    'z-controller-3 systemd.hold',
    'z-controller-3 pacemaker.apart',
    'cluster pacemaker.without-quorum',
    'z-controller-4 systemd.hold',
    'z-controller-4 pacemaker.form',
    'z-controller-5 systemd.hold',
    'z-controller-1 systemd.hold',
    'z-controller-5 pacemaker.form',
    'z-controller-1 pacemaker.form',
    'cluster pacemaker.without-quorum',
  ]);
});
