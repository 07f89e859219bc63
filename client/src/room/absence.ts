import type { RosterEntry } from "./protocol.ts";

const minute = 60_000;
const usual = 30_000; // what services keep a seat for unless told otherwise
const again = 10_000;

/**
 * Watches over the ends of absences. `until` is of the server's clock, and ours may be wrong by minutes, even by hours. So ours only
 * says when to ask: after what is left by it, if that is possible, and never more than a minute at first; the answer decides. Who
 * cannot be asked about is taken for left.
 */
export class Absences {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** Finds out whether the peer is still listed as lost. */
  readonly #check: (peer: string) => Promise<boolean>;

  constructor(check: (peer: string) => Promise<boolean>) {
    this.#check = check;
  }

  /** Begins to wait for those who are lost, and stops for all others. */
  watch(peers: ReadonlyMap<string, RosterEntry>): void {
    for (const [peer, timer] of this.#timers) {
      if (peers.get(peer)?.lost !== undefined) continue;
      clearTimeout(timer);
      this.#timers.delete(peer);
    }
    for (const { peer, lost } of peers.values()) {
      if (lost !== undefined && !this.#timers.has(peer)) this.#wait(peer, lost, 0);
    }
  }

  stop(): void {
    this.watch(new Map());
  }

  #wait(peer: string, until: number, round: number): void {
    const left = until - Date.now();
    const ms = left > 0 ? Math.min(left, minute * 2 ** round) : round === 0 ? usual : Math.min(again * 2 ** (round - 1), minute);
    const timer = setTimeout(async () => {
      const lost = await this.#check(peer);
      if (this.#timers.get(peer) !== timer) return;
      if (lost) this.#wait(peer, until, round + 1);
      else this.#timers.delete(peer);
    }, ms);
    this.#timers.set(peer, timer);
  }
}
