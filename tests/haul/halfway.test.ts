// The way back from anywhere: a run from Zed to Epoxy is killed at steps drawn by chance, and `windlass rollback` brings the
// cloud back each time, with its data, its guests and what tenants do. It starts from a cloud of Zed (`cloud-leap`, as
// rollback.test.ts leaves it, or made anew); WINDLASS_HALFWAY_LAB takes another (made of WINDLASS_HALFWAY_TOPOLOGY: `ha3` is a
// control plane alone, in minutes), WINDLASS_HALFWAY_POINTS draws more or fewer than five, WINDLASS_HALFWAY_SEED draws others
// (the seed is in the log), WINDLASS_HALFWAY_FROM begins with a later one; WINDLASS_HALFWAY_STEP draws none and takes this
// step, and `end` lets the run end; WINDLASS_HALFWAY_DATABASES is the way back's `--databases`;
// WINDLASS_HALFWAY_ANEW has the way back killed too, as soon as it stops what serves, and planned anew. `cloud-small` is a whole
// cloud with guests that two cores can carry through all of it.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Lab, labRepo, labUp, openLab, REPO_KEY_ON_NODE } from '../../src/lab/index.ts';
import { hasGuests } from '../../src/lab/topology.ts';
import { Plan, type Step } from '../../src/model/plan.ts';
import { seeded } from '../../src/sim/random.ts';
import { exercise } from '../lab/exercise.ts';
import { answerOf, begin, comesTo, type SeenEvent, since, windlass } from '../lab/operator.ts';
import { lostData } from './lost-data.ts';
import { Report } from './report.ts';

const LAB = process.env.WINDLASS_HALFWAY_LAB ?? 'cloud-leap';
const POINTS = Number(process.env.WINDLASS_HALFWAY_POINTS ?? 5);
const FROM = Number(process.env.WINDLASS_HALFWAY_FROM ?? 1);
const SEED = Number(process.env.WINDLASS_HALFWAY_SEED ?? 1);
const TOPOLOGY = process.env.WINDLASS_HALFWAY_TOPOLOGY ?? 'cloud';
const STEP = process.env.WINDLASS_HALFWAY_STEP;
const DATABASES = process.env.WINDLASS_HALFWAY_DATABASES;
const ANEW = process.env.WINDLASS_HALFWAY_ANEW !== undefined;
const RELEASE = '2025.1';
/** A package of Zed that is on every controller, and on every compute, with upstream's major version. */
const OLD = { controller: ['python3-keystone', 22], compute: ['python3-nova', 26] } as const;

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
let lab: Lab;
let file: string;
let state: string;
const here = (...args: string[]): string[] => [...args, '--cluster', file, '--state', state];
const ask = (node: string, ...command: string[]): Promise<string> => answerOf(lab, node, ...command);
const marks = (): Promise<string[]> =>
  Promise.all(lab.site.nodes.map(({ name }) => ask(name, 'apt-mark', 'showmanual')));

/** Steps of which one is drawn: with commands of their own, from the first package on. */
function drawable({ steps }: Plan): readonly Step[] {
  const first = steps.findIndex(({ kind }) => kind === 'archive.raise');
  return steps.slice(first).filter(({ commands }) => commands.length > 0);
}

/** What serves is stopped: handed to a node, by whichever step of a way back. */
const stops = (events: readonly SeenEvent[]) =>
  events.some(({ type, step = '' }) => type === 'step.applied' && step.endsWith('/openstack/stop'));

/** A way back that is given up in its middle, and takes no other words as it stands. */
async function giveUp(): Promise<void> {
  const first = begin(...here('rollback', '--yes'));
  await comesTo(state, 'a stop of the way back', first.ended, since(Date.now(), stops));
  first.child.kill('SIGKILL');
  await first.ended;
  say('the way back was killed while it stopped what serves');
  const other = await windlass(...here('rollback', '--databases', 'keep'));
  expect(other.code, other.err).toBe(2);
  expect(other.err).toContain('WL-ROLLBACK-BEGUN');
}

/** Handed to its node, or looked at and found to be so already. */
const reached = (step: string) => (events: readonly SeenEvent[]) =>
  events.some(({ type, step: of }) => of === step && /^step\.(applied|finished)$/.test(type));

beforeAll(async () => {
  await labUp({ topology: TOPOLOGY, name: LAB, io: say });
  lab = openLab(LAB);
  const repo = await labRepo({ name: 'epoxy-bookworm', io: say });
  const read: unknown = parse(readFileSync(lab.place.clusterFile, 'utf8'));
  if (typeof read !== 'object' || read === null) throw new Error('no cluster file');
  const key = { path: REPO_KEY_ON_NODE, content: readFileSync(repo.keyFile, 'utf8') };
  file = join(lab.place.folder, 'halfway.yaml');
  writeFileSync(file, stringify({ ...read, archives: { [RELEASE]: { source: repo.sources, key } } }));
});

describe(`a run killed at a step drawn by chance (seed ${SEED})`, () => {
  const random = seeded(SEED);
  const drawn = Array.from({ length: FROM - 1 + POINTS }, (_, at) => [at + 1, random.next()] as const);
  test.each(drawn.slice(FROM - 1))(
    'point %i: the way back ends in a working old cloud',
    async (point, share) => {
      state = join(lab.place.folder, `.windlass-halfway-${point}`);
      rmSync(state, { recursive: true, force: true });
      const before = await marks();
      const made = await windlass(...here('plan', '--openstack', RELEASE));
      expect(made.code, made.err).toBe(0);
      const plan = Plan.parse(JSON.parse(readFileSync(join(state, 'plan.json'), 'utf8')));
      const steps = drawable(plan);
      const step =
        STEP === undefined
          ? steps[Math.floor(share * steps.length)]
          : plan.steps.find(({ id }) => id === STEP);
      if (step === undefined && STEP !== 'end') throw new Error('nothing to draw from');

      const run = begin(...here('run', '--yes'));
      if (step !== undefined) {
        await comesTo(state, step.id, run.ended, reached(step.id));
        run.child.kill('SIGKILL');
        await run.ended;
        say(`killed at ${step.id}, ${plan.steps.indexOf(step) + 1} of ${plan.steps.length}`);
      } else {
        const ended = await run.ended;
        expect(ended.code, ended.err.slice(-4000)).toBe(0);
        say(ended.out);
      }

      if (ANEW) await giveUp();
      const from = performance.now();
      const said = [
        ...(ANEW ? ['--anew'] : []),
        ...(DATABASES === undefined ? [] : ['--databases', DATABASES]),
      ];
      const back = await windlass(...here('rollback', '--yes', ...said));
      expect(back.code, `${back.out.slice(-2000)}\n${back.err.slice(-4000)}`).toBe(0);
      say(`back after ${Math.round((performance.now() - from) / 1000)} s`);
      if (DATABASES === 'keep') expect(`${back.out}${back.err}`).toContain('WL-ROLLBACK-KEEP');
      // Guests run on and are reached all the while, whatever becomes of the control plane beside them.
      const report = await windlass(...here('report', '--format', 'json'));
      const pinged = Report.parse(JSON.parse(report.out)).things.filter(({ kind }) => kind === 'ping');
      say(pinged.map(({ name, failed, total }) => `${name}: ${failed} of ${total} lost`).join(', '));
      if (hasGuests(lab.site.topology)) expect(pinged.length).toBeGreaterThan(1);
      expect(pinged.filter(({ outage, open }) => outage > 0 || open)).toEqual([]);
      for (const { name: node, roles } of lab.site.nodes) {
        const [name, major] = OLD[roles.includes('controller') ? 'controller' : 'compute'];
        const version = await ask(node, 'dpkg-query', '-W', '-f', '$' + '{Version}', name);
        expect(version, node).toMatch(new RegExp(`^\\d+:${major}\\.`));
        expect(await ask(node, 'dpkg', '--audit')).toBe('');
        expect(await ask(node, 'systemctl', 'list-units', '--state=failed', '--plain', '--no-legend')).toBe(
          '',
        );
      }
      expect(await marks()).toEqual(before);
      expect(await lostData(lab)).toEqual([]);
      if (hasGuests(lab.site.topology)) say(`after: ${JSON.stringify(await exercise(lab))}`);
    },
  );
});
