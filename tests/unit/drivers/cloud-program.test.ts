import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { CLOUD_PROGRAM } from '../../../src/drivers/cloud-program.ts';
import { controller, openrc } from './cloud-run.ts';

describe('the program', () => {
  test('is one that Python 3.5 can read, of its standard library alone', () => {
    const ask = `
import ast, sys
tree = ast.parse(sys.stdin.read(), feature_version=(3, 5))
names = [one.name.split('.')[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names]
assert not [node for node in ast.walk(tree) if isinstance(node, (ast.ImportFrom, ast.JoinedStr, ast.NamedExpr))]
assert set(names) <= sys.stdlib_module_names, names
print(len(names))`;
    const { status, stdout, stderr } = spawnSync('python3', ['-c', ask], { input: CLOUD_PROGRAM });
    expect(stderr.toString()).toBe('');
    expect(status).toBe(0);
    expect(Number(stdout)).toBeGreaterThan(5);
  });

  test('says what it can do, and wants a verb', async () => {
    const { run } = await controller();
    expect((await run('--help')).out).toContain('uncanary');
    expect(await run()).toMatchObject({ rc: 2 });
  });
});

describe('credentials', () => {
  test('are of the endpoints by interface and region, and of the versions asked', async () => {
    const { cloud, run } = await controller();
    cloud.nova.host('cmp1');
    expect(await run('host', 'cmp1')).toMatchObject({ rc: 0, err: '' });
    expect(cloud.calls.map(({ status }) => status)).not.toContain(410);
    expect(cloud.called('GET', '/os-services')[0]?.version).toBe('compute 2.60');
    expect(cloud.tokens).toBe(1);
  });

  test('of a region nobody serves are told', async () => {
    const { cloud, run, knows } = await controller();
    knows(openrc(cloud.url, 'OS_REGION_NAME=three'));
    expect(await run('host', 'cmp1')).toMatchObject({
      rc: 1,
      err: 'the catalogue has no internal endpoint for compute in region three\n',
    });
  });

  test('that are wrong are told without them', async () => {
    const { cloud, run, knows } = await controller();
    knows(openrc(cloud.url, "OS_PASSWORD='wörd'"));
    const ran = await run('host', 'cmp1');
    expect(ran.rc).toBe(1);
    expect(ran.err).toContain('/v3/auth/tokens: 401 Unauthorized');
  });

  test('that say too little, or are not there, are told by what they lack', async () => {
    const { run, knows } = await controller();
    knows('export OS_USERNAME=admin\n# OS_AUTH_URL=http://old\n');
    expect((await run('host', 'cmp1')).err).toContain(
      'does not say OS_AUTH_URL, OS_PASSWORD, OS_PROJECT_NAME',
    );
    expect((await run('--credentials', '/nowhere/openrc', 'host', 'cmp1')).err).toMatch(
      /^the credentials cannot be read: .*\/nowhere\/openrc/,
    );
  });
});

describe('a token', () => {
  test('that is over is renewed, and the change is made once', async () => {
    const { cloud, run } = await controller();
    const { id } = cloud.nova.host('cmp1');
    cloud.tokenLife = 1;
    expect(await run('disable', 'cmp1', '--reason', 'windlass')).toMatchObject({ rc: 0, err: '' });
    expect(cloud.tokens).toBe(2);
    expect(cloud.called('PUT', `/os-services/${id}`).map(({ status }) => status)).toEqual([401, 200]);
    expect(cloud.nova.services[0]).toMatchObject({ status: 'disabled', disabled_reason: 'windlass' });
  });

  test('that nobody accepts is not renewed for ever', async () => {
    const { cloud, run } = await controller();
    cloud.tokenLife = 0;
    const ran = await run('host', 'cmp1');
    expect(ran.rc).toBe(1);
    expect(ran.err).toContain('401');
    expect(cloud.tokens).toBe(2);
  });

  test('is asked for again while keystone is taken over', async () => {
    const { cloud, run } = await controller();
    cloud.nova.host('cmp1');
    cloud.faults.push({ on: 'POST /v3/auth/tokens', times: 2, how: 503 });
    cloud.faults.push({ on: 'POST /v3/auth/tokens', times: 1, how: 'cut' });
    expect(await run('host', 'cmp1')).toMatchObject({ rc: 0, err: '' });
  });
});

describe('on a bad way', () => {
  test.each([
    ['an API that is taken over', 503],
    ['a balancer without a server', 502],
    ['a connection that is cut', 'cut'],
    ['an answer that ends in its middle', 'half'],
    ['a page that is no answer', 'page'],
  ] as const)('a question is asked again: %s', async (_, how) => {
    const { cloud, run } = await controller();
    cloud.nova.host('cmp1');
    cloud.faults.push({ on: 'GET /internal/two/compute/v2.1/os-services', times: 3, how });
    expect(await run('host', 'cmp1')).toMatchObject({ rc: 0, err: '' });
    expect(cloud.called('GET', '/os-services')).toHaveLength(4);
  });

  test('a question that is refused is not', async () => {
    const { cloud, run } = await controller();
    cloud.faults.push({ on: 'GET /internal/two/compute/v2.1/os-services', times: 1, how: 403 });
    const ran = await run('host', 'cmp1');
    expect(ran.rc).toBe(1);
    expect(ran.err).toContain('403');
    expect(cloud.called('GET', '/os-services')).toHaveLength(1);
  });

  test('a question that nobody answers for long is given up with the last words', async () => {
    const { cloud, run } = await controller();
    cloud.faults.push({ on: 'GET /internal/two/compute/v2.1/os-services', times: 100, how: 503 });
    const ran = await run('host', 'cmp1');
    expect(ran).toMatchObject({ rc: 1, out: '' });
    expect(ran.err).toContain('503 {"error":{"message":"on the way"}}');
    expect(cloud.called('GET', '/os-services')).toHaveLength(20);
  });

  test('a change is made when somebody listens again', async () => {
    const { cloud, run } = await controller();
    cloud.nova.host('cmp1');
    cloud.faults.push({ on: 'os-services?binary', times: 1, how: 'leaves' });
    expect(await run('disable', 'cmp1', '--reason', 'windlass')).toMatchObject({ rc: 0, err: '' });
    expect(cloud.called('PUT', '/os-services')).toHaveLength(1);
    expect(cloud.nova.services[0]?.status).toBe('disabled');
  });

  test.each([
    ['after it was taken, the answer lost', 'cut', true],
    ['cut', 'cut', false],
    ['answered with 503', 503, false],
    ['after it was taken, the balancer out of patience', 504, true],
  ] as const)('a change is never sent twice: %s', async (_, how, taken) => {
    const { cloud, run } = await controller();
    cloud.nova.host('cmp1');
    cloud.faults.push({ on: 'PUT /', times: 1, how, taken });
    expect(await run('disable', 'cmp1', '--reason', 'windlass')).toMatchObject({ rc: 1 });
    expect(cloud.called('PUT', '/os-services')).toHaveLength(1);
    expect(cloud.nova.services[0]?.status).toBe(taken ? 'disabled' : 'enabled');
  });
});

describe('lists', () => {
  test('are read to their end, whatever the services think their address is', async () => {
    const { cloud, run } = await controller();
    cloud.nova.host('cmp1');
    cloud.neutron.agent('L3', 'cmp1');
    cloud.neutron.agent('DHCP', 'cmp1');
    for (let at = 0; at < 2100; at += 1) cloud.nova.guest(`web-${at}`);
    const { rc, out } = await run('host', 'cmp1');
    expect(rc).toBe(0);
    expect(JSON.parse(out).running).toHaveLength(2100);
    expect(cloud.called('GET', '/servers/detail')).toHaveLength(3);
  });

  test('are read to their end where pages are short', async () => {
    const { cloud, run } = await controller();
    cloud.pageSize = 2;
    cloud.nova.host('cmp0');
    cloud.nova.host('cmp00');
    cloud.nova.host('cmp1');
    cloud.images.unshift({ id: 'i-2' }, { id: 'i-3', name: 'big' });
    cloud.nova.flavors.unshift({ id: 'f-2', name: 'big' }, { id: 'f-3', name: 'bigger' });
    for (const name of ['a', 'b', 'c', 'd']) cloud.neutron.thing('DHCP', name);
    const words = ['--image', 'tiny', '--flavor', 'small', '--network', 'd'];
    expect(await run('canary', 'cmp1', ...words)).toMatchObject({ rc: 0, err: '' });
    expect(cloud.called('POST', '/servers')[0]?.body).toMatchObject({
      server: {
        imageRef: 'i-1',
        flavorRef: 'f-1',
        networks: [{ uuid: 'd' }],
        availability_zone: 'az-1:cmp1',
      },
    });
  });
});

describe('disable', () => {
  test('may be said again with the same reason', async () => {
    const { cloud, run } = await controller();
    cloud.nova.host('cmp1', { status: 'disabled', disabled_reason: 'windlass' });
    expect(await run('disable', 'cmp1', '--reason', 'windlass')).toMatchObject({ rc: 0 });
  });

  test('never overwrites somebody else’s reason', async () => {
    const { cloud, run } = await controller();
    cloud.nova.host('cmp1', { status: 'disabled', disabled_reason: 'bad disk' });
    expect(await run('disable', 'cmp1', '--reason', 'windlass')).toMatchObject({
      rc: 1,
      err: 'cmp1 is disabled already, with another reason: bad disk\n',
    });
    expect(cloud.called('PUT', '/')).toEqual([]);
  });

  test('of a host that nova does not know', async () => {
    const { run } = await controller();
    expect(await run('disable', 'cmp9', '--reason', 'windlass')).toMatchObject({
      rc: 1,
      err: '0 nova-compute services are called cmp9\n',
    });
  });
});

test('enable', async () => {
  const { cloud, run } = await controller();
  cloud.nova.host('cmp1', { status: 'disabled', disabled_reason: 'windlass' });
  expect(await run('enable', 'cmp1')).toMatchObject({ rc: 0 });
  expect(cloud.nova.services[0]).toMatchObject({ status: 'enabled', disabled_reason: null });
});
