/** Sequence numbers count in 16 bits: at ten a second they begin anew every two hours. */
const TURN = 0x10000;
const next = (seq: number, by = 1): number => (seq + by) % TURN;
/** How far `a` is ahead of `b`; negative when it is behind. */
const ahead = (a: number, b: number): number => ((a - b + TURN + TURN / 2) % TURN) - TURN / 2;

export type Heard =
  | { readonly is: 'answered'; readonly seq: number }
  | { readonly is: 'refused'; readonly seq: number; readonly why: string };

/**
 * What a `ping` that goes on says of its requests, line by line. It tells of a request only when it is answered, or when
 * the next one is sent and it was not (`-O`); which one an attempt stands for follows from that and from the clock.
 * Times in milliseconds. Source: iputils 20221126, as its lines were seen.
 */
export class Echoes {
  readonly #period: number;
  /** The newest request known to have been sent, and when. */
  #last = 0;
  #sentAt: number;

  constructor(period: number, now: number) {
    this.#period = period;
    this.#sentAt = now;
  }

  /** Takes a line in; tells what became of a request, where it says so. */
  heard(line: string, now: number): Heard | undefined {
    const answer = /^\d+ bytes from .*icmp_seq=(\d+) .*?(?:time[=<]([\d.]+) ms)?(?: \(DUP!\))?$/.exec(line);
    if (answer) {
      const seq = Number(answer[1]);
      this.#sent(seq, now - Number(answer[2] ?? 0));
      return { is: 'answered', seq };
    }
    const open = /^no answer yet for icmp_seq=(\d+)$/.exec(line);
    if (open) {
      this.#sent(next(Number(open[1])), now);
      return undefined;
    }
    const refused = /^From .*icmp_seq=(\d+) (.+)$/.exec(line);
    if (!refused) return undefined;
    this.#sent(Number(refused[1]), now);
    return { is: 'refused', seq: Number(refused[1]), why: refused[2] ?? '' };
  }

  /** The request that an attempt stands for which begins now: the first one that is sent from here on. */
  wanted(now: number): number {
    // One more than is known may be on its way: it was sent before, and says nothing of now.
    const onItsWay = this.#last > 0 && now - this.#sentAt >= this.#period ? 1 : 0;
    return next(this.#last, onItsWay + 1);
  }

  #sent(seq: number, at: number): void {
    if (ahead(seq, this.#last) <= 0) return;
    this.#last = seq;
    this.#sentAt = at;
  }
}
