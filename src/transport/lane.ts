import type { Channel, Reply, Request } from './channel.ts';
import type { Fleet } from './fleet.ts';

/** Opens a channel to a node, holding to the limit on connections being opened. */
export type Opener = () => Promise<Channel>;

/** Milliseconds before a node that failed `n` times in a row is tried again. */
export function backOff(failures: number): number {
  return failures === 0 ? 0 : Math.min(15_000, 500 * 2 ** (failures - 1));
}

/** How often a node refused in a row, and when it may be tried again; shared by all lanes to it. */
export class Reach {
  #failures = 0;
  #retryAt = 0;
  #last: unknown;

  /** Why connecting is pointless at this moment, if it is. */
  refusal(now: number): unknown {
    return now < this.#retryAt ? this.#last : undefined;
  }

  failed(error: unknown, now: number): void {
    this.#failures += 1;
    this.#last = error;
    this.#retryAt = now + backOff(this.#failures);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#retryAt = 0;
    this.#last = undefined;
  }
}

interface Slot {
  channel?: Channel;
  queue: number;
  tail: Promise<unknown>;
}

/**
 * A few channels to one node that serve one purpose, opened when first needed. A slow command holds one of them;
 * the next goes to another.
 */
export class Lane {
  readonly #slots: Slot[];
  readonly #open: Opener;
  readonly #reach: Reach;
  readonly #fleet: Fleet;
  #closed = false;

  constructor(width: number, open: Opener, reach: Reach, fleet: Fleet) {
    this.#slots = Array.from({ length: width }, () => ({ queue: 0, tail: Promise.resolve() }));
    this.#open = open;
    this.#reach = reach;
    this.#fleet = fleet;
  }

  /**
   * Runs a command. `again` lets it be sent a second time when a channel that had lain idle turns out dead:
   * right for questions and for scripts that may be repeated, as all of Windlass's are.
   */
  async run(request: Request, again: boolean): Promise<Reply> {
    const slot = this.#choose();
    slot.queue += 1;
    const turn = slot.tail.then(() => this.#serve(slot, request, again));
    slot.tail = turn.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await turn;
    } finally {
      slot.queue -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map((slot) => slot.channel?.close()));
  }

  /** An open idle channel, else one not yet opened, else the shortest queue. */
  #choose(): Slot {
    const rank = (slot: Slot): number => slot.queue * 2 + (slot.channel?.alive === true ? 0 : 1);
    return this.#slots.reduce((best, slot) => (rank(slot) < rank(best) ? slot : best));
  }

  async #serve(slot: Slot, request: Request, again: boolean): Promise<Reply> {
    const kept = slot.channel?.alive === true ? slot.channel : undefined;
    const channel = kept ?? (await this.#connect(slot));
    this.#fleet.touch(channel, Date.now());
    try {
      return await channel.run(request);
    } catch (error) {
      if (kept === undefined || kept.alive || !again || this.#closed) throw error;
      const fresh = await this.#connect(slot);
      this.#fleet.touch(fresh, Date.now());
      return await fresh.run(request);
    }
  }

  async #connect(slot: Slot): Promise<Channel> {
    const refusal = this.#reach.refusal(Date.now());
    if (refusal !== undefined) throw refusal;
    if (this.#closed) throw new Error('the links were closed');
    try {
      const channel = await this.#open();
      if (this.#closed) await channel.close();
      slot.channel = channel;
      this.#reach.succeeded();
      return channel;
    } catch (error) {
      this.#reach.failed(error, Date.now());
      throw error;
    }
  }
}
