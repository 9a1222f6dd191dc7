import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { WindlassError } from '../model/error.ts';

/** Which process we mean: a pid alone may be another one's by now. */
const ProcessMark = z.object({ pid: z.int().positive(), started: z.string() });
type ProcessMark = z.infer<typeof ProcessMark>;

/** The kernel's start time of a process, or undefined when there is none (a zombie counts as none). */
function startTime(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined; // no such process
  }
}

function readMark(file: string): ProcessMark | undefined {
  try {
    return ProcessMark.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // never started, or its starter was ended while it wrote the file
  }
}

/** The process a mark file names, if that very process still lives. */
export function runningPid(file: string): number | undefined {
  const mark = readMark(file);
  return mark !== undefined && startTime(mark.pid) === mark.started ? mark.pid : undefined;
}

/** The text of a mark file for a live process. */
export function markOf(pid: number): string {
  const started = startTime(pid);
  if (started === undefined) {
    throw new WindlassError({
      code: 'WL-LAB-START',
      message: `process ${pid} ended at once`,
      remedy: 'read the log beside its mark file',
    });
  }
  const mark: ProcessMark = { pid, started };
  return JSON.stringify(mark);
}

/** Starts a process that outlives us, its output in a file, and marks it. */
export function startDetached(argv: readonly string[], markFile: string, logFile: string): number {
  const [program = '', ...rest] = argv;
  const log = openSync(logFile, 'a');
  const child = spawn(program, rest, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  child.on('error', () => undefined); // no program: there is no pid, which is what is looked at below
  child.unref();
  const pid = child.pid;
  if (pid === undefined) {
    throw new WindlassError({
      code: 'WL-LAB-START',
      message: `${program} did not start`,
      remedy: `read ${logFile}`,
    });
  }
  writeFileSync(markFile, markOf(pid));
  return pid;
}

/** Sends a signal to the marked process, if it lives; says whether it did. */
export function signalMarked(markFile: string, signal: NodeJS.Signals): boolean {
  const pid = runningPid(markFile);
  if (pid === undefined) {
    rmSync(markFile, { force: true });
    return false;
  }
  process.kill(pid, signal);
  return true;
}
