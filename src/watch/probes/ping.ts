import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Prober } from '../attempt.ts';
import { Echoes } from './echoes.ts';

// Its words are read, so it says them in English.
const env = (): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C' });

/** From this many attempts a second on one `ping` goes on: a process for each took more than all other probes together. */
const STEADY = 1;

/**
 * An echo request is answered. The system's `ping` is asked: raw sockets need rights that Windlass need not have. At a steady
 * rate one process sends all requests, and each attempt stands for the first that is sent after it began.
 */
export function pingProbe(address: string, rate = STEADY): Prober {
  let steady: SteadyPing | undefined;
  let unfit = rate <= STEADY;
  return {
    async attempt(signal) {
      if (!unfit) {
        if (steady === undefined || steady.over) steady = new SteadyPing(address, rate);
        try {
          return await steady.attempt(signal);
        } catch (error) {
          // An older one lets only root ask so often, and another knows other options: then each request has its process.
          if (!(error instanceof Unfit)) throw error;
          unfit = true;
        }
      }
      return single(address, signal);
    },
    close: async () => steady?.end(),
  };
}

class Unfit extends Error {}

interface Waiting {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class SteadyPing {
  readonly #address: string;
  readonly #child: ChildProcess;
  readonly #echoes: Echoes;
  readonly #waiting = new Set<Waiting>();
  readonly #closed: Promise<void>;
  #heard = false;
  #said = '';
  over = false;

  constructor(address: string, rate: number) {
    this.#address = address;
    const period = 1000 / rate;
    this.#echoes = new Echoes(period, performance.now());
    // Where this process dies it dies of the pipe, with the next line it says: -O makes it say one for every request.
    this.#child = spawn('ping', ['-n', '-O', '-i', (period / 1000).toFixed(3), address], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: env(),
    });
    this.#child.on('error', (error) => this.#fail(error));
    this.#closed = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#ended(code);
        resolve();
      });
    });
    for (const [stream, take] of [
      [this.#child.stdout, (line: string) => this.#line(line)],
      [this.#child.stderr, (line: string) => this.#complaint(line)],
    ] as const)
      if (stream) createInterface({ input: stream }).on('line', take);
  }

  attempt(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', onAbort);
      };
      const waiting: Waiting = {
        seq: this.#echoes.wanted(performance.now()),
        resolve: () => {
          leave();
          resolve();
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => waiting.reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiting);
    });
  }

  async end(): Promise<void> {
    this.#child.kill();
    await this.#closed;
  }

  #line(line: string): void {
    const heard = this.#echoes.heard(line, performance.now());
    this.#heard ||= heard !== undefined;
    if (heard === undefined) return;
    for (const waiting of this.#waiting) {
      if (waiting.seq !== heard.seq) continue;
      if (heard.is === 'answered') waiting.resolve();
      else waiting.reject(new Error(`${this.#address}: ${heard.why}`));
    }
  }

  /** `sendmsg: Network is unreachable` names no request: it is of those that are due. */
  #complaint(line: string): void {
    this.#said = line;
    if (!this.#heard) return;
    for (const waiting of this.#waiting) waiting.reject(new Error(line));
  }

  #ended(code: number | null): void {
    const said = this.#said.trim() || `no echo from ${this.#address}`;
    this.#fail(code === 2 && !this.#heard ? new Unfit(said) : new Error(said));
  }

  #fail(error: Error): void {
    this.over = true;
    for (const waiting of this.#waiting) waiting.reject(error);
  }
}

/** One request by a process of its own. */
function single(address: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // -W is longer than any attempt: the attempt's own time-out ends it.
    const child = spawn('ping', ['-n', '-q', '-c', '1', '-W', '10', address], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: env(),
      signal,
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(said.trim() || `no echo from ${address}`));
    });
  });
}
