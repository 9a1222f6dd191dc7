import { describe, expect, test } from 'vitest';
import * as network from '../../../src/steps/network.ts';
import { argvs, bad, judge, ok, undos } from './seen.ts';

const host = { credentials: '/root/openrc', host: 'net1' };
const program = ['python3', '/var/lib/windlass/cloud.py', '--credentials', '/root/openrc'];
const agent = { type: 'L3 agent', alive: true, up: true, carries: [], others: ['net2'] };
const seen = (...agents: readonly unknown[]) => ({ agents: ok(JSON.stringify({ host: 'net1', agents })) });
const mute = { agents: bad(1, 'no answer') };

describe('network.leave', () => {
  const verdict = (...agents: readonly unknown[]) => judge(network.networkLeave, host, seen(...agents));

  test.each([
    ['carries', [{ ...agent, carries: ['r1', 'r2'] }], 'L3 agent carries 2, L3 agent may be given more'],
    ['may be given more', [agent], 'L3 agent may be given more'],
    ['carries although it is shut', [{ ...agent, up: false, carries: ['r1'] }], 'L3 agent carries 1'],
  ])('is to be done while an agent %s', (_, agents, because) => {
    expect(verdict(...agents)).toEqual({ is: 'todo', because });
  });

  test.each([
    ['shut and empty', [{ ...agent, up: false }]],
    ['not there', []],
  ])('is done when they are %s', (_, agents) => {
    expect(verdict(...agents)).toEqual({ is: 'done', because: 'net1 carries no router and no DHCP' });
  });

  test('is refused when what is carried could go nowhere; one that carries nothing may be alone', () => {
    expect(verdict({ ...agent, carries: ['r1'], others: [] })).toMatchObject({
      is: 'refuse',
      because: 'no other living L3 agent can take the 1 that net1 carries',
    });
    expect(verdict({ ...agent, others: [] }).is).toBe('todo');
  });

  test('waits for an answer', () => {
    expect(judge(network.networkLeave, host, mute)).toEqual({ is: 'wait', because: 'no answer' });
  });

  test('its undo lets the agents carry again', () => {
    expect(argvs(network.networkLeave, host)).toEqual([[...program, 'leave', 'net1']]);
    expect(undos(network.networkLeave, host)).toEqual([[...program, 'comeback', 'net1']]);
  });
});

describe('network.return', () => {
  const params = { ...host, routers: ['r1'], networks: ['n1'] };
  const back = { ...agent, carries: ['r1'] };
  const dhcp = { ...agent, type: 'DHCP agent', carries: ['n1'] };
  const verdict = (...agents: readonly unknown[]) => judge(network.networkReturn, params, seen(...agents));

  test.each([
    ['all are back', [back, dhcp], 'done', 'net1 carries 1 routers and 1 networks again'],
    ['they carry more than before', [{ ...back, carries: ['r1', 'r2'] }, dhcp], 'done', /again$/],
    ['one is elsewhere', [agent, dhcp], 'todo', '1 elsewhere'],
    ['one is shut', [{ ...back, up: false }, dhcp], 'todo', 'L3 agent is shut'],
    ['one is dead', [{ ...back, alive: false }, dhcp], 'wait', 'not alive on net1: L3 agent'],
  ])('%s', (_, agents, is, because) => {
    const said = verdict(...agents);
    expect(said.is).toBe(is);
    expect(said.because).toMatch(because);
  });

  test('does not wait for what its owner has deleted, and does while nobody says that it is', () => {
    const said = (gone: ReturnType<typeof ok>) =>
      judge(network.networkReturn, params, { ...seen(agent, dhcp), gone });
    expect(said(ok('{"gone": ["r1"]}'))).toEqual({
      is: 'done',
      because: 'net1 carries 1 routers and 1 networks again, but for 1 that are no more',
    });
    expect(said(ok('{"gone": []}')).is).toBe('todo');
    expect(said(bad(2, 'invalid choice')).is).toBe('todo');
  });

  test('waits for an answer', () => {
    expect(judge(network.networkReturn, params, mute).is).toBe('wait');
  });

  test('says what came from where others keep it', () => {
    const words = ['--routers', 'r1', '--networks', 'n1'];
    expect(argvs(network.networkReturn, params)).toEqual([[...program, 'comeback', 'net1', ...words]]);
    expect(argvs(network.networkReturn, { ...params, shared: ['n1'] })).toEqual([
      [...program, 'comeback', 'net1', ...words, '--shared', 'n1'],
    ]);
    expect(network.networkReturn.looks(params)).toEqual({
      agents: { argv: [...program, 'agents', 'net1'] },
      gone: { argv: [...program, 'gone', 'net1', ...words] },
    });
  });
});
