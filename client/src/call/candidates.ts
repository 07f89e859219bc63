import type { Negotiation } from "./signal.ts";

const wait = { first: 50, growth: 3, most: 1_350 };

/**
 * Tells the other side what the browser found, in few messages, since each is paid for: a description waits a moment for its first
 * candidates, and what is found later goes together, after waits that grow.
 */
export class Trickle {
  readonly #pc: RTCPeerConnection;
  readonly #send: (said: Negotiation) => void;
  #due = false; // the local description has not been sent
  #candidates: RTCIceCandidate[] = [];
  #wait = wait.first;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(pc: RTCPeerConnection, send: (said: Negotiation) => void) {
    this.#pc = pc;
    this.#send = send;
  }

  /** There is a local description to be told. */
  describe(): void {
    this.#due = true;
    this.#wait = wait.first;
    if (this.#pc.iceGatheringState === "complete") this.flush();
    else this.#arm();
  }

  /** null, as in `icecandidate`: gathering is complete, there is nothing to wait for. */
  add(candidate: RTCIceCandidate | null): void {
    if (!candidate) return this.flush();
    if (candidate.candidate === "") return; // ends one generation; the next null says the same
    if (candidate.tcpType === "active") return; // nobody can connect to it (RFC 6544, section 4.5)
    this.#candidates.push(candidate);
    this.#arm();
  }

  /** Tells now what waits. To be called before there is another local description. */
  flush(): void {
    const description = this.#due ? this.#pc.localDescription : null;
    const rest = this.#candidates.filter(({ candidate }) => !description?.sdp.includes(head(candidate)));
    this.clear();
    if (description) this.#send({ description: { type: description.type, sdp: description.sdp } });
    else if (rest.length > 0) this.#wait = Math.min(this.#wait * wait.growth, wait.most);
    if (rest.length > 0) this.#send({ candidates: rest.map((candidate) => candidate.toJSON()) });
  }

  /** Forgets what waits. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = false;
    this.#candidates = [];
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => this.flush(), this.#wait);
  }
}

/** As far as every browser writes a candidate the same in an event and in a description: up to its port. */
function head(candidate: string): string {
  return candidate.split(" ", 6).join(" ");
}
