import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { acquire, type Holder, type Journal, openJournal, release, renew } from '../../../src/run/index.ts';
import { plan, step } from './world.ts';

let dir: string;
let path: string;
let journal: Journal;
const made = plan([step('a', 'one')]);
const started: RunEvent = {
  type: 'run.started',
  at: 1,
  run: 'r1',
  plan: made.id,
  cluster: 'fake',
  by: 'alice',
  epoch: 1,
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-journal-'));
  path = join(dir, 'journal.db');
  journal = openJournal(path);
  await journal.create('r1', made, 'alice', 1);
});

afterEach(async () => {
  await journal.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the journal', () => {
  test('gives events back in order, from any place, also to another process', async () => {
    expect(await journal.append('r1', started)).toBe(1);
    const other = openJournal(path);
    expect(await other.append('r1', { type: 'run.paused', at: 2, by: 'bob' })).toBe(2);
    expect(await journal.append('r1', { type: 'run.unpaused', at: 3, by: 'bob' })).toBe(3);
    expect((await other.read('r1')).map(({ seq, event }) => [seq, event.type])).toEqual([
      [1, 'run.started'],
      [2, 'run.paused'],
      [3, 'run.unpaused'],
    ]);
    expect(await journal.read('r1', 2)).toEqual([
      { seq: 3, event: { type: 'run.unpaused', at: 3, by: 'bob' } },
    ]);
    await other.close();
  });

  test('takes only what is an event, and only for a run it knows', async () => {
    const { by: _, ...halfEvent } = started;
    // @ts-expect-error: an event without its author
    await expect(journal.append('r1', halfEvent)).rejects.toThrow('by');
    await expect(journal.append('r9', started)).rejects.toThrow('FOREIGN KEY');
    expect(await journal.read('r1')).toEqual([]);
  });

  test('can be neither changed nor shortened', async () => {
    await journal.append('r1', started);
    const db = new DatabaseSync(path);
    expect(() => db.exec("update events set body = '{}'")).toThrow('only ever added');
    expect(() => db.exec('delete from events')).toThrow('only ever added');
    db.close();
  });

  test('is one file that can be carried away, plan included', async () => {
    await journal.append('r1', started);
    await journal.close();
    const copy = join(dir, 'copy.db');
    copyFileSync(path, copy);
    journal = openJournal(copy);
    expect(await journal.plan('r1')).toEqual(made);
    expect(await journal.read('r1')).toHaveLength(1);
    expect(await journal.runs()).toEqual([{ run: 'r1', plan: made.id, cluster: 'fake', by: 'alice', at: 1 }]);
    await expect(journal.plan('r9')).rejects.toMatchObject({ exit: 2, fault: { code: 'WL-RUN-UNKNOWN' } });
  });

  test('refuses a file of another format', () => {
    const later = join(dir, 'later.db');
    const db = new DatabaseSync(later);
    db.exec('pragma user_version = 99');
    db.close();
    expect(() => openJournal(later)).toThrow('WL-JOURNAL-VERSION');
  });

  test('keeps requests until they are settled, and the median of the last durations', async () => {
    await journal.request('r1', 'pause', 'bob', 1);
    await journal.request('r1', 'stop', 'eve', 2);
    const [first] = await journal.requests('r1');
    expect(first).toMatchObject({ what: 'pause', by: 'bob' });
    await journal.settle(first?.id ?? 0);
    expect((await journal.requests('r1')).map(({ what }) => what)).toEqual(['stop']);
    for (let at = 0; at < 30; at += 1) await journal.remember('apt', at < 10 ? 1000 : at, at);
    await journal.remember('boot', 7, 1);
    expect(await journal.durations()).toEqual(
      new Map([
        ['apt', 20],
        ['boot', 7],
      ]),
    );
  });

  test('written to by several processes at once loses nothing', async () => {
    const script = `
      import { openJournal } from ${JSON.stringify(join(import.meta.dirname, '../../../src/run/index.ts'))};
      const journal = openJournal(process.argv[1]);
      for (let i = 0; i < 50; i += 1) await journal.append('r1', { type: 'run.paused', at: i, by: process.argv[2] });
      await journal.close();`;
    const write = (by: string): Promise<unknown> =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, path, by]);
    await Promise.all([write('x'), write('y')]);
    expect((await journal.read('r1')).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 100 }, (_, at) => at + 1),
    );
  });
});

describe('the lease', () => {
  const alice: Holder = { name: 'alice', host: 'desk', pid: 10 };
  const bob: Holder = { name: 'bob', host: 'desk', pid: 20 };
  const far: Holder = { name: 'far', host: 'elsewhere', pid: 10 };
  const claim = (holder: Holder, alive = true) => ({
    cluster: 'fake',
    run: 'r1',
    holder,
    alive: () => alive,
  });

  test('has one holder, and tells the next who it is', async () => {
    await acquire(journal, claim(alice), 1000);
    await expect(acquire(journal, claim(bob), 5000)).rejects.toMatchObject({
      exit: 5,
      fault: {
        code: 'WL-RUN-HELD',
        message:
          'fake is held by run r1: alice (process 10 on desk) since 1970-01-01T00:00:01.000Z, last sign of life 4 s ago',
      },
    });
  });

  test('passes on from a dead process of the same machine, from a silent one, and when given back', async () => {
    const first = await acquire(journal, claim(alice), 0);
    const second = await acquire(journal, claim(bob, false), 1);
    await expect(acquire(journal, claim(far, false), 59_000)).rejects.toThrow('WL-RUN-HELD');
    const third = await acquire(journal, claim(far), 61_001);
    await release(journal, third);
    const fourth = await acquire(journal, claim(alice), 61_002);
    expect([first, second, third, fourth].map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  });

  test('is kept by beats', async () => {
    const lease = await acquire(journal, claim(alice), 0);
    await renew(journal, lease, 50_000);
    await expect(acquire(journal, claim(far), 100_000)).rejects.toThrow('WL-RUN-HELD');
  });

  test('once lost lets its holder neither renew nor write; a late release harms nobody', async () => {
    const old = await acquire(journal, claim(alice), 0);
    const now = await acquire(journal, claim(far), 100_000);
    await expect(renew(journal, old, 100_001)).rejects.toMatchObject({ fault: { code: 'WL-FENCED' } });
    await expect(journal.append('r1', started, old)).rejects.toMatchObject({ fault: { code: 'WL-FENCED' } });
    await release(journal, old);
    expect(await journal.append('r1', started, now)).toBe(1);
  });

  test('asked for by many at once is given to one', async () => {
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, (_, pid) => acquire(journal, claim({ ...alice, pid }), 0)),
    );
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
