import { describe, expect, test } from 'vitest';
import { readHost } from '../../../src/drivers/cloud.ts';
import { controller } from './cloud-run.ts';
import type { Guest, Way } from './fake-nova.ts';

const STOPPED = { windlass_stopped_on: 'cmp1' };
const KEPT = { windlass_kept_on: 'cmp1' };
const POWEROFF = { maintenance_action: 'poweroff' };
const NOTIFY = { maintenance_action: 'notify' };

/** A compute that is being emptied; `empty` answers as the program does, with little patience. */
async function compute() {
  const made = await controller();
  made.cloud.nova.host('cmp1', { status: 'disabled', disabled_reason: 'windlass' });
  const empty = (stuck: string, ...more: readonly string[]) =>
    made.run('empty', 'cmp1', '--stuck', stuck, '--timeout', '10', '--patience', '1', ...more);
  const actions = () =>
    made.cloud
      .called('POST', /action$/)
      .map(({ path, body }) => `${path.split('/')[2]} ${Object.keys(Object(body)).join()}`);
  return { ...made, empty, actions };
}
const moved = (guest: Guest) => ({
  guest: guest.id,
  name: guest.name,
  what: 'moved',
  on: 'cmp1',
  to: 'cmp2',
  seconds: expect.any(Number),
});

describe('host', () => {
  test('tells how long ago its service and agents were heard of, in the words each of them uses', async () => {
    const { cloud, run } = await controller();
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString().slice(0, 19);
    cloud.nova.host('cmp1', { updated_at: `${ago(100)}.000000` });
    cloud.neutron.agent('L3', 'cmp1', { heartbeat_timestamp: ago(200).replace('T', ' ') });
    const ran = await run('host', 'cmp1');
    const state = readHost({ ...ran, rc: ran.rc ?? 255 });
    if (typeof state === 'string') throw new Error(state);
    const [age, agent] = [state.age ?? 0, state.agents[0]?.age ?? 0];
    expect([age >= 100 && age < 110, agent >= 200 && agent < 210]).toEqual([true, true]);
  });

  test('tells what is on it, as its driver reads it', async () => {
    const { cloud, run } = await compute();
    cloud.nova.guest('web-1');
    cloud.nova.guest('busy', { power: 0, status: 'BUILD', task: 'spawning' });
    cloud.nova.guest('off', { status: 'SHUTOFF', power: 4 });
    cloud.nova.guest('ours', { status: 'SHUTOFF', power: 4, metadata: { ...POWEROFF, ...STOPPED } });
    cloud.nova.guest('kept', { metadata: KEPT });
    cloud.nova.guest('elsewhere', { metadata: { windlass_kept_on: 'cmp2' } });
    cloud.nova.guest('other', { host: 'cmp2' });
    cloud.nova.guest('windlass-canary-cmp1', { tenant: 'p-admin' });
    cloud.neutron.agent('L3', 'cmp1', { agent_type: 'Open vSwitch agent', alive: false });
    cloud.neutron.agent('L3', 'cmp2');
    const ran = await run('host', 'cmp1');
    const state = readHost({ ...ran, rc: ran.rc ?? 255 });
    if (typeof state === 'string') throw new Error(state);
    const names = (guests: readonly { name: string }[]) => guests.map(({ name }) => name);
    expect(names(state.running)).toEqual(['web-1', 'busy', 'elsewhere']);
    expect(names(state.stopped)).toEqual(['ours']);
    expect(names(state.kept)).toEqual(['kept']);
    expect(names(state.canary)).toEqual(['windlass-canary-cmp1']);
    expect(state).toMatchObject({ host: 'cmp1', state: 'up', status: 'disabled', reason: 'windlass' });
    expect(state.stopped[0]).toEqual({
      id: 'g-ours',
      name: 'ours',
      status: 'SHUTOFF',
      task: null,
      power: 4,
      tag: 'poweroff',
    });
    expect(state.agents).toEqual([{ type: 'Open vSwitch agent', alive: false, up: true, age: null }]);
    expect(cloud.calls.every(({ method, path }) => method === 'GET' || path === '/v3/auth/tokens')).toBe(
      true,
    );
  });

  test('does not take a tenant’s guest for a canary because of its name', async () => {
    const { cloud, run } = await compute();
    cloud.nova.guest('windlass-canary-cmp1');
    const { canary, running } = JSON.parse((await run('host', 'cmp1')).out);
    expect([canary.length, running.length]).toEqual([0, 1]);
  });
});

describe('empty', () => {
  test('moves one guest after the other, and lets alone who does not run', async () => {
    const { cloud, empty, actions } = await compute();
    const guests = [cloud.nova.guest('web-1'), cloud.nova.guest('web-2', { status: 'PAUSED', power: 3 })];
    cloud.nova.guest('off', { status: 'SHUTOFF', power: 4 });
    cloud.nova.guest('windlass-canary-cmp1', { tenant: 'p-admin' });
    cloud.nova.guest('other', { host: 'cmp3' });
    expect(await empty('fail')).toMatchObject({ rc: 0, err: '', told: guests.map(moved) });
    expect(actions()).toEqual(['g-web-1 os-migrateLive', 'g-web-2 os-migrateLive']);
    const begun = cloud.calls.findIndex(({ path }) => path === '/servers/g-web-2/action');
    const last = cloud.calls.findLastIndex(({ path }) => path === '/servers/g-web-1');
    expect(last).toBeLessThan(begun);
  });

  test.each([
    ['auto', 'auto'],
    ['always', true],
    ['never', false],
  ])('copies disks as the policy says: %s', async (block, said) => {
    const { cloud, empty } = await compute();
    cloud.nova.guest('web-1');
    await empty('fail', '--block', block);
    expect(cloud.called('POST', /action$/)[0]?.body).toEqual({
      'os-migrateLive': { host: null, block_migration: said },
    });
  });

  test('watches a migration that was begun before it came', async () => {
    const { cloud, empty, actions } = await compute();
    const guest = cloud.nova.guest('web-1');
    cloud.nova.move(guest);
    expect(await empty('fail')).toMatchObject({ rc: 0, told: [moved(guest)] });
    expect(actions()).toEqual([]);
  });

  test('waits until what somebody else does with a guest is over', async () => {
    const { cloud, empty, actions } = await compute();
    const born = cloud.nova.guest('new', { status: 'BUILD', power: 0 });
    cloud.nova.later(born, 'spawning', { status: 'ACTIVE', power: 1 });
    cloud.nova.later(cloud.nova.guest('going'), 'powering-off', { status: 'SHUTOFF', power: 4 });
    const ran = await empty('fail');
    expect(ran).toMatchObject({ rc: 0, told: [{ guest: 'g-new', what: 'moved' }] });
    expect(actions()).toEqual(['g-new os-migrateLive']);
  });

  test('a guest that its owner deletes on the way is nobody’s failure', async () => {
    const { cloud, empty } = await compute();
    cloud.nova.guest('web-1', { way: 'is deleted' });
    expect(await empty('fail')).toMatchObject({ rc: 0, err: '', told: [] });
  });

  test('a name that no terminal shows ends nothing', async () => {
    const { cloud, empty } = await compute();
    cloud.nova.guest('büro ☂', { id: 'g-1', way: 'refused' });
    const { rc, out, told } = await empty('skip');
    expect(rc).toBe(0);
    expect(out).toContain('b\\xfcro \\u2602');
    expect(told).toMatchObject([{ name: 'büro ☂', what: 'kept' }]);
  });
});

const STUCK: readonly (readonly [Way, string, number])[] = [
  ['refused', "Cannot 'os-migrateLive' while it is in vm_state active", 2],
  ['ends in error', 'is still there: its last migration ended as error', 2],
  ['hangs', 'did not arrive within 1 s: the migration was called off', 1],
];
describe.each(STUCK)('a guest whose migration %s', (way, why, tries) => {
  const soon = way === 'hangs' ? ['--timeout', '1'] : [];

  test('fails the host, the others leave', async () => {
    const { cloud, empty, actions } = await compute();
    cloud.nova.guest('stuck', { way });
    const other = cloud.nova.guest('web-1');
    const ran = await empty('fail', ...soon);
    expect(ran).toMatchObject({ rc: 1, told: [moved(other)] });
    expect(ran.err).toContain('guests that did not leave cmp1:\ng-stuck stuck: ');
    expect(ran.err).toContain(why);
    expect(actions().filter((line) => line.includes('stuck'))).toHaveLength(tries);
    expect(cloud.nova.guests.get('g-stuck')).toMatchObject({ host: 'cmp1', task: null, metadata: {} });
  });

  test('is shut off, and only then', async () => {
    const { cloud, empty } = await compute();
    const guest = cloud.nova.guest('stuck', { way });
    const ran = await empty('stop', ...soon);
    expect(ran).toMatchObject({ rc: 0, told: [{ guest: guest.id, what: 'shut off', on: 'cmp1' }] });
    expect(ran.out).toContain(`${why}`);
    expect(guest).toMatchObject({ status: 'SHUTOFF', host: 'cmp1', metadata: STOPPED });
  });

  test('is kept, and runs on', async () => {
    const { cloud, empty } = await compute();
    const guest = cloud.nova.guest('stuck', { way });
    const ran = await empty('skip', ...soon);
    expect(ran).toMatchObject({
      rc: 0,
      told: [{ guest: guest.id, name: 'stuck', what: 'kept', on: 'cmp1', why: expect.stringContaining(why) }],
    });
    expect(guest).toMatchObject({ status: 'ACTIVE', metadata: KEPT });
    expect(await empty('skip', ...soon)).toMatchObject({ rc: 0, told: [] });
  });

  test('is waited for, until patience is over', async () => {
    const { cloud, empty, actions } = await compute();
    cloud.nova.guest('stuck', { way });
    const ran = await empty('wait', '--patience', '2', ...soon);
    expect(ran.rc).toBe(1);
    expect(ran.err).toContain(why);
    expect(actions().length).toBeGreaterThan(tries);
  });
});

describe('waiting', () => {
  test('ends when the guest can be moved', async () => {
    const { cloud, empty } = await compute();
    const guest = cloud.nova.guest('stuck', { metadata: NOTIFY });
    // Its owner takes the tag off after the program has asked twice what is there.
    cloud.faults.push({ on: 'GET /internal/two/compute/v2.1/servers/detail', times: 1, how: 503 });
    const running = empty('wait');
    await expect
      .poll(() => cloud.called('GET', '/servers/detail').length, { timeout: 20_000 })
      .toBeGreaterThan(2);
    guest.metadata = {};
    expect(await running).toMatchObject({ rc: 0, told: [moved(guest)] });
  });
});

describe('a guest’s own word', () => {
  test('poweroff shuts it off, whatever the policy says of guests that are stuck', async () => {
    const { cloud, empty, actions } = await compute();
    const guest = cloud.nova.guest('batch', { metadata: POWEROFF });
    expect(await empty('fail')).toMatchObject({
      rc: 0,
      told: [{ guest: guest.id, what: 'shut off', on: 'cmp1' }],
    });
    expect(actions()).toEqual(['g-batch os-stop']);
    expect(guest.metadata).toEqual({ ...POWEROFF, ...STOPPED });
  });

  test('poweroff of one that does not shut off is a failure', async () => {
    const { cloud, empty } = await compute();
    cloud.nova.guest('batch', { metadata: POWEROFF, stubborn: true });
    const ran = await empty('fail', '--timeout', '1');
    expect(ran.rc).toBe(1);
    expect(ran.err).toContain('did not shut off within 1 s');
  });

  test('poweroff that nova refuses leaves no mark', async () => {
    const { cloud, empty } = await compute();
    const guest = cloud.nova.guest('batch', { metadata: POWEROFF, status: 'PAUSED', power: 3 });
    const ran = await empty('fail');
    expect(ran.rc).toBe(1);
    expect(ran.err).toContain("Cannot 'os-stop' while it is in vm_state paused");
    expect(guest.metadata).toEqual(POWEROFF);
  });

  test('notify is neither moved nor shut off', async () => {
    const { cloud, empty, actions } = await compute();
    cloud.nova.guest('pet', { metadata: NOTIFY });
    for (const stuck of ['fail', 'stop']) {
      const ran = await empty(stuck);
      expect(ran.rc).toBe(1);
      expect(ran.err).toContain('its owner tagged it maintenance_action=notify: it is not to be moved');
    }
    expect(await empty('skip')).toMatchObject({ rc: 0, told: [{ what: 'kept', guest: 'g-pet' }] });
    expect(actions()).toEqual([]);
  });

  test('live_migrate is as if unsaid', async () => {
    const { cloud, empty } = await compute();
    const guest = cloud.nova.guest('web', { metadata: { maintenance_action: 'live_migrate' } });
    expect(await empty('fail')).toMatchObject({ rc: 0, told: [moved(guest)] });
  });
});

describe('a migration that is called off', () => {
  test('in the moment in which it arrives has arrived', async () => {
    const { cloud, empty, actions } = await compute();
    const guest = cloud.nova.guest('big', { way: 'arrives late' });
    expect(await empty('stop', '--timeout', '1')).toMatchObject({ rc: 0, err: '', told: [moved(guest)] });
    expect(actions()).toEqual(['g-big os-migrateLive']);
    expect(guest.metadata).toEqual({});
  });

  test('and cannot be is told, and its guest is not shut off under it', async () => {
    const { cloud, empty } = await compute();
    const guest = cloud.nova.guest('big', { way: 'hangs for good' });
    const ran = await empty('stop', '--timeout', '1');
    expect(ran).toMatchObject({ rc: 1, told: [] });
    expect(ran.out).toContain('did not arrive within 1 s, and the migration could not be called off');
    expect(guest).toMatchObject({ status: 'ACTIVE', metadata: {} });
  });
});

test('a guest that arrives as ERROR stops everything: the next could fare likewise', async () => {
  const { cloud, empty } = await compute();
  const guest = cloud.nova.guest('hurt', { way: 'arrives as ERROR' });
  cloud.nova.guest('web-1');
  const ran = await empty('skip');
  expect(ran).toMatchObject({ rc: 1, told: [{ ...moved(guest), why: 'it arrived as ERROR' }] });
  expect(ran.err).toBe('g-hurt hurt was moved to cmp2 and arrived as ERROR: no other guest is moved\n');
  expect(cloud.nova.guests.get('g-web-1')?.host).toBe('cmp1');
  expect(guest.metadata).toEqual({});
});

test('a guest that cannot even be marked is told, not kept in silence', async () => {
  const { cloud, empty } = await compute();
  cloud.nova.guest('rescued', { status: 'RESCUED' });
  const ran = await empty('skip');
  expect(ran).toMatchObject({ rc: 1, told: [] });
  expect(ran.err).toMatch(/vm_state rescued.*; it cannot be marked: .*Cannot update metadata/);
});

describe('an API on a bad way', () => {
  test.each([
    ['lost', 'cut'],
    ['given up by the balancer', 504],
  ] as const)('a migration whose answer is %s is watched, not asked for again', async (_, how) => {
    const { cloud, empty, actions } = await compute();
    const guest = cloud.nova.guest('web-1');
    cloud.faults.push({ on: '/servers/g-web-1/action', times: 1, how, taken: true });
    expect(await empty('fail')).toMatchObject({ rc: 0, told: [moved(guest)] });
    expect(actions()).toHaveLength(1);
  });

  test('shuts no guest off', async () => {
    const { cloud, empty, actions } = await compute();
    cloud.nova.guest('web-1');
    cloud.faults.push({ on: /GET .*\/servers\/g-web-1$/, times: 100, how: 503 });
    expect(await empty('stop')).toMatchObject({ rc: 1, told: [] });
    expect(actions()).toEqual([]);
  });
});

describe('start', () => {
  test('starts what was shut off for this host, and takes its marks off', async () => {
    const { cloud, run, actions } = await compute();
    const ours = cloud.nova.guest('ours', {
      status: 'SHUTOFF',
      power: 4,
      metadata: { ...STOPPED, mine: 'x' },
    });
    const kept = cloud.nova.guest('kept', { metadata: KEPT });
    const off = cloud.nova.guest('off', { status: 'SHUTOFF', power: 4 });
    const other = cloud.nova.guest('other', {
      status: 'SHUTOFF',
      power: 4,
      metadata: { windlass_stopped_on: 'cmp2' },
    });
    const told = [{ guest: 'g-ours', name: 'ours', what: 'started', on: 'cmp1' }];
    expect(await run('start', 'cmp1', '--timeout', '5')).toMatchObject({ rc: 0, err: '', told });
    expect(ours).toMatchObject({ status: 'ACTIVE', metadata: { mine: 'x' } });
    expect(kept.metadata).toEqual({});
    expect([off.status, other.status]).toEqual(['SHUTOFF', 'SHUTOFF']);
    expect(actions()).toEqual(['g-ours os-start']);
    expect(await run('start', 'cmp1')).toMatchObject({ rc: 0, told: [] });
  });

  test('goes on where it was cut off', async () => {
    const { cloud, run, actions } = await compute();
    const guest = cloud.nova.guest('ours', {
      status: 'SHUTOFF',
      power: 4,
      metadata: { ...STOPPED },
    });
    cloud.nova.later(guest, 'powering-on', { status: 'ACTIVE', power: 1 });
    expect(await run('start', 'cmp1')).toMatchObject({ rc: 0, told: [{ what: 'started' }] });
    expect(guest.metadata).toEqual({});
    expect(actions()).toEqual([]);
  });

  test('of one that its owner has started takes the mark off alone', async () => {
    const { cloud, run } = await compute();
    const guest = cloud.nova.guest('ours', { metadata: { ...STOPPED } });
    expect(await run('start', 'cmp1')).toMatchObject({ rc: 0, told: [] });
    expect(guest.metadata).toEqual({});
  });

  test('of one that does not start is a failure, after the others', async () => {
    const { cloud, run } = await compute();
    const off = { status: 'SHUTOFF', power: 4 };
    cloud.nova.guest('bad', { ...off, metadata: { ...STOPPED }, stubborn: true });
    cloud.nova.guest('good', { ...off, metadata: { ...STOPPED } });
    const ran = await run('start', 'cmp1', '--timeout', '1');
    expect(ran).toMatchObject({ rc: 1, told: [{ name: 'good', what: 'started' }] });
    expect(ran.err).toBe('guests of cmp1 that were not started:\ng-bad bad: did not start within 1 s\n');
    expect(cloud.nova.guests.get('g-bad')?.metadata).toEqual(STOPPED);
  });
});
