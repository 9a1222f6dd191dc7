// A whole cloud from bookworm/Zed to trixie/Epoxy with its guests alive: three controllers, two computes. Tenants do
// what they do before, between the phases and after; the orchestrator is killed while a guest is on its way; the
// second compute fails its canary, is fenced off, and is taken up again once its fault is mended.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Lab, labUp, openLab, verifyData } from '../../src/lab/index.ts';
import { exercise } from '../lab/exercise.ts';
import { applied, begin, comesTo, eventsIn, shell, started, windlass } from '../lab/operator.ts';

const LAB = 'cloud-haul';
const TARGET = ['--os', 'trixie', '--openstack', '2025.1'];
let lab: Lab;
let clusterFile: string;
let state: string;

const here = (...args: string[]): string[] => [...args, '--cluster', clusterFile, '--state', state];
const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);

beforeAll(async () => {
  const up = await labUp({ topology: 'cloud', name: LAB, io: say });
  lab = openLab(LAB);
  clusterFile = join(dirname(up.clusterFile), 'haul.yaml');
  // One compute may fail: what does not need it goes on.
  const file: unknown = parse(readFileSync(up.clusterFile, 'utf8'));
  if (typeof file !== 'object' || file === null || !('policy' in file)) throw new Error('no cluster file');
  writeFileSync(
    clusterFile,
    stringify({ ...file, policy: { ...Object(file.policy), onFailure: 'continue', tolerate: 1 } }),
  );
  state = join(dirname(clusterFile), '.windlass');
});

const service = async (
  compute: string,
): Promise<{ status: string; reason: string | null; running: unknown[] }> => {
  const { out } = await shell(
    lab,
    'ctl1',
    'python3',
    '/var/lib/windlass/cloud.py',
    '--credentials',
    '/root/openrc',
    'host',
    compute,
  );
  return JSON.parse(out);
};

describe('the whole cloud', () => {
  test('is raised with its guests alive', async () => {
    const before = await verifyData(lab);
    expect(before.lines.filter(({ ok }) => !ok)).toEqual([]);
    say(`before: ${JSON.stringify(await exercise(lab))}`);
    for (const verb of ['discover', 'plan']) {
      const made = await windlass(...here(verb, ...(verb === 'plan' ? TARGET : [])));
      expect(made.code, made.err).toBe(0);
    }

    // The control plane is new, the computes are old.
    let orchestrator = begin(...here('run', '--yes'));
    await comesTo(state, 'the first compute', orchestrator.ended, started('cmp1/nova/disable'));
    orchestrator.child.kill('SIGKILL');
    await orchestrator.ended;
    say(`Epoxy's control plane, Zed's computes: ${JSON.stringify(await exercise(lab))}`);

    // Killed while a guest is on its way.
    orchestrator = begin(...here('resume', '--yes'));
    await comesTo(state, 'a live migration', orchestrator.ended, applied('cmp1/guests/move'));
    await sleep(2000);
    orchestrator.child.kill('SIGKILL');
    await orchestrator.ended;
    orchestrator = begin(...here('resume', '--yes'));

    // One new compute beside an old one; then the old one, on which no guest can be born any more.
    await comesTo(state, 'the second compute', orchestrator.ended, started('cmp2/nova/disable'));
    await comesTo(state, 'its boot', orchestrator.ended, applied('cmp2/os/reboot'));
    // Not before: without qemu nova-compute itself would not start, and an operator would have to start it again.
    await comesTo(state, 'its canary', orchestrator.ended, started('cmp2/canary/boot'));
    const qemu = '/usr/bin/qemu-system-x86_64';
    expect((await shell(lab, 'cmp2', 'chmod', 'a-x', qemu)).code).toBe(0);
    const failed = await orchestrator.ended;
    expect(failed.code, failed.err.slice(-3000)).toBe(1);
    expect(failed.err).toContain('cmp2/canary/boot');
    const fenced = await service('cmp2');
    expect(fenced).toMatchObject({ status: 'disabled', running: [] });
    expect(fenced.reason).toContain('windlass');
    expect((await service('cmp1')).status).toBe('enabled');
    say(`a compute fenced off: ${JSON.stringify(await exercise(lab))}`);

    // Mended, it is taken up where it was left.
    expect((await shell(lab, 'cmp2', 'chmod', 'a+x', qemu)).code).toBe(0);
    const last = await windlass(...here('resume', '--retry', '--yes'));
    expect(last.code, last.err.slice(-3000)).toBe(0);
    expect((await service('cmp2')).status).toBe('enabled');
    console.log(last.out);
  });

  test('left every node new and clean, every guest and every datum as it was', async () => {
    for (const node of ['ctl1', 'ctl2', 'ctl3', 'cmp1', 'cmp2']) {
      const look = async (...command: string[]): Promise<string> =>
        (await shell(lab, node, ...command)).out.trim();
      expect(await look('cat', '/etc/os-release')).toContain('VERSION_CODENAME=trixie');
      expect(await look('dpkg', '--audit')).toBe('');
      expect(await look('systemctl', 'list-units', '--state=failed', '--plain', '--no-legend')).toBe('');
      expect(await look('find', '/etc/nova/nova.conf.d', '-name', '*windlass*')).toBe('');
    }
    const after = await verifyData(lab);
    expect(after.lines.filter(({ ok }) => !ok)).toEqual([]);
    say(`after: ${JSON.stringify(await exercise(lab))}`);
  });

  test('no command was run twice, and a second time there is nothing to do', async () => {
    const units = (await eventsIn(state)).flatMap(({ unit, node }) => (unit ? [{ unit, node }] : []));
    for (const { unit, node } of units) {
      const { out } = await shell(
        lab,
        node ?? '',
        'journalctl',
        '--no-pager',
        '-o',
        'cat',
        `UNIT=${unit}.service`,
        'JOB_TYPE=start',
      );
      expect(out.split('\n').filter((line) => line.startsWith('Started')).length, unit).toBeLessThanOrEqual(
        1,
      );
    }
    const again = await windlass(...here('run', '--yes'));
    expect(again.code, again.err).toBe(0);
    expect(again.err).toContain('nothing to do');
  });
});
