import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import { conditionWords } from '../model/condition.ts';
import { WindlassError } from '../model/error.ts';
import { buildReport, renderHtml } from '../report/index.ts';
import { gateStatus } from '../schedule/index.ts';
import type { Hub, Pulse } from './hub.ts';
import { page } from './page.ts';

/** What a person may do from the page. Each is one entry in the journal, as from another terminal. */
export interface Decisions {
  /** Without it nobody may decide. Told to the person once, never to the page's own address. */
  readonly token: string;
  approve(run: string, gate: string): Promise<void>;
  reject(run: string, gate: string, because: string): Promise<void>;
  pause(run: string): Promise<void>;
  resume(run: string): Promise<void>;
}

export interface AppOptions {
  readonly hub: Hub;
  readonly decisions?: Decisions;
  /** Names under which the page may be asked for: others are somebody's trick with DNS. */
  readonly hosts?: readonly string[];
}

const Reason = z.strictObject({ because: z.string().trim().min(1).max(500) });
const HEARTBEAT_MS = 15_000;

/** The page and what feeds it. Reading needs no token; deciding does. */
export function createApp({ hub, decisions, hosts }: AppOptions): Hono {
  const app = new Hono();

  app.use(async (context, next) => {
    const host = (context.req.header('host') ?? '').replace(/:\d+$/, '');
    if (hosts !== undefined && !hosts.includes(host))
      return context.text(`not served under the name ${host}`, 421);
    context.header('x-content-type-options', 'nosniff');
    context.header('referrer-policy', 'no-referrer');
    context.header('cache-control', 'no-store');
    return await next();
  });

  app.get('/', (context) => {
    const nonce = randomBytes(16).toString('base64');
    context.header(
      'content-security-policy',
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    return context.html(page(nonce));
  });

  app.get('/run.json', (context) => {
    const known = hub.run();
    if (known === undefined) return context.json({ run: null, decide: decisions !== undefined });
    const { run, plan } = known;
    return context.json({
      run,
      decide: decisions !== undefined,
      cluster: plan.cluster,
      from: plan.from,
      to: plan.to,
      plan: plan.id,
      phases: plan.phases,
      gates: plan.gates.map((gate) => ({
        ...gate,
        ...(gate.condition === undefined ? {} : { wants: conditionWords(gate.condition) }),
      })),
      findings: plan.findings,
      steps: plan.steps.map(({ id, title, phase, on, estimate }) => ({ id, title, phase, on, estimate })),
    });
  });

  app.get('/report', (context) => {
    const known = hub.run();
    if (known === undefined) return context.text('there is no run yet', 404);
    const store = hub.store();
    const data = buildReport({
      plan: known.plan,
      events: known.entries.map(({ event }) => event),
      probes: store?.probes() ?? [],
      samplesOf: (probe, window) => store?.samples(probe, window) ?? [],
      now: Date.now(),
    });
    context.header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    );
    return context.html(renderHtml(data));
  });

  app.get('/events', (context) => feed(context, hub));

  app.use('/decide/*', async (context, next) => {
    if (decisions === undefined) return context.json({ error: 'deciding is not enabled here' }, 403);
    if (!bears(context, decisions.token))
      return context.json({ error: 'the token is missing or wrong' }, 401);
    if (hub.run() === undefined) return context.json({ error: 'there is no run yet' }, 409);
    return await next();
  });
  const openGate = (gate: string): string | undefined => {
    const known = hub.run();
    if (known === undefined || !known.plan.gates.some(({ id }) => id === gate)) return undefined;
    return gateStatus(known.state, gate).is === 'open' ? known.run : undefined;
  };
  const closed = (context: Context, gate: string): Response =>
    context.json({ error: `gate ${gate} is not open` }, 409);
  app.post('/decide/gate/:gate/approve', async (context) => {
    const gate = context.req.param('gate');
    await hub.look();
    const run = openGate(gate);
    if (run === undefined || decisions === undefined) return closed(context, gate);
    const no = await refusal(context, () => decisions.approve(run, gate));
    if (no !== undefined) return no;
    await hub.look();
    return context.json({ done: true });
  });
  app.post('/decide/gate/:gate/reject', async (context) => {
    const gate = context.req.param('gate');
    const reason = Reason.safeParse(await context.req.json().catch(() => undefined));
    if (!reason.success) return context.json({ error: 'say why: {"because": "…"}' }, 400);
    await hub.look();
    const run = openGate(gate);
    if (run === undefined || decisions === undefined) return closed(context, gate);
    const no = await refusal(context, () => decisions.reject(run, gate, reason.data.because));
    if (no !== undefined) return no;
    await hub.look();
    return context.json({ done: true });
  });
  for (const what of ['pause', 'resume'] as const) {
    app.post(`/decide/${what}`, async (context) => {
      const run = hub.run()?.run;
      if (run === undefined || decisions === undefined)
        return context.json({ error: 'there is no run yet' }, 409);
      await decisions[what](run);
      return context.json({ done: true });
    });
  }
  return app;
}

/** What a person may not do is told on the page as it is in a terminal. */
async function refusal(context: Context, decide: () => Promise<void>): Promise<Response | undefined> {
  try {
    await decide();
    return undefined;
  } catch (error) {
    if (!(error instanceof WindlassError)) throw error;
    const { code, message, remedy } = error.fault;
    return context.json({ error: `${code}: ${message}. ${remedy}` }, 409);
  }
}

function bears(context: Context, token: string): boolean {
  const given = Buffer.from((context.req.header('authorization') ?? '').replace(/^Bearer /, ''));
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Everything since the event a page saw last, then what comes. */
function feed(context: Context, hub: Hub): Response {
  const [seenRun, seenSeq] = (context.req.header('last-event-id') ?? '').split('#');
  return streamSSE(context, async (stream) => {
    const queue: Pulse[] = [];
    let wake = (): void => undefined;
    const leave = hub.subscribe((pulse) => {
      queue.push(pulse);
      wake();
    });
    const known = hub.run();
    const standing = hub.standing();
    const seen = seenRun === known?.run ? Number(seenSeq) : 0;
    const backlog = (known?.entries ?? []).filter(({ seq }) => seq > seen);
    const first: Pulse[] = [
      ...(known === undefined ? [] : [{ name: 'run' as const, data: { run: known.run } }]),
      ...backlog.map(({ seq, event }) => ({
        name: 'event' as const,
        id: `${known?.run}#${seq}`,
        data: event,
      })),
      ...(standing === undefined ? [] : [{ name: 'standing' as const, data: standing }]),
      { name: 'probes', data: hub.probes() },
    ];
    queue.unshift(...first);
    stream.onAbort(() => wake());
    try {
      while (!stream.aborted) {
        const pulse = queue.shift();
        if (pulse !== undefined) {
          await stream.writeSSE({
            event: pulse.name,
            data: JSON.stringify(pulse.data),
            ...(pulse.name === 'event' ? { id: pulse.id } : {}),
          });
          continue;
        }
        const quiet = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(true), HEARTBEAT_MS);
          wake = () => {
            clearTimeout(timer);
            resolve(false);
          };
        });
        if (quiet) await stream.write(': still here\n\n');
      }
    } finally {
      leave();
    }
  });
}
