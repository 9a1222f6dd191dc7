// What only a real host can show: systemd-run, reboots, pulled cables, and how fast it is.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cutLink, healLink, labDown, openLab } from '../../src/lab/index.ts';
import { Cluster } from '../../src/model/cluster.ts';
import type { Command } from '../../src/model/command.ts';
import type { Fence, Job, JobState, NodeLink } from '../../src/model/link.ts';
import { type Links, openLinks } from '../../src/transport/index.ts';
import { freshLab } from './fresh-lab.ts';

/** A host of this test's own, so that no run on another lab is disturbed. */
const LAB = 'transport';

function linksOf(clusterFile: string): Links {
  const cluster = Cluster.parse(parse(readFileSync(clusterFile, 'utf8')));
  return openLinks(cluster, { base: dirname(clusterFile) });
}

const fence: Fence = { cluster: 'lab', run: 'transport-test', epoch: 1, holder: 'test/lab' };

function job(name: string, ...commands: Command[]): Job {
  return { unit: `windlass-transport-test-${name}`, run: fence.run, commands, timeout: 120 };
}

async function until(link: NodeLink, unit: string, is: JobState['is'], seconds: number): Promise<JobState> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const state: JobState | undefined = await link.poll(unit, fence.run).catch((error: unknown) => {
      if (performance.now() > end) throw error;
      return undefined;
    });
    if (state?.is === is) return state;
    if (performance.now() > end) throw new Error(`${unit} is ${state?.is}, not ${is}, after ${seconds} s`);
  }
}

afterAll(async () => {
  await labDown(openLab(LAB), { purge: true });
});

describe('on a real host', () => {
  let links: Links;
  let link: NodeLink;
  let node: string;

  beforeAll(async () => {
    links = linksOf((await freshLab('solo', LAB)).place.clusterFile);
    node = links.nodes[0] ?? '';
    link = links.link(node);
  });

  beforeEach(async () => {
    expect(await link.fence(fence, true)).toEqual({ is: 'taken' });
  });

  afterAll(async () => {
    await link.release(fence);
    expect((await link.look({ argv: ['ls', '/var/lib/windlass'] })).rc).toBe(2);
    await links.close();
  });

  test('a job is a unit of its own that leaves nothing in systemd', async () => {
    const one = job('own', { argv: ['sh', '-c', 'cat /proc/self/cgroup; cat'], input: 'fed' });
    await link.start(one, fence);
    const ended = await until(link, one.unit, 'ended', 30);
    expect(ended).toMatchObject({ result: { rc: 0 } });
    expect(JSON.stringify(ended)).toContain(`${one.unit}.service`);
    expect(
      (await link.look({ argv: ['systemctl', 'list-units', '--all', '--no-legend', 'windlass-*'] })).out,
    ).toBe('');
  });

  test('a job goes on while systemd is replaced under it', async () => {
    const one = job('reexec', { argv: ['systemctl', 'daemon-reexec'] }, { argv: ['sleep', '2'] });
    await link.start(one, fence);
    expect(await until(link, one.unit, 'ended', 60)).toMatchObject({ result: { rc: 0 } });
  });

  test('a killed unit is lost, not ended', async () => {
    const one = job('kill', { argv: ['sh', '-c', 'echo half; sleep 100'] });
    await link.start(one, fence);
    await until(link, one.unit, 'running', 10);
    const begun = [
      'sh',
      '-c',
      `until grep -q half /var/lib/windlass/runs/${fence.run}/${one.unit}/output; do sleep 0.1; done`,
    ];
    expect((await link.look({ argv: begun })).rc).toBe(0);
    expect((await link.look({ argv: ['systemctl', 'kill', '-s', 'KILL', `${one.unit}.service`] })).rc).toBe(
      0,
    );
    expect(await until(link, one.unit, 'lost', 30)).toEqual({ is: 'lost', output: 'half\n' });
  });

  test('with its cable pulled it is lost within half a minute, and its job is found again', async () => {
    const lab = openLab(LAB);
    const one = job('cable', { argv: ['sh', '-c', 'sleep 5; echo survived'] });
    await link.start(one, fence);
    await cutLink(lab, node);
    try {
      const begun = performance.now();
      expect(await link.look({ argv: ['true'] })).toMatchObject({ rc: 255, lost: true });
      const seconds = (performance.now() - begun) / 1000;
      console.log(`a pulled cable was noticed after ${seconds.toFixed(1)} s`);
      expect(seconds).toBeLessThan(45);
      await expect(link.poll(one.unit, fence.run)).rejects.toMatchObject({
        fault: { code: 'WL-NODE-LOST', node },
      });
    } finally {
      await healLink(lab, node);
    }
    expect(await until(link, one.unit, 'ended', 90)).toMatchObject({
      result: { rc: 0, output: 'survived\n' },
    });
  });

  test('a job that a reboot ends is lost, and the node is found again', async () => {
    const stamp = ['systemctl', 'show', '-p', 'UserspaceTimestampMonotonic'];
    const before = await link.look({ argv: stamp });
    expect(before.rc).toBe(0);
    const one = job('reboot', { argv: ['systemctl', 'reboot'] }, { argv: ['sleep', '110'] });
    await link.start(one, fence);
    expect((await until(link, one.unit, 'lost', 120)).is).toBe('lost');
    let after = before;
    const end = performance.now() + 120_000;
    while (after.rc !== 0 || after.out === before.out) {
      expect(performance.now(), 'the node did not come back').toBeLessThan(end);
      after = await link.look({ argv: stamp });
    }
    expect((await link.poll(one.unit, fence.run)).is).toBe('lost');
    await link.start(one, fence);
    expect((await link.poll(one.unit, fence.run)).is).toBe('lost');
  });
});

describe('how fast', () => {
  async function rate(what: string, seconds: number, act: () => Promise<void>): Promise<void> {
    await act();
    const begun = performance.now();
    let count = 0;
    while (performance.now() - begun < seconds * 1000) {
      await act();
      count += 1;
    }
    console.log(`${what}: ${(count / ((performance.now() - begun) / 1000)).toFixed(0)}/s`);
    expect(count).toBeGreaterThan(0);
  }

  test('commands over one link, and over three nodes', async () => {
    const names = [LAB, `${LAB}-2`, `${LAB}-3`];
    for (const name of names.slice(1)) await freshLab('solo', name);
    const reached = names.map((name) => linksOf(openLab(name).place.clusterFile));
    const all = reached.flatMap((links) => links.nodes.map((name) => links.link(name)));
    const [first] = all;
    if (first === undefined) throw new Error('no node to ask');
    const look = async (link: NodeLink): Promise<void> =>
      expect((await link.look({ argv: ['true'] })).rc).toBe(0);
    await rate('looks over one link, one after another', 3, () => look(first));
    await rate('looks over one link, two at a time (pairs)', 3, async () => {
      await Promise.all([look(first), look(first)]);
    });
    await rate(`looks over ${all.length} nodes (rounds)`, 3, async () => {
      await Promise.all(all.map(look));
    });
    await rate('polls over one link', 3, async () => {
      expect((await first.poll('windlass-none', 'none')).is).toBe('absent');
    });
    for (const links of reached) await links.close();
    for (const name of names.slice(1)) await labDown(openLab(name), { purge: true });
  });

  test('jobs, from start to end', async () => {
    const links = linksOf(openLab(LAB).place.clusterFile);
    const link = links.link(links.nodes[0] ?? '');
    expect(await link.fence(fence, true)).toEqual({ is: 'taken' });
    let count = 0;
    await rate('jobs started and seen to their end', 5, async () => {
      count += 1;
      const one = job(`rate-${count}`, { argv: ['true'] });
      await link.start(one, fence);
      await until(link, one.unit, 'ended', 30);
    });
    await link.release(fence);
    await links.close();
  });
});
