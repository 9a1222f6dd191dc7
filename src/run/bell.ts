import type { Clock } from './clock.ts';

/** Lets the dispatching loop rest until something happened, without missing what happens while it is awake. */
export class Bell {
  #rung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** From here on only new rings count. */
  hush(): void {
    this.#rung = false;
  }

  async rest(clock: Clock, ms: number): Promise<void> {
    if (this.#rung) return;
    const sleep = new AbortController();
    this.#wake = () => sleep.abort();
    await clock.sleep(Math.max(1, ms), sleep.signal);
  }
}
