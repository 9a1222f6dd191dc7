import type { Channel } from './channel.ts';

/** A channel used more recently than this is not closed for room: it may be about to be used again. */
const FRESH = 1000;

/**
 * Keeps the number of living ssh processes near a limit: when one more is opened, the one that has lain idle longest
 * is closed. It is opened again when it is needed; a cluster of thousands thus costs memory for hundreds.
 */
export class Fleet {
  readonly #limit: number;
  /** In order of use, the longest unused first. */
  readonly #used = new Map<Channel, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#used.size;
  }

  /** Tells that a channel is used now. */
  touch(channel: Channel, now: number): void {
    const known = this.#used.delete(channel);
    this.#used.set(channel, now);
    if (known) return;
    for (const [other, at] of this.#used) {
      if (!other.alive) this.#used.delete(other);
      else if (this.#used.size <= this.#limit || now - at < FRESH) return;
      else if (!other.busy) {
        this.#used.delete(other);
        other.retire();
      }
    }
  }
}
