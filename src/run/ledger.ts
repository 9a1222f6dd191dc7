import type { RunEvent } from '../model/event.ts';
import { fold, type RunState } from '../schedule/index.ts';
import type { Journal, Lease } from './journal.ts';

/** A run as its journal tells it: whoever wrote an event, it is folded once, in the journal's order. */
export class Ledger {
  readonly #journal: Journal;
  readonly #run: string;
  readonly #note: (event: RunEvent) => void;
  #state: RunState;
  #seen = 0;
  #reading: Promise<void> = Promise.resolve();

  /** `note` is told of each event once it is in the state. */
  constructor(journal: Journal, run: string, from: RunState, note: (event: RunEvent) => void) {
    this.#journal = journal;
    this.#run = run;
    this.#state = from;
    this.#note = note;
  }

  get state(): RunState {
    return this.#state;
  }

  /** Whether the run had begun by what was read up to now. */
  get begun(): boolean {
    return this.#seen > 0;
  }

  /** Takes in what was written since, by anyone. Only one read is under way at a time: none is folded twice. */
  catchUp(): Promise<void> {
    const turn = this.#reading.then(async () => {
      for (const { seq, event } of await this.#journal.read(this.#run, this.#seen)) {
        this.#state = fold(this.#state, event);
        this.#seen = seq;
        this.#note(event);
      }
    });
    this.#reading = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  /** Writes an event, and takes it in with whatever others wrote before it. Throws WL-FENCED. */
  async append(event: RunEvent, lease: Lease): Promise<void> {
    await this.#journal.append(this.#run, event, lease);
    await this.catchUp();
  }

  /**
   * Writes an event only if nothing was written since what it rests on was seen to hold; tells whether it was.
   * `lease` is asked before each try, and may throw. Throws WL-FENCED.
   */
  async appendWhile(event: () => RunEvent, holds: () => boolean, lease: () => Lease): Promise<boolean> {
    do {
      lease();
      await this.catchUp();
      if (!holds()) return false;
    } while (!(await this.#journal.appendNext(this.#run, event(), this.#seen, lease())));
    await this.catchUp();
    return true;
  }
}
