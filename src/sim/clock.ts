import type { Clock } from '../run/index.ts';
import { Queue } from '../schedule/index.ts';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  wake(): void;
}

/**
 * Time that stands still while anything has work to do and leaps to the next sleeper when nothing has. Hours of a
 * run pass in the time its decisions take. Only for work that waits by this clock alone, never for real I/O.
 */
export class VirtualClock implements Clock {
  readonly #sleepers = new Queue<Sleeper>((a, b) => a.at - b.at || a.order - b.order);
  #now: number;
  #order = 0;
  #pumping = false;

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      // A signal outlives thousands of sleeps: none of them may leave a listener behind.
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      signal?.addEventListener('abort', wake, { once: true });
      this.#sleepers.push({ at: this.#now + Math.max(0, ms), order: this.#order++, wake });
      this.#pump();
    });
  }

  /** One sleeper a turn: what it does next, down to the last promise, is done before time moves again. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const next = this.#sleepers.pop();
      if (!next) return;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      this.#pump();
    });
  }
}
