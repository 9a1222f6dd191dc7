import { describe, expect, test } from 'vitest';
import type { Guard } from '../../../src/model/plan.ts';
import { approve, reject, runPlan } from '../../../src/run/index.ts';
import { plan, step, World } from './world.ts';

const chain = [step('a', 'one'), step('b', 'two', ['a/one/set']), step('a', 'three', ['b/two/set'])];
const guard: Guard = {
  kind: 'fake.open',
  params: { flag: 'door' },
  title: 'the door',
  looks: [{ on: 'a', argv: ['flag', 'door'] }],
};

describe('a run', () => {
  test('does every step once, in order, and leaves nothing on the nodes', async () => {
    const world = await new World(plan(chain)).create();
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    expect(await world.story()).toEqual([
      'run.started',
      ...['a/one/set', 'b/two/set', 'a/three/set'].flatMap((id) => [
        `step.started ${id}`,
        `step.applied ${id}`,
        `step.finished ${id}`,
      ]),
      'run.finished',
    ]);
    expect(world.end()).toEqual({ a: ['a-one', 'a-three'], b: ['b-two'] });
    expect([...world.nodes.values()].map((node) => [node.fence, node.released])).toEqual([
      [undefined, 1],
      [undefined, 1],
    ]);
    expect((await world.journal.lease('fake'))?.held).toBe(false);
    expect((await world.journal.durations()).get('fake.flag')).toBeGreaterThanOrEqual(10);
  });

  test('looks before it acts: what is so already is left alone', async () => {
    const world = await new World(plan(chain)).create();
    world.node('b').flags.set('b-two', 0);
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    expect(world.begun().filter((unit) => unit.startsWith('b'))).toEqual([]);
    const ends = (await world.journal.read('r1')).flatMap(({ event }) =>
      event.type === 'step.finished' ? [event.outcome] : [],
    );
    expect(ends).toEqual(['done', 'already', 'done']);
  });

  test('that is finished does nothing when it is asked for again', async () => {
    const world = await new World(plan(chain)).create();
    await runPlan(world.options(1));
    const story = await world.story();
    expect(await runPlan(world.options(2))).toEqual({ is: 'finished' });
    expect(await world.story()).toEqual(story);
  });

  test('works on several nodes of a step at once', async () => {
    const both = step('a', 'both', [], { on: ['a', 'b', 'c'] });
    const world = await new World(plan([both])).create();
    const from = world.clock.now();
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    expect(world.begun()).toHaveLength(3);
    expect(world.clock.now() - from).toBeLessThan(20_000);
  });

  test('bridges a link that is lost for minutes under a running command', async () => {
    const world = await new World(plan(chain)).create();
    world.behaviours['b-two'] = { seconds: 400 };
    const from = world.clock.now() + 60_000;
    world.node('b').silences.push({ from, to: from + 200_000, reboot: false });
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    expect(world.begun()).toHaveLength(3);
    expect(await world.story()).toContain('step.waiting b/two/set');
  });

  test('tells what a command says it waits for, once', async () => {
    const world = await new World(plan(chain)).create();
    world.behaviours['b-two'] = { seconds: 100, waits: 'the tide, password=ebb' };
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    const waits = (await world.journal.read('r1')).filter(({ event }) => event.type === 'step.waiting');
    expect(waits.map(({ event }) => event)).toEqual([
      expect.objectContaining({ step: 'b/two/set', because: 'b: the tide, password=*****' }),
    ]);
  });

  test('hands commands over again that a reboot killed', async () => {
    const world = await new World(plan(chain)).create();
    world.behaviours['b-two'] = { seconds: 100 };
    const from = world.clock.now() + 60_000;
    world.node('b').silences.push({ from, to: from + 60_000, reboot: true });
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    expect(world.node('b').begun.map((unit) => unit.slice(-2))).toEqual(['-1', '-2']);
  });

  test('gives up on a node that stays silent longer than patience', async () => {
    const world = await new World(plan(chain, { patience: 60 })).create();
    const from = world.clock.now() + 15_000;
    world.node('b').silences.push({ from, to: Number.POSITIVE_INFINITY, reboot: false });
    expect(await runPlan(world.options(1))).toMatchObject({
      is: 'halted',
      faults: [{ code: 'WL-NODE-LOST', step: 'b/two/set', node: 'b' }],
    });
    expect(world.end().a).toEqual(['a-one']);
  });

  test('gives a node that answers late more time, and takes its silence for neither yes nor no', async () => {
    const world = await new World(plan(chain)).create();
    const b = world.node('b');
    b.flags.set('b-two', 0);
    b.busy = () => 100;
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    expect(b.begun).toEqual([]);
    expect(b.late).toBe(1);
    expect(await world.story()).toContain('step.waiting b/two/set');
  });

  test('halts where a node is late for longer than patience, and has begun nothing there', async () => {
    const world = await new World(plan(chain, { patience: 600 })).create();
    world.node('b').busy = () => 1000;
    expect(await runPlan(world.options(1))).toMatchObject({
      is: 'halted',
      faults: [{ code: 'WL-STEP-CHECK', step: 'b/two/set', node: 'b' }],
    });
    expect(world.node('b').begun).toEqual([]);
  });

  test('waits for a late answer after a command, as for a silent node', async () => {
    const world = await new World(plan(chain)).create();
    const b = world.node('b');
    world.behaviours['b-two'] = { seconds: 5 };
    b.busy = () => (b.begun.length > 0 ? 100 : 0);
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    expect(b.begun).toHaveLength(1);
    expect(b.late).toBeGreaterThan(0);
  });
});

describe('a step that only waits', () => {
  const waits = [step('a', 'one', [], { commands: [], settle: 40 })];

  test('waits as long as it says, not as long as a silent node is waited for', async () => {
    const world = await new World(plan(waits, { patience: 600 })).create();
    world.behaviours['a-one'] = { before: 'wait' };
    const begun = world.clock.now();
    expect(await runPlan(world.options(1))).toMatchObject({
      is: 'halted',
      faults: [{ code: 'WL-STEP-CHECK', step: 'a/one/set', node: 'a' }],
    });
    const waited = (world.clock.now() - begun) / 1000;
    expect(waited).toBeGreaterThanOrEqual(40);
    expect(waited).toBeLessThan(60);
  });

  test('is done when what it waits for comes', async () => {
    const world = await new World(plan(waits, { patience: 600 })).create();
    world.behaviours['a-one'] = { before: 'wait' };
    world.node('a').flags.set('a-one', world.clock.now() + 20_000);
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
  });
});

describe('a time at which to stop', () => {
  const two = [
    step('a', 'one', [], { phase: 'a' }),
    step('a', 'two', ['a/one/set'], { phase: 'a' }),
    step('b', 'one', ['a/two/set'], { phase: 'b' }),
    step('b', 'two', ['b/one/set'], { phase: 'b' }),
  ];

  test('brings what is under way to its end, begins nothing more, and is gone on with', async () => {
    const world = await new World(plan(two)).create();
    world.behaviours['a-one'] = { seconds: 100 };
    const until = world.clock.now() + 50_000;
    expect(await runPlan(world.options(1, { until }))).toEqual({ is: 'interrupted' });
    expect(world.end()).toEqual({ a: ['a-one', 'a-two'], b: [] });
    expect((await world.story()).at(-1)).toBe('run.interrupted');
    expect(await runPlan(world.options(2))).toEqual({ is: 'finished' });
    expect(world.end()).toEqual({ a: ['a-one', 'a-two'], b: ['b-one', 'b-two'] });
  });

  test('that has passed when the last piece ends does not keep the run from being finished', async () => {
    const world = await new World(plan(two)).create();
    world.behaviours['b-one'] = { seconds: 200 };
    const until = world.clock.now() + 150_000;
    expect(await runPlan(world.options(1, { until }))).toEqual({ is: 'finished' });
  });
});

describe('a step fails', () => {
  test('when its check fails, whatever its exit code was', async () => {
    const world = await new World(plan(chain)).create();
    world.behaviours['b-two'] = { shows: Number.POSITIVE_INFINITY };
    const outcome = await runPlan(world.options(1));
    expect(outcome).toMatchObject({
      is: 'halted',
      faults: [{ code: 'WL-STEP-CHECK', step: 'b/two/set', node: 'b' }],
    });
    expect(await world.story()).not.toContain('step.started a/three/set');
    expect((await world.journal.lease('fake'))?.held).toBe(false);
    expect(world.node('a').fence?.run).toBe('r1');
  });

  test('when its command fails and it is not done: with the words of the node, but not its secrets', async () => {
    const world = await new World(plan(chain)).create();
    const output = `${'noise\n'.repeat(50)}connect mysql://nova:hidden@vip/nova\ndpkg: error 2\n`;
    world.behaviours['b-two'] = { rc: 100, output };
    const outcome = await runPlan(world.options(1));
    expect(outcome).toMatchObject({ is: 'halted', faults: [{ code: 'WL-STEP-COMMAND', node: 'b' }] });
    if (outcome.is !== 'halted') throw new Error('unreachable');
    const [fault] = outcome.faults;
    expect(fault?.message).toContain('`set b-two` failed on b with exit code 100');
    expect(fault?.output?.split('\n')).toHaveLength(30);
    expect(fault?.output).toContain('dpkg: error 2');
    expect(JSON.stringify(await world.journal.read('r1'))).not.toContain('hidden');
  });

  test('not when its command failed but the check says done', async () => {
    const world = await new World(plan(chain)).create();
    world.behaviours['b-two'] = { rc: 1, shows: 0.001 };
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
  });

  /** A world in which a command that may be put off fails so many times with these words. */
  const failing = async (fails: number, output: string) => {
    const again = { says: ['(1213, '], times: 3 };
    const world = await new World(plan([step('a', 'one', [], { again })])).create();
    world.behaviours['a-one'] = { rc: 1, fails, output };
    return world;
  };
  const DEADLOCK = "Traceback\npymysql.err.OperationalError: (1213, 'Deadlock found')\n[SQL: …]";

  test('not where somebody else put its command off: it is run again, and that is told', async () => {
    const world = await failing(2, DEADLOCK);
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    expect(world.node('a').begun.map((unit) => unit.slice(-2))).toEqual(['-1', '-2', '-3']);
    const told = (await world.journal.read('r1')).flatMap(({ event }) =>
      event.type === 'step.finished' ? (event.told ?? []) : [],
    );
    expect(told).toEqual(
      [1, 2].map(
        (nth) =>
          `put off and run again, ${nth} of 3: a: pymysql.err.OperationalError: (1213, 'Deadlock found')`,
      ),
    );
  });

  test('when it is put off more often than the plan says', async () => {
    const world = await failing(9, DEADLOCK);
    expect(await runPlan(world.options(1))).toMatchObject({
      is: 'halted',
      faults: [{ code: 'WL-STEP-COMMAND', output: expect.stringContaining('(1213, ') }],
    });
    expect(world.begun()).toHaveLength(4);
  });

  test('at once when it fails with other words', async () => {
    const world = await failing(1, "(1054, 'Unknown column')");
    expect(await runPlan(world.options(1))).toMatchObject({ is: 'halted' });
    expect(world.begun()).toHaveLength(1);
  });

  test('not while its result still takes time to show', async () => {
    const world = await new World(plan(chain)).create();
    world.behaviours['b-two'] = { shows: 25 };
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
  });

  test('when acting would do harm, before anything is run on any of its nodes', async () => {
    const world = await new World(plan([step('a', 'x', [], { on: ['a', 'b'] })])).create();
    world.behaviours['a-x'] = { before: 'refuse' };
    expect(await runPlan(world.options(1))).toMatchObject({
      is: 'halted',
      faults: [{ code: 'WL-STEP-REFUSED', remedy: 'free it' }],
    });
    expect(world.begun()).toEqual([]);
  });

  test('when its guard stays closed; what the plan does not show is not asked', async () => {
    const guarded = plan([step('a', 'x', [], { guards: [guard] })], { patience: 120 });
    const world = await new World(guarded).create();
    expect(await runPlan(world.options(1))).toMatchObject({
      is: 'halted',
      faults: [{ code: 'WL-GUARD-CLOSED' }],
    });
    expect(await world.story()).toContain('step.waiting a/x/set');
    expect(world.begun()).toEqual([]);

    const other = await new World(plan([step('a', 'x', [], { guards: [{ ...guard, looks: [] }] })])).create();
    expect(await runPlan(other.options(1))).toMatchObject({
      is: 'halted',
      faults: [{ code: 'WL-PLAN-LOOKS' }],
    });
  });

  test('and stops only what depends on it when the policy says continue', async () => {
    const steps = [...chain, step('c', 'four'), step('c', 'five', ['c/four/set'])];
    for (const [onFailure, c] of [
      ['halt', ['c-four']],
      ['continue', ['c-five', 'c-four']],
    ] as const) {
      const world = await new World(plan(steps, { onFailure })).create();
      world.behaviours['a-one'] = { rc: 1, seconds: 1 };
      expect((await runPlan(world.options(1))).is).toBe('halted');
      expect(world.end()).toEqual({ a: [], b: [], c });
    }
  });

  test('and is tried again only when a person says so; a unit still running is waited for', async () => {
    const world = await new World(plan(chain, { patience: 60 })).create();
    world.behaviours['b-two'] = { seconds: 500 };
    const from = world.clock.now() + 30_000;
    world.node('b').silences.push({ from, to: from + 300_000, reboot: false });
    expect(await runPlan(world.options(1))).toMatchObject({ faults: [{ code: 'WL-NODE-LOST' }] });
    await world.clock.sleep(250_000);
    expect((await runPlan(world.options(2))).is).toBe('halted');
    expect(await runPlan(world.options(3, { retry: 'all' }))).toEqual({ is: 'finished' });
    expect(world.node('b').begun).toHaveLength(1);
  });
});

describe('a guard', () => {
  test('holds its step until it opens', async () => {
    const world = await new World(plan([step('a', 'x', [], { guards: [guard] })])).create();
    const opens = world.clock.now() + 100_000;
    world.node('a').flags.set('door', opens);
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
    const applied = (await world.journal.read('r1')).find(({ event }) => event.type === 'step.applied');
    expect(applied?.event.at).toBeGreaterThanOrEqual(opens);
  });

  test('is not asked for a step that is done', async () => {
    const world = await new World(plan([step('a', 'x', [], { guards: [guard] })])).create();
    world.node('a').flags.set('a-x', 0);
    expect(await runPlan(world.options(1))).toEqual({ is: 'finished' });
  });
});

describe('a gate', () => {
  const gate = {
    id: 'g',
    title: 'go on?',
    before: ['b/two/set'],
    approvals: 1,
    expires: 3600,
    onExpiry: 'halt' as const,
  };

  test('ends the run when nothing else is left; approved, it goes on', async () => {
    const world = await new World(plan(chain, {}, [gate])).create();
    const word = { run: 'r1', gate: 'g', by: 'bob', at: world.clock.now() };
    await expect(approve(world.journal, word)).rejects.toMatchObject({
      exit: 2,
      fault: { code: 'WL-GATE-SHUT' },
    });
    await expect(approve(world.journal, { ...word, gate: 'x' })).rejects.toThrow('WL-GATE-UNKNOWN');
    expect(await runPlan(world.options(1))).toEqual({ is: 'gate', gates: ['g'] });
    expect(world.end().b).toEqual([]);
    const at = world.clock.now();
    await approve(world.journal, { run: 'r1', gate: 'g', by: 'bob', at });
    expect(await runPlan(world.options(2))).toEqual({ is: 'finished' });
  });

  test('is waited at when told so, and notices an approval of another process', async () => {
    const world = await new World(plan(chain, {}, [gate])).create();
    const running = runPlan(world.options(1, { gates: 'wait' }));
    await world.clock.sleep(600_000);
    const at = world.clock.now();
    await approve(world.journal, { run: 'r1', gate: 'g', by: 'bob', at });
    expect(await running).toEqual({ is: 'finished' });
  });

  test('rejected or run out halts the run', async () => {
    const world = await new World(plan(chain, {}, [gate])).create();
    const running = runPlan(world.options(1, { gates: 'wait' }));
    await world.clock.sleep(60_000);
    const at = world.clock.now();
    await reject(world.journal, { run: 'r1', gate: 'g', by: 'bob', at }, 'not today');
    expect(await running).toMatchObject({ is: 'halted', because: 'gate g rejected: bob: not today' });

    const late = await new World(plan(chain, {}, [gate])).create();
    expect(await runPlan(late.options(1, { gates: 'wait' }))).toMatchObject({ is: 'halted', faults: [] });
    expect(await late.story()).toContain('gate.expired g');
  });
});

describe('an interruption', () => {
  test('first: nothing new, what runs finishes, the run can be taken up', async () => {
    const world = await new World(plan(chain)).create();
    const stop = new AbortController();
    const interrupt = { stop: stop.signal, leave: new AbortController().signal };
    const running = runPlan(world.options(1, { interrupt }));
    await world.clock.sleep(5000);
    stop.abort();
    expect(await running).toEqual({ is: 'interrupted' });
    expect(world.end()).toEqual({ a: ['a-one'], b: [] });
    expect(await runPlan(world.options(2))).toEqual({ is: 'finished' });
    expect(world.begun()).toHaveLength(3);
  });

  test('second: running commands are left to their units and found again', async () => {
    const world = await new World(plan(chain)).create();
    world.behaviours['a-one'] = { seconds: 200 };
    const stop = new AbortController();
    const leave = new AbortController();
    const running = runPlan(world.options(1, { interrupt: { stop: stop.signal, leave: leave.signal } }));
    await world.clock.sleep(5000);
    stop.abort();
    leave.abort();
    const at = world.clock.now();
    expect(await running).toEqual({ is: 'interrupted' });
    expect(world.clock.now() - at).toBeLessThan(1000);
    expect(world.end()).toEqual({ a: [], b: [] });
    expect(await runPlan(world.options(2))).toEqual({ is: 'finished' });
    expect(world.begun()).toHaveLength(3);
  });

  test('second: does not wait for a node that hangs', async () => {
    const world = await new World(plan(chain)).create();
    const stop = new AbortController();
    const leave = new AbortController();
    const running = runPlan(world.options(1, { interrupt: { stop: stop.signal, leave: leave.signal } }));
    await world.clock.sleep(5000);
    world.node('a').hangs = true;
    await world.clock.sleep(60_000);
    stop.abort();
    leave.abort();
    expect(await running).toEqual({ is: 'interrupted' });
    world.node('a').hangs = false;
    expect(await runPlan(world.options(2))).toEqual({ is: 'finished' });
    expect(world.begun()).toHaveLength(3);
  });

  test('from another terminal: pause, resume, stop', async () => {
    const world = await new World(plan(chain)).create();
    const { journal, clock } = world;
    const running = runPlan(world.options(1));
    await clock.sleep(2000);
    await journal.request('r1', 'pause', 'bob', clock.now());
    await clock.sleep(600_000);
    expect(world.end()).toEqual({ a: ['a-one'], b: [] });
    await journal.request('r1', 'resume', 'bob', clock.now());
    await clock.sleep(3000);
    await journal.request('r1', 'stop', 'bob', clock.now());
    expect(await running).toEqual({ is: 'interrupted' });
    expect(world.end()).toEqual({ a: ['a-one'], b: ['b-two'] });
    expect(await journal.requests('r1')).toEqual([]);
    expect(await runPlan(world.options(2))).toEqual({ is: 'finished' });
  });
});

describe('a second orchestrator', () => {
  test('is told who holds the cluster', async () => {
    const world = await new World(plan(chain)).create();
    const running = runPlan(world.options(1));
    await world.clock.sleep(5000);
    await expect(runPlan(world.options(2))).rejects.toMatchObject({
      exit: 5,
      fault: { code: 'WL-RUN-HELD', message: expect.stringContaining('tester1 (process 1 on here)') },
    });
    expect(await running).toEqual({ is: 'finished' });
  });

  test('with another store is kept out by the nodes, and gives back what it took', async () => {
    const world = await new World(plan(chain)).create();
    world.node('b').fence = { cluster: 'fake', run: 'other', epoch: 9, holder: 'eve' };
    world.node('b').beat = world.clock.now();
    await expect(runPlan(world.options(1))).rejects.toMatchObject({
      exit: 5,
      fault: { code: 'WL-RUN-HELD', message: expect.stringContaining('run other of eve') },
    });
    expect(world.node('a').fence).toBeUndefined();
    expect(world.begun()).toEqual([]);
    expect((await world.journal.lease('fake'))?.held).toBe(false);
    await world.clock.sleep(61_000);
    // Its holder was seen a moment ago on another node: it lives, so nothing is taken.
    world.node('a').fence = { cluster: 'fake', run: 'other', epoch: 9, holder: 'eve' };
    world.node('a').beat = world.clock.now();
    await expect(runPlan(world.options(2, { takeOver: true }))).rejects.toThrow('WL-RUN-HELD');
    expect(world.node('b').fence?.run).toBe('other');
    await world.clock.sleep(61_000);
    expect(await runPlan(world.options(3, { takeOver: true }))).toEqual({ is: 'finished' });
  });

  test('that takes over from one that lives but looks dead stops it at once', async () => {
    const world = await new World(plan(chain)).create();
    world.behaviours['b-two'] = { seconds: 100 };
    const first = runPlan(world.options(1));
    const refused = expect(first).rejects.toMatchObject({ fault: { code: 'WL-FENCED' } });
    await world.clock.sleep(30_000);
    world.dead.add(1);
    expect(await runPlan(world.options(2))).toEqual({ is: 'finished' });
    await refused;
    expect(world.begun()).toHaveLength(3);
  });

  test('loses nothing when a fence is taken on the nodes alone', async () => {
    const world = await new World(plan(chain)).create();
    world.behaviours['a-one'] = { seconds: 60 };
    const running = runPlan(world.options(1));
    const refused = expect(running).rejects.toMatchObject({ fault: { code: 'WL-FENCED' } });
    await world.clock.sleep(15_000);
    world.node('b').fence = { cluster: 'fake', run: 'other', epoch: 9, holder: 'eve' };
    await refused;
    expect(world.node('b').begun).toEqual([]);
    expect(await world.story()).not.toContain('step.started b/two/set');
  });
});
