// Another release on the same system, with no failed request, while clients ask every API with tokens, three uploads are
// under way and somebody looks at a guest's screen: a new cloud of Zed goes to Epoxy on bookworm, one of Epoxy to Gazpacho on
// trixie, and one of Gazpacho to Hibiscus. WINDLASS_ROLLING_LAB takes another lab, which stands where that step begins.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { cloudApi, readJson } from '../../src/lab/cloud-api.ts';
import { until } from '../../src/lab/command.ts';
import {
  cutPower,
  type Lab,
  labRepo,
  labUp,
  openLab,
  REPO_KEY_ON_NODE,
  restorePower,
} from '../../src/lab/index.ts';
import { Plan } from '../../src/model/plan.ts';
import { watchConsole } from '../lab/console.ts';
import { exercise } from '../lab/exercise.ts';
import { answerOf, applied, begin, comesTo, shell, since, started, windlass } from '../lab/operator.ts';
import { lostData } from './lost-data.ts';
import { newGuest } from './new-guest.ts';
import { Report } from './report.ts';

const NODES = ['ctl1', 'ctl2', 'ctl3', 'cmp1', 'cmp2'];
/** What an upload weighs and how fast it goes: it outlasts the first drains, and ends before patience does. */
const UPLOAD = { megabytes: 300, perSecond: '1500k' };

/** Seconds a person looks at a guest's screen: over the first drain, and less than a drain's patience. */
const LOOKS = 200;

interface Step {
  readonly lab: string;
  readonly topology: string;
  readonly os: string;
  readonly release: string;
  readonly from: string;
  readonly repo: string;
  /** Upstream's major version of nova. */
  readonly nova: number;
  /** Packages that nothing pulls in: the plan installs them by name, so they are manual. */
  readonly adds?: readonly string[];
}
const STEPS: readonly Step[] = [
  {
    lab: 'cloud-leap',
    topology: 'cloud',
    os: 'bookworm',
    release: '2025.1',
    from: 'zed',
    repo: 'epoxy-bookworm',
    nova: 31,
    adds: ['neutron-periodic-workers'],
  },
  {
    lab: 'cloud-epoxy',
    topology: 'cloud-epoxy',
    os: 'trixie',
    release: '2026.1',
    from: '2025.1',
    repo: 'gazpacho-trixie',
    nova: 33,
  },
  {
    lab: 'cloud-gazpacho',
    topology: 'cloud-gazpacho',
    os: 'trixie',
    release: '2026.2',
    from: '2026.1',
    repo: 'hibiscus-trixie',
    nova: 34,
  },
];

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
let lab: Lab;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-rolling-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The cluster file of one step, with its archive and its own state beside it. */
async function stepFile(
  { os, release, from, repo }: Step,
  policy: object = {},
): Promise<{ file: string; state: string }> {
  const made = await labRepo({ name: repo, io: say });
  const file: unknown = parse(readFileSync(lab.place.clusterFile, 'utf8'));
  if (typeof file !== 'object' || file === null) throw new Error('no cluster file');
  const said = 'policy' in file && typeof file.policy === 'object' ? file.policy : {};
  const path = join(lab.place.folder, `${repo}.yaml`);
  const key = { path: REPO_KEY_ON_NODE, content: readFileSync(made.keyFile, 'utf8') };
  const archives = { [release]: { source: made.sources, key } };
  writeFileSync(
    path,
    stringify({ ...file, os: `debian/${os}`, openstack: from, archives, policy: { ...said, ...policy } }),
  );
  return { file: path, state: join(dirname(path), `.windlass-${repo}`) };
}

const ask = (node: string, ...command: string[]): Promise<string> => answerOf(lab, node, ...command);
const marks = async (): Promise<readonly string[]> =>
  Promise.all(NODES.map((n) => ask(n, 'apt-mark', 'showmanual')));
const Marks = z.array(z.string());

/** Makes the plan, and keeps the marks from before it for whoever compares: rollback.test.ts does too. */
async function planned(state: string, words: readonly string[]): Promise<Plan> {
  const before = await marks();
  const made = await windlass(...words);
  expect(made.code, made.err).toBe(0);
  writeFileSync(join(state, 'marks.json'), JSON.stringify(before));
  return Plan.parse(JSON.parse(readFileSync(join(state, 'plan.json'), 'utf8')));
}

/** A slow upload through the VIP; gives the status and what Glance then has of the image. */
async function upload(name: string, body: string): Promise<{ status: string; image: unknown }> {
  const api = await cloudApi(lab.site);
  const Image = z.object({ id: z.string(), status: z.string(), size: z.number().nullable() });
  const json = { name, disk_format: 'raw', container_format: 'bare' };
  const { id } = readJson(await api.call('glance', '/v2/images', { method: 'POST', json }), Image);
  const token = join(folder, `${name}.header`);
  writeFileSync(token, `X-Auth-Token: ${api.token}\nContent-Type: application/octet-stream\n`, {
    mode: 0o600,
  });
  const curl = ['-sS', '--noproxy', '*', '--limit-rate', UPLOAD.perSecond, '-H', `@${token}`, '-T', body];
  const url = `http://${lab.site.vip}:9292/v2/images/${id}/file`;
  const child = spawn('curl', [...curl, '-o', '/dev/null', '-w', '%{http_code}', url]);
  let status = '';
  for await (const part of child.stdout) status += String(part);
  const { size, status: state } = readJson(await api.call('glance', `/v2/images/${id}`), Image);
  await api.call('glance', `/v2/images/${id}`, { method: 'DELETE' });
  return { status, image: { size, status: state } };
}

/** Says what everything was like, and gives the APIs. */
function apisIn({ things }: Report): Report['things'] {
  for (const { name, outage, failed, total } of things)
    say(`${name}: away ${outage} s, ${failed} of ${total} failed`);
  return things.filter(({ kind }) => kind === 'api' || kind === 'http');
}

/** APIs that were away or failed at all. */
const servedWithout = (report: Report) =>
  apisIn(report).filter(({ failed, outage }) => failed > 0 || outage > 0);

/**
 * Milliseconds in which clients of a bus notice that the member they speak with is dead (oslo.messaging's
 * `heartbeat_timeout_threshold`, unless said): what they have asked through it waits as long.
 */
const NOTICED = 60_000;

/** APIs that failed before a member died, or when its death had to be known. */
const awayBeside = (report: Report, died: number) =>
  apisIn(report).filter(
    ({ open, spans }) => open || spans.some(({ to }) => to < died || to > died + NOTICED),
  );

/** Seconds until a new guest is active; it is deleted again. */
async function boots(): Promise<number> {
  const from = performance.now();
  const { api, id } = await newGuest(lab, 'without');
  const seconds = Math.round((performance.now() - from) / 1000);
  await api.call('nova', `/v2.1/servers/${id}`, { method: 'DELETE' });
  return seconds;
}

describe.each(STEPS)('$os from $from to $release', (step) => {
  beforeAll(async () => {
    const other = process.env.WINDLASS_ROLLING_LAB;
    if (other === undefined) await labUp({ topology: step.topology, name: step.lab, io: say });
    lab = openLab(other ?? step.lab);
  });

  test('no request fails, uploads and consoles go on', async () => {
    const { file, state } = await stepFile(step);
    const here = (...args: string[]): string[] => [...args, '--cluster', file, '--state', state];
    expect(await lostData(lab)).toEqual([]);
    const plan = await planned(state, here('plan', '--openstack', step.release));
    expect(plan.route[0]?.strategy).toBe('rolling');

    const body = join(folder, 'upload');
    writeFileSync(body, Buffer.alloc(UPLOAD.megabytes * 1_000_000, 7));
    const begun = Date.now();
    const run = begin(...here('run', '--yes'));
    const first = plan.steps.find(({ phase }) => phase === 'libraries')?.id ?? '';
    await comesTo(state, 'the work on nodes', run.ended, since(begun, started(first)));
    const [looked, ...sent] = await Promise.all([
      watchConsole(lab, LOOKS),
      ...['a', 'b', 'c'].map((name) => upload(`upload-${name}`, body)),
    ]);
    say(`uploads are through, ${looked.name} answered ${looked.looks} looks: ${JSON.stringify(sent)}`);
    const ended = await run.ended;
    expect(ended.code, ended.err.slice(-3000)).toBe(0);
    say(ended.out);
    const size = UPLOAD.megabytes * 1_000_000;
    expect(looked.looks).toBeGreaterThan(LOOKS / 2);
    expect(sent).toEqual(sent.map(() => ({ status: '204', image: { size, status: 'active' } })));

    const report = await windlass(...here('report', '--format', 'json'));
    expect(servedWithout(Report.parse(JSON.parse(report.out)))).toEqual([]);
  });

  test('every node is new and clean, marks and data stay, everything works, and there is nothing to do again', async () => {
    const { file, state } = await stepFile(step);
    const here = (...args: string[]): string[] => [...args, '--cluster', file, '--state', state];
    for (const node of NODES) {
      const version = await ask(node, 'dpkg-query', '-W', '-f', '$' + '{Version}', 'python3-nova');
      expect(version, node).toMatch(new RegExp(`^\\d+:${step.nova}\\.`));
      expect(await ask(node, 'dpkg', '--audit')).toBe('');
      expect(await ask(node, 'systemctl', 'list-units', '--state=failed', '--plain', '--no-legend')).toBe('');
    }
    const before = Marks.parse(JSON.parse(readFileSync(join(state, 'marks.json'), 'utf8')));
    const { adds = [] } = step;
    const after = (await marks()).map((text) => text.split('\n').filter((name) => !adds.includes(name)));
    expect(after).toEqual(before.map((text) => text.split('\n')));
    expect(await lostData(lab)).toEqual([]);
    say(`after: ${JSON.stringify(await exercise(lab))}`);
    const again = await windlass(...here('plan', '--openstack', step.release));
    expect(again.out).toContain('Nothing to do');
  });
});

/** Whether dpkg is in the middle of a node's work. */
async function halfWay(node: string): Promise<true | string> {
  const { out } = await shell(lab, node, 'dpkg-query', '-W', '-f', '$' + '{db:Status-Abbrev}\n');
  const unpacked = out.split('\n').filter((state) => state.startsWith('iU')).length;
  return unpacked >= 20 || `${unpacked} packages`;
}

/** Daemons that a boot starts by itself, and the package whose code they load. */
const DAEMONS = {
  'nova-conductor': 'python3-nova',
  'neutron-rpc-server': 'python3-neutron',
  'cinder-volume': 'python3-cinder',
  'heat-engine': 'python3-heat',
};

/** Daemons of a node that run since before their package was unpacked: on code that is no longer there. */
async function stale(node: string): Promise<string[]> {
  const found: string[] = [];
  for (const [unit, name] of Object.entries(DAEMONS)) {
    const begun = await ask(
      node,
      'systemctl',
      'show',
      '-P',
      'ActiveEnterTimestamp',
      '--timestamp=unix',
      unit,
    );
    const unpacked = await ask(node, 'stat', '-c', '%Y', `/var/lib/dpkg/info/${name}.list`);
    if (!(Number(begun.slice(1)) > Number(unpacked))) found.push(`${unit}: ${begun}, code of ${unpacked}`);
  }
  return found;
}

describe('a controller that dies while it is raised', () => {
  const step = STEPS[0];
  if (step === undefined) throw new Error('no step to die in');
  const { topology, release } = step;
  let here: (...args: string[]) => string[];
  beforeAll(async () => {
    // Another cloud of Zed will do: one that rollback.test.ts has brought back.
    const name = process.env.WINDLASS_DYING_LAB ?? 'cloud-dying';
    await labUp({ topology, name, io: say });
    lab = openLab(name);
  });

  test('leaves the service up and the run at a clear stop', async () => {
    // A node is given up after a minute and not after ten: nothing else is waited for that long here.
    const { file, state } = await stepFile(step, { patience: '60s' });
    here = (...args) => [...args, '--cluster', file, '--state', state];
    const plan = await planned(state, here('plan', '--openstack', release));
    const second = plan.steps.filter(({ id }) => id.endsWith('/openstack/raise'))[1];
    const node = second?.on[0] ?? '';

    const begun = Date.now();
    const run = begin(...here('run', '--yes'));
    await comesTo(state, 'the second controller', run.ended, since(begun, applied(second?.id ?? '')));
    await until(`packages of ${node} are unpacked and not yet set up`, 300, () => halfWay(node), 500);
    await cutPower(lab, node);
    const died = Date.now();
    say(`${node} is dead`);
    try {
      const ended = await run.ended;
      expect(ended.code, ended.err.slice(-3000)).toBe(1);
      expect(ended.err).toMatch(new RegExp(`WL-NODE-LOST[^\\n]*${node}`));
      say(ended.err.split('\n').slice(-6).join('\n'));
      // Only its own routers are gone with a network node: what the control plane does is asked of it.
      say(`without it a guest is active after ${await boots()} s`);
      const report = await windlass(...here('report', '--format', 'json'));
      expect(awayBeside(Report.parse(JSON.parse(report.out)), died)).toEqual([]);
    } finally {
      restorePower(lab, node);
      await until(
        `${node} answers`,
        300,
        async () => (await shell(lab, node, 'true')).code === 0 || 'not yet',
      );
    }
  });

  test('and when it is back the run goes to its end', async () => {
    const last = await windlass(...here('resume', '--retry', '--yes'));
    expect(last.code, last.err.slice(-3000)).toBe(0);
    // Its boot started what the run had stopped, on half of the new code.
    for (const node of ['ctl1', 'ctl2', 'ctl3']) expect(await stale(node), node).toEqual([]);
    expect(await lostData(lab)).toEqual([]);
    say(`whole again: ${JSON.stringify(await exercise(lab))}`);
  });
});
