import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureWatch, openProbeStore, PROBES_DB, runningWatch, stopWatch } from '../../../src/watch/index.ts';

let state: string;
let cluster: string;
let server: Server;
beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'windlass-detached-'));
  cluster = join(state, 'cluster.yaml');
  server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  writeFileSync(
    cluster,
    `cluster: t
os: debian/bookworm
openstack: zed
nodes: {ctl1: {address: 127.0.0.1, roles: [controller]}}
probes: {api: {kind: tcp, address: 127.0.0.1, port: ${port}}}
`,
  );
});
afterEach(async () => {
  await stopWatch(state);
  await new Promise((resolve) => server.close(resolve));
  rmSync(state, { recursive: true });
});

const served = (): number => {
  const store = openProbeStore(join(state, PROBES_DB), 'read');
  try {
    return store.samples('api').filter(({ ok }) => ok).length;
  } finally {
    store.close();
  }
};

describe('a watch in the background', () => {
  it('is started once, measures on its own, and ends when asked to', async () => {
    const first = await ensureWatch({ cluster, state, rate: 20 });
    expect(first.started).toBe(true);
    expect(await ensureWatch({ cluster, state })).toEqual({ pid: first.pid, started: false });
    while (served() < 5) await sleep(50);
    expect(await stopWatch(state)).toBe(true);
    expect(runningWatch(state)).toBeUndefined();
    expect(await stopWatch(state)).toBe(false);
  });

  it('is known to be gone when it was killed, and started anew', async () => {
    const first = await ensureWatch({ cluster, state });
    process.kill(first.pid, 'SIGKILL');
    while (runningWatch(state) !== undefined) await sleep(20);
    const second = await ensureWatch({ cluster, state });
    expect(second.started).toBe(true);
    expect(second.pid).not.toBe(first.pid);
  });

  it('says why it did not start', async () => {
    writeFileSync(cluster, 'cluster: [\n');
    await expect(ensureWatch({ cluster, state })).rejects.toMatchObject({
      fault: { code: 'WL-WATCH-START', output: expect.stringContaining('WL-CLUSTER-YAML') },
    });
  });
});
