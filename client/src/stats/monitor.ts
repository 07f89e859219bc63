import type { Call } from "../call/call.ts";
import type { RemotePeer } from "../call/member.ts";
import { Emitter } from "../emitter.ts";
import { type Quality, rate, Steady } from "./quality.ts";
import { Speakers } from "./speakers.ts";
import { type PeerStats, summarize } from "./summary.ts";

export interface MonitorEvents {
  /** Of each peer that is connected, once an interval. */
  stats: { peer: RemotePeer; stats: PeerStats };
  /** How well the connection to a peer serves, once it is known, and when that changes. */
  quality: Quality & { peer: RemotePeer };
  /** Somebody begins or ceases to speak; you, if there is no `peer`. A peer is heard where its sound is played. */
  speaking: { peer: RemotePeer | undefined; speaking: boolean };
  /** The names of those who speak, the loudest first. */
  speakers: readonly string[];
}

export interface MonitorOptions {
  /** Between two measurements, in ms; 1,000 without it. */
  readonly interval?: number;
}

/** What of a call is looked at. */
export type Watched = Pick<Call, "name" | "peers" | "publications" | "state">;

interface Connection {
  readonly pc: RTCPeerConnection;
  readonly steady: Steady;
  report?: RTCStatsReport;
}

/** Who speaks in a call, how well each connection serves, and what getStats() says of it. Does nothing unless somebody listens. */
export class Monitor extends Emitter<MonitorEvents> {
  readonly #call: Watched;
  readonly #interval: number;
  readonly #connections = new Map<string, Connection>();
  readonly #stats = new Map<string, PeerStats>();
  readonly #quality = new Map<string, Quality>();
  readonly #speakers: Speakers;
  #measuring = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(call: Watched, { interval = 1_000 }: MonitorOptions = {}) {
    super();
    this.#call = call;
    this.#interval = interval;
    this.#speakers = new Speakers(call, {
      speaking: (name, speaking) => this.emit("speaking", { peer: call.peers.get(name), speaking }),
      speakers: (names) => this.emit("speakers", names),
    });
  }

  /** The last ones, by name, while somebody listens to `stats` or `quality`. */
  get stats(): ReadonlyMap<string, PeerStats> {
    return this.#stats;
  }

  get quality(): ReadonlyMap<string, Quality> {
    return this.#quality;
  }

  /** Who speaks, by name, while somebody listens to `speaking` or `speakers`; your own name is `call.name`. */
  get speakers(): readonly string[] {
    return this.#speakers.names;
  }

  protected override attended(): void {
    const live = this.#call.state !== "left";
    this.#speakers.listen(live && (this.heard("speaking") || this.heard("speakers")));
    if (!live || !(this.heard("stats") || this.heard("quality"))) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#forget(() => true);
    } else if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#measure(), this.#interval);
      void this.#measure();
    }
  }

  async #measure(): Promise<void> {
    const { peers, state } = this.#call;
    if (state === "left") return this.attended();
    this.#forget((name) => !peers.has(name));
    if (this.#measuring) return;
    this.#measuring = true;
    await Promise.all([...peers.values()].map((peer) => this.#look(peer)));
    this.#measuring = false;
  }

  async #look(peer: RemotePeer): Promise<void> {
    const { name, connection: pc, state } = peer;
    if (!pc) return;
    let connection = this.#connections.get(name);
    if (connection?.pc !== pc) {
      connection = { pc, steady: connection?.steady ?? new Steady() };
      this.#connections.set(name, connection);
    }
    if (state !== "connected") {
      // What was connected and is not any more loses all packets. What never was has no quality.
      if (this.#quality.has(name) && state !== "closed") this.#rated(peer, connection.steady.see({ level: "poor", reason: "packet-loss" }));
      return;
    }
    const report = await pc.getStats().catch(() => undefined);
    if (!report || this.#connections.get(name) !== connection) return; // nobody listens any more
    const stats = summarize(report, connection.report);
    connection.report = report;
    this.#stats.set(name, stats);
    this.emit("stats", { peer, stats });
    this.#rated(peer, connection.steady.see(rate(stats)));
  }

  #rated(peer: RemotePeer, quality: Quality): void {
    if (this.#quality.get(peer.name) === quality) return;
    this.#quality.set(peer.name, quality);
    this.emit("quality", { peer, ...quality });
  }

  #forget(gone: (name: string) => boolean): void {
    for (const map of [this.#connections, this.#stats, this.#quality]) {
      for (const name of map.keys()) if (gone(name)) map.delete(name);
    }
  }
}
