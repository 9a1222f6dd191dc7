// The way back over a change of the system, on a real control plane: lab `ha3-disks` (bookworm, Zed), whose nodes' disks are
// kept by `windlass lab disk`, goes to trixie/Epoxy. It is stopped after its first controller and brought back; then it
// goes all the way, and is brought back from there. Needs what `ha3` needs: 4 GB of memory, 5 GB of disk and 2 more for
// what is kept. Some 50 minutes on two idle cores. `WINDLASS_DISKS_LAB=name` takes another lab of topology ha3 or cloud
// that stands on bookworm/Zed; a cloud's computes are left as they are (`--partial`).
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type Lab, labUp, openLab, verifyData } from '../../src/lab/index.ts';
import { Plan } from '../../src/model/plan.ts';
import { begin, comesTo, type SeenEvent, shell, windlass } from '../lab/operator.ts';

const NAME = process.env.WINDLASS_DISKS_LAB ?? 'ha3-disks';
const MAIN = join(import.meta.dirname, '../../bin/windlass.js');
const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
const Kept = z.array(z.object({ node: z.string(), kept: z.boolean() }));

let lab: Lab;
let file: string;
let state: string;
let controllers: readonly string[];
const here = (...args: string[]): string[] => [...args, '--cluster', file, '--state', state];
const ask = async (node: string, ...command: string[]): Promise<string> => {
  const { code, out, err } = await shell(lab, node, ...command);
  expect(code, err).toBe(0);
  return out.trim();
};
const systems = (): Promise<string[]> =>
  Promise.all(
    controllers.map(async (node) => ask(node, 'sed', '-n', 's/^VERSION_CODENAME=//p', '/etc/os-release')),
  );

async function planned(): Promise<Plan> {
  for (const words of [['discover'], ['plan', '--os', 'trixie', '--openstack', '2025.1', '--partial']]) {
    const { code, err } = await windlass(...here(...words));
    expect(code, err.slice(-3000)).toBe(0);
  }
  return Plan.parse(JSON.parse(readFileSync(join(state, 'plan.json'), 'utf8')));
}

/** The whole cluster is as it was: system, bus, database, balancers, and every row and image that was there. */
async function whole(): Promise<void> {
  expect(new Set(await systems())).toEqual(new Set(['bookworm']));
  for (const node of controllers) {
    expect(await ask(node, 'dpkg', '--audit')).toBe('');
    expect(await ask(node, 'systemctl', 'list-units', '--state=failed', '--plain', '--no-legend')).toBe('');
    const size = await ask(node, 'mariadb', '-NBe', "SHOW STATUS LIKE 'wsrep_cluster_size'");
    expect(size).toMatch(new RegExp(`\\s${controllers.length}$`));
    const bus = await ask(node, 'rabbitmqctl', '-q', 'cluster_status', '--formatter', 'json');
    expect(
      z.object({ running_nodes: z.array(z.string()) }).parse(JSON.parse(bus)).running_nodes,
    ).toHaveLength(controllers.length);
  }
  const proof = await verifyData(openLab(NAME));
  expect(proof.lines.filter(({ ok }) => !ok)).toEqual([]);
}

async function back(disks: readonly string[]): Promise<void> {
  const shown = await windlass(...here('rollback', '--json'));
  expect(shown.code, shown.err.slice(-3000)).toBe(0);
  expect([...(Plan.parse(JSON.parse(shown.out)).rollback?.disks ?? [])].sort()).toEqual([...disks].sort());
  const from = performance.now();
  const ran = await windlass(...here('rollback', '--yes', '--no-watch'));
  expect(ran.code, ran.err.slice(-4000)).toBe(0);
  say(`back after ${Math.round((performance.now() - from) / 1000)} s`);
}

beforeAll(async () => {
  const { clusterFile } =
    process.env.WINDLASS_DISKS_LAB === undefined
      ? await labUp({ topology: 'ha3', name: NAME, io: say })
      : { clusterFile: openLab(NAME).place.clusterFile };
  lab = openLab(NAME);
  controllers = lab.site.controllers.map(({ name }) => name);
  file = join(lab.place.folder, 'disks.yaml');
  state = join(lab.place.folder, '.windlass-disks');
  rmSync(state, { recursive: true, force: true });
  const verb = (name: string): string[] => [process.execPath, MAIN, 'lab', 'disk', name, NAME];
  const disks = {
    provider: 'command',
    keep: verb('keep'),
    has: verb('has'),
    restore: verb('restore'),
    drop: verb('drop'),
  };
  const said: unknown = parse(readFileSync(lab.place.clusterFile, 'utf8'));
  if (typeof said !== 'object' || said === null) throw new Error(`${clusterFile} is no cluster file`);
  writeFileSync(file, stringify({ ...said, disks }));
});

describe('a control plane whose disks are kept', () => {
  test('is stopped after its first controller, and comes back', async () => {
    const plan = await planned();
    const first = plan.steps.find(({ kind }) => kind === 'disk.keep')?.params.node;
    expect(controllers).toContain(first);
    const { child, ended } = begin(...here('run', '--yes', '--no-watch'));
    const given = (events: readonly SeenEvent[]): boolean =>
      events.some(({ type, step }) => type === 'step.finished' && step === `${String(first)}/haproxy/enable`);
    await comesTo(state, 'the first controller served', ended, given);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(await systems()).toContain('trixie');

    const kept = await windlass(...here('disks', '--json'));
    expect(kept.code, kept.err).toBe(0);
    expect(Kept.parse(JSON.parse(kept.out))).toContainEqual({ node: first, kept: true });
    const early = await windlass(...here('disks', '--drop', '--yes'));
    expect(early.code).toBe(2);
    expect(early.err).toContain('WL-DISKS-NEEDED');

    await back([String(first)]);
    await whole();
  });

  test('goes all the way, and comes back from there', async () => {
    await planned();
    const ran = await windlass(...here('run', '--yes', '--no-watch'));
    expect(ran.code, ran.err.slice(-4000)).toBe(0);
    expect(new Set(await systems())).toEqual(new Set(['trixie']));
    await back(controllers);
    await whole();
  });

  test('there is nothing to come back from any more, and no disk is left', async () => {
    const again = await windlass(...here('rollback'));
    expect(again.code).toBe(2);
    expect(again.err).toContain('WL-ROLLBACK-DONE');
    const kept = await windlass(...here('disks', '--json'));
    expect(Kept.parse(JSON.parse(kept.out)).filter((one) => one.kept)).toEqual([]);
  });
});
