import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { GuestWatch } from '../../../src/model/plan.ts';
import type { Policy } from '../../../src/model/policy.ts';
import { approve, type RunOptions, runPlan } from '../../../src/run/index.ts';
import { plan, step, World } from './world.ts';

/** Two computes between two steps of the control plane, each with a guest; `a` is the canary. */
const chain = [
  step('c', 'control'),
  step('a', 'raise', ['c/control/set'], { phase: 'computes-canary', estimate: 100 }),
  step('a', 'restart', ['a/raise/set'], { phase: 'computes-canary', estimate: 300 }),
  step('b', 'raise', ['a/restart/set'], { phase: 'computes-rest', estimate: 100 }),
  step('c', 'finish', ['b/raise/set']),
];
const watch: GuestWatch = {
  silence: 60,
  phases: ['computes-canary', 'computes-rest'],
  probes: { 'web-1': 'a', 'web-2': 'b' },
};
const made = (policy: Partial<Policy> = {}, guests: GuestWatch | undefined = watch) => ({
  ...plan(chain, policy),
  phases: ['p', 'computes-canary', 'computes-rest'].map((id) => ({ id, title: id })),
  ...(guests === undefined ? {} : { guests }),
});

type Alive = (guest: string, at: number) => boolean;
/** What a watch of two attempts a second keeps; `looks` says when it was there at all. */
const measurements =
  (alive: Alive, looks: (at: number) => boolean = () => true): NonNullable<RunOptions['measurements']> =>
  (condition, { now, openedAt }) => {
    const [probe = ''] = 'probes' in condition ? (condition.probes ?? []) : [];
    const attempts = [];
    for (let started = openedAt - (openedAt % 500); started < now; started += 500) {
      if (!looks(started)) continue;
      const ok = alive(probe, started);
      const ended = started + (ok ? 5 : 2000);
      if (ended <= now) attempts.push({ probe, started, ended, ok });
    }
    return { probes: [{ name: probe, rate: 2 }], attempts };
  };

async function world(policy: Partial<Policy> = {}, guests?: GuestWatch): Promise<World> {
  const it = new World(made(policy, guests));
  it.behaviours['a-raise'] = { seconds: 100 };
  it.behaviours['a-restart'] = { seconds: 300 };
  it.behaviours['b-raise'] = { seconds: 20 };
  return it.create();
}
const events = async ({ journal }: World): Promise<RunEvent[]> =>
  (await journal.read('r1')).map(({ event }) => event);

describe('a guest of a compute that is worked on', () => {
  test('that falls silent stops the run: what runs ends, nothing is begun, and the halt names guest, host and step', async () => {
    const it = await world();
    const t0 = it.clock.now();
    const silentFrom = t0 + 130_000;
    const outcome = await runPlan(
      it.options(1, { measurements: measurements((guest, at) => guest !== 'web-1' || at < silentFrom) }),
    );
    const because = 'guest web-1 on a has not answered for 60 s; a/restart/set is under way';
    expect(outcome).toMatchObject({
      is: 'halted',
      because,
      faults: [{ code: 'WL-GUEST-LOST', message: because, node: 'a', step: 'a/restart/set' }],
    });
    const story = await it.story();
    expect(story.slice(-2)).toEqual(['run.halted', 'step.finished a/restart/set']);
    expect(story).not.toContain('step.started b/raise/set');
    const halt = (await events(it)).find(({ type }) => type === 'run.halted');
    expect(halt?.at).toBeGreaterThanOrEqual(silentFrom + 60_000);
    expect(halt?.at).toBeLessThan(silentFrom + 75_000);
  });

  test('stops it between two waves as well, and names the step that was the last there', async () => {
    const it = await world();
    const silentFrom = it.clock.now() + 130_000;
    it.behaviours['a-restart'] = { seconds: 30 };
    it.behaviours['b-raise'] = { seconds: 400 };
    const outcome = await runPlan(
      it.options(1, { measurements: measurements((guest, at) => guest !== 'web-1' || at < silentFrom) }),
    );
    expect(outcome).toMatchObject({
      because: expect.stringContaining('a/restart/set was the last step there'),
    });
  });

  test.each<[string, Alive, ((at: number) => boolean) | undefined]>([
    ['misses less than the policy bears', (_, at) => at % 100_000 > 50_000, undefined],
    ['was silent before the work began', (guest) => guest !== 'web-1', undefined],
    [
      'is on a compute that nobody works on yet',
      (guest, at) => guest !== 'web-2' || at < 1_800_000_010_000,
      undefined,
    ],
    [
      'is not looked at: the watch was away',
      (_, at) => at < 1_800_000_130_000,
      (at) => at < 1_800_000_140_000,
    ],
  ])('does not stop it where it %s', async (_, alive, looks) => {
    const it = await world();
    it.behaviours['b-raise'] = { seconds: 20 };
    expect(await runPlan(it.options(1, { measurements: measurements(alive, looks) }))).toEqual({
      is: 'finished',
    });
  });

  test('does not stop it where the plan watches none', async () => {
    const it = new World(plan(chain.map((one) => ({ ...one, phase: 'p' }))));
    await it.create();
    expect(await runPlan(it.options(1, { measurements: measurements(() => false) }))).toEqual({
      is: 'finished',
    });
  });

  test('whose loss somebody resumed over does not stop it again before it has answered', async () => {
    const it = await world();
    const silentFrom = it.clock.now() + 130_000;
    const dead = measurements((guest, at) => guest !== 'web-1' || at < silentFrom);
    expect(await runPlan(it.options(1, { measurements: dead }))).toMatchObject({ is: 'halted' });
    expect(await runPlan(it.options(2, { measurements: dead }))).toEqual({ is: 'finished' });
  });

  test('and that comes back and is lost again does', async () => {
    const it = await world();
    const silentFrom = it.clock.now() + 130_000;
    const dead = measurements((guest, at) => guest !== 'web-1' || at < silentFrom);
    expect(await runPlan(it.options(1, { measurements: dead }))).toMatchObject({ is: 'halted' });
    const back = it.clock.now();
    it.behaviours['b-raise'] = { seconds: 300 };
    const again = measurements(
      (guest, at) => guest !== 'web-1' || at < silentFrom || (at > back + 5000 && at < back + 30_000),
    );
    expect(await runPlan(it.options(2, { measurements: again }))).toMatchObject({
      is: 'halted',
      faults: [{ code: 'WL-GUEST-LOST' }],
    });
  });

  test('that died while the run was left at a gate stops it when it is taken up: its last answer is looked for', async () => {
    const gate = {
      id: 'rest',
      title: 'the rest is next',
      before: ['b/raise/set'],
      approvals: 1,
      expires: 0,
      onExpiry: 'halt' as const,
    };
    const it = await new World({ ...made(), gates: [gate] }).create();
    it.behaviours['b-raise'] = { seconds: 300 };
    expect(await runPlan(it.options(1, { measurements: measurements(() => true) }))).toEqual({
      is: 'gate',
      gates: ['rest'],
    });
    const died = it.clock.now() + 60_000;
    await it.clock.sleep(3_600_000);
    await approve(it.journal, { run: 'r1', gate: 'rest', by: 'ann', at: it.clock.now() });
    const outcome = await runPlan(
      it.options(2, { measurements: measurements((guest, at) => guest !== 'web-1' || at < died) }),
    );
    expect(outcome).toMatchObject({ is: 'halted', because: expect.stringContaining('guest web-1 on a') });
    expect(await it.story()).not.toContain('step.started b/raise/set');
  });

  test('that we shut off is silent by right until it is started again', async () => {
    const it = await world({ guests: { stuck: 'stop', block: 'auto', timeout: 600, patience: 3600 } });
    const { plan: full, clock } = it;
    const told = (what: string) => JSON.stringify({ guest: 'u-1', name: 'web-1', what, on: 'a' });
    const off = clock.now() + 20_000;
    it.behaviours['a-raise'] = { seconds: 100, output: `told: ${told('shut off')}\n` };
    const raise = full.steps.find(({ id }) => id === 'a/raise/set');
    if (raise) raise.kind = 'guests.move';
    expect(
      await runPlan(
        it.options(1, { measurements: measurements((guest, at) => guest !== 'web-1' || at < off) }),
      ),
    ).toEqual({ is: 'finished' });
  });
});
