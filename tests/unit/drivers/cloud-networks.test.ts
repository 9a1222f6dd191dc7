import { describe, expect, test } from 'vitest';
import { readAgents, readGone } from '../../../src/drivers/cloud.ts';
import { controller, type Ran } from './cloud-run.ts';

const seen = ({ rc, out, err }: Ran) => ({ rc: rc ?? 255, out, err });
const DVR = { configurations: { agent_mode: 'dvr' } };

describe('agents', () => {
  test('tells what a host carries and who else could', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { carries: ['r1', 'r2'] });
    cloud.neutron.agent('DHCP', 'net1', { carries: ['n1'], admin_state_up: false });
    cloud.neutron.agent('L3', 'net3');
    cloud.neutron.agent('L3', 'net2');
    cloud.neutron.agent('L3', 'dead', { alive: false });
    cloud.neutron.agent('L3', 'shut', { admin_state_up: false });
    cloud.neutron.agent('L3', 'ovs', { agent_type: 'Open vSwitch agent' });
    expect(readAgents(seen(await run('agents', 'net1')))).toEqual({
      host: 'net1',
      agents: [
        { type: 'L3 agent', alive: true, up: true, carries: ['r1', 'r2'], others: ['net2', 'net3'] },
        { type: 'DHCP agent', alive: true, up: false, carries: ['n1'], others: [] },
      ],
    });
  });

  test('of computes with DVR are neither asked nor counted', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'cmp1', { carries: ['r1'], ...DVR });
    cloud.neutron.agent('L3', 'net1', { configurations: { agent_mode: 'dvr_snat' } });
    expect(readAgents(seen(await run('agents', 'cmp1')))).toEqual({ host: 'cmp1', agents: [] });
    expect(readAgents(seen(await run('agents', 'net1')))).toMatchObject({ agents: [{ others: [] }] });
    expect(await run('leave', 'cmp1')).toMatchObject({ rc: 0 });
    expect(cloud.neutron.agents[0]?.admin_state_up).toBe(true);
  });

  test('what is no more is told, what is only elsewhere is not', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { carries: ['r1'] });
    cloud.neutron.thing('L3', 'r2');
    const wanted = ['--routers', 'r1', 'r2', 'r3', '--networks', 'n1'];
    expect(readGone(seen(await run('gone', 'net1', ...wanted)))).toEqual(['r3', 'n1']);
    expect(readGone(seen(await run('gone', 'net1')))).toEqual([]);
  });
});

describe('leave', () => {
  test('gives each to the least busy living agent, and shuts an agent that serves nothing any more', async () => {
    const { cloud, run } = await controller();
    const { neutron } = cloud;
    neutron.agent('L3', 'net1', { carries: ['r1', 'r2', 'r3'] });
    neutron.agent('DHCP', 'net1', { carries: ['n1'] });
    neutron.agent('L3', 'net2', { carries: ['r4', 'r5'] });
    neutron.agent('L3', 'net3');
    neutron.agent('L3', 'dead', { alive: false });
    neutron.agent('DHCP', 'net2');
    const ran = await run('leave', 'net1');
    expect(ran).toMatchObject({ rc: 0, err: '' });
    expect(neutron.on('L3', 'net2')).toEqual(['r4', 'r5', 'r3']);
    expect(neutron.on('L3', 'net3')).toEqual(['r1', 'r2']);
    expect(neutron.on('DHCP', 'net2')).toEqual(['n1']);
    expect([neutron.on('L3', 'net1'), neutron.on('L3', 'dead')]).toEqual([[], []]);
    expect(neutron.agents.filter((one) => !one.admin_state_up).map(({ id }) => id)).toEqual([
      'L3-net1',
      'DHCP-net1',
    ]);
    expect(neutron.cut).toEqual([]);
    expect(ran.out).toContain('L3 agent r1: now at net3\n');
    expect(await run('leave', 'net1')).toMatchObject({ rc: 0, out: '' });
  });

  test('a router leaves before it arrives, DHCP after', async () => {
    const { cloud, run } = await controller();
    for (const kind of ['L3', 'DHCP'] as const) {
      cloud.neutron.agent(kind, 'net1', { carries: [`${kind}-thing`] });
      cloud.neutron.agent(kind, 'net2');
    }
    expect(await run('leave', 'net1')).toMatchObject({ rc: 0 });
    const changes = cloud.calls
      .filter(({ method, path }) => /POST|DELETE/.test(method) && path.startsWith('/agents'))
      .map(({ method, path }) => `${method} ${path.split('/')[2]}`);
    expect(changes).toEqual(['DELETE L3-net1', 'POST L3-net2', 'POST DHCP-net2', 'DELETE DHCP-net1']);
  });

  test('ends when the routers are served where they went, and moves few at a time', async () => {
    const { cloud, run } = await controller();
    const routers = Array.from({ length: 10 }, (_, at) => `r${at}`);
    cloud.neutron.agent('L3', 'net1', { carries: routers });
    cloud.neutron.agent('L3', 'net2', { builds: 3 });
    const ran = await run('leave', 'net1');
    expect(ran).toMatchObject({ rc: 0, err: '' });
    const lines = ran.out.split('\n');
    const said = lines.filter((line) => !line.startsWith('waits: '));
    expect(lines.find((line) => line.startsWith('waits: '))).toMatch(
      /^waits: L3 agent r0: net2 does not serve it yet, not ACTIVE there: port-r0; .*; and 5 more$/,
    );
    expect(said.filter((line) => line.includes('served by net2')).length).toBe(10);
    expect(said.findIndex((line) => line.includes('served by'))).toBe(8);
    const shut = cloud.calls.findIndex(({ method }) => method === 'PUT');
    expect(cloud.calls.slice(shut).some(({ path }) => path.startsWith('/ports'))).toBe(false);
  });

  test('a router that its new agent does not build is told, with its port', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { carries: ['r1'] });
    cloud.neutron.agent('L3', 'net2', { builds: Number.POSITIVE_INFINITY });
    const ran = await run('leave', 'net1');
    expect(ran.rc).toBe(1);
    expect(ran.err).toMatch(
      /^L3 agent r1: given to net2, which does not serve it after \d s; not ACTIVE there: port-r1\n$/,
    );
    expect(cloud.neutron.agents[0]?.admin_state_up).toBe(true);
  });

  test('a port that did not work before is not waited for', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { carries: ['r1'] });
    cloud.neutron.agent('L3', 'net2', { builds: Number.POSITIVE_INFINITY });
    Object.assign(cloud.neutron.ports[0] ?? {}, { building: Number.POSITIVE_INFINITY });
    expect(await run('leave', 'net1')).toMatchObject({ rc: 0, out: 'L3 agent r1: now at net2\n' });
  });

  test('is refused when nobody alive could take it, and nothing is changed', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { carries: ['r1'] });
    cloud.neutron.agent('L3', 'dead', { alive: false });
    cloud.neutron.agent('L3', 'shut', { admin_state_up: false });
    cloud.neutron.agent('DHCP', 'net2');
    expect(await run('leave', 'net1')).toMatchObject({
      rc: 1,
      err: 'no other living L3 agent can take what net1 carries\n',
    });
    expect(cloud.calls.every(({ method, path }) => method === 'GET' || path === '/v3/auth/tokens')).toBe(
      true,
    );
  });

  test('of an agent that carries nothing needs nobody else', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1');
    expect(await run('leave', 'net1')).toMatchObject({ rc: 0 });
    expect(cloud.neutron.agents[0]?.admin_state_up).toBe(false);
  });

  test('what another carries as well is only dropped', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.thing('L3', 'ha', true);
    for (const kind of ['L3', 'DHCP'] as const)
      for (const host of ['net1', 'net2', 'net3'])
        cloud.neutron.agent(kind, host, { carries: host === 'net3' ? [] : [kind === 'L3' ? 'ha' : 'n1'] });
    const ran = await run('leave', 'net1');
    expect(ran).toMatchObject({ rc: 0 });
    expect(ran.out).toContain('L3 agent ha: served elsewhere already\n');
    expect(['net1', 'net2', 'net3'].map((host) => cloud.neutron.on('L3', host))).toEqual([[], ['ha'], []]);
    expect(['net1', 'net2', 'net3'].map((host) => cloud.neutron.on('DHCP', host))).toEqual([[], ['n1'], []]);
    expect(cloud.called('POST', '/agents')).toEqual([]);
  });

  test('goes to the next agent when one does not take it', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { carries: ['r1'] });
    cloud.neutron.agent('L3', 'net2', { refuses: true });
    cloud.neutron.agent('L3', 'net3', { carries: ['r2'] });
    expect(await run('leave', 'net1')).toMatchObject({ rc: 0, err: '' });
    expect(cloud.neutron.on('L3', 'net3')).toEqual(['r2', 'r1']);
  });

  test.each(['L3', 'DHCP'] as const)('%s that nobody takes is back, and that is told', async (kind) => {
    const { cloud, run } = await controller();
    cloud.neutron.agent(kind, 'net1', { carries: ['t1'] });
    cloud.neutron.agent(kind, 'net2', { refuses: true });
    expect(await run('leave', 'net1')).toMatchObject({
      rc: 1,
      err: `no other living ${kind} agent takes t1: it is still at net1\n`,
    });
    expect(cloud.neutron.on(kind, 'net1')).toEqual(['t1']);
    expect(cloud.neutron.agents[0]?.admin_state_up).toBe(true);
  });

  test.each([
    ['already there', 409, true],
    ['taken, the answer lost', 'cut', true],
  ] as const)('an answer that says %s is looked at', async (_, how, taken) => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { carries: ['r1'] });
    cloud.neutron.agent('L3', 'net2');
    cloud.faults.push({ on: 'POST /internal/two/network/v2.0/agents', times: 1, how, taken });
    cloud.faults.push({ on: 'DELETE ', times: 1, how, taken });
    expect(await run('leave', 'net1')).toMatchObject({ rc: 0, err: '' });
    expect(cloud.neutron.on('L3', 'net2')).toEqual(['r1']);
    expect(cloud.called('POST', '/agents')).toHaveLength(1);
  });

  test('a router that its owner deletes on the way is nobody’s failure', async () => {
    const { cloud, run } = await controller();
    const agent = cloud.neutron.agent('L3', 'net1', { carries: ['r1'] });
    cloud.neutron.agent('L3', 'net2');
    cloud.neutron.routers.splice(0);
    expect(await run('leave', 'net1')).toMatchObject({ rc: 0, err: '' });
    expect(agent).toMatchObject({ carries: [], admin_state_up: false });
  });
});

describe('comeback', () => {
  test('restores what was carried, each thing at one agent', async () => {
    const { cloud, run } = await controller();
    const { neutron } = cloud;
    for (const kind of ['L3', 'DHCP'] as const) {
      neutron.agent(kind, 'net1', { carries: [`${kind}-1`, `${kind}-2`] });
      neutron.agent(kind, 'net2', { carries: [`${kind}-3`] });
      neutron.agent(kind, 'net3');
    }
    expect(await run('leave', 'net1')).toMatchObject({ rc: 0 });
    const before = ['--routers', 'L3-1', 'L3-2', '--networks', 'DHCP-1', 'DHCP-2'];
    expect(await run('comeback', 'net1', ...before)).toMatchObject({ rc: 0, err: '' });
    for (const kind of ['L3', 'DHCP'] as const) {
      const there = ['net1', 'net2', 'net3'].map((host) => neutron.on(kind, host));
      expect(there).toEqual([[`${kind}-1`, `${kind}-2`], [`${kind}-3`], []]);
    }
    expect(neutron.agents.every((one) => one.admin_state_up)).toBe(true);
    const changes = cloud.calls.length;
    expect(await run('comeback', 'net1', ...before)).toMatchObject({ rc: 0, out: '' });
    expect(cloud.calls.slice(changes).some(({ method }) => method === 'DELETE')).toBe(false);
  });

  test('ends when what came back is served here', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { admin_state_up: false, builds: 2 });
    cloud.neutron.agent('L3', 'net2', { carries: ['r1'] });
    const ran = await run('comeback', 'net1', '--routers', 'r1');
    expect(ran).toMatchObject({ rc: 0, err: '' });
    expect(ran.out).toMatch(
      /^L3 agent r1: back at net1\nwaits: L3 agent r1: net1 does not serve it yet, not ACTIVE there: port-r1\nL3 agent r1: served by net1 after \d s\n$/,
    );
  });

  test('what others carried beside it stays with them', async () => {
    const { cloud, run } = await controller();
    const { neutron } = cloud;
    neutron.thing('L3', 'ha', true);
    neutron.agent('L3', 'net1', { carries: ['ha'] });
    neutron.agent('L3', 'net2', { carries: ['ha'] });
    neutron.agent('DHCP', 'net1', { carries: ['n1', 'n2'] });
    neutron.agent('DHCP', 'net2', { carries: ['n1'] });
    expect(await run('leave', 'net1')).toMatchObject({ rc: 0 });
    expect(neutron.on('DHCP', 'net2')).toEqual(['n1', 'n2']);
    const before = ['--routers', 'ha', '--networks', 'n1', 'n2', '--shared', 'ha', 'n1'];
    expect(await run('comeback', 'net1', ...before)).toMatchObject({ rc: 0, err: '' });
    expect([neutron.on('L3', 'net1'), neutron.on('L3', 'net2')]).toEqual([['ha'], ['ha']]);
    expect([neutron.on('DHCP', 'net1'), neutron.on('DHCP', 'net2')]).toEqual([['n1', 'n2'], ['n1']]);
  });

  test('what is nowhere is taken, what is no more is left', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { admin_state_up: false });
    cloud.neutron.thing('L3', 'r1');
    const ran = await run('comeback', 'net1', '--routers', 'r0', 'r1');
    expect(ran).toMatchObject({
      rc: 0,
      err: '',
      out: 'L3 agent r0: is no more\nL3 agent r1: back at net1\n',
    });
    expect(cloud.neutron.on('L3', 'net1')).toEqual(['r1']);
  });

  test('without anything only lets the agents carry again', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { admin_state_up: false });
    cloud.neutron.agent('L3', 'net2', { carries: ['r1'] });
    expect(await run('comeback', 'net1')).toMatchObject({ rc: 0, out: '' });
    expect(cloud.neutron.agents[0]).toMatchObject({ admin_state_up: true, carries: [] });
  });

  test.each([
    [2, 0],
    [3, 1],
  ])('an API that stumbles %i times is asked again, three times in all', async (stumbles, rc) => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('DHCP', 'net1', { stumbles });
    cloud.neutron.agent('DHCP', 'net2', { carries: ['n1'] });
    expect(await run('comeback', 'net1', '--networks', 'n1', '--shared', 'n1')).toMatchObject({ rc });
    expect(cloud.neutron.on('DHCP', 'net1')).toEqual(rc === 0 ? ['n1'] : []);
  });

  test('a router that is not taken back stays where it is', async () => {
    const { cloud, run } = await controller();
    cloud.neutron.agent('L3', 'net1', { refuses: true });
    cloud.neutron.agent('L3', 'net2', { carries: ['r1'] });
    expect(await run('comeback', 'net1', '--routers', 'r1')).toMatchObject({
      rc: 1,
      err: 'L3 agent r1: net1 does not take it, it is still at net2\n',
    });
    expect(cloud.neutron.on('L3', 'net2')).toEqual(['r1']);
  });
});
