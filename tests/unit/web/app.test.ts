import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WindlassError } from '../../../src/model/error.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { type Journal, openJournal } from '../../../src/run/index.ts';
import { openProbeStore } from '../../../src/watch/index.ts';
import { createApp, type Decisions, type Hub, serve, startHub } from '../../../src/web/index.ts';
import { exampleRun } from '../report/example.ts';

const example = exampleRun();
const RUN = 'r-20261014-2000';
const TOKEN = 'correct-horse';

let folder: string;
let journal: Journal;
let hub: Hub;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-web-'));
  journal = openJournal(join(folder, 'journal.db'));
  hub = startHub({
    journal,
    probes: join(folder, 'probes.db'),
    everyMs: 20,
    onTrouble: (error) => {
      throw error;
    },
  });
});
afterEach(async () => {
  await hub.stop();
  await journal.close();
  rmSync(folder, { recursive: true });
});

/** A moment after everything in the example: an approval that comes after its gate's time would not count. */
const soon = (hub: Hub): number => (hub.run()?.entries.at(-1)?.event.at ?? 0) + 1000;
const decisions = (): Decisions => ({
  token: TOKEN,
  approve: async (run, gate) =>
    void (await journal.append(run, { type: 'gate.approved', at: soon(hub), gate, by: 'grace' })),
  reject: async (run, gate, because) =>
    void (await journal.append(run, { type: 'gate.rejected', at: soon(hub), gate, by: 'grace', because })),
  pause: async (run) => await journal.request(run, 'pause', 'grace', Date.now()),
  resume: async (run) => await journal.request(run, 'resume', 'grace', Date.now()),
});
const app = (decide = true) =>
  createApp({ hub, hosts: ['127.0.0.1'], ...(decide ? { decisions: decisions() } : {}) });
const headers = { host: '127.0.0.1:8470' };

/** The example's run up to and with the first event of a kind. */
async function runUntil(type: RunEvent['type']): Promise<void> {
  await journal.create(RUN, example.plan, 'ada', example.events[0]?.at ?? 0);
  for (const event of example.events) {
    await journal.append(RUN, event);
    if (event.type === type) break;
  }
  await hub.look();
}
const post = (path: string, token?: string, body?: unknown) =>
  app().request(path, {
    method: 'POST',
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const events = async (): Promise<RunEvent[]> => (await journal.read(RUN)).map(({ event }) => event);

describe('the page', () => {
  it('runs its own script and nothing else, and fetches nothing from elsewhere', async () => {
    const answer = await app().request('/', { headers });
    const text = await answer.text();
    const policy = answer.headers.get('content-security-policy') ?? '';
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1];
    expect(policy).toContain("default-src 'none'");
    expect(text.match(/<script nonce="([^"]+)">/)?.[1]).toBe(nonce);
    expect(text).not.toMatch(/https?:\/\/|\bsrc\s*=|@import|url\(/);
    const script = /<script[^>]*>([\s\S]*)<\/script>/.exec(text)?.[1] ?? '';
    expect(script.length).toBeGreaterThan(1000);
    new Script(script);
    const other = (await app().request('/', { headers })).headers.get('content-security-policy');
    expect(other).not.toBe(policy);
  });

  it('is not served under a name that is not ours', async () => {
    expect((await app().request('/', { headers: { host: 'evil.example' } })).status).toBe(421);
  });

  it('waits for a run, then tells its plan without commands', async () => {
    expect(await (await app(false).request('/run.json', { headers })).json()).toEqual({
      run: null,
      decide: false,
    });
    await runUntil('step.started');
    const text = await (await app().request('/run.json', { headers })).text();
    expect(JSON.parse(text)).toMatchObject({
      run: RUN,
      decide: true,
      cluster: 'prod',
      gates: [{ id: 'cutover' }],
      steps: example.plan.steps.map(({ id, title }) => ({ id, title })),
    });
    expect(text).not.toContain('commands');
  });

  it('gives the whole report so far', async () => {
    expect((await app().request('/report', { headers })).status).toBe(404);
    await runUntil('run.halted');
    const text = await (await app().request('/report', { headers })).text();
    expect(text).toContain('the member did not reach Synced within 60 s');
  });
});

describe('the feed', () => {
  /** Reads the feed as a browser does, until a pulse of the wanted kind has come often enough. */
  async function listen(want: { event: string; count: number }, extra: Record<string, string> = {}) {
    const served = await serve({ hub, port: 0 });
    const stop = new AbortController();
    const found: { event: string; data: unknown; id?: string }[] = [];
    try {
      const answer = await fetch(`${served.url}events`, { headers: extra, signal: stop.signal });
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const fields = Object.fromEntries(
            block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)),
          );
          found.push({
            event: fields.event,
            data: JSON.parse(fields.data),
            ...(fields.id ? { id: fields.id } : {}),
          });
        }
        if (found.filter(({ event }) => event === want.event).length >= want.count) break;
      }
    } finally {
      stop.abort();
      await served.close();
    }
    return found;
  }

  it('begins with everything so far, and goes on with what comes', async () => {
    await runUntil('gate.opened');
    const before = (await events()).length;
    const coming = listen({ event: 'event', count: before + 1 });
    await journal.append(RUN, { type: 'gate.approved', at: Date.now(), gate: 'cutover', by: 'grace' });
    const found = await coming;
    expect(found[0]).toEqual({ event: 'run', data: { run: RUN } });
    const told = found.filter(({ event }) => event === 'event').map(({ data }) => data);
    expect(told).toEqual(await events());
  });

  it('goes on after the last event a page saw', async () => {
    await runUntil('gate.opened');
    const all = await events();
    const found = await listen({ event: 'event', count: 2 }, { 'last-event-id': `${RUN}#${all.length - 2}` });
    expect(found.filter(({ event }) => event === 'event').map(({ id }) => id)).toEqual([
      `${RUN}#${all.length - 1}`,
      `${RUN}#${all.length}`,
    ]);
  });

  it('tells where the run stands and what the probes see', async () => {
    const store = openProbeStore(join(folder, 'probes.db'));
    store.declare({ name: 'api', kind: 'tcp', where: '192.0.2.10:80', rate: 10 });
    const second = Math.floor(Date.now() / 1000) * 1000 - 5000;
    const sample = (started: number, ok: boolean) => ({ probe: 'api', started, ended: started + 10, ok });
    store.add([sample(second, true), sample(second + 1000, false), sample(second + 2000, true)]);
    await runUntil('gate.opened');
    const found = await listen({ event: 'probes', count: 1 });
    store.close();
    expect(found.find(({ event }) => event === 'standing')?.data).toMatchObject({
      outcome: 'waiting-at-gate',
      counts: { finished: 10, total: 57 },
      left: null,
      gates: [{ id: 'cutover', is: 'open', by: [] }],
    });
    expect(found.find(({ event }) => event === 'probes')?.data).toMatchObject([
      {
        name: 'api',
        seconds: 2.01,
        failed: 1,
        total: 3,
        open: false,
        strip: expect.stringMatching(/oxo\.{1,6}$/),
      },
    ]);
  });
});

describe('deciding', () => {
  it('needs to be enabled, and the token', async () => {
    await runUntil('gate.opened');
    const before = await events();
    const disabled = await app(false).request('/decide/gate/cutover/approve', { method: 'POST', headers });
    expect(disabled.status).toBe(403);
    expect((await post('/decide/gate/cutover/approve')).status).toBe(401);
    expect((await post('/decide/gate/cutover/approve', 'guess')).status).toBe(401);
    expect(await events()).toEqual(before);
  });

  it('approves an open gate once, as an entry in the journal', async () => {
    await runUntil('gate.opened');
    expect((await post('/decide/gate/cutover/approve', TOKEN)).status).toBe(200);
    expect((await events()).at(-1)).toMatchObject({ type: 'gate.approved', gate: 'cutover', by: 'grace' });
    const again = await post('/decide/gate/cutover/approve', TOKEN);
    expect(again.status).toBe(409);
    expect(await again.json()).toEqual({ error: 'gate cutover is not open' });
  });

  it('tells why somebody may not, as a terminal would', async () => {
    await runUntil('gate.opened');
    const refused = new WindlassError({
      code: 'WL-GATE-APPROVER',
      message: 'eve may not',
      remedy: 'Who may: ann.',
    });
    const strict = { ...decisions(), approve: () => Promise.reject(refused) };
    const answer = await createApp({ hub, hosts: ['127.0.0.1'], decisions: strict }).request(
      '/decide/gate/cutover/approve',
      { method: 'POST', headers: { ...headers, authorization: `Bearer ${TOKEN}` } },
    );
    expect(answer.status).toBe(409);
    expect(await answer.json()).toEqual({ error: 'WL-GATE-APPROVER: eve may not. Who may: ann.' });
  });

  it('rejects with a reason, and not without', async () => {
    await runUntil('gate.opened');
    expect((await post('/decide/gate/cutover/reject', TOKEN, { because: ' ' })).status).toBe(400);
    expect((await post('/decide/gate/cutover/reject', TOKEN)).status).toBe(400);
    expect((await post('/decide/gate/cutover/reject', TOKEN, { because: 'not tonight' })).status).toBe(200);
    expect((await events()).at(-1)).toMatchObject({ type: 'gate.rejected', because: 'not tonight' });
  });

  it('refuses gates that are not open or not there', async () => {
    await runUntil('run.started');
    expect((await post('/decide/gate/cutover/approve', TOKEN)).status).toBe(409);
    expect((await post('/decide/gate/nonsense/approve', TOKEN)).status).toBe(409);
  });

  it('asks the orchestrator to pause', async () => {
    await runUntil('step.started');
    expect((await post('/decide/pause', TOKEN)).status).toBe(200);
    expect((await journal.requests(RUN)).map(({ what, by }) => [what, by])).toEqual([['pause', 'grace']]);
  });
});
