/** A binary heap: what compares lowest comes first. The order must be total, so that every run chooses alike. */
export class Queue<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #heap: T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#heap.length;
  }

  peek(): T | undefined {
    return this.#heap[0];
  }

  push(item: T): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(item);
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = heap[above] as T;
      if (this.#compare(item, parent) >= 0) break;
      heap[hole] = parent;
      hole = above;
    }
    heap[hole] = item;
  }

  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && this.#compare(heap[below + 1] as T, heap[below] as T) < 0) below += 1;
      const child = heap[below] as T;
      if (this.#compare(child, last) >= 0) break;
      heap[hole] = child;
      hole = below;
    }
    heap[hole] = last;
    return first;
  }
}
