/** One command's share of a stream, cut out between two markers. */
export interface Cut {
  readonly bytes: Buffer;
  /** What followed the end marker on its line: the exit code on standard output. */
  readonly tail: string;
  /** More came than may be kept; `bytes` is the beginning. */
  readonly over: boolean;
}

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Cuts one stream of a shared shell into frames. A frame begins with `\n<mark> b <seq>\n` and ends with
 * `\n<mark> e <seq> <tail>\n`; the markers bring their own newlines, so output is kept to the byte, with or without
 * a newline at its end. What comes between frames (a late child, a login banner) is dropped.
 */
export class StreamCutter {
  readonly #mark: string;
  readonly #limit: number;
  #begin = NOTHING;
  #end = NOTHING;
  #inside = false;
  #expecting = false;
  #pending: Buffer = NOTHING;
  #kept: Buffer[] = [];
  #size = 0;
  #over = false;

  constructor(mark: string, limit: number) {
    this.#mark = mark;
    this.#limit = limit;
  }

  /** Makes ready for the frame numbered `seq`; anything before it is not its output. */
  expect(seq: number): void {
    this.#begin = Buffer.from(`\n${this.#mark} b ${seq}\n`);
    this.#end = Buffer.from(`\n${this.#mark} e ${seq} `);
    this.#inside = false;
    this.#expecting = true;
    this.#pending = NOTHING;
    this.#kept = [];
    this.#size = 0;
    this.#over = false;
  }

  /** Takes what arrived; gives the frame once its end marker is complete. */
  push(chunk: Buffer): Cut | undefined {
    if (!this.#expecting) return undefined;
    let data: Buffer = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (!this.#inside) {
      const at = data.indexOf(this.#begin);
      if (at < 0) {
        this.#pending = data.subarray(Math.max(0, data.length - this.#begin.length + 1));
        return undefined;
      }
      this.#inside = true;
      data = data.subarray(at + this.#begin.length);
    }
    const at = data.indexOf(this.#end);
    if (at < 0) {
      const safe = Math.max(0, data.length - this.#end.length + 1);
      this.#keep(data.subarray(0, safe));
      this.#pending = data.subarray(safe);
      return undefined;
    }
    const stop = data.indexOf(0x0a, at + this.#end.length);
    if (stop < 0) {
      this.#keep(data.subarray(0, at));
      this.#pending = data.subarray(at);
      return undefined;
    }
    this.#keep(data.subarray(0, at));
    this.#expecting = false;
    this.#pending = NOTHING;
    const tail = data.subarray(at + this.#end.length, stop).toString('latin1');
    return { bytes: Buffer.concat(this.#kept), tail, over: this.#over };
  }

  #keep(bytes: Buffer): void {
    const room = this.#limit - this.#size;
    if (bytes.length > room) this.#over = true;
    const part = bytes.length > room ? bytes.subarray(0, room) : bytes;
    if (part.length === 0) return;
    this.#kept.push(part);
    this.#size += part.length;
  }
}
