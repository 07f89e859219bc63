import type { RelayFrame } from "./protocol.ts";

const patience = 2_000;
const most = 64;

/** Frames from names that are not in the roster: they may be a moment early, or their senders have left and are not to be heard. */
export class Strangers {
  #frames: RelayFrame[] = [];

  /** Holds a frame for a moment; whether it is the only one. */
  hold(frame: RelayFrame): boolean {
    if (this.#frames.length >= most) return false;
    this.#frames.push(frame);
    setTimeout(() => (this.#frames = this.#frames.filter((held) => held !== frame)), patience);
    return this.#frames.length === 1;
  }

  /** Gives out the frames of those who are known by now. */
  take(known: ReadonlyMap<string, unknown>): RelayFrame[] {
    const taken = this.#frames.filter(({ from }) => known.has(from));
    this.#frames = this.#frames.filter(({ from }) => !known.has(from));
    return taken;
  }

  clear(): void {
    this.#frames = [];
  }
}
