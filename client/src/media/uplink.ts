import { allot, type Share } from "./allotment.ts";
import type { Published } from "./publication.ts";
import type { Outgoing } from "./senders.ts";

/** The tie to one peer, as far as what is sent over it goes. */
export interface Line {
  readonly state: string;
  readonly connection: RTCPeerConnection | undefined;
  shape(shares: ReadonlyMap<Outgoing, Share>): void;
}

const interval = 2_000; // ms

/** Has everybody get what one's line can carry, by what the browser measures. */
export class Uplink {
  readonly #lines: () => Iterable<readonly [peer: string, line: Line]>;
  readonly #publications: () => Iterable<Published>;
  readonly #bits: number;
  readonly #available = new WeakMap<RTCPeerConnection, number | undefined>();
  readonly #before = new WeakMap<RTCPeerConnection, ReadonlyMap<Outgoing, Share>>();
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
    const lines = [...this.#lines()].filter(([, { state, connection }]) => connection && state !== "failed" && state !== "closed");
    if (publications.length === 0 || lines.length === 0) return this.close();
    this.#timer ??= setTimeout(() => void this.#measure(), interval);
    const ways = lines.map(([peer, { connection }]) => ({
      available: this.#available.get(connection!),
      demands: publications.map((publication) => demand(publication, peer, this.#before.get(connection!)?.get(publication))),
    }));
    allot(ways, this.#bits).forEach((shares, at) => {
      const [, line] = lines[at]!;
      const shared = new Map(publications.map((publication, n) => [publication, shares[n]!]));
      this.#before.set(line.connection!, shared);
      line.shape(shared);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #measure(): Promise<void> {
    await Promise.all(
      [...this.#lines()].map(async ([, { state, connection }]) => {
        if (connection && state === "connected") this.#available.set(connection, await available(connection).catch(() => undefined));
      }),
    );
    if (!this.#timer) return; // closed
    this.#timer = undefined;
    this.apply();
  }
}

function demand(publication: Published, peer: string, before: Share | undefined) {
  const { kind, track, muted } = publication;
  const { width = 640, height = 480 } = track.getSettings();
  const { priority, maxBitrate } = publication.limitsFor(peer);
  return { sound: track.kind === "audio", screen: kind.startsWith("screen"), width, height, priority, maxBitrate, muted, before };
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
