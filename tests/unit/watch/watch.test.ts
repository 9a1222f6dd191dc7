import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProbeSpec } from '../../../src/model/probe.ts';
import { claimWatch, runningWatch } from '../../../src/watch/detached.ts';
import { outageOf } from '../../../src/watch/outage.ts';
import { secretsFrom } from '../../../src/watch/secret.ts';
import { openProbeStore } from '../../../src/watch/store.ts';
import { startWatch, watchOnce } from '../../../src/watch/watch.ts';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'windlass-watch-'));
});
afterEach(() => {
  rmSync(state, { recursive: true });
});

const tcp: ProbeSpec = { kind: 'tcp', address: '127.0.0.1', port: 9 };
const secret = secretsFrom({ base: tmpdir(), env: {} });
const throwing = (error: unknown): never => {
  throw error;
};

describe('a watch', () => {
  it('writes every attempt, and its outage can be read while it runs', async () => {
    const store = openProbeStore(join(state, 'probes.db'));
    let up = true;
    let closed = 0;
    const seen: boolean[] = [];
    const watch = await startWatch({
      probes: { api: tcp, slow: { ...tcp, rate: 2 } },
      secret,
      store,
      rate: 20,
      timeout: 1,
      onSample: ({ probe, ok }) => {
        if (probe === 'api') seen.push(ok);
      },
      onTrouble: throwing,
      prober: () => ({
        attempt: async () => {
          await sleep(5);
          if (!up) throw new Error('refused');
        },
        close: async () => {
          closed += 1;
        },
      }),
    });
    while (seen.length < 6) await sleep(10);
    up = false;
    while (seen.filter((ok) => !ok).length < 6) await sleep(10);
    up = true;
    while (seen.at(-1) !== true) await sleep(10);
    expect(runningWatch(state)?.pid).toBe(process.pid);
    const before = seen.length;
    await watch.stop();

    expect(closed).toBe(2);
    expect(runningWatch(state)).toBeUndefined();
    expect(store.probes()).toEqual([
      { name: 'api', kind: 'tcp', where: '127.0.0.1:9', rate: 20 },
      { name: 'slow', kind: 'tcp', where: '127.0.0.1:9', rate: 2 },
    ]);
    const samples = store.samples('api');
    expect(samples).toHaveLength(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(before);
    const { failed, spans, seconds, errors } = outageOf(samples, { rate: 20 });
    expect(failed).toBe(seen.filter((ok) => !ok).length);
    expect(spans).toHaveLength(1);
    expect(seconds).toBeGreaterThan(0.25);
    expect(errors).toEqual([{ error: 'refused', count: failed }]);
    expect(store.samples('slow').length).toBeLessThan(samples.length / 4);
    store.close();
  });

  it('does not start when a secret is absent, and says which', async () => {
    const store = openProbeStore(join(state, 'probes.db'));
    const sql: ProbeSpec = {
      kind: 'sql',
      address: '127.0.0.1',
      port: 3306,
      user: 'probe',
      password: 'env:WINDLASS_NO_SUCH',
      database: 'probe',
      table: 't',
    };
    await expect(startWatch({ probes: { sql }, secret, store, onTrouble: throwing })).rejects.toThrow(
      'WL-SECRET-ABSENT: env:WINDLASS_NO_SUCH: the variable is not set',
    );
    store.close();
  });

  it('is refused where another one already writes', async () => {
    const store = openProbeStore(join(state, 'probes.db'));
    store.beat({ pid: process.ppid, started: Date.now(), beat: Date.now() });
    expect(() => claimWatch(state)).toThrow('WL-WATCH-HELD');
    store.leave();
    claimWatch(state);
    store.close();
  });

  it('can look once at everything', async () => {
    const looks = await watchOnce({
      probes: { good: tcp, bad: tcp },
      secret,
      prober: (_, name) => ({
        attempt: async () => {
          if (name === 'bad') throw new Error('refused');
        },
        close: async () => undefined,
      }),
    });
    expect(looks.map(({ sample }) => [sample.probe, sample.ok, sample.error])).toEqual([
      ['good', true, undefined],
      ['bad', false, 'refused'],
    ]);
  });
});

describe('the store', () => {
  it('gives the samples that touch a window', () => {
    const store = openProbeStore(join(state, 'probes.db'));
    store.declare({ name: 'api', kind: 'tcp', where: 'x', rate: 10 });
    const sample = (started: number, ended: number) => ({ probe: 'api', started, ended, ok: true });
    store.add([sample(1000, 1010), sample(1900, 2100), sample(2500, 2600), sample(3000, 3001)]);
    expect(store.samples('api', { from: 2000, to: 3000 }).map(({ started }) => started)).toEqual([
      1900, 2500,
    ]);
    expect(store.samples('nobody')).toEqual([]);
    const first = store.tail(0, 3);
    expect(first.samples).toHaveLength(3);
    expect(store.tail(first.cursor).samples).toEqual([sample(3000, 3001)]);
    expect(store.tail(store.tail(first.cursor).cursor).samples).toEqual([]);
    store.close();
  });

  it('says what to do when there is none to read', () => {
    expect(() => openProbeStore(join(state, 'none', 'probes.db'), 'read')).toThrow('WL-WATCH-STORE');
  });
});

describe('secrets', () => {
  it('come from files beside the cluster file and from the environment', async () => {
    writeFileSync(join(state, 'pw'), 'geheim\n');
    const source = secretsFrom({
      base: state,
      env: { PW: 'leise' },
      fromNode: async (path) => `node ${path}`,
    });
    expect(await source('file:pw')).toBe('geheim');
    expect(await source(`file:${join(state, 'pw')}`)).toBe('geheim');
    expect(await source('env:PW')).toBe('leise');
    expect(await source('node:/etc/pw')).toBe('node /etc/pw');
    await expect(source('file:none')).rejects.toThrow('WL-SECRET-ABSENT');
    await expect(secret('node:/etc/pw')).rejects.toThrow('WL-SECRET-ABSENT');
  });
});
