// An orchestrator killed with SIGKILL again and again, against real hosts: no command may run twice.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { labDown, openLab } from '../../src/lab/index.ts';
import { Cluster } from '../../src/model/cluster.ts';
import { planId } from '../../src/model/hash.ts';
import { Plan } from '../../src/model/plan.ts';
import { openJournal } from '../../src/run/index.ts';
import { openLinks } from '../../src/transport/index.ts';
import { freshLab } from './fresh-lab.ts';

const LAB = 'killing';
const STEPS = 12;
let dir: string;
let file: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-kill-'));
  file = (await freshLab('solo', LAB)).place.clusterFile;
});

afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await labDown(openLab(LAB), { purge: true });
});

function chain(node: string, seconds: (place: number) => number): Plan {
  const steps = Array.from({ length: STEPS }, (_, place) => ({
    id: `${node}/mark${place}/make`,
    kind: 'test.mark',
    on: [node],
    phase: 'p',
    title: `mark ${place}`,
    why: 'to be killed',
    source: 'test',
    needs: place === 0 ? [] : [`${node}/mark${place - 1}/make`],
    params: {},
    commands: [
      ['sh', '-c', `echo ran >>/root/ran-${place}; sleep ${seconds(place)}; touch /root/mark-${place}`],
    ],
    looks: { mark: { argv: ['test', '-e', `/root/mark-${place}`] } },
    class: 'light',
    impact: { apis: [], bus: 'none', sql: 'none', vip: 'none', guests: 'none' },
    return: 'reversible',
    estimate: 1,
    timeout: 60,
    settle: 5,
  }));
  const body = {
    windlass: 1,
    id: `sha256:${'0'.repeat(64)}`,
    cluster: LAB,
    facts: 'none',
    assumed: false,
    from: { os: 'bookworm', openstack: 'zed' },
    to: { os: 'bookworm', openstack: 'zed' },
    route: [],
    complete: true,
    findings: [],
    policy: {},
    phases: [{ id: 'p', title: 'P' }],
    steps,
    gates: [],
    checkpoints: [],
  };
  const plan = Plan.parse(body);
  return { ...plan, id: planId(plan) };
}

/** One life of the orchestrator: its exit code, or null when it was killed after so many milliseconds. */
function live(journal: string, ms: number): Promise<{ code: number | null; err: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'orchestrator.ts'), file, journal, 'r1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, err });
    });
  });
}

test('an orchestrator killed again and again runs every command once', async () => {
  const cluster = Cluster.parse(parse(readFileSync(file, 'utf8')));
  const [node = ''] = Object.keys(cluster.nodes);
  const path = join(dir, 'journal.db');
  const journal = openJournal(path);
  await journal.create(
    'r1',
    chain(node, (place) => [0, 0.5, 2][place % 3] ?? 0),
    'test',
    Date.now(),
  );

  let seed = 42;
  let lives = 0;
  for (;;) {
    lives += 1;
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    const { code, err } = await live(path, 700 + (seed % 2500));
    if (code === 0) break;
    expect({ code, err }).toEqual({ code: null, err });
    expect(lives).toBeLessThan(100);
  }
  console.log(`${lives} lives for ${STEPS} steps`);
  expect(lives).toBeGreaterThan(3);

  const links = openLinks(cluster, { base: dirname(file) });
  const link = links.link(node);
  const { out } = await link.look({ argv: ['sh', '-c', 'cat /root/ran-* | wc -l; ls /root/mark-* | wc -l'] });
  expect(out).toBe(`${STEPS}\n${STEPS}\n`);
  expect((await link.look({ argv: ['ls', '/var/lib/windlass'] })).rc).toBe(2);
  await links.close();
  const events = (await journal.read('r1')).map(({ event }) => event);
  expect(events.filter(({ type }) => type === 'step.started')).toHaveLength(STEPS);
  expect(events.at(-1)?.type).toBe('run.finished');
  await journal.close();
});
