import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Argv } from '../model/command.ts';
import { WindlassError } from '../model/error.ts';
import { type Cut, StreamCutter } from './frame.ts';
import { decodeTo, quoteArgv } from './quote.ts';
import { connectFault, lostNode } from './words.ts';

/** A command for a channel. `timeout` in seconds is kept on the node; a grace later the channel is given up. */
export interface Request {
  readonly argv: Argv;
  readonly input?: string;
  readonly timeout: number;
}

/** What a command gave back, to the byte. */
export interface Reply {
  readonly rc: number;
  readonly out: Buffer;
  readonly err: Buffer;
}

/** How a channel's process is started. */
export interface Dial {
  readonly node: string;
  readonly address: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Bytes kept of one command's output. */
  readonly limit: number;
}

/** Seconds beyond a command's own time-out before silence means that the channel is broken. */
const GRACE = 15;
/** Seconds for connecting and the first answer. */
const OPENING = 45;

interface Waiting {
  readonly request: Request;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
  readonly deadline: NodeJS.Timeout;
  out?: Cut;
  err?: Cut;
}

/**
 * One ssh process with a shell behind it that runs one command after another. Each command's end is told on both
 * streams by a marker that no output can hold by chance, so no temporary file is needed on the node.
 */
export class Channel {
  readonly #dial: Dial;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #out: StreamCutter;
  readonly #err: StreamCutter;
  #seq = 0;
  #waiting: Waiting | undefined;
  #words = '';
  #open = false;
  #closed: WindlassError | undefined;
  readonly #gone: Promise<void>;

  private constructor(dial: Dial) {
    this.#dial = dial;
    const mark = `windlass-${randomBytes(12).toString('hex')}`;
    this.#out = new StreamCutter(mark, dial.limit);
    this.#err = new StreamCutter(mark, dial.limit);
    // A session of its own: Ctrl-C in the operator's terminal must not cut the channels of running steps.
    this.#child = spawn(dial.program, dial.args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#gone = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#child.stdout.on('data', (chunk: Buffer) => this.#arrived('out', chunk));
    this.#child.stderr.on('data', (chunk: Buffer) => this.#arrived('err', chunk));
    this.#child.once('error', (error) => this.#end(this.#noClient(error)));
    this.#child.once('close', () => this.#end());
    // EPIPE comes before `close`, which follows with ssh's words: only that one knows the reason.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdin.write(
      `${[
        'unset ENV; cd /; umask 022',
        `windlass() { n=$1; t=$2; shift 2; printf '\\n${mark} b %s\\n' "$n"; printf '\\n${mark} b %s\\n' "$n" >&2`,
        `timeout -k 5 "$t" "$@"; r=$?; printf '\\n${mark} e %s %s\\n' "$n" "$r"; printf '\\n${mark} e %s \\n' "$n" >&2; }`,
      ].join('\n')}\n`,
    );
  }

  /** Connects; throws WL-SSH-… with ssh's own words when that fails. */
  static async open(dial: Dial): Promise<Channel> {
    const channel = new Channel(dial);
    const reply = await channel.run({ argv: ['id', '-u'], timeout: OPENING - GRACE });
    if (reply.rc !== 0 || reply.out.toString('utf8').trim() !== '0') {
      await channel.close();
      throw connectFault(
        dial.node,
        dial.address,
        `sudo: the shell is not root's\n${reply.err.toString('utf8')}`,
      );
    }
    channel.#open = true;
    return channel;
  }

  get alive(): boolean {
    return this.#closed === undefined;
  }

  get busy(): boolean {
    return this.#waiting !== undefined;
  }

  /** Runs one command; only one at a time. Throws WL-NODE-LOST when the channel breaks under it. */
  run(request: Request): Promise<Reply> {
    const closed = this.#closed;
    if (closed !== undefined) return Promise.reject(closed);
    if (this.#waiting !== undefined) throw new Error('a channel runs one command at a time');
    this.#seq += 1;
    const seq = this.#seq;
    const feed = request.input === undefined ? '' : `${decodeTo(request.input)} | `;
    const from = request.input === undefined ? ' </dev/null' : '';
    const line = `${feed}windlass ${seq} ${request.timeout} ${quoteArgv(request.argv)}${from}\n`;
    return new Promise<Reply>((resolve, reject) => {
      const deadline = setTimeout(() => this.#end(this.#silent(request)), (request.timeout + GRACE) * 1000);
      this.#waiting = { request, resolve, reject, deadline };
      this.#out.expect(seq);
      this.#err.expect(seq);
      this.#child.stdin.write(line);
    });
  }

  /** Lets an idle channel go, without waiting for its process to end. */
  retire(): void {
    this.#end(lostNode(this.#dial.node, 'the connection was closed to make room'));
  }

  /** Ends the shell and its ssh process. */
  async close(): Promise<void> {
    this.#end(lostNode(this.#dial.node, 'the connection was closed'));
    await this.#gone;
  }

  #arrived(stream: 'out' | 'err', chunk: Buffer): void {
    // Until the first answer, standard error holds ssh's own words; they are the evidence if it fails.
    if (!this.#open && stream === 'err') this.#words = (this.#words + chunk.toString('utf8')).slice(-8192);
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const cut = (stream === 'out' ? this.#out : this.#err).push(chunk);
    if (cut === undefined) return;
    waiting[stream] = cut;
    if (waiting.out === undefined || waiting.err === undefined) return;
    this.#waiting = undefined;
    clearTimeout(waiting.deadline);
    if (waiting.out.over || waiting.err.over) waiting.reject(this.#tooMuch(waiting.request));
    else {
      const err = waiting.err.bytes;
      waiting.resolve({ rc: Number(waiting.out.tail), out: waiting.out.bytes, err });
    }
  }

  #end(why?: WindlassError): void {
    if (this.#closed !== undefined) return;
    const { node, address } = this.#dial;
    const said =
      why ?? (this.#open ? lostNode(node, 'the connection broke') : connectFault(node, address, this.#words));
    this.#closed = said;
    this.#child.stdin.destroy();
    this.#child.kill('SIGTERM');
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    clearTimeout(waiting.deadline);
    waiting.reject(said);
  }

  #silent(request: Request): WindlassError {
    const { node, address } = this.#dial;
    if (this.#open) return lostNode(node, `no end of \`${request.argv[0]}\` in time`);
    return connectFault(node, address, `${this.#words}\nno shell within ${OPENING} s`);
  }

  #tooMuch(request: Request): WindlassError {
    const megabytes = Math.round(this.#dial.limit / 1024 / 1024);
    return new WindlassError({
      code: 'WL-SSH-OUTPUT',
      message: `\`${request.argv[0]}\` on ${this.#dial.node} wrote more than ${megabytes} MB; judging a part of it would be guessing`,
      remedy: 'See on the node why it writes so much; a question should be asked more narrowly.',
      node: this.#dial.node,
    });
  }

  #noClient(error: Error): WindlassError {
    return new WindlassError({
      code: 'WL-SSH-CLIENT',
      message: `the system's ssh could not be started: ${error.message}`,
      remedy: 'Install openssh-client where Windlass runs.',
      node: this.#dial.node,
    });
  }
}
