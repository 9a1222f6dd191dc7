import { describe, expect, test } from 'vitest';
import type { Seen } from '../../../src/model/command.ts';
import { rehearsalEntered, rehearsalOldCode, rehearsalRelay } from '../../../src/steps/rehearsal-old.ts';
import { greeting, OLD_CODE, oldCode, RELAY } from './rehearsal-examples.ts';
import { bad, ok } from './seen.ts';

const relay = rehearsalRelay.params.parse(RELAY);
const how = rehearsalOldCode.params.parse(OLD_CODE);

describe('the way to the clones', () => {
  const judge = (seen: Seen) => rehearsalRelay.judge(relay, { greeting: seen });

  test('is there when this very relay is up and a database server answers by it', () => {
    expect(judge(greeting())).toEqual({
      is: 'done',
      because: '11.8.6-MariaDB answers by port 13306 to 127.0.0.1 port 3306',
    });
  });

  test('is made where there is none, or an earlier round’s with another end', () => {
    expect(judge(greeting({ active: 'inactive', description: 'x' }))).toMatchObject({ is: 'todo' });
    const other = 'windlass relay: any 13306 127.0.0.1 3306 192.0.2.97';
    expect(judge(greeting({ description: other }))).toMatchObject({ is: 'todo' });
  });

  test('is waited for while nobody answers by it', () => {
    expect(judge(greeting({ server: '' }))).toMatchObject({ is: 'wait' });
    expect(judge(bad(1, 'no python'))).toMatchObject({
      is: 'wait',
      because: expect.stringContaining('no python'),
    });
    expect(judge(ok('what'))).toMatchObject({ is: 'wait' });
  });

  test('is a unit that ends with the machine, and lets in whom its words name', () => {
    const [program, start] = rehearsalRelay.commands(relay);
    expect(program?.argv).toEqual([
      'install',
      '-D',
      '-m',
      '0600',
      '/dev/stdin',
      '/var/lib/windlass-rehearsal/relay.py',
    ]);
    expect(start?.argv.slice(5)).toEqual([
      'windlass-rehearsal-relay',
      '/var/lib/windlass-rehearsal/relay.py',
      'any',
      '13306',
      '127.0.0.1',
      '3306',
      '192.0.2.98',
    ]);
  });

  test('is proved by every account, and refused where there is none', () => {
    const judged = (seen: Seen) => rehearsalEntered.judge({ places: ['/etc/glance'] }, { accounts: seen });
    expect(judged(ok('{"accounts": 2, "shut": []}'))).toMatchObject({ is: 'done' });
    expect(judged(ok('{"accounts": 2, "shut": ["glance"]}'))).toEqual({
      is: 'wait',
      because: 'cannot enter the clones: glance',
    });
    expect(judged(ok('{"accounts": 0, "shut": []}'))).toMatchObject({ is: 'refuse' });
    expect(judged(bad(1, 'boom'))).toMatchObject({ is: 'wait' });
    expect(judged(ok('{}'))).toMatchObject({ is: 'wait' });
  });
});

describe('old code that was asked', () => {
  const judge = (seen: Seen) => rehearsalOldCode.judge(how, { kept: seen });
  const tells = (seen: Seen) => rehearsalOldCode.tells?.(how, { kept: seen }) ?? [];

  test('is done whatever it answered: a failure is what was asked for', () => {
    expect(judge(oldCode())).toEqual({
      is: 'done',
      because: 'glance, old code on the expanded schema: lives; 1 lists, 1 kinds of rows',
    });
    expect(judge(oldCode({ ok: false, words: 'GET /v2/images: 500' }))).toEqual({
      is: 'done',
      because: 'glance, old code on the expanded schema: FAILS; GET /v2/images: 500',
    });
    expect(judge(oldCode({ ok: null, words: 'no ticket' }))).toMatchObject({
      is: 'done',
      because: expect.stringContaining('could not be judged; no ticket'),
    });
  });

  test('is asked where nothing whole was kept of it', () => {
    expect(judge(bad(1, 'No such file'))).toMatchObject({ is: 'todo' });
    expect(judge(ok('{"ok": tr'))).toMatchObject({ is: 'todo' });
  });

  test('is told to the document from what the node keeps, so also after the orchestrator died', () => {
    expect(tells(oldCode({ ok: false, words: 'w' })).map((line) => JSON.parse(line))).toEqual([
      { oldCode: { service: 'glance', phase: 'expanded', ok: false, words: 'w', asked: 1, wrote: 1 } },
    ]);
    expect(tells(ok(''))).toEqual([]);
  });

  test('never has what it kept for another answer: that is removed first', () => {
    expect(rehearsalOldCode.commands(how)[0]?.argv).toEqual(['rm', '-f', '--', OLD_CODE.path]);
  });
});
