import { describe, expect, test } from 'vitest';
import * as compute from '../../../src/steps/compute.ts';
import { hostState } from './cloud-examples.ts';
import { argvs, bad, judge, lost, ok, opening, undos } from './seen.ts';

const host = { credentials: '/root/openrc', host: 'cmp1' };
const program = ['python3', '/var/lib/windlass/cloud.py', '--credentials', '/root/openrc'];
const guest = { id: 'b4d1', name: 'web-1', status: 'ACTIVE', task: null, power: 1, tag: null };
const off = { ...guest, status: 'SHUTOFF', power: 4 };
const mute = bad(1, 'GET http://vip:8774/v2.1/os-services: 503 no server\n');

const disable = { ...host, reason: 'windlass: upgrade' };
const move = { ...host, stuck: 'wait' as const, block: 'always' as const, timeout: 600, patience: 3600 };
const canary = { ...host, image: 'tiny', flavor: 'small', timeout: 300 };

describe('every kind', () => {
  test.each([
    ['nova.disable', () => judge(compute.novaDisable, disable, { host: mute })],
    ['nova.enable', () => judge(compute.novaEnable, host, { host: mute })],
    ['guests.move', () => judge(compute.guestsMove, move, { host: mute })],
    ['guests.start', () => judge(compute.guestsStart, { ...host, timeout: 9 }, { host: mute })],
    ['compute.alive', () => judge(compute.computeAlive, host, { host: mute })],
    ['canary.boot', () => judge(compute.canaryBoot, canary, { host: mute })],
    ['canary.remove', () => judge(compute.canaryRemove, host, { host: mute })],
  ])('%s waits, with its words, while the cloud does not answer', (_, verdict) => {
    expect(verdict()).toEqual({ is: 'wait', because: 'GET http://vip:8774/v2.1/os-services: 503 no server' });
  });

  test('takes no answer for one that is of another kind', () => {
    expect(judge(compute.canaryRemove, host, { host: ok('{"host": "cmp1"}') })).toMatchObject({
      is: 'wait',
      because: 'the cloud said something else: {"host": "cmp1"}',
    });
  });
});

describe('nova.disable', () => {
  const verdict = (state: Record<string, unknown>) =>
    judge(compute.novaDisable, disable, { host: hostState(state) });

  test('is to be done on an enabled host', () => {
    expect(verdict({ status: 'enabled', reason: null })).toEqual({ is: 'todo', because: 'cmp1 is enabled' });
    expect(argvs(compute.novaDisable, disable)).toEqual([
      [...program, 'disable', 'cmp1', '--reason', 'windlass: upgrade'],
    ]);
    expect(undos(compute.novaDisable, disable)).toEqual([[...program, 'enable', 'cmp1']]);
  });

  test('is done when it is disabled for our reason', () => {
    expect(verdict({ reason: 'windlass: upgrade' }).is).toBe('done');
  });

  test.each([
    ['bad disk', 'cmp1 is disabled already: bad disk'],
    [null, 'cmp1 is disabled already: no reason said'],
  ])('is refused over somebody else’s: %s', (reason, because) => {
    expect(verdict({ reason })).toMatchObject({ is: 'refuse', because });
  });
});

describe('nova.enable', () => {
  const verdict = (state: Record<string, unknown>) =>
    judge(compute.novaEnable, host, { host: hostState(state) });

  test.each([
    ['disabled', { status: 'disabled' }, 'todo'],
    ['enabled and up', { status: 'enabled' }, 'done'],
    ['enabled and down', { status: 'enabled', state: 'down' }, 'wait'],
  ])('%s', (_, state, is) => {
    expect(verdict(state).is).toBe(is);
  });
});

describe('guests.move', () => {
  const verdict = (state: Record<string, unknown>) =>
    judge(compute.guestsMove, move, { host: hostState(state) });

  test('is to be done while a guest runs, by the policy', () => {
    expect(verdict({ running: [guest] })).toEqual({
      is: 'todo',
      because: 'running on cmp1: web-1 (b4d1, ACTIVE)',
    });
    const how = ['--stuck', 'wait', '--block', 'always', '--timeout', '600', '--patience', '3600'];
    expect(argvs(compute.guestsMove, move)).toEqual([[...program, 'empty', 'cmp1', ...how]]);
  });

  test.each([
    ['nobody', {}, 'no guest runs on cmp1'],
    ['one that stays', { kept: [guest] }, 'web-1 (b4d1, ACTIVE) stays'],
    ['one that is shut off', { stopped: [off] }, 'web-1 (b4d1, SHUTOFF) is shut off'],
    ['the canary', { canary: [guest] }, 'no guest runs on cmp1'],
  ])('is done with %s', (_, state, because) => {
    expect(verdict(state)).toEqual({ is: 'done', because });
  });
});

describe('guests.start', () => {
  const params = { ...host, timeout: 600 };
  const verdict = (state: Record<string, unknown>) =>
    judge(compute.guestsStart, params, { host: hostState(state) });

  test.each([
    ['shut off', { stopped: [off] }],
    ['kept', { kept: [guest] }],
  ])('is to be done while one is marked as %s', (_, state) => {
    expect(verdict(state).is).toBe('todo');
  });

  test('is done when no mark is left', () => {
    expect(verdict({ running: [guest] })).toEqual({ is: 'done', because: 'no guest of cmp1 waits for us' });
    expect(argvs(compute.guestsStart, params)).toEqual([[...program, 'start', 'cmp1', '--timeout', '600']]);
  });
});

describe('compute.alive', () => {
  const agent = { type: 'Open vSwitch agent', alive: true, up: true, age: 12 };
  const verdict = (state: Record<string, unknown>) =>
    judge(compute.computeAlive, host, { host: hostState(state) });

  test('runs nothing', () => {
    expect(argvs(compute.computeAlive, host)).toEqual([]);
  });

  test.each([
    ['nova-compute down', { state: 'down' }, 'wait', 'nova-compute on cmp1 is down'],
    [
      'an agent dead',
      { agents: [{ ...agent, alive: false }] },
      'wait',
      'not alive on cmp1: Open vSwitch agent',
    ],
    ['an agent dead that was shut', { agents: [{ ...agent, alive: false, up: false }] }, 'done', /are up$/],
    ['believed up, with no word of late', { age: 31 }, 'wait', 'was last heard of 31 s ago'],
    ['an agent with no word of late', { agents: [{ ...agent, age: 50 }] }, 'wait', 'heard of 50 s ago'],
    ['nobody says when', { age: null, agents: [{ ...agent, age: null }] }, 'done', /are up$/],
    ['all up', {}, 'done', 'nova-compute and Open vSwitch agent on cmp1 are up'],
    ['no agents', { agents: [] }, 'done', 'nova-compute and no agents on cmp1 are up'],
  ])('%s', (_, state, is, because) => {
    const said = verdict(state);
    expect(said.is).toBe(is);
    expect(said.because).toMatch(because);
  });
});

describe('canary.boot', () => {
  const verdict = (state: Record<string, unknown>) =>
    judge(compute.canaryBoot, canary, { host: hostState(state) });

  test.each([
    ['none', {}, 'todo', 'no canary guest on cmp1'],
    [
      'one in ERROR',
      { canary: [{ ...guest, status: 'ERROR' }] },
      'todo',
      'the canary guest on cmp1 is ERROR',
    ],
    ['one that runs', { canary: [guest] }, 'done', 'a canary guest runs on cmp1'],
  ])('%s', (_, state, is, because) => {
    expect(verdict(state)).toEqual({ is, because });
  });

  test('names a network only where there is one; its undo removes it', () => {
    const words = ['--image', 'tiny', '--flavor', 'small'];
    expect(argvs(compute.canaryBoot, canary)).toEqual([
      [...program, 'canary', 'cmp1', ...words, '--timeout', '300'],
    ]);
    expect(argvs(compute.canaryBoot, { ...canary, network: 'private' })).toEqual([
      [...program, 'canary', 'cmp1', ...words, '--network', 'private', '--timeout', '300'],
    ]);
    expect(undos(compute.canaryBoot, canary)).toEqual([[...program, 'uncanary', 'cmp1']]);
  });
});

describe('canary.remove', () => {
  test.each([
    ['there', { canary: [guest] }, 'todo'],
    ['gone', {}, 'done'],
  ])('%s', (_, state, is) => {
    expect(judge(compute.canaryRemove, host, { host: hostState(state) }).is).toBe(is);
  });
});

describe('compute.emptied', () => {
  const params = { ...host, ask: 'ctl1' };
  const said = (state: Record<string, unknown>) =>
    opening(compute.computeEmptied, params, { host: hostState(state) });

  test('is asked of the controller that is named', () => {
    expect(compute.computeEmptied.looks(params)).toEqual({
      host: { argv: [...program, 'host', 'cmp1'], on: 'ctl1' },
    });
  });

  test.each([
    ['nobody', {}, 'open'],
    ['one that runs', { running: [guest] }, 'closed'],
    ['one that was kept', { kept: [guest] }, 'closed'],
    ['one that is shut off', { stopped: [off] }, 'open'],
  ])('%s', (_, state, is) => {
    expect(said(state).is).toBe(is);
  });

  test('stays closed while nobody answers', () => {
    expect(opening(compute.computeEmptied, params, { host: lost })).toEqual({
      is: 'closed',
      because: 'node does not answer',
    });
  });
});
