// Controllers made anew in place of an upgrade, on real hosts: lab `ha3-rebuild` (bookworm, Zed) goes to trixie/Epoxy on fresh
// machines, one after the other, under the old names and addresses. `windlass lab disk` keeps each old disk and makes each
// fresh one, `windlass lab configure` is the configuration tool. Then the old disks go back. Needs what `ha3` needs: 4 GB
// of memory, 5 GB of disk and 3 more. `WINDLASS_REBUILD_LAB=name` takes another lab of topology ha3 or cloud that stands on
// Zed; a cloud's computes are left as they are (`--partial`), and its tenants are asked to work after each of both.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Lab, labUp, openLab } from '../../src/lab/index.ts';
import { hasGuests } from '../../src/lab/topology.ts';
import { Plan } from '../../src/model/plan.ts';
import { exercise } from '../lab/exercise.ts';
import { shell, windlass } from '../lab/operator.ts';
import { expectWhole, labWords, writeClusterFile } from './control-plane.ts';
import { Report } from './report.ts';

const NAME = process.env.WINDLASS_REBUILD_LAB ?? 'ha3-rebuild';
/** What the lab has written where it configured a machine, and an upgraded one has not. */
const MADE_ANEW = '/var/lib/windlass-lab/packaged';
const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);

let lab: Lab;
let file: string;
let state: string;
let controllers: readonly string[];
const here = (...args: string[]): string[] => [...args, '--cluster', file, '--state', state];
const keystone = (path: string, init: RequestInit): Promise<Response> =>
  fetch(`http://${lab.site.vip}:5000/v3/${path}`, { ...init, signal: AbortSignal.timeout(30_000) });

async function token(): Promise<string> {
  const user = { name: 'admin', domain: { id: 'default' }, password: lab.site.secret('keystone-admin') };
  const auth = { identity: { methods: ['password'], password: { user } } };
  const answer = await keystone('auth/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: { ...auth, scope: { project: { name: 'admin', domain: { id: 'default' } } } },
    }),
  });
  expect(answer.status).toBe(201);
  return answer.headers.get('x-subject-token') ?? '';
}

/** Tenants work, where there is anything to work with. */
async function tenants(): Promise<void> {
  if (hasGuests(lab.site.topology)) say(`tenants: ${JSON.stringify(await exercise(lab))}`);
}

const isFresh = async (node: string): Promise<boolean> =>
  (await shell(lab, node, 'test', '-e', MADE_ANEW)).code === 0;

beforeAll(async () => {
  if (process.env.WINDLASS_REBUILD_LAB === undefined) await labUp({ topology: 'ha3', name: NAME, io: say });
  lab = openLab(NAME);
  controllers = lab.site.controllers.map(({ name }) => name);
  file = join(lab.place.folder, 'rebuild.yaml');
  state = join(lab.place.folder, '.windlass-rebuild');
  rmSync(state, { recursive: true, force: true });
  const remake = labWords('disk', 'remake', '--os', 'trixie', NAME);
  // A cloud's volumes are files of the lab's share, which all its nodes mount.
  const volumes = hasGuests(lab.site.topology) ? { volumes: 'elsewhere' } : {};
  const rebuild = { remake, remade: labWords('disk', 'remade', NAME), ...volumes };
  const apply = labWords('configure', NAME, '{node}');
  writeClusterFile(lab, file, { rebuild, configuration: { by: 'command', on: 'localhost', apply } });
});

describe('a control plane made anew', () => {
  let old = '';

  test('is made anew machine by machine, and goes on serving', async () => {
    for (const args of [['discover'], ['plan', '--os', 'trixie', '--openstack', '2025.1', '--partial']]) {
      const { code, err } = await windlass(...here(...args));
      expect(code, err.slice(-3000)).toBe(0);
    }
    const plan = Plan.parse(JSON.parse(readFileSync(join(state, 'plan.json'), 'utf8')));
    const made = plan.steps.filter(({ kind }) => kind === 'node.remake').map(({ params }) => params.node);
    expect(made.toSorted()).toEqual(controllers.toSorted());
    expect(plan.steps.map(({ kind }) => kind)).not.toContain('apt.dist-upgrade');

    old = await token();
    const from = performance.now();
    const ran = await windlass(...here('run', '--yes'));
    expect(ran.code, ran.err.slice(-4000)).toBe(0);
    say(`made anew in ${Math.round((performance.now() - from) / 1000)} s`);
    const told = await windlass(...here('report', '--format', 'json'));
    const { things } = Report.parse(JSON.parse(told.out));
    for (const { name, failed, total, outage, longestGap } of things)
      say(`${name}: ${failed} of ${total} failed, ${outage} s away, longest gap ${longestGap} s`);
    expect(things.filter(({ open }) => open)).toEqual([]);
  });

  test('every machine is a fresh one on trixie, and the cluster and its data are whole', async () => {
    expect(await Promise.all(controllers.map(isFresh))).toEqual(controllers.map(() => true));
    await expectWhole(lab, controllers, 'trixie');
    await tenants();
  });

  test('a token of before is good: the keys went along', async () => {
    const own = await token();
    const headers = { 'x-auth-token': own, 'x-subject-token': old };
    for (let times = 0; times < 2 * controllers.length; times += 1)
      expect((await keystone('auth/tokens', { headers })).status).toBe(200);
  });

  test('the old machines come back', async () => {
    const shown = await windlass(...here('rollback', '--json'));
    expect(shown.code, shown.err.slice(-3000)).toBe(0);
    const { rollback } = Plan.parse(JSON.parse(shown.out));
    expect(rollback?.disks?.toSorted()).toEqual(controllers.toSorted());
    const from = performance.now();
    const ran = await windlass(...here('rollback', '--yes', '--no-watch'));
    expect(ran.code, ran.err.slice(-4000)).toBe(0);
    say(`back after ${Math.round((performance.now() - from) / 1000)} s`);
    expect(await Promise.all(controllers.map(isFresh))).toEqual(controllers.map(() => false));
    await expectWhole(lab, controllers, 'bookworm');
    await tenants();
  });
});
