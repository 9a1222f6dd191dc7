import { describe, expect, test } from 'vitest';
import { Cluster } from '../../../src/model/cluster.ts';
import { Chain, Draft } from '../../../src/plan/draft.ts';
import { afterWork, beforeWork } from '../../../src/plan/os-roll/configure.ts';

const clusterWith = (configuration: unknown) =>
  Cluster.parse({
    cluster: 'prod',
    os: 'debian/bookworm',
    openstack: 'zed',
    nodes: {
      ctl1: { address: '192.0.2.11', roles: ['controller'] },
      cmp1: { address: '192.0.2.31', roles: ['compute'] },
      deploy: { address: '192.0.2.9', roles: ['undercloud'] },
    },
    ...(configuration === undefined ? {} : { configuration }),
  });

/** The steps around a node's work, as planned. */
function around(configuration: unknown, node = 'ctl1', classed?: { class: string }) {
  const cluster = clusterWith(configuration);
  const draft = new Draft();
  draft.phase('p', 'P');
  const chain = new Chain(draft, []);
  beforeWork(chain, cluster, node, classed);
  const before = draft.steps.length;
  afterWork(chain, cluster, node, classed);
  return {
    steps: draft.steps,
    before: draft.steps.slice(0, before),
    after: draft.steps.slice(before),
    chain,
  };
}
const ids = (steps: readonly { id: string }[]) => steps.map(({ id }) => id);

const APPLY = ['ansible-playbook', '-i', 'hosts', '--limit', '{node}.example.com', 'site.yml'];

describe('puppet', () => {
  test('is kept off before the work, and applied, asked and let go after it', () => {
    const { before, after, chain } = around({ by: 'puppet' });
    expect(ids(before)).toEqual(['ctl1/puppet/disable']);
    expect(ids(after)).toEqual(['ctl1/puppet/forget', 'ctl1/puppet/apply', 'ctl1/puppet/enable']);
    expect(before[0]?.commands).toEqual([
      ['puppet', 'agent', '--disable', 'windlass: prod is being upgraded'],
    ]);
    expect(before[0]?.undo).toEqual([['puppet', 'agent', '--enable']]);
    expect(after[1]?.commands).toHaveLength(2);
    expect(chain.last).toEqual(['ctl1/puppet/enable']);
    expect(new Set([...before, ...after].flatMap(({ on }) => on))).toEqual(new Set(['ctl1']));
  });

  test('forgets the proof of an earlier run right before it is applied again', () => {
    const { after } = around({ by: 'puppet' });
    expect(after[0]?.params.paths).toContain('/run/windlass-configured-ctl1');
    expect(after[1]?.needs).toEqual(['ctl1/puppet/forget']);
  });

  test('says what the file says: program, reason, runs', () => {
    const program = '/opt/puppetlabs/bin/puppet';
    const { before, after } = around({ by: 'puppet', program, reason: 'Upgrading to buster', runs: 2 });
    expect(before[0]?.commands).toEqual([[program, 'agent', '--disable', 'Upgrading to buster']]);
    expect(after[1]?.commands).toHaveLength(3);
    expect(after[1]?.timeout).toBe(3 * 3600);
  });

  test('only on the nodes it configures', () => {
    const configuration = { by: 'puppet', nodes: ['controller'] };
    expect(around(configuration, 'ctl1').steps).toHaveLength(4);
    expect(around(configuration, 'cmp1').steps).toEqual([]);
    expect(around({ by: 'puppet', nodes: ['cmp1'] }, 'cmp1').steps).toHaveLength(4);
  });

  test('a word that is neither node nor role is refused: it would leave the nodes alone with puppet', () => {
    expect(() => around({ by: 'puppet', nodes: ['contoller'] })).toThrow(/WL-CONFIGURATION-NODE/);
  });

  test('in the class of the work it is part of', () => {
    const { steps } = around({ by: 'puppet' }, 'cmp1', { class: 'compute' });
    expect(new Set(steps.map((step) => step.class))).toEqual(new Set(['compute']));
  });
});

describe('a playbook', () => {
  test('runs where the file says, for one node', () => {
    const { before, after } = around({ by: 'ansible', on: 'deploy', apply: APPLY });
    expect(before).toEqual([]);
    expect(ids(after)).toEqual(['ctl1/ansible/forget', 'ctl1/ansible/apply']);
    expect(after.map(({ on }) => on)).toEqual([['deploy'], ['deploy']]);
    expect(after[1]?.commands[0]).toContain('ctl1.example.com');
    expect(after[1]?.commands.flat()).not.toContain('{node}');
  });

  test('with a pause of its own on the node', () => {
    const pause = {
      disable: ['systemctl', 'stop', 'ansible-pull.timer'],
      enable: ['systemctl', 'start', 'ansible-pull.timer'],
      disabled: { argv: ['systemctl', 'is-active', 'ansible-pull.timer'], yes: [3], no: [0] },
    };
    const { before, after } = around({ by: 'ansible', on: 'deploy', apply: APPLY, pause });
    expect(before[0]).toMatchObject({ id: 'ctl1/ansible/disable', on: ['ctl1'] });
    expect(after.at(-1)).toMatchObject({ id: 'ctl1/ansible/enable', on: ['ctl1'] });
  });

  test('on a node that is not there is refused', () => {
    expect(() => around({ by: 'ansible', on: 'nowhere', apply: APPLY })).toThrow(/WL-CONFIGURATION-NODE/);
  });
});

describe('any command', () => {
  test('on the node itself, asked by its own check', () => {
    const { before, after } = around({
      by: 'command',
      apply: ['configure', '{node}'],
      good: [0, 2],
      check: { argv: ['configure', '--dry', '{node}'] },
    });
    expect(before).toEqual([]);
    expect(after[1]).toMatchObject({
      on: ['ctl1'],
      params: {
        apply: ['configure', 'ctl1'],
        check: { argv: ['configure', '--dry', 'ctl1'], converged: [0] },
      },
    });
  });
});

test('nobody configures: no step', () => {
  expect(around(undefined).steps).toEqual([]);
  expect(around({ by: 'none' }).steps).toEqual([]);
});

test.each([
  [
    'a playbook for every node at once',
    { by: 'ansible', on: 'deploy', apply: ['ansible-playbook', 'site.yml'] },
  ],
  ['a command elsewhere without the node', { by: 'command', on: 'deploy', apply: ['configure'] }],
  ['a reason of two lines', { by: 'puppet', reason: 'one\ntwo' }],
  ['a reason that would be read as an option', { by: 'puppet', reason: '--enable' }],
  ['a pause that cannot be asked', { by: 'command', apply: ['c'], pause: { disable: ['a'], enable: ['b'] } }],
  ['an unknown one', { by: 'chef' }],
])('the file may not say: %s', (_, configuration) => {
  expect(() => clusterWith(configuration)).toThrow();
});
