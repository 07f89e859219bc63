import { backoff } from "./backoff.ts";
import { ParleyError } from "../errors.ts";
import type { Json } from "./protocol.ts";

/** What is sent, and sent again with the same number, until its receiver is known to have it. */
export interface Letter {
  readonly n: number;
  readonly data: Json;
  readonly size: number;
  /** The revision of the room when it was first sent: a page that came later than that was not meant. */
  at: number | undefined;
  /** An address was refused: it goes by name. */
  byName: boolean;
  refusals: number;
  /** No answer of the server is asked for at first. */
  quiet: boolean;
  /** While there is none to wait for: whether it is known to have arrived, or to have been lost. */
  heard: ((arrived: boolean) => void) | undefined;
  settle: ((error?: ParleyError) => void) | undefined;
}

export interface OutboxOptions {
  /** The number below the first. */
  readonly start: number;
  readonly rev: () => number;
  /** Resolves when the server has taken it; with `true` when the receiver is known to have it. */
  readonly transmit: (letter: Letter) => Promise<boolean>;
  /** Whether there is a seat to send it from, or another way. */
  readonly ready: (letter: Letter) => boolean;
  /** Asks the receiver what it has; `silent` when it has not answered for long, once. Absent where nothing is kept for it. */
  readonly ask?: (silent: boolean) => void;
  /** Whether the receiver is known to answer: then what it may lack is not let go. */
  readonly answers: () => boolean;
}

const window = 8; // so many on their way at once
const maxQueue = 256;
const askEvery = { letters: 64, bytes: 128 << 10 };
const maxKept = { letters: 256, bytes: 512 << 10 };
const retry = { first: 300, most: 5_000 };
const askAgain = 10_000;
const maxRefusals = 5; // of a seat that the server does not know: it is just moving, or is taken anew

/** The numbered messages to one receiver: sent in order, again until the server has answered, and kept until the receiver has them. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #flying = new Set<Letter>();
  #queue: Letter[] = [];
  #kept: Letter[] = [];
  #keptSize = 0;
  #unasked = { letters: 0, bytes: 0 };
  #sent: number;
  #attempt = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #stalled: ReturnType<typeof setTimeout> | undefined;
  #stalls = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#sent = options.start;
  }

  /** The last number given out. */
  get sent(): number {
    return this.#sent;
  }

  /** The lowest number that can still be sent, again or at last; one above the last when there is none. */
  get first(): number {
    return Math.min(this.#sent + 1, ...[...this.#queue, ...this.#flying, ...this.#kept].map(({ n }) => n));
  }

  /** Whether the receiver may lack something that the server has taken. */
  get unsure(): boolean {
    return this.#kept.length > 0;
  }

  /** Resolves when the server has taken them, one after the other; rejects when it never will, or with `queue-full`. */
  async send(parts: readonly Json[], quiet = false): Promise<void> {
    if (this.#queue.length + parts.length > maxQueue) {
      throw new ParleyError("queue-full", `${maxQueue} messages wait to be sent`, { retry: true });
    }
    await Promise.all(parts.map((data) => this.#post(data, quiet)));
  }

  #post(data: Json, quiet: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: ParleyError): void => (error ? reject(error) : resolve());
      const size = JSON.stringify(data)?.length ?? 0;
      this.#queue.push({ n: ++this.#sent, data, size, at: undefined, byName: false, refusals: 0, quiet, heard: undefined, settle });
      this.pump();
    });
  }

  /** Sends what may be sent now. */
  pump(): void {
    while (this.#queue.length > 0 && this.#flying.size < window && this.#pause === undefined && this.#options.ready(this.#queue[0]!)) {
      const full = this.#kept.length + this.#flying.size >= maxKept.letters || this.#keptSize >= maxKept.bytes;
      // What has to be sent again is not among the kept, and goes ahead of what is new.
      if (full && this.#options.answers() && this.#queue[0]!.settle) return this.#stall();
      void this.#transmit(this.#queue.shift()!);
    }
  }

  /** There is a connection again: no reason to wait any longer. */
  resume(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#attempt = 0;
    this.pump();
  }

  /** What was sent with no answer asked for may be lost. */
  doubt(): void {
    for (const { heard } of this.#flying) heard?.(false);
  }

  /** The receiver has everything up to `got`. */
  confirm(got: number): void {
    for (const { n, heard } of this.#flying) if (n <= got) heard?.(true);
    while (this.#kept.length > 0 && this.#kept[0]!.n <= got) this.#keptSize -= this.#kept.shift()!.size;
  }

  /**
   * The receiver, whose page took its seat at revision `seat`, has everything up to `got`. What was taken by the server and is missing
   * there is sent again: all of it, or what is below `before`.
   */
  acknowledge(seat: number, got: number, before = Infinity): void {
    for (const { n, at, heard } of this.#flying) heard?.(n <= got || at! < seat);
    const missing = this.#kept.filter(({ n, at }) => n > got && at! >= seat);
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    this.#stalls = 0;
    this.#kept = [];
    this.#keptSize = 0;
    this.#unasked = { letters: 0, bytes: 0 };
    for (const letter of missing) {
      if (letter.n < before) this.#enqueue(letter);
      else this.#keep(letter);
    }
    this.pump();
  }

  /** The receiver has left, or we have. */
  close(error: ParleyError): void {
    clearTimeout(this.#pause);
    clearTimeout(this.#stalled);
    for (const letter of [...this.#queue, ...this.#flying]) letter.settle?.(error);
    for (const { heard } of this.#flying) heard?.(true); // nobody waits for it
    this.#queue = [];
    this.#kept = [];
    this.#flying.clear();
  }

  async #transmit(letter: Letter): Promise<void> {
    this.#flying.add(letter);
    letter.at ??= this.#options.rev();
    try {
      const arrived = await this.#options.transmit(letter);
      if (!this.#flying.delete(letter)) return;
      letter.settle?.();
      letter.settle = undefined;
      this.#attempt = 0;
      if (this.#options.ask && !arrived) this.#keep(letter);
    } catch (cause) {
      if (!this.#flying.delete(letter)) return;
      const error = cause instanceof ParleyError ? cause : new ParleyError("internal", "sending failed", { cause });
      const unseated = error.reason === "not-in-room" && ++letter.refusals < maxRefusals;
      if (error.retry || unseated) this.#again(letter, error.reason === "socket-closed");
      else letter.settle?.(error);
    }
    this.#askIfDue();
    this.pump();
  }

  #again(letter: Letter, lost: boolean): void {
    this.#enqueue(letter);
    letter.byName = false;
    if (this.#pause !== undefined || (lost && !this.#options.ready(letter))) return; // resume() goes on
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.pump();
    }, backoff(this.#attempt++, retry));
  }

  #enqueue(letter: Letter): void {
    const at = this.#queue.findIndex(({ n }) => n > letter.n);
    this.#queue.splice(at < 0 ? this.#queue.length : at, 0, letter);
  }

  #keep(letter: Letter): void {
    const at = this.#kept.findLastIndex(({ n }) => n < letter.n) + 1;
    this.#kept.splice(at, 0, letter);
    this.#keptSize += letter.size;
    this.#unasked.letters++;
    this.#unasked.bytes += letter.size;
    while (this.#kept.length > maxKept.letters || this.#keptSize > maxKept.bytes) {
      if (this.#options.answers()) return;
      this.#keptSize -= this.#kept.shift()!.size;
    }
  }

  #stall(): void {
    this.#stalled ??= setTimeout(() => {
      this.#stalled = undefined;
      this.#options.ask?.(this.#stalls++ === 0);
      this.pump();
    }, askAgain);
  }

  #askIfDue(): void {
    if (this.#unasked.letters < askEvery.letters && this.#unasked.bytes < askEvery.bytes) return;
    this.#unasked = { letters: 0, bytes: 0 };
    this.#options.ask?.(false);
  }
}
