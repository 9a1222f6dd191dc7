// What an operator has in hand: the command line, a shell on the nodes, and the journal to look into.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, sshArgv } from '../../src/lab/index.ts';
import { openJournal } from '../../src/run/index.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function ending(child: ChildProcess): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
  });
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

/** Starts `windlass`. */
export function begin(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, ended: ending(child) };
}

export const windlass = (...args: string[]): Promise<Ended> => begin(...args).ended;

/** Runs a command on a node as a person would, outside Windlass. */
export function shell(lab: Lab, node: string, ...command: string[]): Promise<Ended> {
  const [program = '', ...args] = sshArgv(lab.place, node, command);
  return ending(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** What a command on a node says; throws what it complains of when it fails. */
export async function answerOf(lab: Lab, node: string, ...command: string[]): Promise<string> {
  const { code, out, err } = await shell(lab, node, ...command);
  if (code !== 0) throw new Error(`${node}: \`${command.join(' ')}\` ended with ${code}: ${err}`);
  return out.trim();
}

export interface SeenEvent {
  readonly type: string;
  readonly at: number;
  readonly step?: string;
  readonly node?: string;
  readonly unit?: string;
  readonly gate?: string;
}

/** Events of the newest run. */
export async function eventsIn(state: string): Promise<readonly SeenEvent[]> {
  const journal = openJournal(join(state, 'journal.db'));
  try {
    const run = (await journal.runs()).at(-1)?.run;
    if (run === undefined) return [];
    return (await journal.read(run)).map(({ event }) => ({ ...event }));
  } finally {
    await journal.close();
  }
}

/** Waits until the newest run has come to an event; fails when the orchestrator ends before. */
export async function comesTo(
  state: string,
  what: string,
  ended: Promise<Ended>,
  seen: (events: readonly SeenEvent[]) => boolean,
): Promise<void> {
  let over: Ended | undefined;
  void ended.then((result) => {
    over = result;
  });
  // Read on, not anew: two cores are shared with the cluster that is watched.
  const journal = openJournal(join(state, 'journal.db'));
  try {
    let of: string | undefined;
    let events: SeenEvent[] = [];
    let last = 0;
    for (;;) {
      // Whether it is over is known before the journal is read: what it wrote last is then in it.
      const ending = over;
      const newest = (await journal.runs()).at(-1)?.run;
      if (newest !== of) [of, events, last] = [newest, [], 0];
      for (const { seq, event } of of === undefined ? [] : await journal.read(of, last)) {
        events.push({ ...event });
        last = seq;
      }
      if (seen(events)) return;
      if (ending !== undefined)
        throw new Error(`the run ended (${ending.code}) before ${what}:\n${ending.err.slice(-3000)}`);
      await sleep(250);
    }
  } finally {
    await journal.close();
  }
}

export const applied = (step: string) => (events: readonly SeenEvent[]) =>
  events.some((event) => event.type === 'step.applied' && event.step === step);

export const started = (step: string) => (events: readonly SeenEvent[]) =>
  events.some((event) => event.type === 'step.started' && event.step === step);

/** The same of events from a moment (ms) on: an earlier run of such a plan does not count. */
export const since =
  (moment: number, seen: (events: readonly SeenEvent[]) => boolean) => (events: readonly SeenEvent[]) =>
    seen(events.filter(({ at }) => at >= moment));

/** Whether a gate has been opened since the run was last taken up and since it last ran out. */
export const opened = (gate: string) => (events: readonly SeenEvent[]) => {
  const since = events.findLastIndex(
    ({ type, gate: of }) =>
      type === 'run.started' || type === 'run.resumed' || (type === 'gate.expired' && of === gate),
  );
  return events.slice(since).some((event) => event.type === 'gate.opened' && event.gate === gate);
};
