import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WindlassError } from '../../../src/model/error.ts';
import type { NodeLink } from '../../../src/model/link.ts';
import { type Links, openLinks } from '../../../src/transport/index.ts';
import { type Sshd, startSshd } from './sshd.ts';

let sshd: Sshd;
let links: Links;
let link: NodeLink;

beforeAll(async () => {
  sshd = await startSshd();
  links = openLinks(sshd.cluster, sshd.options);
  link = links.link('one');
});

afterAll(async () => {
  await links.close();
  await sshd.stop();
});

async function faultOf(promise: Promise<unknown>): Promise<WindlassError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof WindlassError) return error;
    throw error;
  }
  throw new Error('it was expected to fail and did not');
}

describe('a look', () => {
  test('brings standard output, standard error and the exit code apart', async () => {
    expect(await link.look({ argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'] })).toEqual({
      rc: 3,
      out: 'out\n',
      err: 'err\n',
    });
  });

  test('keeps output without a newline at its end, and no output at all', async () => {
    expect((await link.look({ argv: ['printf', 'no newline'] })).out).toBe('no newline');
    expect((await link.look({ argv: ['printf', '\n\n'] })).out).toBe('\n\n');
    expect(await link.look({ argv: ['true'] })).toEqual({ rc: 0, out: '', err: '' });
  });

  test('says of a missing command what the node says', async () => {
    const seen = await link.look({ argv: ['no-such-command-here'] });
    expect(seen.rc).toBe(127);
    expect(seen.err).toContain('no-such-command-here');
  });

  test('feeds input to the byte and nothing where there is none', async () => {
    expect((await link.look({ argv: ['cat'], input: "a'b\nEOF\n$x `y` \\ é" })).out).toBe(
      "a'b\nEOF\n$x `y` \\ é",
    );
    expect(await link.look({ argv: ['cat'] })).toEqual({ rc: 0, out: '', err: '' });
    const script = await link.look({
      argv: ['sh', '-eu', '/dev/stdin', 'a b'],
      input: 'echo "got $1"; false; echo no',
    });
    expect(script).toEqual({ rc: 1, out: 'got a b\n', err: '' });
  });

  test('leaves unread input behind without harm to the next look', async () => {
    const big = 'x'.repeat(300_000);
    expect((await link.look({ argv: ['true'], input: big })).rc).toBe(0);
    expect((await link.look({ argv: ['wc', '-c'], input: big })).out.trim()).toBe('300000');
  });

  test('any words arrive as they were given', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'binary', maxLength: 20 }).map((word) => word.replaceAll('\0', '')),
          { minLength: 1, maxLength: 5 },
        ),
        async (words) => {
          const { out } = await link.look({ argv: ['printf', '%s|', ...words] });
          expect(out).toBe(words.map((word) => `${Buffer.from(word).toString()}|`).join(''));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('stands output that is not text, and output that looks like its own marker', async () => {
    const seen = await link.look({ argv: ['head', '-c', '200000', '/dev/urandom'] });
    expect(seen.rc).toBe(0);
    expect((await link.look({ argv: ['printf', '\\nwindlass-0 e 1 0\\n'] })).out).toBe(
      '\nwindlass-0 e 1 0\n',
    );
  });

  test('gives megabytes whole, and refuses what is too much', async () => {
    const seen = await link.look({ argv: ['sh', '-c', 'yes | head -c 5000000'] });
    expect(seen.out.length).toBe(5_000_000);
    const fault = await faultOf(link.look({ argv: ['sh', '-c', 'yes | head -c 20000000'] }));
    expect(fault.fault.code).toBe('WL-SSH-OUTPUT');
    expect((await link.look({ argv: ['echo', 'still here'] })).out).toBe('still here\n');
  });

  test('ends a command that takes too long, and goes on', async () => {
    const seen = await link.look({ argv: ['sleep', '60'] }, 1);
    expect(seen.rc).toBe(124);
    expect(seen.err).toContain('no answer within 1 s');
    expect(seen.late).toBe(true);
    expect((await link.look({ argv: ['echo', 'next'] })).out).toBe('next\n');
  });

  test('a slow look does not hold up another, nor a job', async () => {
    const slow = link.look({ argv: ['sleep', '3'] });
    const begun = performance.now();
    await Promise.all([link.look({ argv: ['true'] }), link.poll('windlass-none', 'none')]);
    expect(performance.now() - begun).toBeLessThan(2500);
    expect((await slow).rc).toBe(0);
  });

  test("is root's, in a clean environment", async () => {
    const { out } = await link.look({ argv: ['env'] });
    expect(out).toContain('LC_ALL=C\n');
    expect(out).toContain('HOME=/root\n');
    expect(out).not.toContain('SSH_');
    expect((await link.look({ argv: ['id', '-u'] })).out).toBe('0\n');
  });

  test('secrets in input do not show in the process list', async () => {
    const { out } = await link.look({ argv: ['sh', '/dev/stdin'], input: 'x=hidden-word; ps -eo args' });
    expect(out).not.toContain('hidden-word');
    expect(out).not.toContain(Buffer.from('x=hidden-word; ps -eo args').toString('base64'));
  });
});

describe('many nodes', () => {
  test('cost no more connections than allowed, and all answer', { timeout: 120_000 }, async () => {
    const [node] = Object.values(sshd.cluster.nodes);
    if (node === undefined) throw new Error('no node');
    const names = Array.from({ length: 8 }, (_, at) => `n${at}`);
    const many = { ...sshd.cluster, nodes: Object.fromEntries(names.map((name) => [name, node])) };
    const few = openLinks(many, { ...sshd.options, live: 2, opening: 3 });
    const living = async (): Promise<number> => {
      const { out } = await link.look({ argv: ['ps', '-C', 'ssh', '-o', 'args='] });
      return out.split('\n').filter((line) => line.includes(`-p ${sshd.port} `)).length;
    };
    const before = await living();
    for (const name of names) {
      expect((await few.link(name).look({ argv: ['sleep', '0.6'] })).rc).toBe(0);
    }
    // Those used within the last second are kept beyond the limit.
    expect((await living()) - before).toBeLessThanOrEqual(4);
    expect((await few.link('n0').look({ argv: ['echo', 'again'] })).out).toBe('again\n');
    await few.close();
    expect((await living()) - before).toBe(0);
  });
});

describe('a node that cannot be reached', () => {
  test('is found again after all its connections were cut', async () => {
    await link.look({ argv: ['true'] });
    sshd.cut();
    expect((await link.look({ argv: ['echo', 'back'] })).out).toBe('back\n');
  });

  test('under a running look is lost, and answers the next one', async () => {
    const running = link.look({ argv: ['sh', '-c', `touch ${sshd.dir}/begun; sleep 30`] });
    const other = openLinks(sshd.cluster, sshd.options);
    const begun = { argv: ['sh', '-c', `until [ -e ${sshd.dir}/begun ]; do sleep 0.05; done`] };
    await other.link('one').look(begun);
    await other.close();
    // The look is sent again once, on a fresh connection: cut that one too.
    execFileSync('rm', [`${sshd.dir}/begun`]);
    sshd.cut();
    const third = openLinks(sshd.cluster, sshd.options);
    await third.link('one').look(begun);
    await third.close();
    sshd.cut();
    const seen = await running;
    expect(seen).toMatchObject({ rc: 255, lost: true });
    expect((await link.look({ argv: ['echo', 'again'] })).out).toBe('again\n');
  });

  test('is named with ssh’s words: nobody listens', async () => {
    const none = openLinks(sshd.with({ port: 1 }), sshd.options);
    const seen = await none.link('one').look({ argv: ['true'] });
    expect(seen).toMatchObject({ rc: 255, lost: true });
    expect(seen.err).toContain('WL-SSH-UNREACHABLE: one (127.0.0.1)');
    expect(seen.err).toContain('Connection refused');
    expect((await faultOf(none.link('one').poll('windlass-x', 'r'))).fault).toMatchObject({
      code: 'WL-NODE-LOST',
      node: 'one',
    });
    await none.close();
  });

  test('is named with ssh’s words: another host key, an unknown one, a refused key', async () => {
    for (const [ssh, code, words] of [
      [
        { knownHosts: join(sshd.dir, 'known-wrong') },
        'WL-SSH-HOSTKEY',
        'REMOTE HOST IDENTIFICATION HAS CHANGED',
      ],
      [{ knownHosts: '/dev/null' }, 'WL-SSH-HOSTKEY', 'Host key verification failed'],
      [{ identity: join(sshd.dir, 'other') }, 'WL-SSH-AUTH', 'Permission denied'],
    ] as const) {
      const wrong = openLinks(sshd.with(ssh), sshd.options);
      const { fault } = await faultOf(wrong.link('one').look({ argv: ['true'] }));
      expect(fault.code).toBe(code);
      expect(fault.node).toBe('one');
      expect(fault.output).toContain(words);
      await wrong.close();
    }
  });

  test('a missing ssh and an unknown node say so', async () => {
    const none = openLinks(sshd.cluster, { ...sshd.options, program: '/nonexistent/ssh' });
    expect((await faultOf(none.link('one').look({ argv: ['true'] }))).fault.code).toBe('WL-SSH-CLIENT');
    await none.close();
    expect(() => links.link('two')).toThrow('WL-NODE-UNKNOWN');
  });
});
