import { spawn } from 'node:child_process';
import { WindlassError } from '../model/error.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are an answer, not a failure. */
  readonly accept?: readonly number[];
  readonly timeoutMs?: number;
  /** How the command is named in an error; the vector itself if absent. */
  readonly title?: string;
}

const END = 15;

/**
 * The end of an output, and what led up to dpkg's first error where that was earlier: apt goes on with other packages, and
 * a layer that failed on Horizon's scripts ended with words that did not say why.
 */
export function telling(text: string): string {
  const lines = text.trimEnd().split('\n');
  const broke = lines.findIndex((line) => line.startsWith('dpkg: error processing'));
  const end = lines.slice(-END);
  if (broke < 0 || broke >= lines.length - END) return end.join('\n');
  return [...lines.slice(Math.max(0, broke - END + 1), broke + 2), '…', ...end].join('\n');
}

/** Stands for the exit code of a command that was killed, most often because its time ran out. */
export const KILLED = 128;

/** Runs one command on this machine and returns what it said; throws WL-LAB-COMMAND when it failed. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [program = '', ...rest] = argv;
  const ran = await new Promise<Ran>((resolve, reject) => {
    const child = spawn(program, rest, {
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A command that ends without reading its input closes the pipe under us: its exit code says enough.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({
        code: code ?? (signal === null ? -1 : KILLED),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
  if (ran.code !== 0 && !options.accept?.includes(ran.code)) {
    throw new WindlassError({
      code: 'WL-LAB-COMMAND',
      message: `${options.title ?? argv.join(' ')} ${ran.code === KILLED ? 'was killed: its time ran out' : `ended with ${ran.code}`}`,
      remedy: 'read the output; `windlass lab up` again starts over what was not finished',
      output: telling(`${ran.stdout}${ran.stderr}`),
    });
  }
  return ran;
}

/** Quotes one word for a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Asks again until the answer is `true` or time is up; gives the last answer. */
export async function settles(
  seconds: number,
  ask: () => Promise<true | string>,
  everyMs = 500,
): Promise<true | string> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer === true || Date.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Asks again until the answer is `true`, or throws WL-LAB-TIMEOUT with the last reason. */
export async function until(
  what: string,
  seconds: number,
  ask: () => Promise<true | string>,
  everyMs = 500,
): Promise<void> {
  const answer = await settles(seconds, ask, everyMs);
  if (answer === true) return;
  throw new WindlassError({
    code: 'WL-LAB-TIMEOUT',
    message: `${what}: not reached in ${seconds} s`,
    remedy: 'look with `windlass lab status`, then `windlass lab up` again',
    output: answer,
  });
}
