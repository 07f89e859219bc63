import { backoff } from "./backoff.ts";
import { ParleyError } from "../errors.ts";
import type { Json } from "./protocol.ts";

/** A value, or what returns it: then it is asked when it is said, which may be later than when it was given. */
export type OrLater<T> = T | (() => T);

export interface OwnDataOptions {
  readonly data: OrLater<Json> | undefined;
  /** Resolves when the server has it. */
  readonly send: (data: Json) => Promise<unknown>;
  readonly joined: () => boolean;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

const retry = { first: 300, most: 5_000 };

/**
 * What the others see about us. It may change while a join is under way that has said something else, or while nothing can be said:
 * what was said last reaches everybody all the same. One update at a time, since two of them might be carried out in either order.
 */
export class OwnData {
  readonly #options: OwnDataOptions;
  #wanted: OrLater<Json> | undefined;
  #accepted: Json | undefined; // by the server, last
  #unsure = false; // an update may have been carried out without an answer
  #waiting: Waiter[] = [];
  #sending = false;
  #attempt = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #end: ParleyError | undefined;

  constructor(options: OwnDataOptions) {
    this.#options = options;
    this.#wanted = options.data;
  }

  /** What a join says. One that takes a seat back says what was accepted before, so that nothing new can make it fail. */
  offer(again: boolean): Json | undefined {
    if (!again) this.#accepted = this.#now();
    return this.#accepted;
  }

  /** There is a seat, on a new connection perhaps. */
  seated(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#attempt = 0;
    this.#pump();
  }

  /** Resolves when the server has this, or something later; rejects when it refuses it. */
  set(data: Json): Promise<void> {
    this.#wanted = data;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#pump();
    });
  }

  /** The seat is given up. */
  close(error: ParleyError): void {
    this.#end ??= error;
    clearTimeout(this.#pause);
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  #now(): Json | undefined {
    return typeof this.#wanted === "function" ? this.#wanted() : this.#wanted;
  }

  #pump(): void {
    if (this.#sending || this.#pause !== undefined || !this.#options.joined()) return;
    const data = this.#now();
    if (data !== undefined && (this.#unsure || JSON.stringify(data) !== JSON.stringify(this.#accepted))) void this.#send(data);
    else for (const waiter of this.#waiting.splice(0)) waiter.resolve();
  }

  async #send(data: Json): Promise<void> {
    const wanted = this.#wanted;
    const waiting = this.#waiting.splice(0);
    this.#sending = true;
    try {
      await this.#options.send(data);
      this.#accepted = data;
      this.#unsure = false;
      this.#attempt = 0;
      for (const waiter of waiting) waiter.resolve();
    } catch (cause) {
      const error = this.#end ?? cause;
      if (error instanceof ParleyError && !this.#end && (error.retry || error.reason === "not-in-room")) {
        this.#unsure = true;
        this.#waiting.unshift(...waiting);
        this.#pumpLater();
      } else {
        if (this.#wanted === wanted) this.#wanted = this.#accepted;
        for (const waiter of waiting) waiter.reject(error);
      }
    }
    this.#sending = false;
    this.#pump();
  }

  #pumpLater(): void {
    if (!this.#options.joined()) return; // seated() goes on
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#pump();
    }, backoff(this.#attempt++, retry));
  }
}
