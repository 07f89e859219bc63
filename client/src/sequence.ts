/**
 * Puts the numbered messages of one sender in order and drops repeats, since API Gateway may run two messages of one connection at
 * the same time. Numbers start at 1. A missing one is waited for briefly, then given up; what is not numbered passes at once.
 */
export class Sequence<T> {
  readonly #deliver: (value: T) => void;
  readonly #patience: number;
  readonly #held = new Map<number, T>();
  #next = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(deliver: (value: T) => void, patience = 500) {
    this.#deliver = deliver;
    this.#patience = patience;
  }

  push(n: number | undefined, value: T): void {
    if (n === undefined) return this.#deliver(value);
    if (!Number.isInteger(n) || n < this.#next || this.#held.has(n)) return;
    this.#held.set(n, value);
    if (this.#held.size > maxHeld) this.#skip();
    this.#release();
  }

  /** Lets go of what is held. */
  close(): void {
    clearTimeout(this.#timer);
    this.#held.clear();
  }

  #release(): void {
    for (let value = this.#held.get(this.#next); value !== undefined; value = this.#held.get(this.#next)) {
      this.#held.delete(this.#next++);
      this.#deliver(value);
    }
    clearTimeout(this.#timer);
    if (this.#held.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#skip();
      this.#release();
    }, this.#patience);
  }

  #skip(): void {
    this.#next = Math.min(...this.#held.keys());
  }
}

const maxHeld = 32;
