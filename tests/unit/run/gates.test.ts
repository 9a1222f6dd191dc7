import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Gate } from '../../../src/model/plan.ts';
import {
  approve,
  type Decision,
  type Journal,
  openJournal,
  reject,
  revoke,
  runPlan,
} from '../../../src/run/index.ts';
import { begin, foldAll, gateStatus } from '../../../src/schedule/index.ts';
import { Life } from '../../../src/sim/mortal.ts';
import { plan, step, World } from './world.ts';

const chain = [step('a', 'one'), step('b', 'two', ['a/one/set']), step('a', 'three', ['b/two/set'])];
const gate = (more: Partial<Gate> = {}): Gate => ({
  id: 'g',
  title: 'go on?',
  before: ['b/two/set'],
  approvals: 1,
  expires: 3600,
  onExpiry: 'halt',
  ...more,
});

/** A run that was left at its gate. */
async function atGate(more: Partial<Gate> = {}): Promise<World> {
  const world = await new World(plan(chain, {}, [gate(more)])).create();
  expect(await runPlan(world.options(1))).toEqual({ is: 'gate', gates: ['g'] });
  return world;
}
const word = (world: World, by: string, more: Partial<Decision> = {}): Decision => ({
  run: 'r1',
  gate: 'g',
  by,
  at: world.clock.now(),
  ...more,
});
const standing = async ({ journal, plan: made }: World) => {
  const events = (await journal.read('r1')).map(({ event }) => event);
  return gateStatus(foldAll(begin(made), events), 'g');
};

describe('an approval', () => {
  test('is pinned to the plan, with what could be seen and from where', async () => {
    const world = await atGate();
    const from = { host: 'desk', tty: '/dev/pts/3', client: '192.0.2.7' };
    await approve(world.journal, word(world, 'ann', { from }));
    expect((await world.journal.read('r1')).at(-1)?.event).toEqual({
      type: 'gate.approved',
      at: world.clock.now(),
      gate: 'g',
      by: 'ann',
      from,
      plan: world.plan.id,
      saw: { gate: 'go on?', done: 1, failed: 0, left: 2, findings: 0 },
    });
  });

  test('of another plan than the run’s is refused', async () => {
    const world = await atGate();
    for (const other of ['f'.repeat(64), `sha256:${'0'.repeat(11)}`, 'zero']) {
      await expect(approve(world.journal, word(world, 'ann', { plan: other }))).rejects.toMatchObject({
        exit: 2,
        fault: { code: 'WL-GATE-PLAN', message: expect.stringContaining(world.plan.id) },
      });
    }
    await approve(world.journal, word(world, 'ann', { plan: '0'.repeat(12) }));
    expect(await standing(world)).toMatchObject({ is: 'passed' });
  });

  test('of somebody who may not is refused and names who may; to reject is open to all', async () => {
    const world = await atGate({ approvals: 2, approvers: ['ann', 'bob'] });
    await expect(approve(world.journal, word(world, 'eve'))).rejects.toMatchObject({
      fault: { code: 'WL-GATE-APPROVER', remedy: expect.stringContaining('ann, bob') },
    });
    await approve(world.journal, word(world, 'ann'));
    await approve(world.journal, word(world, 'ann'));
    expect(await standing(world)).toMatchObject({ is: 'open', approvers: ['ann'] });
    await reject(world.journal, word(world, 'eve'), 'not tonight');
    expect(await standing(world)).toMatchObject({ is: 'rejected' });
  });

  test('after the gate’s time is refused, though nobody was there to let it run out', async () => {
    const world = await atGate();
    const late = word(world, 'ann', { at: world.clock.now() + 3_600_000 });
    await expect(approve(world.journal, late)).rejects.toMatchObject({ fault: { code: 'WL-GATE-EXPIRED' } });
  });
});

describe('an approval taken back', () => {
  test('before the run goes on keeps the gate shut', async () => {
    const world = await atGate();
    await approve(world.journal, word(world, 'ann'));
    await revoke(world.journal, word(world, 'ann'));
    expect(await runPlan(world.options(2))).toEqual({ is: 'gate', gates: ['g'] });
    expect(world.end().b).toEqual([]);
    await approve(world.journal, word(world, 'bob'));
    expect(await runPlan(world.options(3))).toEqual({ is: 'finished' });
  });

  test('is one’s own, and of what has not begun', async () => {
    const world = await atGate();
    await expect(revoke(world.journal, word(world, 'ann'))).rejects.toMatchObject({
      fault: { code: 'WL-GATE-NOT-APPROVED' },
    });
    await approve(world.journal, word(world, 'ann'));
    await expect(revoke(world.journal, word(world, 'bob'))).rejects.toThrow('WL-GATE-NOT-APPROVED');
    expect(await runPlan(world.options(2))).toEqual({ is: 'finished' });
    await expect(revoke(world.journal, word(world, 'ann'))).rejects.toMatchObject({
      exit: 2,
      fault: { code: 'WL-GATE-PASSED' },
    });
  });

  test('in the moment between the decision to begin and its entry still counts', async () => {
    const world = await atGate();
    await approve(world.journal, word(world, 'ann'));
    let raced = false;
    const { journal } = world;
    const racing: Journal = {
      ...new Life().journal(journal),
      async appendNext(...args) {
        if (!raced) await revoke(journal, word(world, 'ann'));
        raced = true;
        return journal.appendNext(...args);
      },
    };
    expect(await runPlan(world.options(2, { journal: racing }))).toEqual({ is: 'gate', gates: ['g'] });
    expect(raced).toBe(true);
    expect(world.end().b).toEqual([]);
    expect(await world.story()).not.toContain('step.started b/two/set');
  });

  test('by one of several at once: what is begun is what was approved to the end', async () => {
    const world = await atGate({ approvals: 2 });
    await approve(world.journal, word(world, 'ann'));
    await approve(world.journal, word(world, 'bob'));
    await revoke(world.journal, word(world, 'bob'));
    expect(await standing(world)).toMatchObject({ is: 'open', approvers: ['ann'] });
  });
});

describe('a gate that ran out', () => {
  test('wants every approval anew after a resume', async () => {
    const world = await atGate({ approvals: 2 });
    await approve(world.journal, word(world, 'ann'));
    await world.clock.sleep(4_000_000);
    expect(await runPlan(world.options(2))).toEqual({ is: 'gate', gates: ['g'] });
    expect(await standing(world)).toMatchObject({ is: 'open', approvers: [] });
    await approve(world.journal, word(world, 'bob'));
    expect(await runPlan(world.options(3))).toEqual({ is: 'gate', gates: ['g'] });
    await approve(world.journal, word(world, 'ann'));
    expect(await runPlan(world.options(4))).toEqual({ is: 'finished' });
  });
});

describe('a gate that wants something measured', () => {
  const condition = { kind: 'quiet' as const, minutes: 5, failures: 0 };
  /** A watch on which everything failed until a moment. */
  const good =
    (since: number) =>
    (_: unknown, { now }: { now: number }) => ({
      probes: [{ name: 'api', rate: 1 }],
      attempts: Array.from({ length: 600 }, (_none, at) => {
        const started = now - (600 - at) * 1000;
        return { probe: 'api', started, ended: started + 10, ok: started >= since };
      }),
    });

  test('is stayed at, and passed with its evidence once it is so', async () => {
    const world = await new World(plan(chain, {}, [gate({ approvals: 0, condition })])).create();
    const since = world.clock.now() + 600_000;
    expect(await runPlan(world.options(1, { measurements: good(since) }))).toEqual({ is: 'finished' });
    const measured = (await world.journal.read('r1')).find(({ event }) => event.type === 'gate.measured');
    expect(measured?.event).toMatchObject({
      gate: 'g',
      evidence: expect.stringMatching(/^0 of \d+ attempts/),
    });
    expect(measured?.event.at).toBeGreaterThanOrEqual(since + 300_000);
    expect(measured?.event.at).toBeLessThan(since + 330_000);
  });

  test('is left while a person is missing, and measured once they have come', async () => {
    const world = await new World(plan(chain, {}, [gate({ condition })])).create();
    const measurements = good(0);
    expect(await runPlan(world.options(1, { measurements }))).toEqual({ is: 'gate', gates: ['g'] });
    expect(await world.story()).not.toContain('gate.measured g');
    await approve(world.journal, word(world, 'ann'));
    expect(await runPlan(world.options(2, { measurements }))).toEqual({ is: 'finished' });
  });

  test('halts the run when its time is over, and with no watch at all', async () => {
    const world = await new World(plan(chain, {}, [gate({ approvals: 0, condition })])).create();
    expect(await runPlan(world.options(1))).toMatchObject({
      is: 'halted',
      because: 'gate g expired: what it wants measured was not so within 3600 s',
    });
    expect(world.end().b).toEqual([]);
  });
});

describe('the journal', () => {
  test('tells where a run was driven from, and from whom it was taken', async () => {
    const world = await new World(plan(chain, {}, [gate()])).create();
    const first = runPlan(world.options(1, { from: { host: 'desk' }, gates: 'wait' }));
    await world.clock.sleep(30_000);
    world.dead.add(1);
    const second = runPlan(world.options(2, { from: { host: 'laptop', tty: '/dev/pts/1' } }));
    expect(await second).toEqual({ is: 'gate', gates: ['g'] });
    await expect(first).rejects.toThrow('WL-FENCED');
    const events = (await world.journal.read('r1')).map(({ event }) => event);
    expect(events[0]).toMatchObject({ type: 'run.started', from: { host: 'desk' } });
    expect(events.find(({ type }) => type === 'run.resumed')).toMatchObject({
      by: 'tester2',
      from: { host: 'laptop', tty: '/dev/pts/1' },
      takenFrom: 'tester1 (process 1 on here)',
    });
  });

  test('of before, without any of this, is read and written on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'windlass-journal-'));
    try {
      const path = join(folder, 'journal.db');
      const world = new World(plan(chain, {}, [gate()]));
      const made = openJournal(path);
      await made.create('r1', world.plan, 'ann', 1);
      await made.close();
      const old = new DatabaseSync(path);
      old.exec('alter table requests drop column "from"');
      const events = [
        { type: 'run.started', at: 1, run: 'r1', plan: world.plan.id, cluster: 'fake', by: 'ann', epoch: 1 },
        { type: 'gate.opened', at: 2, gate: 'g' },
        { type: 'gate.approved', at: 3, gate: 'g', by: 'ann' },
      ];
      for (const [at, event] of events.entries()) {
        old
          .prepare('insert into events (run, seq, at, type, body) values (?, ?, ?, ?, ?)')
          .run('r1', at + 1, event.at, event.type, JSON.stringify(event));
      }
      old.exec(`insert into requests (run, what, "by", at) values ('r1', 'pause', 'ann', 4)`);
      old.close();
      const journal = openJournal(path);
      expect((await journal.read('r1')).map(({ event }) => event)).toEqual(events);
      await journal.request('r1', 'stop', 'bob', 5, { host: 'desk' });
      expect(await journal.requests('r1')).toEqual([
        { id: 1, what: 'pause', by: 'ann' },
        { id: 2, what: 'stop', by: 'bob', from: { host: 'desk' } },
      ]);
      await journal.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('adds as the very next only what is the very next', async () => {
    const world = await new World(plan(chain)).create();
    const { journal } = world;
    const holder = { name: 'ann', host: 'here', pid: 1 };
    const lease = { cluster: 'fake', run: 'r1', epoch: 1 };
    await journal.takeLease({ ...lease, ...holder, held: true, since: 0, beat: 0 }, 0);
    const event = { type: 'run.paused', at: 1, by: 'ann' } as const;
    expect(await journal.appendNext('r1', event, 0, lease)).toBe(true);
    expect(await journal.appendNext('r1', event, 0, lease)).toBe(false);
    expect(await journal.appendNext('r1', event, 1, lease)).toBe(true);
    expect(await journal.read('r1')).toHaveLength(2);
    await expect(journal.appendNext('r1', event, 2, { ...lease, epoch: 9 })).rejects.toThrow('WL-FENCED');
  });
});
