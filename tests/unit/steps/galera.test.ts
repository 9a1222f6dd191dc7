import { describe, expect, test } from 'vitest';
import { galeraDefaults, galeraHold, galeraRejoin, galeraUpgradeTables } from '../../../src/steps/galera.ts';
import { argvs, bad, galera, judge, ok, undos, units } from './seen.ts';

describe('galera.hold', () => {
  const params = { unit: 'mariadb' };
  const kept = ok('# GALERA saved state\nversion: 2.1\nuuid:    x\nseqno:   4711\nsafe_to_bootstrap: 0\n');
  const unclean = ok('seqno:   -1\n');

  test('stops cleanly before it masks', () => {
    expect(argvs(galeraHold, params)).toEqual([
      ['systemctl', 'stop', 'mariadb'],
      ['systemctl', 'mask', 'mariadb'],
    ]);
    expect(undos(galeraHold, params)).toEqual([
      ['systemctl', 'unmask', 'mariadb'],
      ['systemctl', 'start', 'mariadb'],
    ]);
  });

  test.each([
    ['running', 'loaded active', kept, 'todo'],
    ['stopping', 'loaded deactivating', kept, 'wait'],
    ['stopped, not masked', 'loaded inactive', kept, 'todo'],
    ['stopped and masked, position kept', 'masked inactive', kept, 'done'],
    ['stopped and masked, position lost', 'masked inactive', unclean, 'refuse'],
    ['no state file', 'masked inactive', bad(1, 'No such file'), 'refuse'],
  ])('%s', (_, words, grastate, is) => {
    expect(judge(galeraHold, params, { states: units({ mariadb: words }), grastate }).is).toBe(is);
  });

  test('says what a lost position costs and how it is avoided', () => {
    const seen = { states: units({ mariadb: 'masked inactive' }), grastate: unclean };
    expect(judge(galeraHold, params, seen)).toMatchObject({
      remedy: expect.stringContaining('full state transfer'),
    });
  });
});

describe('galera.defaults', () => {
  const params = {
    schemas: [{ schema: 'heat', collation: 'utf8mb3_general_ci', before: 'utf8mb4_general_ci' }],
  };

  test('sets what new tables get, and puts it back', () => {
    expect(argvs(galeraDefaults, params)).toEqual([['python3', '-', 'heat', 'utf8mb3_general_ci']]);
    expect(undos(galeraDefaults, params)).toEqual([['python3', '-', 'heat', 'utf8mb4_general_ci']]);
  });

  test.each([
    ['as it was', ok('heat\tutf8mb4_general_ci\nnova\tx\n'), 'todo'],
    ['as its tables are', ok('heat\tutf8mb3_general_ci\n'), 'done'],
    ['gone', ok('nova\tutf8mb3_general_ci\n'), 'refuse'],
    ['not answering', bad(1, "Can't connect"), 'wait'],
  ])('%s', (_, databases, is) => {
    expect(judge(galeraDefaults, params, { databases }).is).toBe(is);
  });

  test('a name that would end the statement is no name', () => {
    const schemas = [{ schema: 'heat`; DROP DATABASE nova; --', collation: 'x', before: 'x' }];
    expect(galeraDefaults.params.safeParse({ schemas }).success).toBe(false);
  });
});

describe('galera.rejoin', () => {
  const params = { unit: 'mariadb', size: 3 };
  const active = units({ mariadb: 'loaded active' });

  test('unmasks, forgets failures, starts', () => {
    expect(argvs(galeraRejoin, params).map(([, verb]) => verb)).toEqual(['unmask', 'reset-failed', 'start']);
  });

  test.each([
    ['masked', units({ mariadb: 'masked inactive' }), bad(1, "Can't connect"), 'todo'],
    ['starting', units({ mariadb: 'loaded activating' }), bad(1, "Can't connect"), 'wait'],
    ['started, not answering yet', active, bad(1, "Can't connect"), 'wait'],
    ['joining: the start returned before that', active, galera('Joined', 3), 'wait'],
    ['a donor', active, galera('Donor/Desynced', 3), 'wait'],
    ['alone', active, galera('Synced', 1), 'wait'],
    ['not primary', active, galera('Synced', 3, 'non-Primary'), 'wait'],
    ['not ready', active, galera('Synced', 3, 'Primary', 'OFF'), 'wait'],
    ['in sync', active, galera('Synced', 3), 'done'],
  ])('%s', (_, states, status, is) => {
    expect(judge(galeraRejoin, params, { states, status }).is).toBe(is);
  });
});

describe('galera.upgrade-tables', () => {
  test.each([
    ['1 is its word for not needed', bad(1, '', 'already upgraded'), 'done'],
    ['0 for needed', ok('Major version upgrade detected'), 'todo'],
    ['anything else is a fault', bad(2, 'Access denied'), 'wait'],
  ])('%s', (_, needed, is) => {
    expect(judge(galeraUpgradeTables, {}, { needed }).is).toBe(is);
  });
});
