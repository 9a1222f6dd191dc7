import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fence } from '../../../src/model/link.ts';
import { type Links, openLinks } from '../../../src/transport/index.ts';
import { type Sshd, startSshd } from './sshd.ts';

let sshd: Sshd;
let links: Links;
const fence: Fence = { cluster: 'here', run: 'r1', epoch: 1, holder: 'test' };
const limits = (timeout = 30) => ({ timeout, signal: new AbortController().signal });

beforeAll(async () => {
  sshd = await startSshd();
  links = openLinks(sshd.cluster, sshd.options);
  await links.link('one').fence(fence, false);
});
afterAll(async () => {
  await links.close();
  await sshd.stop();
});

const bring = (
  argv: readonly string[],
  name: string,
  over: { input?: string; fence?: Fence; timeout?: number } = {},
) => {
  const path = join(sshd.dir, 'brought', name);
  const { input } = over;
  const carry = { on: 'one', argv, path, ...(input === undefined ? {} : { input }) };
  return { path, done: links.carry('one', carry, over.fence ?? fence, limits(over.timeout)) };
};

describe('a file brought from node to node', () => {
  test('is there to the byte, for root alone, whatever bytes it has', async () => {
    const every = 'for n in 0 1 2 3; do printf "\\000\\377\\n\\r%s" "$n"; done; head -c 3000000 /dev/zero';
    const { path, done } = bring(['sh', '-c', every], 'bytes');
    await done;
    const found = readFileSync(path);
    expect(found.length).toBe(3_000_020);
    expect([...found.subarray(0, 6)]).toEqual([0, 255, 10, 13, 48, 0]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.windlass-part`)).toBe(false);
  });

  test('is what a script on standard input writes, with its parameters', async () => {
    const { path, done } = bring(['sh', '-s', '--', "a'b $x"], 'script', { input: 'printf "%s|" "$1"\n' });
    await done;
    expect(readFileSync(path, 'utf8')).toBe("a'b $x|");
  });

  test('may be empty', async () => {
    const { path, done } = bring(['true'], 'empty');
    await done;
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  test('is not there when its command failed, and its words are told', async () => {
    const { path, done } = bring(['sh', '-c', 'echo half; echo Access denied >&2; exit 3'], 'failed');
    await expect(done).rejects.toMatchObject({
      fault: { code: 'WL-CARRY', output: 'Access denied', message: expect.stringContaining('ended with 3') },
    });
    expect(existsSync(path)).toBe(false);
  });

  test('is not there when it took too long', async () => {
    const { path, done } = bring(['sh', '-c', 'echo half; sleep 20'], 'late', { timeout: 1 });
    await expect(done).rejects.toMatchObject({ fault: { code: 'WL-CARRY' } });
    expect(existsSync(path)).toBe(false);
  });

  test('is not brought where it cannot be written', async () => {
    mkdirSync(join(sshd.dir, 'brought', 'taken.windlass-part'), { recursive: true });
    await expect(bring(['echo', 'x'], 'taken').done).rejects.toMatchObject({ fault: { code: 'WL-CARRY' } });
  });

  test('is not brought by an orchestrator that was replaced', async () => {
    const { path, done } = bring(['echo', 'x'], 'fenced', { fence: { ...fence, epoch: 7 } });
    await expect(done).rejects.toMatchObject({ fault: { code: 'WL-FENCED' } });
    expect(existsSync(path)).toBe(false);
  });

  test('of a node that does not answer is tried again later: the node is lost', async () => {
    const elsewhere = openLinks(
      { ...sshd.cluster, nodes: { ...sshd.cluster.nodes, two: { ...nodeOne(), ssh: { port: 1 } } } },
      sshd.options,
    );
    const carry = { on: 'two', argv: ['echo', 'x'], path: join(sshd.dir, 'brought', 'lost') };
    await expect(elsewhere.carry('one', carry, fence, limits())).rejects.toMatchObject({
      fault: { code: 'WL-NODE-LOST' },
    });
    await elsewhere.close();
  });
});

function nodeOne() {
  const node = sshd.cluster.nodes.one;
  if (!node) throw new Error('the fixture has no node');
  return node;
}
