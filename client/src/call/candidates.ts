/** Gathers candidates for a moment, since each message is paid for, and a browser finds several at once. */
export class CandidateBatch {
  readonly #flush: (candidates: RTCIceCandidateInit[]) => void;
  readonly #wait: number;
  #candidates: RTCIceCandidateInit[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(flush: (candidates: RTCIceCandidateInit[]) => void, wait = 50) {
    this.#flush = flush;
    this.#wait = wait;
  }

  /** null, as in `icecandidate`: gathering is complete, there is nothing to wait for. */
  add(candidate: RTCIceCandidate | null): void {
    if (!candidate) return this.#send();
    if (candidate.candidate === "") return; // ends one generation; the next null says the same
    this.#candidates.push(candidate.toJSON());
    this.#timer ??= setTimeout(() => this.#send(), this.#wait);
  }

  clear(): void {
    this.#candidates = [];
  }

  close(): void {
    this.clear();
    clearTimeout(this.#timer);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const candidates = this.#candidates;
    this.#candidates = [];
    if (candidates.length > 0) this.#flush(candidates);
  }
}
