import { allot, type Demand, type Share } from "./allotment.ts";
import type { Published } from "./publication.ts";
import type { Outgoing } from "./senders.ts";

/** The tie to one peer, as far as what is sent over it goes. */
export interface Line {
  readonly state: string;
  readonly connection: RTCPeerConnection | undefined;
  shape(shares: ReadonlyMap<Outgoing, Share>): void;
}

/** What is known of one RTCPeerConnection. */
interface Known {
  available: number | undefined;
  shares: ReadonlyMap<Outgoing, Share>;
  /** For how many measurements something has been paused. */
  paused: number;
}

const interval = 2_000; // ms
// Where little is sent, the browser's estimate does not grow: what is paused is tried again, for a while.
const trial = { after: 6, until: 8, bits: 100_000 };

/** Has everybody get what one's line can carry, by what the browser measures. */
export class Uplink {
  readonly #lines: () => Iterable<readonly [peer: string, line: Line]>;
  readonly #publications: () => Iterable<Published>;
  readonly #bits: number;
  readonly #known = new WeakMap<RTCPeerConnection, Known>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `bits` a second are sent at most, to all together. */
  constructor(lines: () => Iterable<readonly [string, Line]>, publications: () => Iterable<Published>, bits = 4_000_000) {
    this.#lines = lines;
    this.#publications = publications;
    this.#bits = bits;
  }

  /** Divides anew: something else is sent, or to others. */
  apply(): void {
    const publications = [...this.#publications()];
    const lines = this.#live();
    if (publications.length === 0 || lines.length === 0) return this.close();
    this.#timer ??= setTimeout(() => void this.#measure(), interval);
    const ways = lines.map(([peer, , { available, shares, paused }]) => ({
      available: available !== undefined && paused >= trial.after ? Math.max(available, trial.bits) : available,
      demands: publications.map((publication) => demand(publication, peer, shares.get(publication))),
    }));
    allot(ways, this.#bits).forEach((shares, at) => {
      const [, line, known] = lines[at]!;
      known.shares = new Map(publications.map((publication, n) => [publication, shares[n]!]));
      line.shape(known.shares);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #live(): [peer: string, line: Line, known: Known, connection: RTCPeerConnection][] {
    return [...this.#lines()].flatMap(([peer, line]) => {
      const { state, connection } = line;
      if (!connection || state === "failed" || state === "closed") return [];
      const known = this.#known.get(connection) ?? { available: undefined, shares: new Map(), paused: 0 };
      this.#known.set(connection, known);
      return [[peer, line, known, connection]];
    });
  }

  async #measure(): Promise<void> {
    await Promise.all(
      this.#live().map(async ([, { state }, known, connection]) => {
        known.available = state === "connected" ? await available(connection).catch(() => undefined) : undefined;
        const paused = [...known.shares.values()].some((share) => share.paused);
        known.paused = paused || known.paused >= trial.after ? (known.paused + 1) % trial.until : 0;
      }),
    );
    if (!this.#timer) return; // closed
    this.#timer = undefined;
    this.apply();
  }
}

function demand(publication: Published, peer: string, before: Share | undefined): Demand {
  const { kind, track, muted } = publication;
  const { width = 640, height = 480 } = track.getSettings();
  return { ...publication.limitsFor(peer), sound: track.kind === "audio", screen: kind.startsWith("screen"), width, height, muted, before };
}

/** What the browser believes it can send over the pair of candidates in use. */
async function available(connection: RTCPeerConnection): Promise<number | undefined> {
  const stats = await connection.getStats();
  for (const report of stats.values() as Iterable<{ type: string; selectedCandidatePairId?: string }>) {
    if (report.type !== "transport" || !report.selectedCandidatePairId) continue;
    return (stats.get(report.selectedCandidatePairId) as RTCIceCandidatePairStats | undefined)?.availableOutgoingBitrate;
  }
  return undefined;
}
