import { describe, expect, test } from 'vitest';
import { controller } from './cloud-run.ts';

const NAME = 'windlass-canary-cmp1';
const DISABLED = 'COMPUTE_STATUS_DISABLED';

/** A compute that is disabled, and a controller that has a canary born on it. */
async function compute() {
  const made = await controller();
  const { nova } = made.cloud;
  nova.host('cmp1', { status: 'disabled', disabled_reason: 'windlass' });
  nova.host('cmp2');
  made.cloud.neutron.thing('DHCP', 'private');
  const canary = (...more: readonly string[]) =>
    made.run('canary', 'cmp1', '--image', 'tiny', '--flavor', 'small', '--timeout', '5', ...more);
  const born = () => made.cloud.called('POST', '/servers').map(({ body }) => body);
  const there = () => [...nova.guests.values()].filter(({ name }) => name === NAME);
  return { ...made, canary, born, there };
}

describe('canary', () => {
  test('is born on the disabled host, whose trait is lifted for that and nothing else', async () => {
    const { cloud, canary, born, there } = await compute();
    expect(await canary('--network', 'private')).toMatchObject({ rc: 0, err: '' });
    const server = { name: NAME, flavorRef: 'f-1', imageRef: 'i-1', networks: [{ uuid: 'private' }] };
    expect(born()).toEqual([{ server: { ...server, availability_zone: 'az-1:cmp1' } }]);
    expect(there()).toMatchObject([{ status: 'ACTIVE', host: 'cmp1' }]);
    expect(cloud.nova.providers.get('cmp1.example')?.traits).toEqual(['HW_CPU_X86_SSE']);
    expect(cloud.nova.providers.get('cmp2.example')?.traits).toContain(DISABLED);
    expect(cloud.called('PUT', /traits$/)[0]?.version).toBe('placement 1.10');
    expect(cloud.called('PUT', '/os-services')).toEqual([]);
  });

  test('has no network where none is named, and may be named by ids', async () => {
    const { run, born } = await compute();
    expect(await run('canary', 'cmp1', '--image', 'i-1', '--flavor', 'f-1')).toMatchObject({ rc: 0 });
    expect(born()).toMatchObject([{ server: { flavorRef: 'f-1', imageRef: 'i-1', networks: 'none' } }]);
  });

  test.each([
    ['cut off', 'cut'],
    ['a balancer’s: too late', 504],
  ] as const)('whose answer is %s is found by its name, and no other is ordered', async (_, how) => {
    const { cloud, canary, born, there } = await compute();
    cloud.faults.push({ on: 'POST /internal/two/compute/v2.1/servers', times: 1, how, taken: true });
    expect(await canary()).toMatchObject({ rc: 0, err: '' });
    expect(born()).toHaveLength(1);
    expect(there()).toMatchObject([{ status: 'ACTIVE', host: 'cmp1' }]);
  });

  test('that was never taken is not waited for as if it were', async () => {
    const { cloud, canary, born } = await compute();
    cloud.faults.push({ on: 'POST /internal/two/compute/v2.1/servers', times: 1, how: 504 });
    const { rc, err } = await canary();
    expect([rc, err]).toEqual([1, expect.stringContaining('504')]);
    expect(born()).toHaveLength(1);
  });

  test('that runs there already is left alone', async () => {
    const { cloud, canary, born, there } = await compute();
    const [, , old] = ['astray', 'broken', 'right'].map((which) =>
      cloud.nova.guest(NAME, {
        id: which,
        tenant: 'p-admin',
        host: which === 'astray' ? 'cmp2' : 'cmp1',
        status: which === 'broken' ? 'ERROR' : 'ACTIVE',
      }),
    );
    expect(await canary()).toMatchObject({ rc: 0 });
    expect(born()).toEqual([]);
    expect(there()).toEqual([old]);
  });

  test.each([
    ['in ERROR', { status: 'ERROR', power: 0 }],
    ['shut off', { status: 'SHUTOFF', power: 4 }],
    ['nowhere', { status: 'ERROR', host: null }],
    ['elsewhere', { host: 'cmp2' }],
  ])('that is %s is removed before another is born', async (_, wanted) => {
    const { cloud, canary, there } = await compute();
    cloud.nova.guest(NAME, { id: 'old', tenant: 'p-admin', ...wanted });
    expect(await canary()).toMatchObject({ rc: 0, err: '' });
    expect(there()).toMatchObject([{ status: 'ACTIVE', host: 'cmp1' }]);
    expect(there()[0]?.id).not.toBe('old');
    const gone = cloud.calls.findLastIndex(({ path, status }) => path === '/servers/old' && status === 404);
    expect(gone).toBeGreaterThan(-1);
    expect(gone).toBeLessThan(
      cloud.calls.findIndex(({ method, path }) => method === 'POST' && path === '/servers'),
    );
  });

  test('of a tenant, or of a host with a name like it, is nobody of ours', async () => {
    const { cloud, canary, run } = await compute();
    cloud.nova.guest(NAME, { id: 'tenant', status: 'SHUTOFF', power: 4 });
    cloud.nova.guest(`${NAME}0`, { id: 'like', tenant: 'p-admin', host: 'cmp10' });
    expect(await canary()).toMatchObject({ rc: 0 });
    expect(await run('uncanary', 'cmp1')).toMatchObject({ rc: 0 });
    expect([...cloud.nova.guests.keys()]).toEqual(['tenant', 'like']);
  });

  test('that ends in ERROR is told with its fault, and left to be looked at', async () => {
    const { cloud, canary, there } = await compute();
    cloud.nova.births.push('Unsupported VIF type unbound convert');
    expect(await canary()).toMatchObject({
      rc: 1,
      err: 'the canary guest on cmp1 is ERROR: Unsupported VIF type unbound convert\n',
    });
    expect(there()).toMatchObject([{ status: 'ERROR' }]);
  });

  test('that is not born in time is told with the state it is in', async () => {
    const { cloud, run } = await compute();
    cloud.faults.push({ on: 'POST /internal/two/compute/v2.1/servers', times: 1, how: 'leaves' });
    const waiting = run('canary', 'cmp1', '--image', 'tiny', '--flavor', 'small', '--timeout', '0.1');
    await expect.poll(() => cloud.nova.guests.size, { interval: 5, timeout: 20_000 }).toBe(1);
    for (const guest of cloud.nova.guests.values()) guest.looks = Number.POSITIVE_INFINITY;
    expect(await waiting).toMatchObject({ rc: 1, err: 'the canary guest on cmp1 is BUILD: no fault told\n' });
  });

  test.each([
    ['image', ['--image', 'none']],
    ['flavor', ['--flavor', 'none']],
    ['network', ['--network', 'none']],
  ] as const)('of an unknown %s is refused by its name', async (what, words) => {
    const { cloud, canary } = await compute();
    expect(await canary(...words)).toMatchObject({ rc: 1, err: `there is no ${what} called none\n` });
    expect(cloud.called('PUT', '/')).toEqual([]);
  });

  test('wants one hypervisor', async () => {
    const { cloud, run } = await compute();
    cloud.nova.host('cmp1');
    const ran = await run('canary', 'cmp1', '--image', 'tiny', '--flavor', 'small');
    expect(ran).toMatchObject({ rc: 1, err: '2 hypervisors belong to cmp1\n' });
  });
});

describe('the trait', () => {
  test('is lifted also when nova-compute writes there at the same time', async () => {
    const { cloud, canary } = await compute();
    cloud.nova.interruptions = 2;
    expect(await canary()).toMatchObject({ rc: 0, err: '' });
    expect(cloud.called('PUT', /traits$/).map(({ status }) => status)).toEqual([409, 409, 200]);
  });

  test('is not fought for for ever', async () => {
    const { cloud, canary } = await compute();
    cloud.nova.interruptions = 100;
    const ran = await canary();
    expect(ran.rc).toBe(1);
    expect(ran.err).toContain('generation already changed');
    expect(cloud.called('POST', '/servers')).toEqual([]);
  });

  test('that comes back before the scheduler has looked is lifted once more', async () => {
    const { cloud, canary, there } = await compute();
    cloud.nova.putBack = 1;
    expect(await canary()).toMatchObject({ rc: 0, err: '' });
    expect(there()).toMatchObject([{ status: 'ACTIVE' }]);
  });

  test('that always comes back is a failure', async () => {
    const { cloud, canary, born } = await compute();
    cloud.nova.putBack = 100;
    expect(await canary()).toMatchObject({
      rc: 1,
      err: 'the canary guest on cmp1 is ERROR: No valid host was found. \n',
    });
    expect(born()).toHaveLength(3);
  });

  test('that no provider bears is not written', async () => {
    const { cloud, canary } = await compute();
    cloud.nova.providers.set('cmp1.example', { generation: 7, traits: [] });
    expect(await canary()).toMatchObject({ rc: 0 });
    expect(cloud.called('PUT', /traits$/)).toEqual([]);
  });
});

describe('uncanary', () => {
  test('waits until all of them are gone', async () => {
    const { cloud, run, there } = await compute();
    for (const id of ['one', 'two']) cloud.nova.guest(NAME, { id, tenant: 'p-admin' });
    expect(await run('uncanary', 'cmp1')).toMatchObject({ rc: 0, err: '' });
    expect(there()).toEqual([]);
    expect(cloud.calls.at(-1)).toMatchObject({ path: '/servers/two', status: 404 });
    expect(await run('uncanary', 'cmp1')).toMatchObject({ rc: 0 });
  });

  test('of one that somebody else removes first', async () => {
    const { cloud, run } = await compute();
    cloud.nova.guest(NAME, { id: 'one', tenant: 'p-admin' });
    cloud.faults.push({ on: 'DELETE ', times: 1, how: 404, taken: true });
    expect(await run('uncanary', 'cmp1')).toMatchObject({ rc: 0, err: '' });
  });

  test('of one that does not go is a failure', async () => {
    const { cloud, run } = await compute();
    cloud.nova.guest(NAME, { id: 'one', tenant: 'p-admin', stubborn: true });
    expect(await run('uncanary', 'cmp1')).toMatchObject({ rc: 1, err: 'server one is not gone after 2 s\n' });
  });
});
