// The way back over a change of the system, on a real control plane: lab `ha3-disks` (bookworm, Zed), whose nodes' disks are
// kept by `windlass lab disk`, goes to trixie/Epoxy. It is stopped after its first controller and brought back; then it
// goes all the way, and is brought back from there. Needs what `ha3` needs: 4 GB of memory, 5 GB of disk and 2 more for
// what is kept. Some 50 minutes on two idle cores. `WINDLASS_DISKS_LAB=name` takes another lab of topology ha3 or cloud
// that stands on bookworm/Zed; a cloud's computes are left as they are (`--partial`).
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Lab, labUp, openLab } from '../../src/lab/index.ts';
import { Plan } from '../../src/model/plan.ts';
import { begin, comesTo, type SeenEvent, windlass } from '../lab/operator.ts';
import { expectWhole, systems, writeClusterFile } from './control-plane.ts';

const NAME = process.env.WINDLASS_DISKS_LAB ?? 'ha3-disks';
const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
const Kept = z.array(z.object({ node: z.string(), kept: z.boolean() }));

let lab: Lab;
let file: string;
let state: string;
let controllers: readonly string[];
const here = (...args: string[]): string[] => [...args, '--cluster', file, '--state', state];
async function planned(): Promise<Plan> {
  for (const words of [['discover'], ['plan', '--os', 'trixie', '--openstack', '2025.1', '--partial']]) {
    const { code, err } = await windlass(...here(...words));
    expect(code, err.slice(-3000)).toBe(0);
  }
  return Plan.parse(JSON.parse(readFileSync(join(state, 'plan.json'), 'utf8')));
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
  if (process.env.WINDLASS_DISKS_LAB === undefined) await labUp({ topology: 'ha3', name: NAME, io: say });
  lab = openLab(NAME);
  controllers = lab.site.controllers.map(({ name }) => name);
  file = join(lab.place.folder, 'disks.yaml');
  state = join(lab.place.folder, '.windlass-disks');
  rmSync(state, { recursive: true, force: true });
  writeClusterFile(lab, file);
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
    expect(await systems(lab, controllers)).toContain('trixie');

    const kept = await windlass(...here('disks', '--json'));
    expect(kept.code, kept.err).toBe(0);
    expect(Kept.parse(JSON.parse(kept.out))).toContainEqual({ node: first, kept: true });
    const early = await windlass(...here('disks', '--drop', '--yes'));
    expect(early.code).toBe(2);
    expect(early.err).toContain('WL-DISKS-NEEDED');

    await back([String(first)]);
    await expectWhole(lab, controllers, 'bookworm');
  });

  test('goes all the way, and comes back from there', async () => {
    await planned();
    const ran = await windlass(...here('run', '--yes', '--no-watch'));
    expect(ran.code, ran.err.slice(-4000)).toBe(0);
    expect(new Set(await systems(lab, controllers))).toEqual(new Set(['trixie']));
    await back(controllers);
    await expectWhole(lab, controllers, 'bookworm');
  });

  test('there is nothing to come back from any more, and no disk is left', async () => {
    const again = await windlass(...here('rollback'));
    expect(again.code).toBe(2);
    expect(again.err).toContain('WL-ROLLBACK-DONE');
    const kept = await windlass(...here('disks', '--json'));
    expect(Kept.parse(JSON.parse(kept.out)).filter((one) => one.kept)).toEqual([]);
  });
});
