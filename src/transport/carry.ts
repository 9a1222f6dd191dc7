import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Carry } from '../model/command.ts';
import { WindlassError } from '../model/error.ts';
import { decodeTo, quoteArgv, quoteWord } from './quote.ts';
import { lostNode } from './words.ts';

/** One end of a carry: how its node is entered. `args` take the remote command as their last word. */
export interface End {
  readonly node: string;
  readonly program: string;
  args(script?: string): readonly string[];
}

export interface CarryRequest {
  readonly carry: Carry;
  /** The file beside the wanted one that is written meanwhile. */
  readonly aside: string;
  /** Seconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const WORDS = 2000;
/** What ssh itself ends with when it could not connect, or lost its peer. */
const SSH_FAILED = 255;

interface Process {
  readonly child: ChildProcess;
  words(): string;
  readonly ended: Promise<number>;
}

function start(end: End, script?: string): Process {
  const child = spawn(end.program, [...end.args(script)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-WORDS);
  });
  child.stdin?.on('error', () => undefined);
  return {
    child,
    words: () => words.trim(),
    ended: new Promise((resolve) => {
      child.once('error', () => resolve(SSH_FAILED));
      child.once('close', (code) => resolve(code ?? SSH_FAILED));
    }),
  };
}

/** Everything behind a line of our own: what a login shell's start-up files print comes before it. */
function behind(mark: string, tell: (chunk: Buffer) => void): Transform {
  let head: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      if (head !== undefined) {
        head = Buffer.concat([head, chunk]);
        const at = head.indexOf(`${mark}\n`);
        if (at < 0) return next();
        chunk = head.subarray(at + mark.length + 1);
        head = undefined;
      }
      tell(chunk);
      next(null, chunk);
    },
  });
}

/** WL-CARRY: what stood in the way of one, with the words of whoever failed. */
export function carryFault(carry: Carry, to: string, what: string, output: string): WindlassError {
  return new WindlassError({
    code: 'WL-CARRY',
    message: `${carry.path} could not be brought from ${carry.on} to ${to}: ${what}`,
    remedy: `see what ${carry.on} or ${to} says, mend it, then retry the step: it begins from the beginning`,
    node: to,
    ...(output === '' ? {} : { output }),
  });
}

/**
 * Streams what a command on one node writes into a file on another, and gives the file's sum as the other node tells it
 * once it is whole. Nothing is kept here: the bytes pass through this process's memory a piece at a time.
 * Throws WL-NODE-LOST when a connection fails, WL-CARRY when the command or the writing does.
 */
export async function stream(from: End, to: End, request: CarryRequest): Promise<string> {
  const { carry, aside, timeout, signal } = request;
  const mark = `windlass-${randomBytes(12).toString('hex')}`;
  const sink = start(
    to,
    `umask 077; cat >${quoteWord(aside)} && sync ${quoteWord(aside)} && echo ${mark} && sha256sum <${quoteWord(aside)}`,
  );
  const source = start(from);
  const kill = (): void => {
    source.child.kill('SIGTERM');
    sink.child.kill('SIGTERM');
  };
  const over = AbortSignal.any([signal, AbortSignal.timeout(timeout * 1000)]);
  over.addEventListener('abort', kill);
  const sum = createHash('sha256');
  let told = '';
  sink.child.stdout?.on('data', (chunk: Buffer) => {
    told = (told + chunk.toString('utf8')).slice(-WORDS);
  });
  try {
    const words = `timeout -k 5 ${Math.ceil(timeout)} ${quoteArgv(carry.argv)}`;
    const fed = carry.input === undefined ? `${words} </dev/null` : `${decodeTo(carry.input)} | ${words}`;
    source.child.stdin?.end(`cd /; umask 077; echo ${mark}\n${fed}\n`);
    const { stdout } = source.child;
    const { stdin } = sink.child;
    if (stdout === null || stdin === null) throw new Error('a process without its pipes');
    const piped = pipeline(
      stdout,
      behind(mark, (chunk) => sum.update(chunk)),
      stdin,
      // Whoever writes has stopped taking it, and says why when it ends; who reads would go on for nobody.
    ).catch(() => void source.child.kill('SIGTERM'));
    const [read, , written] = await Promise.all([source.ended, piped, sink.ended]);
    if (signal.aborted) throw carryFault(carry, to.node, 'it was left', '');
    if (over.aborted) throw carryFault(carry, to.node, `it took longer than ${timeout} s`, '');
    // Who writes is asked first: when that breaks, who reads is ended for it.
    if (written === SSH_FAILED) throw lostNode(to.node, `carrying from ${from.node}: ${sink.words()}`);
    if (written !== 0) throw carryFault(carry, to.node, `writing ended with ${written}`, sink.words());
    if (read === SSH_FAILED) throw lostNode(from.node, `carrying to ${to.node}: ${source.words()}`);
    if (read !== 0) {
      const what = `\`${carry.argv[0]}\` on ${from.node} ended with ${read}`;
      throw carryFault(carry, to.node, what, source.words());
    }
    const arrived = new RegExp(`${mark}\\n([0-9a-f]{64})`).exec(told)?.[1];
    const sent = sum.digest('hex');
    if (arrived !== sent) throw carryFault(carry, to.node, 'what arrived is not what was sent', '');
    return sent;
  } finally {
    over.removeEventListener('abort', kill);
    kill();
  }
}
