import { describe, expect, test } from 'vitest';
import { haproxyDrain, haproxyEnable, haproxyLetIn } from '../../../src/steps/haproxy.ts';
import { bad, judge, ok, recorded, serversState, stat } from './seen.ts';

const socket = '/run/haproxy/admin.sock';
const servers = [
  { backend: 'keystonebe', server: 'ctl2' },
  { backend: 'glancebe', server: 'ctl2' },
];
const none = serversState({});
const lines = (commands: readonly { readonly input?: string }[]) => commands.map(({ input }) => input);

describe('haproxy.drain', () => {
  const drain = { socket, servers, mode: 'drain' as const };

  test('a balancer that does not run is drained where it may rest, by its unit’s own word and no other', () => {
    const unit = (active: string) =>
      ok(`Id=haproxy.service\nLoadState=not-found\nActiveState=${active}\nSubState=dead\nUnitFileState=\n`);
    const silent = { stat: bad(1, 'No such file or directory'), state: bad(1, '') };
    const asked = { ...drain, mayRest: true as const };
    const seen = (word: ReturnType<typeof ok>) => judge(haproxyDrain, asked, { ...silent, unit: word }).is;
    expect(seen(unit('inactive'))).toBe('done');
    expect(seen(unit('failed'))).toBe('done');
    expect(seen(unit('active'))).toBe('todo');
    expect(seen(bad(1, 'Failed to connect to bus'))).toBe('todo');
    expect(seen(ok(''))).toBe('todo');
    expect(judge(haproxyDrain, drain, silent).is).toBe('todo');
    expect(Object.keys(haproxyDrain.looks(drain))).not.toContain('unit');
    const serving = {
      stat: stat('keystonebe/ctl2 UP', 'glancebe/ctl2 UP'),
      state: none,
      unit: unit('inactive'),
    };
    expect(judge(haproxyDrain, asked, serving).is).toBe('todo');
    expect(haproxyDrain.commands(asked)).toEqual(haproxyDrain.commands(drain));
  });

  test('says one line to the socket for each server; its undo makes them ready', () => {
    const commands = haproxyDrain.commands(drain);
    expect(commands[0]?.argv).toEqual(['socat', '-t', '5', 'stdio', `unix-connect:${socket}`]);
    expect(lines(commands)).toEqual([
      'set server keystonebe/ctl2 state drain\n',
      'set server glancebe/ctl2 state drain\n',
    ]);
    expect(lines(haproxyDrain.undo?.(drain) ?? [])).toEqual([
      'set server keystonebe/ctl2 state ready\n',
      'set server glancebe/ctl2 state ready\n',
    ]);
  });

  test('is done with what HAProxy 2.6 said of drained APIs and a database in maintenance', () => {
    const seen = { stat: recorded('haproxy-stat-2.6.csv'), state: none };
    expect(judge(haproxyDrain, drain, seen).is).toBe('done');
    const sql = { socket, servers: [{ backend: 'galerabe', server: 'ctl2' }], mode: 'maint' as const };
    expect(judge(haproxyDrain, sql, seen).is).toBe('done');
    const other = { socket, servers: [{ backend: 'keystonebe', server: 'ctl1' }], mode: 'drain' as const };
    expect(judge(haproxyDrain, other, seen).is).toBe('todo');
  });

  test.each([
    ['both UP', stat('keystonebe/ctl2 UP', 'glancebe/ctl2 UP'), none, 'todo'],
    ['one drained', stat('keystonebe/ctl2 DRAIN', 'glancebe/ctl2 UP'), none, 'todo'],
    [
      'both drained, requests under way',
      stat('keystonebe/ctl2 DRAIN 3', 'glancebe/ctl2 DRAIN'),
      none,
      'wait',
    ],
    ['both drained', stat('keystonebe/ctl2 DRAIN', 'glancebe/ctl2 DRAIN'), none, 'done'],
    ['maintenance is more than drained', stat('keystonebe/ctl2 MAINT', 'glancebe/ctl2 MAINT'), none, 'done'],
    ['down by itself: it would come back', stat('keystonebe/ctl2 DOWN', 'glancebe/ctl2 DRAIN'), none, 'todo'],
    [
      'down, and taken out too',
      stat('keystonebe/ctl2 DOWN', 'glancebe/ctl2 DRAIN'),
      serversState({ 'keystonebe/ctl2': 8 }),
      'done',
    ],
    ['a server is gone from HAProxy', stat('keystonebe/ctl2 DRAIN'), none, 'todo'],
    ['no answer', bad(1, 'Connection refused'), none, 'todo'],
    ['the socket complains', ok('Permission denied\n'), none, 'todo'],
  ])('%s', (_, rows, state, is) => {
    expect(judge(haproxyDrain, drain, { stat: rows, state }).is).toBe(is);
  });

  test('ends what has not ended in time where it may: then being busy is no reason to wait', () => {
    const ending = { ...drain, end: 300 };
    const [, , end] = haproxyDrain.commands(ending);
    expect(end?.argv.slice(-4)).toEqual([socket, '300', 'keystonebe/ctl2', 'glancebe/ctl2']);
    const busy = { stat: stat('keystonebe/ctl2 DRAIN 3', 'glancebe/ctl2 DRAIN'), state: none };
    expect(judge(haproxyDrain, ending, busy).is).toBe('todo');
  });

  test('drained is not enough where open sessions have to go', () => {
    const sql = { socket, servers: [{ backend: 'galerabe', server: 'ctl2' }], mode: 'maint' as const };
    const of = (row: string) => judge(haproxyDrain, sql, { stat: stat(row), state: none }).is;
    expect(of('galerabe/ctl2 DRAIN')).toBe('todo');
    expect(of('galerabe/ctl2 MAINT 2')).toBe('wait');
    expect(of('galerabe/ctl2 MAINT')).toBe('done');
  });
});

describe('haproxy.enable', () => {
  const params = { socket, servers: servers.slice(0, 1) };

  test('counts as down until a check has passed: no request goes to a cold server', () => {
    expect(lines(haproxyEnable.commands(params))).toEqual([
      'set server keystonebe/ctl2 health down\n',
      'set server keystonebe/ctl2 state ready\n',
    ]);
  });

  test('of an API that nobody else serves and that has just answered takes traffic at once', () => {
    expect(lines(haproxyEnable.commands({ ...params, asked: true }))).toEqual([
      'set server keystonebe/ctl2 state ready\n',
      'set server keystonebe/ctl2 health up\n',
    ]);
  });

  test.each([
    ['drained', 'DRAIN', 'todo'],
    ['in maintenance', 'MAINT', 'todo'],
    ['checked for the first time', 'DOWN', 'wait'],
    ['coming up', 'DOWN_1/2', 'wait'],
    ['up', 'UP', 'done'],
    ['up, a check has begun to fail', 'UP_1/3', 'done'],
  ])('%s', (_, status, is) => {
    const seen = stat(`keystonebe/ctl2 ${status}`);
    expect(judge(haproxyEnable, params, { stat: ok(seen.out.replace('_', ' ')) }).is).toBe(is);
  });
});

describe('haproxy.let-in', () => {
  const params = { socket, servers: servers.slice(0, 1) };
  const open = { state: none };

  test('leaves it to the balancer’s own check when it is up', () => {
    expect(lines(haproxyLetIn.commands(params))).toEqual(['set server keystonebe/ctl2 state ready\n']);
    expect(judge(haproxyLetIn, params, { stat: stat('keystonebe/ctl2 DOWN'), ...open }).is).toBe('done');
    expect(judge(haproxyLetIn, params, { stat: stat('keystonebe/ctl2 UP'), ...open }).is).toBe('done');
  });

  test('is not done while one is kept out, also one that is down besides', () => {
    expect(judge(haproxyLetIn, params, { stat: stat('keystonebe/ctl2 DRAIN'), ...open }).is).toBe('todo');
    expect(judge(haproxyLetIn, params, { stat: stat('keystonebe/ctl2 MAINT'), ...open }).is).toBe('todo');
    expect(
      judge(haproxyLetIn, params, {
        stat: stat('keystonebe/ctl2 DOWN'),
        state: serversState({ 'keystonebe/ctl2': 8 }),
      }).is,
    ).toBe('todo');
  });
});
