/** The numbers of one run: those between two multiples of this. A run with a greater number is of a newer page of the sender. */
export const runSpan = 2 ** 20;

export interface SequenceOptions<T> {
  readonly deliver: (value: T) => void;
  /** How long to wait for a missing number, in ms: after each of these but the last it is asked for, then it is given up. */
  readonly patience: readonly number[];
  /** Asks the sender for what is missing below `before`. */
  readonly ask?: (before: number) => void;
  /** Whether the sender is known to answer: then it says what to give up. */
  readonly answers?: () => boolean;
  /** Whether the missing may come without asking: the sender, or we, are away just now. */
  readonly paused?: () => boolean;
}

const firstPatience = 500; // with plain numbers, and for the first of a run: who comes later has missed those before
const maxHeld = 300;

/**
 * Puts the numbered messages of one sender in order and drops repeats, since API Gateway may run two messages of one connection at
 * the same time, and a sender that got no answer sends again. The first number of a run is one above a multiple of `runSpan`. Plain
 * numbers are those below it: their senders do not say when they start over, so a number 1 with another content does.
 */
export class Sequence<T> {
  readonly #options: SequenceOptions<T>;
  readonly #held = new Map<number, T>();
  #next: number | undefined;
  #begun = false; // something of this run has been delivered
  #firstText: string | undefined;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SequenceOptions<T>) {
    this.#options = options;
  }

  /** The number up to which everything of the present run has come; 0 when nothing has, or the sender has plain numbers. */
  get got(): number {
    return this.#next === undefined || this.#next < runSpan || !this.#begun ? 0 : this.#next - 1;
  }

  /** Takes a message; `text` is its content, to tell a repeat from a fresh start. */
  push(n: number | undefined, value: T, text: () => string = () => ""): void {
    if (n === undefined) return this.#options.deliver(value);
    if (!Number.isSafeInteger(n) || n < 0) return;
    if (this.#next === undefined || runOf(n) > runOf(this.#next)) this.#start(n === 0 ? 0 : runOf(n) + 1);
    else if (n === 1 && this.#firstText !== undefined && this.#firstText !== text()) this.#start(1);
    if (n < this.#next! || this.#held.has(n)) return;
    if (n === 1) this.#firstText = text();
    this.#held.set(n, value);
    if (this.#held.size > maxHeld) this.#skip();
    this.#release();
  }

  /** Stops waiting for anything below `n`: its sender has nothing of it any more. */
  skipTo(n: number): void {
    if (this.#next === undefined || runOf(n) > runOf(this.#next)) this.#start(runOf(n) + 1);
    if (n <= this.#next! || runOf(n) < runOf(this.#next!)) return;
    for (const held of [...this.#held.keys()].sort((a, b) => a - b)) {
      if (held >= n) break;
      this.#deliver(held);
    }
    this.#next = n;
    this.#begun = true;
    this.#release();
  }

  /** Lets go of what is held. */
  close(): void {
    this.#stopWaiting();
    this.#held.clear();
  }

  #start(next: number): void {
    // Of the former run nothing more comes: its sender's page is gone.
    for (const held of [...this.#held.keys()].sort((a, b) => a - b)) this.#deliver(held);
    this.#next = next;
    this.#begun = false;
    this.#firstText = undefined;
  }

  #deliver(n: number): void {
    const value = this.#held.get(n)!;
    this.#held.delete(n);
    this.#next = n + 1;
    this.#begun = true;
    this.#tries = 0;
    this.#options.deliver(value);
  }

  #release(): void {
    const before = this.#next;
    while (this.#next !== undefined && this.#held.has(this.#next)) this.#deliver(this.#next);
    if (this.#next !== before || this.#held.size === 0) this.#stopWaiting();
    if (this.#held.size > 0) this.#timer ??= this.#wait();
  }

  #wait(): ReturnType<typeof setTimeout> {
    const { patience, ask, answers, paused } = this.#options;
    const plain = this.#next! < runSpan;
    const wait = patience[Math.min(this.#tries, patience.length - 1)]!;
    return setTimeout(() => {
      this.#timer = undefined;
      if (!plain && paused?.()) {
        this.#tries = 0; // it is begun anew when both are there
      } else if (!plain && ask && (this.#tries + 1 < patience.length || answers?.())) {
        this.#tries++;
        ask(Math.min(...this.#held.keys()));
      } else {
        this.#skip();
        return this.#release();
      }
      this.#timer = this.#wait();
    }, this.#begun && !plain ? wait : Math.min(wait, firstPatience * 2 ** this.#tries));
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #skip(): void {
    this.#next = Math.min(...this.#held.keys());
  }
}

function runOf(n: number): number {
  return Math.floor(n / runSpan) * runSpan;
}
