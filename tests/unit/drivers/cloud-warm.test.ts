import { describe, expect, test } from 'vitest';
import { readWarm } from '../../../src/drivers/cloud.ts';
import { CLOUD_MARK, CLOUD_PROGRAM } from '../../../src/drivers/cloud-program.ts';
import { controller, openrc } from './cloud-run.ts';

const LIST = '/v2.0/networks?limit=1&project_id={project}';

describe('warm', () => {
  test('asks the address itself, with a token, a few times', async () => {
    const { cloud, run } = await controller();
    const ran = await run('warm', `${cloud.url}/internal/two/network`, '--path', LIST);
    expect(ran).toMatchObject({ rc: 0, err: '' });
    expect(readWarm({ rc: 0, out: ran.out, err: '' })).toHaveLength(3);
    expect(cloud.calls.filter(({ method }) => method === 'GET').map(({ path }) => path)).toEqual(
      Array.from({ length: 3 }, () => '/networks?limit=1&project_id=p-admin'),
    );
  });

  test('a refusal is told at once: who asks again is the step', async () => {
    const { cloud, run } = await controller();
    cloud.faults.push({ on: '/networks', times: 1, how: 503 });
    const ran = await run('warm', `${cloud.url}/internal/two/network`, '--path', LIST);
    expect(ran.rc).toBe(1);
    expect(ran.err).toContain('503');
    expect(readWarm({ rc: 1, out: ran.out, err: ran.err })).toContain('503');
    expect(cloud.calls.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  test('of who gives tokens: he is asked for one himself', async () => {
    const { cloud, run, knows } = await controller();
    knows(openrc('http://127.0.0.1:1'));
    const ran = await run('warm', cloud.url, '--path', '/v3/services', '--login');
    // The cloud of these tests lists no services; that it was asked at all shows who gave the token.
    expect(ran.err).toContain('/v3/services');
    expect(cloud.tokens).toBe(1);
  });
});

test('the program begins with the line by which a later plan knows it', () => {
  expect(CLOUD_PROGRAM.slice(0, 200)).toContain(CLOUD_MARK);
});
