import { allot, type Demand, type Share } from "./allotment.ts";
import { carryingPair } from "./pair.ts";
import type { Published } from "./publication.ts";
import type { Outgoing } from "./senders.ts";

/** The tie to one peer, as far as what is sent over it goes. */
export interface Tie {
  readonly state: string;
  readonly connection: RTCPeerConnection | undefined;
  shape(shares: ReadonlyMap<Outgoing, Share>): void;
}

/** What is known of one RTCPeerConnection. */
interface Known {
  /** Bits per second that the way to the peer carries; undefined before the first measurement. */
  available: number | undefined;
  shares: ReadonlyMap<Outgoing, Share>;
  sent: number; // bytes
  at: number; // ms
}

interface Report {
  readonly type: string;
  readonly timestamp: number;
  readonly availableOutgoingBitrate?: number;
  readonly bytesSent?: number;
  readonly fractionLost?: number;
}

const interval = 2_000; // ms
// Below this, the browser's estimate says little: encoders need as much, and it does not grow where nothing but sound is sent. There ours
// holds, which grows while little is lost.
const low = 100_000;
const growth = 1.1;
const least = 20_000;

/** Has everybody get what one's line can carry, by what the browser measures. */
export class Uplink {
  readonly #ties: () => Iterable<readonly [peer: string, tie: Tie]>;
  readonly #publications: () => Iterable<Published>;
  readonly #bits: number;
  readonly #known = new WeakMap<RTCPeerConnection, Known>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `bits` a second are sent at most, to all together. */
  constructor(ties: () => Iterable<readonly [string, Tie]>, publications: () => Iterable<Published>, bits = 4_000_000) {
    this.#ties = ties;
    this.#publications = publications;
    this.#bits = bits;
  }

  /** Divides anew: something else is sent, or to others. */
  apply(): void {
    const publications = [...this.#publications()];
    const ties = this.#live();
    if (publications.length === 0 || ties.length === 0) return this.close();
    this.#timer ??= setTimeout(() => void this.#measure(), interval);
    const begin = this.#bits / 4 / ties.length; // not with all at once, over a line of which nothing is known
    const ways = ties.map(([peer, , { available = begin, shares }]) => ({
      available,
      demands: publications.map((publication) => demand(publication, peer, shares.get(publication))),
    }));
    allot(ways, this.#bits).forEach((shares, at) => {
      const [, tie, known] = ties[at]!;
      known.shares = new Map(publications.map((publication, n) => [publication, shares[n]!]));
      tie.shape(known.shares);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #live(): [peer: string, tie: Tie, known: Known, connection: RTCPeerConnection][] {
    return [...this.#ties()].flatMap(([peer, tie]) => {
      const { state, connection } = tie;
      if (!connection || state === "failed" || state === "closed") return [];
      const known = this.#known.get(connection) ?? { available: undefined, shares: new Map(), sent: 0, at: 0 };
      this.#known.set(connection, known);
      return [[peer, tie, known, connection]];
    });
  }

  async #measure(): Promise<void> {
    const timer = this.#timer;
    await Promise.all(
      this.#live().map(async ([, { state }, known, connection]) => {
        if (state === "connected") await measure(connection, known).catch(() => {});
      }),
    );
    if (this.#timer !== timer) return; // closed, and begun anew perhaps
    this.#timer = undefined;
    this.apply();
  }
}

function demand(publication: Published, peer: string, before: Share | undefined): Demand {
  const { kind, track, muted } = publication;
  const { width = 640, height = 480 } = track.getSettings();
  return { ...publication.limitsFor(peer), sound: track.kind === "audio", screen: kind.startsWith("screen"), width, height, muted, before };
}

/** Asks for the browser's estimate, and what is lost. */
async function measure(connection: RTCPeerConnection, known: Known): Promise<void> {
  const stats = await connection.getStats();
  const { availableOutgoingBitrate: estimate = Infinity, bytesSent = 0, timestamp = 0 } = carryingPair<Report>(stats) ?? {};
  let lost = 0;
  stats.forEach(({ type, fractionLost = 0 }: Report) => (lost = type === "remote-inbound-rtp" ? Math.max(lost, fractionLost) : lost));
  const rate = ((bytesSent - known.sent) * 8_000) / (timestamp - known.at);
  [known.sent, known.at] = [bytesSent, timestamp];
  const believed = Math.max(estimate, Math.min(low, (known.available ?? 0) * growth));
  known.available = Math.max(least, lost > 0.1 && rate > 0 ? Math.min(believed, rate * (1 - lost)) : believed);
}
