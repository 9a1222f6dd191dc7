import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LOCAL } from '../../../src/model/disks.ts';
import type { Fence, Job, JobState } from '../../../src/model/link.ts';
import { openLinks } from '../../../src/transport/index.ts';
import { LocalLink } from '../../../src/transport/local.ts';
import { clusterOf } from '../plan/shapes.ts';

const ours: Fence = { cluster: 'here', run: 'r1', epoch: 3, holder: 'alice@desk pid 7' };
let dir: string;
let link: LocalLink;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-local-'));
  link = new LocalLink(LOCAL, join(dir, 'local'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const job = (unit: string, ...commands: Job['commands']): Job => ({ unit, run: 'r1', commands, timeout: 60 });

async function until(unit: string, is: JobState['is']): Promise<JobState> {
  for (;;) {
    const now = await link.poll(unit, 'r1');
    if (now.is === is) return now;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('this machine as a link', () => {
  test('answers what it is asked, words and input to the letter', async () => {
    expect(await link.look({ argv: ['cat', '-'], input: "it's $HOME\n" })).toEqual({
      rc: 0,
      out: "it's $HOME\n",
      err: '',
    });
    expect(await link.look({ argv: ['sh', '-c', 'echo no >&2; exit 1'] })).toMatchObject({
      rc: 1,
      err: 'no\n',
    });
    expect(await link.look({ argv: ['/no/such/program'] })).toMatchObject({ rc: 127 });
    expect(await link.look({ argv: ['sleep', '60'] }, 0.1)).toMatchObject({ rc: 124, late: true });
  });

  test('runs a job’s commands in order, to the first failure, and keeps its record', async () => {
    await link.start(
      job('good', { argv: ['echo', "it's"] }, { argv: ['cat'], input: 'fed\n' }, { argv: ['pwd'] }),
      ours,
    );
    expect(await until('good', 'ended')).toMatchObject({ result: { rc: 0, output: "it's\nfed\n/\n" } });
    await link.start(
      job('bad', { argv: ['true'] }, { argv: ['sh', '-c', 'exit 4'] }, { argv: ['touch', join(dir, 'no')] }),
      ours,
    );
    expect(await until('bad', 'ended')).toMatchObject({ result: { rc: 4, failed: 1 } });
    expect(existsSync(join(dir, 'no'))).toBe(false);
  });

  test('starts a job once, however often it is handed over, also by the next orchestrator', async () => {
    const once = job('once', {
      argv: ['sh', '-c', 'echo begun >>"$1"; sleep 0.3', 'sh', join(dir, 'begun')],
    });
    await link.start(once, ours);
    await link.start(once, ours);
    const next = new LocalLink(LOCAL, join(dir, 'local'));
    expect(await next.poll('once', 'r1')).toMatchObject({ is: 'running' });
    await next.start(once, ours);
    await until('once', 'ended');
    await next.start(once, ours);
    expect(readFileSync(join(dir, 'begun'), 'utf8')).toBe('begun\n');
  });

  test('tells what a running job waits for', async () => {
    const go = join(dir, 'go');
    const script = 'echo "waits: the tide"; until [ -e "$1" ]; do sleep 0.05; done';
    await link.start(job('waits', { argv: ['sh', '-c', script, 'sh', go] }), ours);
    for (let now = await link.poll('waits', 'r1'); now.is !== 'running' || now.waits !== 'the tide'; )
      now = await link.poll('waits', 'r1');
    writeFileSync(go, '');
    expect(await until('waits', 'ended')).toMatchObject({ result: { rc: 0 } });
  });

  test('tells a job that was cut off from one that never began', async () => {
    expect(await link.poll('never', 'r1')).toEqual({ is: 'absent' });
    await link.start(job('cut', { argv: ['sleep', '60'] }), ours);
    const at = join(dir, 'local/runs/r1/cut');
    while (!existsSync(join(at, 'record'))) await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill(-Number(readFileSync(join(at, 'pid'), 'utf8')), 'SIGKILL');
    expect(await until('cut', 'lost')).toMatchObject({ is: 'lost' });
  });

  test('leaves nothing behind, and no name leads out of its folder', async () => {
    await link.start(job('gone', { argv: ['true'] }), ours);
    await until('gone', 'ended');
    await link.release(ours);
    expect(existsSync(join(dir, 'local'))).toBe(false);
    await link.release(ours);
    await expect(link.poll('../../etc', 'r1')).rejects.toThrow('WL-NODE-NAME');
  });

  test('is among the links where it is given a folder, and nowhere else', () => {
    const cluster = clusterOf(1);
    expect(openLinks(cluster, { local: dir }).nodes).toEqual(['ctl1', LOCAL]);
    expect(openLinks(cluster, { local: dir }).link(LOCAL)).toBeInstanceOf(LocalLink);
    expect(() => openLinks(cluster).link(LOCAL)).toThrow('WL-NODE-UNKNOWN');
  });
});
