import type { PeerState } from "./peer.ts";

const patience = 2_000; // a short break of the network is no sign

/** Turns what is seen of a connection between browsers into at most one suspicion a loss that the other side is gone. */
export class Watch {
  readonly #suspect: () => void;
  #told = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(suspect: () => void) {
    this.#suspect = suspect;
  }

  see(state: PeerState): void {
    if (state === "connected" || state === "closed") this.reset();
    else if (state === "failed") this.#tell();
    else if (state === "reconnecting") this.#timer ??= setTimeout(() => this.#tell(), patience);
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = false;
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    this.#suspect();
  }
}
