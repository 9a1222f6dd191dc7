import type { Carry } from '../model/command.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import type { Fence, FenceAnswer, NodeLink } from '../model/link.ts';
import type { Clock } from './clock.ts';
import { isCode } from './faults.ts';
import type { Journal, Lease } from './journal.ts';
import { renew, STALE } from './lease.ts';

/** Nodes asked at the same time for a fence or a sign of life. */
const WIDTH = 32;

/** The links a run needs; transport gives real ones, the simulator its own. */
export interface NodeLinks {
  link(node: string): NodeLink;
  /**
   * Brings to a node what another one's read-only command writes, behind the fence. Throws WL-NODE-LOST when one of them
   * does not answer, WL-CARRY when the command fails or less arrives than was sent.
   */
  carry?(node: string, carry: Carry, fence: Fence, limits: CarryLimits): Promise<void>;
}

/** How long a carry may take, in seconds, and what ends it before. */
export interface CarryLimits {
  readonly timeout: number;
  readonly signal: AbortSignal;
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, lane));
}

/** WL-RUN-HELD of one node, with how long its holder has been silent there. */
class HeldNode extends WindlassError {
  readonly node: string;
  readonly idle: number;

  constructor(node: string, { by, idle }: Extract<FenceAnswer, { is: 'held' }>) {
    super(
      {
        code: 'WL-RUN-HELD',
        message: `${node} is held by run ${by.run} of ${by.holder} (epoch ${by.epoch}), last sign of life ${idle} s ago`,
        remedy:
          'Finish or resume that run with its own journal. If it is given up for good, `--take-over` takes its nodes once they have been idle for a minute.',
        node,
      },
      EXIT.held,
    );
    this.node = node;
    this.idle = idle;
  }
}

/** The lease and the fences of one orchestrator: its right to act, and the nodes' knowledge of it. */
export class Hold {
  readonly lease: Lease;
  readonly #fence: Fence;
  readonly #links: NodeLinks;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #force: boolean;
  #forcing = false;
  readonly #fenced = new Map<string, Promise<void>>();
  readonly #beating = new Set<string>();
  /** Nodes whose disk is on its way back to an earlier one. */
  readonly #goingBack = new Set<string>();
  #turn = 0;

  constructor(
    lease: Lease,
    holder: string,
    force: boolean,
    world: { readonly links: NodeLinks; readonly journal: Journal; readonly clock: Clock },
    /** The run whose place this one takes. */
    replaces?: string,
  ) {
    this.lease = lease;
    this.#fence = {
      cluster: lease.cluster,
      run: lease.run,
      epoch: lease.epoch,
      holder,
      ...(replaces === undefined ? {} : { replaces }),
    };
    this.#force = force;
    this.#links = world.links;
    this.#journal = world.journal;
    this.#clock = world.clock;
  }

  get fence(): Fence {
    return this.#fence;
  }

  /**
   * Fences all nodes before a run begins. A node that someone else holds gives WL-RUN-HELD, and what was taken is
   * given back; by force it is taken, but only when none of the nodes has seen a sign of life of its holder for a
   * minute. A silent node is left for later (`node`) when the run was under way already: it may be booting.
   */
  async takeAll(nodes: readonly string[], resumed: boolean): Promise<void> {
    const errors: unknown[] = [];
    await each(nodes, async (node) => {
      try {
        await this.node(node);
      } catch (error) {
        if (!(resumed && isCode(error, 'WL-NODE-LOST'))) errors.push(error);
      }
    });
    const held = errors.filter((error) => error instanceof HeldNode);
    if (errors.length > held.length || (held.length > 0 && !this.#mayForce(held))) {
      if (!resumed) await this.#giveBack();
      throw held[0] ?? errors[0];
    }
    this.#forcing = true;
    await each(
      held.map(({ node }) => node),
      (node) => this.node(node),
    );
  }

  /** Makes sure one node carries our fence. */
  node(name: string): Promise<void> {
    const known = this.#fenced.get(name);
    if (known !== undefined) return known;
    const taking = this.#take(name);
    this.#fenced.set(name, taking);
    taking.catch(() => this.#fenced.delete(name));
    return taking;
  }

  /** From here on a node's disk may at any moment be an earlier one, which knows nothing of our fence. */
  goesBack(name: string): void {
    this.#goingBack.add(name);
  }

  /**
   * The node's disk is back, with the fence of who held the node when it was kept. It is ours all the same: the store's
   * lease says so, and nobody has given a sign of life through that fence since. Throws WL-RUN-HELD when somebody has.
   */
  async again(name: string): Promise<void> {
    this.#fenced.delete(name);
    this.#goingBack.delete(name);
    const taking = this.#take(name, true);
    this.#fenced.set(name, taking);
    taking.catch(() => this.#fenced.delete(name));
    await taking;
  }

  /** A sign of life to the store. Throws WL-FENCED once another holds the lease. */
  async beatStore(): Promise<void> {
    await renew(this.#journal, this.lease, this.#clock.now());
  }

  /**
   * A sign of life to every node that carries our fence. Does not wait: a node that hangs must not make the others
   * look abandoned. Of many nodes some get their turn each time, which is enough: who takes over asks them all.
   * Silent nodes are passed over; any other trouble, WL-FENCED above all, is given to `trouble`.
   */
  beatNodes(trouble: (node: string, error: unknown) => void): void {
    const nodes = [...this.#fenced.keys()];
    const from = this.#turn % Math.max(1, nodes.length);
    this.#turn = from + WIDTH;
    for (const node of [...nodes.slice(from), ...nodes.slice(0, from)].slice(0, WIDTH)) {
      if (this.#beating.has(node) || this.#goingBack.has(node)) continue;
      this.#beating.add(node);
      this.#beat(node)
        .catch((error: unknown) => trouble(node, error))
        .finally(() => this.#beating.delete(node));
    }
  }

  async #beat(node: string): Promise<void> {
    try {
      await this.#fenced.get(node);
      await this.#links.link(node).beat(this.#fence);
    } catch (error) {
      // Once released, or with its disk on its way back, a fence that is gone is as it should be.
      const expected = !this.#fenced.has(node) || this.#goingBack.has(node);
      if (!isCode(error, 'WL-NODE-LOST') && !expected) throw error;
    }
  }

  /** Removes what Windlass kept on the nodes. Gives the nodes where that failed, with the reason. */
  async releaseAll(nodes: readonly string[]): Promise<readonly string[]> {
    const left: string[] = [];
    await each(nodes, async (node) => {
      try {
        await this.node(node);
        this.#fenced.delete(node);
        await this.#links.link(node).release(this.#fence);
      } catch (error) {
        if (isCode(error, 'WL-FENCED')) throw error;
        left.push(`${node}: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
    return left;
  }

  async #take(name: string, force = this.#forcing): Promise<void> {
    const answer = await this.#links.link(name).fence(this.#fence, force);
    if (answer.is === 'held') throw new HeldNode(name, answer);
  }

  #mayForce(held: readonly HeldNode[]): boolean {
    return this.#force && held.every(({ idle }) => idle * 1000 >= STALE);
  }

  async #giveBack(): Promise<void> {
    await this.releaseAll([...this.#fenced.keys()]);
  }
}
