import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Prober } from '../../../src/watch/attempt.ts';
import { sqlProbe } from '../../../src/watch/probes/sql.ts';
import { SqlServer } from './sql-server.ts';

let server: SqlServer;
let probe: Prober;
beforeEach(async () => {
  server = await new SqlServer().start();
  probe = sqlProbe(
    {
      address: '127.0.0.1',
      port: server.port,
      user: 'probe',
      password: 'env:PW',
      database: 'probe',
      table: 't',
    },
    async () => 'geheim',
  );
});
afterEach(async () => {
  await server.stop();
});
const attempt = async (ms = 2000): Promise<void> => {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error('time is up')), ms);
  try {
    await probe.attempt(limit.signal);
  } finally {
    clearTimeout(timer);
  }
};

describe('a database write', () => {
  it('is committed and read back, on one connection that is kept', async () => {
    for (let count = 0; count < 3; count += 1) await attempt();
    expect(server.connections).toBe(1);
    expect([...server.rows.values()].map(({ v }) => v)).toEqual(['1', '2', '3']);
    await probe.close();
    expect(server.rows.size).toBe(0);
  });

  it('has failed when it cannot be read back', async () => {
    server.forgetful = true;
    await expect(attempt()).rejects.toThrow('could not be read back');
    await probe.close();
  });

  it('fails once when the kept connection breaks unseen, and is served by a new one', async () => {
    await attempt();
    server.cut();
    await sleep(50);
    await expect(attempt()).rejects.toThrow(/lost|closed|reset/i);
    await attempt();
    expect(server.connections).toBe(2);
    await probe.close();
  });

  it('does not wait behind one that hangs', async () => {
    await attempt();
    server.silent = true;
    const asked = new Promise<void>((resolve) => {
      server.unanswered = resolve;
    });
    const hanging = expect(attempt(500)).rejects.toThrow('time is up');
    await asked;
    server.silent = false;
    await attempt();
    expect(server.connections).toBe(2);
    await hanging;
    await probe.close();
  });

  it('leaves a member that is not synced, but not for a refused row', async () => {
    await attempt();
    server.refusal = [1205, 'Lock wait timeout exceeded'];
    await expect(attempt()).rejects.toThrow('Lock wait timeout exceeded');
    server.refusal = undefined;
    await attempt();
    expect(server.connections).toBe(1);
    server.refusal = [1047, 'WSREP has not yet prepared node for application use'];
    await expect(attempt()).rejects.toThrow('WSREP has not yet prepared node');
    server.refusal = undefined;
    await attempt();
    expect(server.connections).toBe(2);
    await probe.close();
  });

  it('says that nobody listens, without the password', async () => {
    await server.stop();
    const failure = await attempt().catch((error: unknown) => error);
    expect(String(failure)).toContain('ECONNREFUSED');
    expect(String(failure)).not.toContain('geheim');
    await new SqlServer().start().then((other) => {
      server = other;
    });
  });
});
