// The whole way on real hosts: three controllers from bookworm/Zed to trixie/Epoxy, while probes ask for service, with
// the orchestrator killed, frozen and cut off on the way. Everything goes through the command line and the cluster file.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlan } from '../../src/cli/context.ts';
import { cutLink, healLink, type Lab, labDown, openLab, verifyData } from '../../src/lab/index.ts';
import { freshLab } from './fresh-lab.ts';
import {
  applied,
  begin,
  comesTo,
  type Ended,
  eventsIn,
  type SeenEvent,
  shell,
  windlass,
} from './operator.ts';

const LAB = 'haul';
const TARGET = ['--os', 'trixie', '--openstack', '2025.1'];
let lab: Lab;
let clusterFile: string;
let state: string;

const here = (...args: string[]): string[] => [...args, '--cluster', clusterFile, '--state', state];
const on = (node: string, ...command: string[]): Promise<Ended> => shell(lab, node, ...command);
const eventsOf = (): Promise<readonly SeenEvent[]> => eventsIn(state);
const until = (what: string, ended: Promise<Ended>, seen: (events: readonly SeenEvent[]) => boolean) =>
  comesTo(state, what, ended, seen);

beforeAll(async () => {
  lab = await freshLab('ha3', LAB, (message) => console.log(`lab: ${message}`));
  clusterFile = lab.place.clusterFile;
  state = join(dirname(clusterFile), '.windlass');
});

afterAll(async () => {
  await windlass(...here('watch', '--stop'));
  await labDown(openLab(LAB), { purge: true });
});

describe('what is refused, with nothing changed', () => {
  const refused = async (code: string, exit: number, ...args: string[]): Promise<void> => {
    const result = await windlass(...args);
    expect(result.err + result.out).toContain(code);
    expect(result.code).toBe(exit);
  };

  const changed = (name: string, edit: (text: string) => string): string => {
    const path = join(dirname(clusterFile), name);
    writeFileSync(path, edit(readFileSync(clusterFile, 'utf8')));
    return path;
  };

  test('a cluster file that is no YAML, has unknown keys, a node twice, a VIP nowhere', async () => {
    await refused(
      'WL-CLUSTER-YAML',
      2,
      'discover',
      '--cluster',
      changed('yaml.yaml', (text) => `${text}\n  - ][`),
    );
    await refused(
      'WL-CLUSTER-SCHEMA',
      2,
      'discover',
      '--cluster',
      changed('key.yaml', (text) => text.replace('vips:', 'vipps:')),
    );
    await refused(
      'WL-CLUSTER-NODE-TWICE',
      2,
      'discover',
      '--cluster',
      changed('twice.yaml', (text) => text.replace('.12\n', '.11\n')),
    );
    await refused(
      'WL-CLUSTER-VIP-NOWHERE',
      2,
      'discover',
      '--cluster',
      changed('vip.yaml', (text) => text.replace('      - controller\nnodes', '      - undercloud\nnodes')),
    );
  });

  test('an unknown release and an illegal hop', async () => {
    await refused('WL-TARGET-UNKNOWN', 2, ...here('route', '--openstack', 'epoxi'));
    await refused('WL-ROUTE-ILLEGAL', 3, ...here('route', '--os', 'bullseye', '--openstack', 'victoria'));
  });

  test('a node that does not answer, and a wrong host key', async () => {
    const silent = changed('silent.yaml', (text) => text.replace(/(\d+\.\d+\.\d+)\.13\n/, '$1.99\n'));
    await refused('WL-NODE-LOST', 1, 'discover', '--cluster', silent);
    const keys = join(dirname(clusterFile), 'other_known_hosts');
    const known = readFileSync(join(dirname(clusterFile), 'known_hosts'), 'utf8')
      .trim()
      .split('\n');
    const [first = '', second = ''] = [
      known[0],
      known.find((line) => line.split(' ')[0] !== known[0]?.split(' ')[0]),
    ];
    writeFileSync(
      keys,
      known
        .map((line) =>
          line.split(' ')[0] === first.split(' ')[0]
            ? [line.split(' ')[0], ...second.split(' ').slice(1)].join(' ')
            : line,
        )
        .join('\n'),
    );
    await refused(
      'WL-SSH-HOSTKEY',
      1,
      'discover',
      '--cluster',
      changed('hostkey.yaml', (text) => text.replace(/knownHosts: .*/, `knownHosts: ${keys}`)),
    );
  });

  test('a full disk, a held dpkg lock, a stopped Galera member', async () => {
    expect(
      (await on('ctl1', 'mount', '-t', 'tmpfs', '-o', 'size=64m', 'full', '/var/cache/apt/archives')).code,
    ).toBe(0);
    const lock = await on(
      'ctl2',
      'systemd-run',
      '--unit=hold-lock',
      'python3',
      '-c',
      "import fcntl,time; f=open('/var/lib/dpkg/lock-frontend','w'); fcntl.lockf(f,fcntl.LOCK_EX); time.sleep(600)",
    );
    expect(lock.code, lock.err).toBe(0);
    expect((await on('ctl3', 'systemctl', 'stop', 'mariadb')).code).toBe(0);
    const result = await windlass(...here('check', ...TARGET));
    expect(result.out).toContain('WL-CHECK-DISK');
    expect(result.out).toContain('WL-CHECK-DPKG-LOCK');
    expect(result.out).toContain('WL-CHECK-GALERA-MEMBER');
    expect(result.code).toBe(3);
    expect((await on('ctl1', 'umount', '/var/cache/apt/archives')).code).toBe(0);
    await on('ctl2', 'systemctl', 'stop', 'hold-lock');
    expect((await on('ctl3', 'systemctl', 'start', 'mariadb')).code).toBe(0);
  });

  test('a plan edited by hand, a plan for another cluster', async () => {
    await settled();
    const made = await windlass(...here('plan', ...TARGET));
    expect(made.code, made.err).toBe(0);
    const path = join(state, 'plan.json');
    const edited = join(state, 'edited.json');
    writeFileSync(edited, readFileSync(path, 'utf8').replace('"estimate": 240', '"estimate": 241'));
    await refused('WL-PLAN-EDITED', 2, ...here('run', edited));
    const other = changed('other.yaml', (text) => text.replace('cluster: haul', 'cluster: other'));
    await refused('WL-PLAN-CLUSTER', 2, 'run', path, '--cluster', other, '--state', state);
    expect(await eventsOf()).toEqual([]);
  });
});

/** The cluster is whole again after what a test did to it. */
async function settled(): Promise<void> {
  for (let round = 0; round < 120; round += 1) {
    const result = await windlass(...here('check', ...TARGET));
    if (result.code === 0) return;
    await sleep(2000);
  }
  throw new Error('the cluster did not come back');
}

describe('the haul', () => {
  test('a drifted cluster is not touched', async () => {
    await on('ctl1', 'apt-mark', 'manual', 'python3-glance');
    const result = await windlass(...here('run', '--yes'));
    expect(result.code).toBe(6);
    expect(result.err).toContain('packages.python3-glance.auto');
    await on('ctl1', 'apt-mark', 'auto', 'python3-glance');
  });

  test('ends on trixie and Epoxy, killed, frozen and cut off on the way', async () => {
    const before = await verifyData(lab);
    expect(before.lines.filter(({ ok }) => !ok)).toEqual([]);
    const made = await windlass(...here('plan', ...TARGET));
    expect(made.code, made.err).toBe(0);
    const order = openPlan(join(state, 'plan.json')).phases.flatMap(({ id }) =>
      id.startsWith('roll-') ? [id.slice(5)] : [],
    );
    const [first = '', second = '', third = ''] = order;

    // Killed outright in the first node's package work.
    let orchestrator = begin(...here('run', '--yes'));
    await until('the first package work', orchestrator.ended, applied(`${first}/os/upgrade`));
    await sleep(3000 + Math.random() * 10_000);
    // A second operator, with the same store and with one of their own (then the nodes tell).
    for (const store of [state, join(dirname(clusterFile), 'rival')]) {
      const rival = await windlass(
        ...[
          'run',
          join(state, 'plan.json'),
          '--yes',
          '--no-watch',
          '--cluster',
          clusterFile,
          '--state',
          store,
        ],
      );
      expect(rival.err).toContain('WL-RUN-HELD');
      expect(rival.code).toBe(5);
    }
    orchestrator.child.kill('SIGKILL');
    expect((await orchestrator.ended).code).toBeNull();

    // Taken up; killed at a random moment between two short steps, around the move of the bus.
    orchestrator = begin(...here('resume', '--yes'));
    await until('the new bus', orchestrator.ended, applied(`${first}/rabbitmq/start-alone`));
    await sleep(Math.random() * 12_000);
    orchestrator.child.kill('SIGKILL');
    await orchestrator.ended;

    // Taken up; the second node's cable pulled for a minute in the middle of its package work.
    orchestrator = begin(...here('resume', '--yes'));
    await until('the second package work', orchestrator.ended, applied(`${second}/os/upgrade`));
    await sleep(5000);
    await cutLink(lab, second);
    await sleep(60_000);
    await healLink(lab, second);

    // Frozen longer than its lease lasts; another takes over, and the frozen one can do nothing when it wakes.
    await until('the third package work', orchestrator.ended, applied(`${third}/os/upgrade`));
    const frozen = orchestrator;
    frozen.child.kill('SIGSTOP');
    await sleep(65_000);
    orchestrator = begin(...here('resume', '--yes', '--take-over'));
    await until(
      'the take-over',
      orchestrator.ended,
      (events) => events.filter(({ type }) => type === 'run.resumed').length >= 3,
    );
    frozen.child.kill('SIGCONT');
    const fenced = await frozen.ended;
    expect(fenced.err).toContain('WL-FENCED');
    expect(fenced.code).toBe(5);

    // And killed once more at its end.
    await until('the finish', orchestrator.ended, (events) =>
      events.some(({ type, step }) => type === 'step.started' && step?.startsWith('cluster/')),
    );
    await sleep(Math.random() * 5000);
    orchestrator.child.kill('SIGKILL');
    await orchestrator.ended;
    const last = await windlass(...here('resume', '--yes'));
    expect(last.code, last.err.slice(-3000)).toBe(0);
    console.log(last.out);
  });

  test('left every node new, whole and clean, and the data as it was', async () => {
    for (const node of ['ctl1', 'ctl2', 'ctl3']) {
      const look = async (...command: string[]): Promise<string> => (await on(node, ...command)).out.trim();
      expect(await look('cat', '/etc/os-release')).toContain('VERSION_CODENAME=trixie');
      expect(await look('dpkg', '--audit')).toBe('');
      expect(await look('systemctl', 'list-units', '--state=failed', '--plain', '--no-legend')).toBe('');
      expect(await look('find', '/etc/systemd/system', '-maxdepth', '1', '-lname', '/dev/null')).toBe('');
      expect(
        await look(
          'find',
          '/usr/sbin/policy-rc.d',
          '/var/lib/windlass',
          '/var/cache/windlass',
          '-maxdepth',
          '0',
        ),
      ).toBe('');
      expect(await look('dpkg', '-s', 'python3-keystone')).toMatch(/^Version: \d+:27\./m);
      expect(await look('mariadb', '-NBe', "SHOW STATUS LIKE 'wsrep_cluster_size'")).toMatch(/\b3$/);
      expect(
        JSON.parse(await look('rabbitmqctl', '-q', 'cluster_status', '--formatter', 'json')).running_nodes,
      ).toHaveLength(3);
      expect(await look('cibadmin', '--query', '--scope', 'constraints')).not.toContain('cli-');
      expect(
        await look('sh', '-c', 'echo show stat | socat stdio unix-connect:/run/haproxy/admin.sock'),
      ).not.toMatch(/,(MAINT|DRAIN|DOWN)/);
    }
    const after = await verifyData(lab);
    expect(after.lines.filter(({ ok }) => !ok)).toEqual([]);
  });

  test('no command was started twice: journal and the nodes’ own records agree', async () => {
    const handed = (await eventsOf()).flatMap(({ type, node, unit }) =>
      type === 'step.applied' ? [`${node} ${unit}`] : [],
    );
    expect(new Set(handed).size).toBe(handed.length);
    const started: string[] = [];
    for (const node of ['ctl1', 'ctl2', 'ctl3']) {
      // systemd's own words, kept over the reboot.
      const { out } = await on(
        node,
        'journalctl',
        '-q',
        '-o',
        'cat',
        '--grep',
        'Started windlass-',
        '-t',
        'systemd',
      );
      started.push(
        ...[...out.matchAll(/Started (windlass-\S+?)\.service/g)].map((found) => `${node} ${found[1]}`),
      );
    }
    expect(started.length).toBeGreaterThan(50);
    expect(new Set(started).size).toBe(started.length);
    expect(started.filter((unit) => !handed.includes(unit))).toEqual([]);
  });

  test('a second time there is nothing to do', async () => {
    const again = await windlass(...here('run', '--yes'));
    expect(again.code).toBe(0);
    expect(again.err).toContain('nothing to do');
    const made = await windlass(...here('plan', ...TARGET));
    expect(made.code, made.err).toBe(0);
    expect(openPlan(join(state, 'plan.json')).steps).toEqual([]);
    expect((await windlass(...here('run', '--yes'))).code).toBe(0);
  });
});
