import type { ICEFrame } from "./protocol.ts";

/**
 * When the first of the servers' credentials ends, in epoch seconds, or undefined when none does. Time-limited TURN credentials carry
 * their end in the user name: "{epoch seconds}:{user}" (draft-uberti-behave-turn-rest-00, section 2.2).
 */
export function iceExpiry(servers: readonly RTCIceServer[]): number | undefined {
  const ends = servers
    .filter((server) => server.credential !== undefined)
    .map((server) => /^(\d{9,11})(?::|$)/.exec(server.username ?? "")?.[1])
    .filter((end) => end !== undefined)
    .map(Number);
  return ends.length > 0 ? Math.min(...ends) : undefined;
}

/** The servers of the moment, renewed before their credentials end. */
export class ICELease {
  readonly #ask: () => Promise<ICEFrame>;
  readonly #renewed: (servers: readonly RTCIceServer[]) => void;
  #servers: readonly RTCIceServer[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ask: () => Promise<ICEFrame>, renewed: (servers: readonly RTCIceServer[]) => void) {
    this.#ask = ask;
    this.#renewed = renewed;
  }

  get servers(): readonly RTCIceServer[] {
    return this.#servers;
  }

  /** `expires` in epoch seconds, where the server says it. */
  set(servers: readonly RTCIceServer[], expires?: number): void {
    this.#servers = servers;
    this.stop();
    const end = expires ?? iceExpiry(servers);
    if (end === undefined) return;
    // Early enough that a call set up from the old ones in the last moment still has a credential; never in a hot loop,
    // should the clocks of server and browser disagree.
    this.#renewIn(Math.min(Math.max(end * 1000 - Date.now() - 120_000, 60_000), 2 ** 31 - 1));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #renewIn(ms: number): void {
    const timer = setTimeout(async () => {
      try {
        const { servers, expires } = await this.#ask();
        if (this.#timer !== timer) return;
        this.set(servers, expires);
        this.#renewed(servers);
      } catch {
        // While the connection is lost there is nobody to ask, and joining again brings new ones. Otherwise in a minute.
        if (this.#timer === timer) this.#renewIn(60_000);
      }
    }, ms);
    this.#timer = timer;
  }
}
