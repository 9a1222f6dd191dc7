import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as apt from '../../../src/drivers/apt.ts';

/** This machine's own apt, in a network namespace from which no way leads anywhere. */
describe('a mirror that no way leads to', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'windlass-apt-'));
    mkdirSync(join(dir, 'lists/partial'), { recursive: true });
    mkdirSync(join(dir, 'sources.d'));
    writeFileSync(
      join(dir, 'sources.d/away.list'),
      'deb [trusted=yes] http://192.0.2.1/debian bookworm main\n',
    );
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('is given up at once, in words by which the command is run again', () => {
    const argv = apt.update([...apt.sourcesAside(dir), '-o', 'Acquire::http::Proxy=DIRECT']);
    const ended = spawnSync('unshare', ['--net', ...argv], { encoding: 'utf8', timeout: 30_000 });
    expect(ended.status, ended.stderr).toBe(100);
    expect(ended.stderr).toContain('Failed to fetch');
    expect(apt.NO_WAY.says.filter((words) => ended.stderr.includes(words))).toEqual(['connect (101:']);
  });
});
