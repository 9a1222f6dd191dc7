import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { RunEvent } from '../model/event.ts';
import type { IoHost, Message, Question } from '../model/host.ts';
import type { Plan } from '../model/plan.ts';
import type { Journal } from '../run/index.ts';
import {
  begin,
  counts,
  fold,
  gateStatus,
  outcome,
  type RunState,
  remaining,
  running,
  runStatus,
  stepStatus,
} from '../schedule/index.ts';
import { keepTally, openProbeStore, type ProbeStore, type Tally } from '../watch/index.ts';
import { eventLines, type LineContext } from './event-line.ts';
import { type LiveView, liveLines } from './live-lines.ts';
import { paint, screen, wantsColor } from './paint.ts';
import { findingText } from './print.ts';

export interface TerminalOptions {
  readonly plan: Plan;
  readonly run: string;
  /** Where the run's earlier events are, for one that is taken up again. */
  readonly journal: Journal;
  /** Path of the probes' samples, which may not be there yet. */
  readonly probes?: string;
  /** One JSON object a line on standard output instead of words. */
  readonly json?: boolean;
  readonly stream?: NodeJS.WriteStream;
  readonly color?: boolean;
  readonly tty?: boolean;
}

export interface TerminalHost extends IoHost {
  /** Takes the live view away; may be called twice. */
  close(): void;
}

const DRAW_MS = 500;
/** A forecast may take a while for a large plan: it is made anew only after a multiple of that. */
const FORECAST_MS = 2000;
const FORECAST_SHARE = 30;

/** Tells a run on a terminal: a live view on a TTY, a line per event elsewhere, or JSON lines. */
export function terminalHost(options: TerminalOptions): TerminalHost {
  if (options.json === true) return jsonHost();
  const stream = options.stream ?? process.stderr;
  const tty = options.tty ?? (stream.isTTY === true && process.env.TERM !== 'dumb');
  const colors = paint(options.color ?? wantsColor(stream));
  const follower = followRun(options.plan);
  const titles = new Map(options.plan.steps.map(({ id, title }) => [id, title]));
  const context: LineContext = {
    title: (step) => titles.get(step) ?? '',
    took: (step, at) => follower.took(step, at),
    paint: colors,
  };
  const view = tty ? screen(stream) : undefined;
  const say = (line: string): void => {
    if (view === undefined) stream.write(`${line}\n`);
    else view.print(line);
  };

  // Events of an earlier orchestrator come first; what is told meanwhile waits for them.
  let early: RunEvent[] | undefined = [];
  const history = options.journal.read(options.run).then(
    (entries) => {
      const told = new Set((early ?? []).map((event) => JSON.stringify(event)));
      for (const { event } of entries) if (!told.has(JSON.stringify(event))) follower.add(event);
      for (const event of early ?? []) show(event);
      early = undefined;
    },
    (error: unknown) => {
      say(`WL-PROGRESS-HISTORY: earlier events cannot be shown: ${String(error)}`);
      for (const event of early ?? []) show(event);
      early = undefined;
    },
  );
  const show = (event: RunEvent): void => {
    follower.add(event);
    for (const line of eventLines(event, context)) say(line);
  };

  const probes = followProbes(options.probes);
  const draw = (): void => {
    if (early !== undefined) return;
    view?.draw(
      liveLines(viewOf(follower, options.plan, probes.read(), Date.now()), stream.columns || 80, colors),
    );
  };
  const timer = tty ? setInterval(draw, DRAW_MS) : undefined;
  timer?.unref();
  let closed = false;

  return {
    tell(message: Message) {
      if (message.code === 'event') {
        if (early === undefined) show(message.event);
        else early.push(message.event);
      } else for (const line of messageLines(message)) say(line);
    },
    async ask(question) {
      await history;
      return await askPerson(question, stream);
    },
    close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      draw();
      view?.end();
      probes.close();
    },
  };
}

function jsonHost(): TerminalHost {
  return {
    tell: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`),
    ask: async ({ otherwise }) => otherwise,
    close: () => undefined,
  };
}

function messageLines(message: Exclude<Message, { code: 'event' }>): string[] {
  switch (message.code) {
    case 'finding':
      return findingText(message.finding).split('\n');
    case 'progress':
      return [`${message.title}: ${message.done} of ${message.total}`];
    case 'say':
      return message.text.split('\n');
  }
}

/** Asks a person at the keyboard; without one the question's own answer is taken. */
async function askPerson(
  { text, choices, otherwise }: Question,
  stream: NodeJS.WriteStream,
): Promise<string> {
  if (process.stdin.isTTY !== true) return otherwise;
  const lines = createInterface({ input: process.stdin, output: stream });
  try {
    for (;;) {
      const said = (await lines.question(`${text} [${choices.join('/')}] (${otherwise}) `)).trim();
      if (said === '') return otherwise;
      const chosen = choices.filter((choice) => choice.startsWith(said));
      const [only] = chosen;
      if (only !== undefined && chosen.length === 1) return only;
    }
  } finally {
    lines.close();
  }
}

interface Follower {
  add(event: RunEvent): void;
  state(): RunState;
  took(step: string, at: number): number | undefined;
  /** Seconds left by the estimates; kept for a while. */
  left(now: number): number | undefined;
}

function followRun(plan: Plan): Follower {
  let state = begin(plan);
  const begun = new Map<string, number>();
  let forecast: { readonly at: number; readonly seconds: number; readonly good: number } | undefined;
  return {
    add(event) {
      // When it ended, `took` still wants its beginning: kept until it is begun again.
      if (event.type === 'step.started') begun.set(event.step, event.at);
      state = fold(state, event);
    },
    state: () => state,
    took(step, at) {
      const from = begun.get(step);
      return from === undefined ? undefined : (at - from) / 1000;
    },
    left(now) {
      if (runStatus(state).startedAt === undefined) return undefined;
      if (forecast === undefined || now > forecast.good) {
        const clock = performance.now();
        const { seconds } = remaining(state, undefined, now);
        const cost = performance.now() - clock;
        forecast = { at: now, seconds, good: now + Math.max(FORECAST_MS, cost * FORECAST_SHARE) };
      }
      return Math.max(0, forecast.seconds - (now - forecast.at) / 1000);
    },
  };
}

function viewOf(follower: Follower, plan: Plan, probes: LiveView['probes'], now: number): LiveView {
  const state = follower.state();
  const status = runStatus(state);
  const { finished, total } = counts(state);
  const stands = outcome(state);
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const left = stands === 'running' ? follower.left(now) : undefined;
  const words = {
    halted: `halted: ${status.halted ?? 'a step failed'}`,
    paused: 'paused: windlass resume goes on',
    interrupted: 'stopping: what runs is finished first',
  };
  const stopped = stands in words ? words[stands as keyof typeof words] : undefined;
  return {
    heading: `${plan.cluster}: ${plan.from.os} / ${plan.from.openstack} → ${plan.to.os} / ${plan.to.openstack}`,
    elapsed: status.startedAt === undefined ? 0 : ((status.finishedAt ?? now) - status.startedAt) / 1000,
    ...(left === undefined ? {} : { left }),
    done: finished,
    total,
    running: running(state).map((id) => {
      const track = stepStatus(state, id);
      const step = steps.get(id);
      return {
        step: id,
        title: step?.title ?? '',
        seconds: (now - (track.startedAt ?? now)) / 1000,
        estimate: step?.estimate ?? 0,
        ...(track.is === 'waiting' && track.because !== undefined ? { waits: track.because } : {}),
      };
    }),
    gates: plan.gates.flatMap(({ id, title }) => {
      const gate = gateStatus(state, id);
      return gate.is === 'open' ? [{ id, title, seconds: (now - (gate.openedAt ?? now)) / 1000 }] : [];
    }),
    ...(stopped === undefined ? {} : { stopped }),
    probes,
  };
}

/** Reads what the watch writes, from now on; it may start later than the run. */
function followProbes(path: string | undefined): { read(): LiveView['probes']; close(): void } {
  const tallies = new Map<string, Tally>();
  let store: ProbeStore | undefined;
  let cursor: number | undefined;
  return {
    read() {
      if (path === undefined || (store === undefined && !existsSync(path))) return [];
      store ??= openProbeStore(path, 'read');
      cursor ??= store.newest();
      for (const { name, rate } of store.probes()) if (!tallies.has(name)) tallies.set(name, keepTally(rate));
      const fresh = store.tail(cursor);
      cursor = fresh.cursor;
      for (const sample of fresh.samples) tallies.get(sample.probe)?.add(sample);
      return [...tallies].map(([name, tally]) => ({ name, standing: tally.standing() }));
    },
    close: () => store?.close(),
  };
}
