import { describe, expect, test } from 'vitest';
import * as pacemaker from '../../../src/steps/pacemaker.ts';
import { argvs, bad, judge, monitor, ok, recorded, undos } from './seen.ts';

const three = { ctl1: 'online', ctl2: 'online', ctl3: 'online' } as const;
const silent = bad(102, 'crm_mon: Connection to cluster failed');

describe('pacemaker.move', () => {
  const params = { resource: 'openstack-api-vip', from: 'ctl1', to: 'ctl2', address: '10.77.2.10' };
  const none = recorded('constraints.xml');
  const left = ok('<constraints><rsc_location id="cli-prefer-openstack-api-vip"/></constraints>');
  const there = ok('2: host0    inet 10.77.2.10/24 scope global secondary host0\n');
  const elsewhere = ok('2: host0    inet 10.77.2.100/24 scope global host0\n');

  test('moves, waits, and takes away the constraint the move leaves', () => {
    expect(argvs(pacemaker.pacemakerMove, params)).toEqual([
      ['crm_resource', '--move', '--resource', 'openstack-api-vip', '--node', 'ctl2'],
      ['crm_resource', '--wait', '--timeout', '60s'],
      ['crm_resource', '--clear', '--resource', 'openstack-api-vip'],
    ]);
  });

  test('its undo moves back the same way, and leaves no constraint either', () => {
    expect(undos(pacemaker.pacemakerMove, params)).toEqual(
      argvs(pacemaker.pacemakerMove, { ...params, from: 'ctl2', to: 'ctl1' }),
    );
  });

  test('looks for the address on the node it goes to, whichever node the step runs on', () => {
    expect(pacemaker.pacemakerMove.looks(params).address?.on).toBe('ctl2');
  });

  test.each([
    ['still on ctl1', monitor(three, 'ctl1'), none, elsewhere, 'todo'],
    ['stopped', monitor(three, null), none, elsewhere, 'todo'],
    ['moved, constraint left', monitor(three, 'ctl2'), left, there, 'todo'],
    ['moved, address not there yet', monitor(three, 'ctl2'), none, elsewhere, 'wait'],
    ['moved', monitor(three, 'ctl2'), none, there, 'done'],
    ['no answer', silent, none, there, 'wait'],
  ])('%s', (_, seen, constraints, address, is) => {
    expect(judge(pacemaker.pacemakerMove, params, { monitor: seen, constraints, address }).is).toBe(is);
  });
});

describe('standby and back', () => {
  test('are each other’s undo', () => {
    const node = { node: 'ctl2' };
    expect(undos(pacemaker.pacemakerStandby, node)).toEqual(
      argvs(pacemaker.pacemakerOnline, { ...node, members: 3 }),
    );
    expect(undos(pacemaker.pacemakerOnline, { ...node, members: 3 })).toEqual(
      argvs(pacemaker.pacemakerStandby, node),
    );
  });

  test.each([
    ['ctl2', 'done'],
    ['ctl1', 'todo'],
  ])('standby as crm_mon 2.1.5 tells it: %s is %s', (node, is) => {
    const seen = { monitor: recorded('crm_mon-2.1.5.xml') };
    expect(judge(pacemaker.pacemakerStandby, { node }, seen).is).toBe(is);
  });

  test.each([
    ['pacemaker is not up', silent, 'wait'],
    ['right after a boot all look offline', monitor({ ctl1: 'offline', ctl2: 'online' }), 'wait'],
    ['no quorum', monitor(three, 'ctl1', false), 'wait'],
    ['a member in standby', monitor({ ...three, ctl2: 'standby' }), 'todo'],
    ['another member in standby', monitor({ ...three, ctl1: 'standby' }), 'done'],
    ['a member', monitor(three), 'done'],
  ])('online: %s', (_, seen, is) => {
    expect(judge(pacemaker.pacemakerOnline, { node: 'ctl2', members: 3 }, { monitor: seen }).is).toBe(is);
  });
});

describe('pacemaker.upgrade-cib', () => {
  test('compares with the newest schema that is installed', () => {
    const head = recorded('cib-head.xml');
    const on = (...names: string[]) => ({ head, schemas: ok(names.join('\n')) });
    const judged = (...names: string[]) => judge(pacemaker.pacemakerUpgradeCib, {}, on(...names)).is;
    expect(judged('pacemaker-3.9.rng')).toBe('done');
    expect(judged('pacemaker-3.9.rng', 'pacemaker-3.10.rng')).toBe('todo');
    expect(judged('pacemaker-3.9.rng', 'pacemaker-4.0.rng')).toBe('todo');
  });
});
