import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EXIT, WindlassError } from '../model/error.ts';
import { openProbeStore, type Watcher } from './store.ts';

/** Where a watch keeps its samples in the state folder, and what it has to say. */
export const PROBES_DB = 'probes.db';
const WATCH_LOG = 'watch.log';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
/** A watch beats four times a second; one that has not for this long is gone or cannot write. */
const FRESH_MS = 10_000;
const START_PATIENCE_MS = 15_000;

/** The watch that writes to a state folder, if one is alive. */
export function runningWatch(state: string): Watcher | undefined {
  const path = join(state, PROBES_DB);
  if (!existsSync(path)) return undefined;
  const store = openProbeStore(path, 'read');
  try {
    const watcher = store.watcher();
    return watcher !== undefined && alive(watcher) ? watcher : undefined;
  } finally {
    store.close();
  }
}

/** A process id can be given to another program: its command line must be a watch, or its beat be fresh. */
function alive({ pid, beat }: Watcher): boolean {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (line === '') return false; // ended, its parent has not noticed yet
    return line.split('\0').includes('watch') || Date.now() - beat < FRESH_MS;
  } catch {
    return false; // no such process
  }
}

/**
 * Starts `windlass watch` as a process of its own, which goes on when this one dies, and returns once it watches.
 * One that already runs for the state folder is left alone.
 */
export async function ensureWatch(options: {
  readonly cluster: string;
  readonly state: string;
  readonly rate?: number;
}): Promise<{ readonly pid: number; readonly started: boolean }> {
  const { cluster, state, rate } = options;
  const running = runningWatch(state);
  if (running !== undefined) return { pid: running.pid, started: false };
  const log = openSync(join(state, WATCH_LOG), 'a', 0o600);
  const child = spawn(
    process.execPath,
    [
      MAIN,
      'watch',
      '--cluster',
      cluster,
      '--state',
      state,
      ...(rate === undefined ? [] : ['--rate', String(rate)]),
    ],
    { detached: true, stdio: ['ignore', log, log] },
  );
  let exit: number | null | undefined;
  child.on('exit', (code) => {
    exit = code;
  });
  child.on('error', () => {
    exit = null;
  });
  child.unref();
  const until = Date.now() + START_PATIENCE_MS;
  while (exit === undefined && Date.now() < until) {
    const watcher = runningWatch(state);
    if (watcher !== undefined) return { pid: watcher.pid, started: true };
    await sleep(100);
  }
  throw new WindlassError({
    code: 'WL-WATCH-START',
    message: 'the watch did not start',
    remedy: `read ${join(state, WATCH_LOG)}; try \`windlass watch --once --cluster ${cluster}\``,
    output: readFileSync(join(state, WATCH_LOG), 'utf8').split('\n').slice(-15).join('\n'),
  });
}

/** Asks the watch of a state folder to end and waits for its last words; false when none was running. */
export async function stopWatch(state: string, patienceMs = 15_000): Promise<boolean> {
  const running = runningWatch(state);
  if (running === undefined) return false;
  process.kill(running.pid, 'SIGTERM');
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    if (runningWatch(state) === undefined) return true;
    await sleep(100);
  }
  throw new WindlassError({
    code: 'WL-WATCH-STOP',
    message: `the watch (process ${running.pid}) did not end in ${patienceMs / 1000} s`,
    remedy: `read ${join(state, WATCH_LOG)}, then end process ${running.pid} yourself`,
  });
}

/** Refuses a second watch on one state folder: their samples would be counted twice. */
export function claimWatch(state: string): void {
  const running = runningWatch(state);
  if (running === undefined || running.pid === process.pid) return;
  throw new WindlassError(
    {
      code: 'WL-WATCH-HELD',
      message: `process ${running.pid} already watches into ${state}`,
      remedy: 'use that one, or name another folder with --state',
    },
    EXIT.held,
  );
}
