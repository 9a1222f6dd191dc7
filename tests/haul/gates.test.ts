// A release further behind gates, on a real cloud: rehearsed first on a machine of its own; the test node's packages shown,
// approved from another process while the run waits; the run stopped because the canary's guest is cut off; a gate that runs
// out; then the rest. The report has what was rehearsed beside what came of it.
// It makes lab `cloud-leap` anew. To go on with a cloud that stands, half raised or not: WINDLASS_GATES_LAB=its-name.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import {
  type Lab,
  labAdd,
  labRemove,
  labRepo,
  labUp,
  openLab,
  REPO_KEY_ON_NODE,
  verifyData,
} from '../../src/lab/index.ts';
import { Plan } from '../../src/model/plan.ts';
import { exercise } from '../lab/exercise.ts';
import {
  answerOf,
  begin,
  comesTo,
  eventsIn,
  opened,
  type SeenEvent,
  started,
  windlass,
} from '../lab/operator.ts';
import { Report } from './report.ts';

const STANDS = process.env.WINDLASS_GATES_LAB;
const LAB = STANDS ?? 'cloud-leap';
const RELEASE = '2025.1';
const REPO = 'epoxy-bookworm';
const CANARY = 'cmp1';
const LAST = 'cmp2';
/** Upstream's major version of nova in Epoxy. */
const NOVA = 31;
/** Seconds a guest may be silent: less than the canary's packages take on two cores. */
const SILENCE = 20;

/** A bare host beside the lab. */
const MACHINE = 'upg03';

const policy = {
  rehearsal: 'required',
  canary: [CANARY],
  sample: '0%',
  guests: { silence: SILENCE },
  gates: {
    expires: '4h',
    computes: {},
    // Short: nobody comes the first time. The guests of the canary have to live for a minute of it.
    rest: { expires: '4m', condition: { kind: 'alive', minutes: 1 } },
  },
};

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
const Row = z.object({
  what: z.string(),
  gate: z.string(),
  who: z.string(),
  counted: z.boolean(),
  shown: z.string(),
});
let lab: Lab;
let file: string;
let state: string;
let plan: Plan;

const here = (...args: string[]): string[] => [...args, '--cluster', file, '--state', state];
const ask = (node: string, ...command: string[]): Promise<string> => answerOf(lab, node, ...command);
const novaOn = async (node: string): Promise<number> =>
  Number(
    /^\d+:(\d+)\./.exec(await ask(node, 'dpkg-query', '-W', '-f', '$' + '{Version}', 'python3-nova'))?.[1],
  );
/** Says yes from a process of its own, about the plan that was read. */
const approve = async (gate: string): Promise<void> => {
  const said = await windlass(...here('approve', gate, '--plan', plan.id));
  expect(said.code, said.err).toBe(0);
  say(said.err.trim());
};
/** Steps that were begun of the work on a compute. */
const begunOn = (node: string, events: readonly SeenEvent[]): string[] => {
  const work = plan.steps.filter(
    ({ id, phase }) => phase.startsWith('computes-') && id.startsWith(`${node}/`),
  );
  return events.flatMap(({ type, step }) =>
    type === 'step.started' && work.some(({ id }) => id === step) ? [step ?? ''] : [],
  );
};
/** libvirt's name of a guest, on the node that has it. */
async function domainOf(node: string, guest: string): Promise<string> {
  for (const name of (await ask(node, 'virsh', 'list', '--name')).split('\n').filter((line) => line !== '')) {
    if ((await ask(node, 'virsh', 'dumpxml', name)).includes(`<nova:name>${guest}</nova:name>`)) return name;
  }
  throw new Error(`${node} has no guest ${guest}`);
}

beforeAll(async () => {
  if (STANDS === undefined) await labUp({ topology: 'cloud', name: LAB, io: say });
  lab = openLab(LAB);
  const made = await labRepo({ name: REPO, io: say });
  const read: unknown = parse(readFileSync(lab.place.clusterFile, 'utf8'));
  if (typeof read !== 'object' || read === null) throw new Error('no cluster file');
  const key = { path: REPO_KEY_ON_NODE, content: readFileSync(made.keyFile, 'utf8') };
  const archives = { [RELEASE]: { source: made.sources, key } };
  file = join(lab.place.folder, 'gates.yaml');
  state = join(lab.place.folder, '.windlass-gates');
  const { address } = await labAdd(lab, { name: MACHINE, suite: 'bookworm' });
  const rehearsal = { node: { name: MACHINE, address } };
  writeFileSync(file, stringify({ ...read, archives, rehearsal, policy }));
});
afterAll(() => labRemove(lab, MACHINE));

describe('a rehearsal', () => {
  const planned = () => windlass(...here('plan', '--openstack', RELEASE));

  test('is wanted before there is a plan to run, and frees it', async () => {
    if (!existsSync(join(state, 'rehearsal.json'))) {
      const blocked = await planned();
      expect(blocked.code, blocked.err).toBe(3);
      expect(blocked.out + blocked.err).toContain('WL-CHECK-REHEARSAL');
      const rehearsed = await windlass(...here('rehearse', '--openstack', RELEASE));
      expect(rehearsed.code, rehearsed.err.slice(-4000)).toBe(0);
      say(rehearsed.out);
    }
    const { code, err } = await planned();
    expect(code, err).toBe(0);
    plan = Plan.parse(JSON.parse(readFileSync(join(state, 'plan.json'), 'utf8')));
  });
});

describe('the data plane behind gates', () => {
  test('is planned as test node, canary and rest, with the guests it must not lose', () => {
    expect(plan.gates.map(({ id }) => id)).toEqual(['computes', 'rest', 'point-of-no-return']);
    const phases = plan.phases.map(({ id }) => id).filter((id) => /^(test-node|computes-)/.test(id));
    expect(phases).toEqual(['test-node', 'computes-canary', 'computes-rest']);
    expect(plan.guests?.silence).toBe(SILENCE);
    expect(Object.values(plan.guests?.probes ?? {})).toEqual(expect.arrayContaining([CANARY, LAST]));
  });

  test('waits at the test node, shows its packages, goes on when another process says so, and stops when the canary’s guest is cut off', async () => {
    const run = begin(...here('run', '--wait'));
    await comesTo(state, 'the first gate', run.ended, opened('point-of-no-return'));
    await approve('point-of-no-return');
    await comesTo(state, 'the test node', run.ended, opened('computes'));
    expect(begunOn(CANARY, await eventsIn(state))).toEqual([]);
    expect(await novaOn(CANARY)).toBeLessThan(NOVA);
    const shown = await windlass(...here('status', '--gate', 'computes'));
    expect(shown.out).toMatch(new RegExp(`${CANARY}: \\d+ upgraded, \\d+ new, \\d+ removed`));
    expect(shown.out).toMatch(new RegExp(`upgraded nova-compute \\S+ to \\d+:${NOVA}\\.`));
    say(shown.out.split('\n').slice(0, 8).join('\n'));
    expect(run.child.exitCode).toBeNull();

    await approve('computes');
    const [raise] = plan.steps.filter(
      ({ id, kind }) => id.startsWith(`${CANARY}/`) && kind === 'archive.raise',
    );
    await comesTo(state, 'the canary’s packages', run.ended, started(raise?.id ?? ''));
    const [guest] = Object.entries(plan.guests?.probes ?? {}).find(([, node]) => node === CANARY) ?? [''];
    const domain = await domainOf(CANARY, guest);
    await ask(CANARY, 'virsh', 'suspend', domain);
    say(`${guest} on ${CANARY} is cut off`);
    try {
      const ended = await run.ended;
      expect(ended.code, ended.err.slice(-3000)).toBe(1);
      expect(ended.err).toMatch(
        new RegExp(
          `WL-GUEST-LOST[^\\n]*guest ${guest} on ${CANARY} has not answered for ${SILENCE} s; ${CANARY}/`,
        ),
      );
    } finally {
      await ask(CANARY, 'virsh', 'resume', domain);
    }
    expect(begunOn(LAST, await eventsIn(state))).toEqual([]);
    const begun = (await eventsIn(state)).filter(({ type }) => type === 'step.started').length;
    const over = (await eventsIn(state)).filter(({ type }) => type === 'step.finished').length;
    expect(over).toBe(begun);
  });

  test('halts safely where nobody comes to the next gate within its time', async () => {
    const run = begin(...here('resume', '--wait'));
    await comesTo(state, 'the gate before the rest', run.ended, opened('rest'));
    expect(await novaOn(CANARY)).toBe(NOVA);
    const ended = await run.ended;
    // 1, as at every halt: 4 is for a gate that still waits.
    expect(ended.code, ended.err.slice(-3000)).toBe(1);
    expect(ended.err).toContain('gate rest expired: nobody decided within 240 s');
    const late = await windlass(...here('approve', 'rest'));
    expect(late.code).toBe(2);
    expect(late.err).toContain('WL-GATE-SHUT');
    expect(begunOn(LAST, await eventsIn(state))).toEqual([]);
    expect(await novaOn(LAST)).toBeLessThan(NOVA);
  });

  test('goes on after a new approval once the canary was alive, to the end', async () => {
    const run = begin(...here('resume', '--wait'));
    await comesTo(state, 'the gate before the rest', run.ended, opened('rest'));
    await approve('rest');
    const ended = await run.ended;
    expect(ended.code, ended.err.slice(-3000)).toBe(0);
    say(ended.out);
    for (const node of [CANARY, LAST]) expect(await novaOn(node)).toBe(NOVA);
    expect((await verifyData(lab)).lines.filter(({ ok }) => !ok)).toEqual([]);
    say(`after: ${JSON.stringify(await exercise(lab))}`);

    const rows = z.array(Row).parse(JSON.parse((await windlass(...here('audit', '--format', 'json'))).out));
    const decided = rows
      .filter(({ gate, counted }) => gate !== '' && counted)
      .map(({ what, gate }) => `${what} ${gate}`);
    expect(decided).toEqual([
      'gate opened point-of-no-return',
      'gate approved point-of-no-return',
      'gate opened computes',
      'gate approved computes',
      'gate opened rest',
      'gate expired rest',
      'gate opened rest',
      'gate approved rest',
      'gate measured rest',
    ]);
    const seen = rows.find(({ what, gate }) => what === 'gate approved' && gate === 'computes')?.shown ?? '';
    expect(seen).toMatch(/ {2}upgraded nova-compute /);
  });

  test('tells what was rehearsed beside what came of it', async () => {
    const told = await windlass(...here('report', '--format', 'json'));
    const { rehearsed, things } = Report.parse(JSON.parse(told.out));
    for (const { name, failed, total, outage } of things)
      say(`${name}: ${failed} of ${total}, ${outage} s away`);
    for (const { id, rehearsed: there, took } of rehearsed?.steps ?? [])
      say(`${id}: ${there} s, then ${took} s`);
    say(`windows: ${JSON.stringify(rehearsed?.windows)}`);
    const migrated = plan.steps.filter(({ kind }) => kind === 'database.migrate').map(({ id }) => id);
    expect(migrated.length).toBeGreaterThanOrEqual(10);
    expect(rehearsed?.steps.map(({ id }) => id)).toEqual(expect.arrayContaining(migrated));
    expect(rehearsed?.steps.filter(({ took }) => took === undefined)).toEqual([]);
  });
});
