import { Emitter } from "../emitter.ts";
import { ParleyError } from "../errors.ts";
import type { Share } from "../media/allotment.ts";
import type { RemoteTrack } from "../media/remote-tracks.ts";
import type { Outgoing } from "../media/senders.ts";
import type { Frame } from "./control.ts";
import { Peer, type PeerConnectionConstructor, type PeerEvents, type PeerState } from "./peer.ts";
import { type Negotiation, parsePeerSignal, type PeerSignal } from "./signal.ts";

export interface LinkOptions {
  readonly polite: boolean;
  /** A new name for each RTCPeerConnection: "{one's page}.{a number that grows}". */
  readonly session: () => string;
  /** Who was there first waits for the newcomer's offer, so that a call is not set up from both ends at once. */
  readonly wait: boolean;
  readonly ice: readonly RTCIceServer[];
  readonly published: readonly Outgoing[];
  /** Takes what is to be handed to the other side's receive(), in that order. */
  readonly send: (signal: PeerSignal) => void;
  readonly RTCPeerConnection?: PeerConnectionConstructor;
}

export interface LinkEvents extends PeerEvents {
  /** A new RTCPeerConnection is in place; the one before is closed. The first may be there before anybody listens. */
  connection: RTCPeerConnection;
}

const forwarded = [
  "stream", "track", "track-removed", "track-muted", "message", "channel", "frame", "control", "datachannel", "error",
] as const;
const newcomerPatience = 4_000;
const stuckPatience = { first: 500, growth: 4, most: 32_000 };

/**
 * The tie to one other person, over the Peers that serve it one after the other: when either side starts afresh (a reload, a network that
 * did not come back), the RTCPeerConnection has to be replaced, and what is still under way for the former one must not reach the new.
 */
export class Link extends Emitter<LinkEvents> {
  readonly #options: LinkOptions;
  readonly #former = new Set<string>(); // pages of the other side that have been replaced
  #ice: readonly RTCIceServer[];
  #published: readonly Outgoing[];
  #state: PeerState = "connecting";
  #peer: Peer | undefined;
  #session = "";
  #remote: string | undefined; // the other side's session, as far as known
  #served: string | undefined; // the session whose signals a Peer was given last
  #queue: Promise<void> = Promise.resolve();
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #stuckPatience = stuckPatience.first;

  constructor(options: LinkOptions) {
    super();
    this.#options = options;
    this.#ice = options.ice;
    this.#published = options.published;
    if (options.wait) this.#renewIn(newcomerPatience);
    else this.renew();
  }

  get state(): PeerState {
    return this.#state;
  }

  get streams(): readonly MediaStream[] {
    return this.#peer?.streams ?? [];
  }

  get tracks(): ReadonlyMap<string, RemoteTrack> {
    return this.#peer?.tracks ?? new Map<string, RemoteTrack>();
  }

  get connection(): RTCPeerConnection | undefined {
    return this.#peer?.connection;
  }

  /**
   * Starts over with a new RTCPeerConnection. Where the browser makes none, the state is `failed`,
   * and an `error` says why.
   */
  renew(): Peer | undefined {
    return this.#renew(this.#options.session);
  }

  #renew(session: () => string): Peer | undefined {
    if (this.#state === "closed") return undefined;
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#end();
    this.#session = session();
    const { polite, RTCPeerConnection } = this.#options;
    let peer: Peer;
    try {
      peer = new Peer({
        polite,
        ice: this.#ice,
        send: (negotiation) => this.#send(negotiation),
        ...(RTCPeerConnection ? { RTCPeerConnection } : {}),
      });
    } catch (cause) {
      const error = new ParleyError("no-webrtc", "the browser makes no RTCPeerConnection: see cause", { cause });
      queueMicrotask(() => this.emit("error", error)); // when the constructor's caller listens
      this.#setState("failed");
      return undefined;
    }
    this.#peer = peer;
    peer.on("state", (state) => {
      if (this.#peer === peer) this.#setState(state);
    });
    peer.on("stuck", () => {
      if (this.#peer === peer) this.#stuck();
    });
    for (const name of forwarded) {
      peer.on(name, (value) => {
        if (this.#peer === peer) this.emit(name, value as never);
      });
    }
    this.emit("connection", peer.connection);
    void peer.publish(this.#published);
    this.#setState("connecting");
    return peer;
  }

  /** The other side took its seat anew. A connection that still works is kept; else start over with whoever that is now. */
  rejoined(): void {
    if (this.#state === "connected") return;
    if (this.#session) this.renew();
    else this.#renewIn(newcomerPatience); // there is nothing yet that could be lost: a reload within a reload
  }

  /** Tries again what was given up or is under way; nothing when connected. */
  restart(): void {
    this.#peer?.restart();
  }

  /** Resolves with what the browser refused. */
  async publish(published: readonly Outgoing[]): Promise<readonly Outgoing[]> {
    this.#published = published;
    return (await this.#peer?.publish(published)) ?? [];
  }

  shape(shares: ReadonlyMap<Outgoing, Share>): void {
    this.#peer?.shape(shares);
  }

  setICE(servers: readonly RTCIceServer[]): void {
    this.#ice = servers;
    this.#peer?.setICE(servers);
  }

  sendMessage(text: string): boolean {
    return this.#peer?.sendMessage(text) ?? false;
  }

  sendFrame(frame: Frame): boolean {
    return this.#peer?.sendFrame(frame) ?? false;
  }

  /** Takes the `data` of a signal, in order; what is not of our making is ignored. */
  receive(data: unknown): void {
    const signal = parsePeerSignal(data);
    if (!signal || this.#state === "closed" || this.#isPast(signal.session)) return;
    if (signal.session !== this.#remote) this.#meet(signal.session);
    this.#queue = this.#queue.then(() => this.#apply(signal));
  }

  close(): void {
    clearTimeout(this.#waiting);
    this.#end();
    this.#setState("closed");
  }

  #end(): void {
    const former = this.#peer;
    this.#peer = undefined; // so that its end is not taken for ours
    const tracks = former?.tracks ?? [];
    former?.close();
    for (const [, track] of tracks) this.emit("track-removed", track);
  }

  #isPast(session: string): boolean {
    const [page, number] = split(session);
    if (this.#former.has(page)) return true;
    if (this.#remote === undefined) return false;
    const [remotePage, remoteNumber] = split(this.#remote);
    return page === remotePage && number < remoteNumber;
  }

  #meet(session: string): void {
    const [page] = split(session);
    const [remotePage] = split(this.#remote ?? session);
    if (remotePage !== page) this.#former.add(remotePage);
    this.#remote = session;
  }

  async #apply(signal: PeerSignal): Promise<void> {
    if (this.#state === "closed" || signal.session !== this.#remote) return;
    const fresh = signal.session !== this.#served;
    const offer = "description" in signal && signal.description.type === "offer";
    // Meant for a connection of ours that is gone. But the first offer of a fresh start is for whoever we are by now: when both
    // sides started afresh at once, neither could know better.
    const late = signal.for !== undefined && signal.for !== this.#session;
    if (late && this.#peer && !(fresh && offer)) return;

    let peer = this.#peer;
    if (!peer) {
      peer = this.renew();
    } else if (fresh && (peer.met || (offer && !this.#options.polite && signal.for === this.#session))) {
      // The other side started afresh, and our RTCPeerConnection is tied to the one before. An answer was to an offer of
      // ours that goes with it; an offer can be taken by the new one. Nor is there an answer to come from who knows ours and offers:
      // our offer went to the one before.
      peer = this.renew();
      if (!offer) return;
    } else if (offer && this.#options.polite && !peer.met && peer.offering) {
      // Chromium cannot roll back a first offer whose sections are others than those of the one that it takes ("Failed to start SCTP
      // transport"). Nobody took it, so another RTCPeerConnection can take its place under its name.
      peer = this.#renew(() => this.#session);
    }
    this.#served = signal.session;
    await peer?.receive(signal);
  }

  #renewIn(ms: number): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.renew(), ms);
  }

  /** Begins anew, by and by: what was refused may be so again. */
  #stuck(): void {
    if (this.#waiting === undefined) this.#renewIn(this.#stuckPatience);
    this.#stuckPatience = Math.min(this.#stuckPatience * stuckPatience.growth, stuckPatience.most);
  }

  #send(negotiation: Negotiation): void {
    const remote = this.#remote;
    this.#options.send({ session: this.#session, ...(remote === undefined ? {} : { for: remote }), ...negotiation });
  }

  #setState(state: PeerState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    if (state === "connected") this.#stuckPatience = stuckPatience.first;
    this.emit("state", state);
  }
}

function split(session: string): [page: string, number: number] {
  const dot = session.lastIndexOf(".");
  return dot < 0 ? [session, 0] : [session.slice(0, dot), Number(session.slice(dot + 1)) || 0];
}
