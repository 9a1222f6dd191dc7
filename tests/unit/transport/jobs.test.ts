import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Fence, Job, JobState, NodeLink } from '../../../src/model/link.ts';
import { type Links, openLinks } from '../../../src/transport/index.ts';
import { type Sshd, startSshd } from './sshd.ts';

let sshd: Sshd;
let links: Links;
let link: NodeLink;
let state: string;
const ours: Fence = { cluster: 'here', run: 'r1', epoch: 3, holder: 'alice@desk pid 7' };
const theirs: Fence = { cluster: 'here', run: 'r2', epoch: 4, holder: 'bob' };

beforeAll(async () => {
  sshd = await startSshd();
  links = openLinks(sshd.cluster, sshd.options);
  link = links.link('one');
  state = join(sshd.dir, 'state');
});

afterAll(async () => {
  await links.close();
  await sshd.stop();
});

beforeEach(async () => {
  for (const path of ['state', 'started', 'mute', 'refuse']) {
    rmSync(join(sshd.dir, path), { recursive: true, force: true });
  }
  expect(await link.fence(ours, false)).toEqual({ is: 'taken' });
});

function job(unit: string, ...commands: Job['commands']): Job {
  return { unit: `windlass-${unit}`, run: 'r1', commands, timeout: 60 };
}

/** Asks until the job is in another state; the test's own time-out bounds it. */
async function until(unit: string, is: JobState['is']): Promise<JobState> {
  for (;;) {
    const now = await link.poll(`windlass-${unit}`, 'r1');
    if (now.is === is) return now;
  }
}

function starts(): string[] {
  const path = join(sshd.dir, 'started');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}

describe('a job', () => {
  test('runs every command in order with its input and keeps its record', async () => {
    await link.start(
      job(
        'order',
        { argv: ['echo', "it's"] },
        { argv: ['cat'], input: 'fed\n' },
        { argv: ['sh', '-c', 'umask; pwd'] },
      ),
      ours,
    );
    const ended = await until('order', 'ended');
    expect(ended).toMatchObject({ result: { rc: 0, output: "it's\nfed\n0022\n/\n" } });
    const dir = join(state, 'runs/r1/windlass-order');
    expect(readFileSync(join(dir, 'record'), 'utf8')).toMatch(
      /^begin 0 \d+\nend 0 0 \d+\nbegin 1 \d+\nend 1 0 \d+\nbegin 2 \d+\nend 2 0 \d+\n$/,
    );
    for (const name of readdirSync(dir)) {
      expect(`${name} ${(statSync(join(dir, name)).mode & 0o077).toString(8)}`).toBe(`${name} 0`);
    }
    expect(statSync(state).mode & 0o777).toBe(0o700);
  });

  test('stops at the first failure and names it', async () => {
    await link.start(
      job(
        'fails',
        { argv: ['true'] },
        { argv: ['sh', '-c', 'echo bad >&2; exit 4'] },
        { argv: ['touch', `${sshd.dir}/no`] },
      ),
      ours,
    );
    expect(await until('fails', 'ended')).toMatchObject({ result: { rc: 4, failed: 1, output: 'bad\n' } });
    expect(existsSync(join(sshd.dir, 'no'))).toBe(false);
  });

  test('is ended at its time-out', async () => {
    await link.start({ ...job('late', { argv: ['sleep', '60'] }), timeout: 1 }, ours);
    expect(await until('late', 'ended')).toMatchObject({ result: { rc: 124, failed: 0 } });
  });

  test('is started once, whoever asks how often', async () => {
    const once = job('once', { argv: ['sh', '-c', `echo ran >>${sshd.dir}/ran; sleep 0.5`] });
    await link.start(once, ours);
    await link.start(once, ours);
    await until('once', 'ended');
    await link.start(once, ours);
    expect(starts()).toEqual(['windlass-once.service']);
    expect(readFileSync(join(sshd.dir, 'ran'), 'utf8')).toBe('ran\n');
  });

  test('goes on while every connection is cut', async () => {
    await link.start(job('cut', { argv: ['sh', '-c', 'sleep 1; echo survived'] }), ours);
    sshd.cut();
    expect(await until('cut', 'ended')).toMatchObject({ result: { rc: 0, output: 'survived\n' } });
  });

  test('whose unit could not be started is absent, and may be started again', async () => {
    writeFileSync(join(sshd.dir, 'refuse'), '');
    await expect(link.start(job('refused', { argv: ['true'] }), ours)).rejects.toMatchObject({
      fault: { code: 'WL-NODE-STATE', output: 'Failed to connect to bus' },
    });
    expect(await link.poll('windlass-refused', 'r1')).toEqual({ is: 'absent' });
    rmSync(join(sshd.dir, 'refuse'));
    await link.start(job('refused', { argv: ['true'] }), ours);
    expect(await until('refused', 'ended')).toMatchObject({ result: { rc: 0 } });
  });

  test('tells what it waits for while it says so, and no longer', async () => {
    const go = join(sshd.dir, 'go');
    const script = `echo "$1"; until [ -e "$2" ]; do sleep 0.05; done; echo "$3"; until [ -e "$4" ]; do sleep 0.05; done`;
    const words = ['sh', '-c', script, 'sh', 'waits: the tide', go, 'it is high', `${go}-on`];
    await link.start(job('waits', { argv: words }), ours);
    const waits = async (): Promise<string | undefined> => {
      const now = await link.poll('windlass-waits', 'r1');
      expect(now.is).toBe('running');
      return now.is === 'running' ? now.waits : undefined;
    };
    while ((await waits()) === undefined);
    expect(await waits()).toBe('the tide');
    writeFileSync(go, '');
    while ((await waits()) !== undefined);
    writeFileSync(`${go}-on`, '');
    expect(await until('waits', 'ended')).toMatchObject({
      result: { output: 'waits: the tide\nit is high\n' },
    });
  });

  test('killed after it began is lost, and is never begun a second time', async () => {
    const killed = job('killed', { argv: ['sh', '-c', `echo ran >>${sshd.dir}/twice; echo half; sleep 60`] });
    await link.start(killed, ours);
    const pid = Number(readFileSync(join(sshd.dir, 'pid-windlass-killed.service'), 'utf8'));
    await until('killed', 'running');
    while (!existsSync(join(sshd.dir, 'twice'))) await link.poll('windlass-killed', 'r1');
    process.kill(-pid, 'SIGKILL');
    expect(await until('killed', 'lost')).toEqual({ is: 'lost', output: 'half\n' });
    await link.start(killed, ours);
    expect(starts()).toHaveLength(1);
    expect(readFileSync(join(sshd.dir, 'twice'), 'utf8')).toBe('ran\n');
  });

  test('about which systemd does not answer is not taken for lost', async () => {
    await link.start(job('mute', { argv: ['sleep', '2'] }), ours);
    writeFileSync(join(sshd.dir, 'mute'), '');
    await expect(link.poll('windlass-mute', 'r1')).rejects.toMatchObject({ fault: { code: 'WL-NODE-LOST' } });
    rmSync(join(sshd.dir, 'mute'));
    expect((await until('mute', 'ended')).is).toBe('ended');
  });

  test('with a name that leads elsewhere is refused', async () => {
    await expect(link.poll('../../etc', 'r1')).rejects.toMatchObject({ fault: { code: 'WL-NODE-NAME' } });
  });
});

describe('a fence', () => {
  test('keeps a second run out, and tells who holds the node and since when', async () => {
    const past = Date.now() / 1000 - 30;
    utimesSync(join(state, 'fence'), past, past);
    const held = await link.fence(theirs, true);
    expect(held).toMatchObject({ is: 'held', by: ours });
    expect(held.is === 'held' && held.idle).toBeGreaterThanOrEqual(29);
  });

  test('is taken by force only from an idle holder', async () => {
    const past = Date.now() / 1000 - 100;
    utimesSync(join(state, 'fence'), past, past);
    expect(await link.fence(theirs, false)).toMatchObject({ is: 'held' });
    expect(await link.fence(theirs, true)).toEqual({ is: 'taken' });
    await expect(link.beat(ours)).rejects.toMatchObject({
      fault: { code: 'WL-FENCED', message: expect.stringContaining('run r2 of bob (epoch 4)') },
    });
  });

  test('gives way at once to the run that takes its place, if that has the higher epoch', async () => {
    const back = { ...theirs, replaces: ours.run };
    expect(await link.fence({ ...back, epoch: ours.epoch }, false)).toMatchObject({ is: 'held' });
    expect(await link.fence({ ...back, replaces: 'r9' }, false)).toMatchObject({ is: 'held' });
    expect(await link.fence(back, false)).toEqual({ is: 'taken' });
    await expect(link.beat(ours)).rejects.toMatchObject({ fault: { code: 'WL-FENCED' } });
  });

  test('of an older epoch can start, beat and release nothing', async () => {
    expect(await link.fence({ ...ours, epoch: 4 }, false)).toEqual({ is: 'taken' });
    for (const act of [
      link.start(job('fenced', { argv: ['true'] }), ours),
      link.beat(ours),
      link.release(ours),
    ]) {
      await expect(act).rejects.toMatchObject({ fault: { code: 'WL-FENCED' } });
    }
    expect(starts()).toEqual([]);
    expect(await link.fence(ours, true)).toMatchObject({ is: 'held', by: { epoch: 4 } });
  });

  test('is kept alive by beats', async () => {
    const past = Date.now() / 1000 - 500;
    utimesSync(join(state, 'fence'), past, past);
    await link.beat(ours);
    expect(await link.fence(theirs, false)).toMatchObject({
      is: 'held',
      idle: expect.toSatisfy((s: number) => s < 60),
    });
  });

  test('released leaves nothing behind', async () => {
    await link.start(job('last', { argv: ['true'] }), ours);
    await until('last', 'ended');
    await link.release(ours);
    expect(existsSync(state)).toBe(false);
    await expect(link.beat(ours)).rejects.toMatchObject({
      fault: { code: 'WL-FENCED', message: expect.stringContaining('nobody holds it') },
    });
  });

  test('asked for by many at once is given to one', async () => {
    await link.release(ours);
    const many = [1, 2, 3, 4].map(() => openLinks(sshd.cluster, sshd.options));
    const answers = await Promise.all(
      many.map((each, at) => each.link('one').fence({ ...theirs, run: `m${at}` }, false)),
    );
    await Promise.all(many.map((each) => each.close()));
    expect(answers.filter((answer) => answer.is === 'taken')).toHaveLength(1);
  });
});
