import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alone } from '../../../src/lab/lock.ts';
import { runningPid, signalMarked, startDetached } from '../../../src/lab/process-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('one at a time', () => {
  test('the second waits for the first', async () => {
    const file = join(folder, 'lock');
    const order: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
    };
    await Promise.all([alone(file, 5, work('a')), alone(file, 5, work('b'))]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(existsSync(file)).toBe(false);
  });

  test('it is told who holds the lock when the wait is over', async () => {
    const file = join(folder, 'lock');
    await alone(file, 5, async () => {
      await expect(alone(file, 0, async () => undefined)).rejects.toMatchObject({
        fault: { code: 'WL-LAB-BUSY', output: expect.stringContaining(String(process.pid)) },
      });
    });
  });

  test('a holder that is gone holds nothing', async () => {
    const file = join(folder, 'lock');
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: '1' }));
    expect(await alone(file, 0, async () => 'mine')).toBe('mine');
    writeFileSync(file, '{"pid":');
    expect(await alone(file, 0, async () => 'mine')).toBe('mine');
  });
});

describe('a detached process', () => {
  test('is known by its mark until it ends', async () => {
    const mark = join(folder, 'mark');
    const pid = startDetached(['sleep', '60'], mark, join(folder, 'log'));
    expect(runningPid(mark)).toBe(pid);
    expect(signalMarked(mark, 'SIGTERM')).toBe(true);
    await expect.poll(() => runningPid(mark)).toBeUndefined();
    expect(signalMarked(mark, 'SIGTERM')).toBe(false);
  });

  test('that cannot start is a fault', () => {
    expect(() => startDetached(['/no/such/program'], join(folder, 'mark'), join(folder, 'log'))).toThrow(
      /WL-LAB-START/,
    );
  });
});
