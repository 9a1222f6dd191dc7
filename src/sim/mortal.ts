import type { NodeLink } from '../model/link.ts';
import type { Clock, Journal, NodeLinks } from '../run/index.ts';

/** When an orchestrator dies: just before, or just after, the n-th thing it does to the world takes effect. */
export interface Death {
  readonly deed: number;
  readonly when: 'before' | 'after';
  /** Seconds its last order to a node is still on the way when it was sent `after` all. */
  readonly late?: number;
}

const forever = new Promise<never>(() => undefined);

/**
 * One orchestrator's life. Its deeds are what leaves a trace: events it journals and jobs it hands to nodes. After
 * its death nothing it does has any effect, and nothing answers it: as when its process is killed.
 */
export class Life {
  readonly death: Promise<void>;
  /** How many deeds it did. */
  deeds = 0;
  readonly #until: Death | undefined;
  #dead = false;
  #die: () => void = () => undefined;

  constructor(until?: Death) {
    this.#until = until;
    this.death = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  clock(clock: Clock): Clock {
    return { now: () => clock.now(), sleep: (ms, signal) => this.#answer(() => clock.sleep(ms, signal)) };
  }

  links(links: NodeLinks, clock: Clock): NodeLinks {
    return { link: (name) => this.#link(links.link(name), clock) };
  }

  journal(journal: Journal): Journal {
    return {
      create: (...args) => this.#answer(() => journal.create(...args)),
      runs: () => this.#answer(() => journal.runs()),
      plan: (run) => this.#answer(() => journal.plan(run)),
      append: (...args) => this.#deed(() => journal.append(...args)),
      appendNext: (...args) => this.#deed(() => journal.appendNext(...args)),
      read: (...args) => this.#answer(() => journal.read(...args)),
      request: (...args) => this.#answer(() => journal.request(...args)),
      requests: (run) => this.#answer(() => journal.requests(run)),
      settle: (id) => this.#answer(() => journal.settle(id)),
      remember: (...args) => this.#answer(() => journal.remember(...args)),
      durations: () => this.#answer(() => journal.durations()),
      lease: (cluster) => this.#answer(() => journal.lease(cluster)),
      takeLease: (...args) => this.#answer(() => journal.takeLease(...args)),
      renewLease: (...args) => this.#answer(() => journal.renewLease(...args)),
      releaseLease: (lease) => this.#answer(() => journal.releaseLease(lease)),
      close: () => this.#answer(() => journal.close()),
    };
  }

  #link(link: NodeLink, clock: Clock): NodeLink {
    return {
      node: link.node,
      look: (...args) => this.#answer(() => link.look(...args)),
      start: (...args) =>
        this.#deed(async () => {
          if (this.#dead) await clock.sleep((this.#until?.late ?? 0) * 1000);
          await link.start(...args);
        }),
      poll: (...args) => this.#answer(() => link.poll(...args)),
      fence: (...args) => this.#answer(() => link.fence(...args)),
      beat: (fence) => this.#answer(() => link.beat(fence)),
      release: (fence) => this.#answer(() => link.release(fence)),
      close: () => this.#answer(() => link.close()),
    };
  }

  async #deed<T>(act: () => Promise<T>): Promise<T> {
    if (this.#dead) return forever;
    this.deeds += 1;
    const last = this.#until?.deed === this.deeds ? this.#until.when : undefined;
    if (last === undefined) return this.#answer(act);
    if (last === 'before') return this.#end();
    // What was sent arrives although its sender is gone; nobody hears how it went.
    this.#end();
    act().catch(() => undefined);
    return forever;
  }

  #end(): Promise<never> {
    this.#dead = true;
    this.#die();
    return forever;
  }

  async #answer<T>(act: () => Promise<T>): Promise<T> {
    if (this.#dead) return forever;
    try {
      const value = await act();
      return this.#dead ? forever : value;
    } catch (error) {
      if (this.#dead) return forever;
      throw error;
    }
  }
}
