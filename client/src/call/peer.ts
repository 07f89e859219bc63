import { Trickle } from "./candidates.ts";
import { Control, type Frame, maxMessage } from "./control.ts";
import { Emitter } from "../emitter.ts";
import { ParleyError } from "../errors.ts";
import type { Share } from "../media/allotment.ts";
import { readAnnouncement } from "../media/announcement.ts";
import type { RemoteTrack } from "../media/remote-tracks.ts";
import type { Outgoing } from "../media/senders.ts";
import { Tracks, type TracksEvents } from "../media/tracks.ts";
import { useServers } from "./servers.ts";
import type { Negotiation } from "./signal.ts";

export type PeerConnectionConstructor = new (configuration?: RTCConfiguration) => RTCPeerConnection;

/** `connecting` at first, `reconnecting` after it was connected, `failed` when several attempts found no way: restart() tries again. */
export type PeerState = "connecting" | "connected" | "reconnecting" | "failed" | "closed";

export interface PeerOptions {
  /** Who gives way when both offer at once. Exactly one of the two must be. */
  readonly polite: boolean;
  readonly ice: readonly RTCIceServer[];
  /** Takes what is to be handed to the other side's receive(), in that order. */
  readonly send: (signal: Negotiation) => void;
  /** For tests; the browser's own by default. */
  readonly RTCPeerConnection?: PeerConnectionConstructor;
}

export interface PeerEvents extends TracksEvents {
  state: PeerState;
  message: string;
  /** Messages can be sent from now on (true), or no longer (false). */
  channel: boolean;
  /** Something the other page tells, not the person. */
  frame: Frame;
  /** Such frames can be sent from now on (true), or no longer (false). */
  control: boolean;
  /** A channel that the other side has opened. What comes over it is lost unless a listener takes it at once. */
  datachannel: RTCDataChannel;
  /** A signal, track or ICE server that the RTCPeerConnection refused. It goes on without it. */
  error: ParleyError;
  /** What was refused was a description, after its `error`: negotiation can hardly go on. */
  stuck: undefined;
}

type Described = Extract<Negotiation, { readonly description: unknown }>;

const attempts = 3;
const patience = 20_000; // an attempt that has led nowhere after this, in ms, is followed by the next
const maxEarly = 512;
const misfit = "a peer sent a signal that does not fit";

/** One RTCPeerConnection to one other peer: perfect negotiation, candidates in few messages, a text channel. Knows nothing of sockets. */
export class Peer extends Emitter<PeerEvents> {
  readonly #polite: boolean;
  readonly #pc: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #control: Control;
  readonly #trickle: Trickle;
  readonly #tracks: Tracks;
  /** The promises of an RTCPeerConnection that is closed meanwhile never settle: who waits for one waits for this too. */
  readonly #closed = new Promise<void>((resolve) => void this.on("state", (state) => state === "closed" && resolve()));
  #met = false;
  #early: RTCIceCandidateInit[] = []; // candidates that came before their description
  #makingOffer = false;
  #offers = 0;
  #answering: number | undefined;
  #ignoringOffer = false;
  #queue: Promise<void> = Promise.resolve();
  #state: PeerState = "connecting";
  #attempt = 0;
  #wasConnected = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PeerOptions) {
    super();
    this.#polite = options.polite;
    const PeerConnection = options.RTCPeerConnection ?? globalThis.RTCPeerConnection;
    try {
      this.#pc = new PeerConnection({ iceServers: [...options.ice] });
    } catch {
      this.#pc = new PeerConnection();
      this.setICE(options.ice);
    }
    this.#trickle = new Trickle(this.#pc, (said) => options.send("description" in said ? this.#complete(said) : said));
    this.#pc.onnegotiationneeded = () => void this.#offer();
    this.#pc.onicecandidate = ({ candidate }) => this.#trickle.add(candidate);
    this.#pc.onconnectionstatechange = () => this.#connectionChanged();
    // Agreed beforehand, so that it needs no event of its own and both sides start to negotiate by themselves.
    this.#channel = this.#pc.createDataChannel("parley", { negotiated: true, id: 0 });
    this.#channel.onopen = () => this.emit("channel", true);
    this.#channel.onclose = () => this.emit("channel", false);
    this.#channel.onmessage = ({ data }: MessageEvent) => {
      if (typeof data === "string" && data.length <= maxMessage) this.emit("message", data);
    };
    this.#control = new Control(this.#pc);
    this.#control.on("open", (open) => this.emit("control", open));
    this.relay(this.#control, "frame");
    this.#tracks = new Tracks(this.#pc, this.#control, (cause) => this.#fail("a track cannot be sent", cause));
    this.relay(this.#tracks, "stream", "track", "track-removed", "track-muted");
    this.#pc.ondatachannel = ({ channel }) => this.emit("datachannel", channel);
    this.#armDeadline();
  }

  get state(): PeerState {
    return this.#state;
  }

  /** The streams of the other side, in order of arrival. */
  get streams(): readonly MediaStream[] {
    return this.#tracks.streams;
  }

  /** What the other side sends, by name. */
  get tracks(): ReadonlyMap<string, RemoteTrack> {
    return this.#tracks.remote;
  }

  /** For getStats() and what else this class does not wrap. */
  get connection(): RTCPeerConnection {
    return this.#pc;
  }

  /** Whether it has taken a description: from then on it can only talk to the one other side whose keys it knows. */
  get met(): boolean {
    return this.#met;
  }

  /** Whether an offer of its own is being made, or waits for its answer. */
  get offering(): boolean {
    return this.#makingOffer || this.#pc.signalingState === "have-local-offer";
  }

  /**
   * Makes these what is sent. Resolves when they are in place, with those that the browser refused, or at the end. A track in the place
   * of another needs no negotiation.
   */
  publish(wanted: readonly Outgoing[]): Promise<readonly Outgoing[] | void> {
    return Promise.race([this.#tracks.send(wanted), this.#closed]);
  }

  /** Gives what is sent its shares of the line. */
  shape(shares: ReadonlyMap<Outgoing, Share>): void {
    if (this.#state !== "closed") this.#tracks.shape(shares);
  }

  /** Sends a line of text; false when the channel is not open. Throws `too-large`. */
  sendMessage(text: string): boolean {
    if (new TextEncoder().encode(text).length > maxMessage) {
      throw new ParleyError("too-large", `a message may have ${maxMessage} bytes`);
    }
    if (this.#channel.readyState !== "open") return false;
    this.#channel.send(text);
    return true;
  }

  /** Tells the other page something; false when that channel is not open, or the frame has more than 16 KB. */
  sendFrame(frame: Frame): boolean {
    return this.#control.send(frame);
  }

  /**
   * New servers for this and later attempts. Those that the browser refuses are left out, and told
   * as an `error` (`bad-ice`).
   */
  setICE(servers: readonly RTCIceServer[]): void {
    if (this.#state === "closed") return;
    const refused = useServers(this.#pc, servers);
    if (refused.length === 0) return;
    const what = `the browser refuses ICE servers: ${refused.join(", ")}`;
    const error = new ParleyError("bad-ice", `${what}; correct ICE_SERVERS or TURN_URLS (iceServers, turnUrls)`);
    queueMicrotask(() => this.emit("error", error)); // when the constructor's caller listens
  }

  /** Starts over with the attempts to get through, unless connected. */
  restart(): void {
    if (this.#state === "closed" || this.#state === "connected") return;
    this.#attempt = 0;
    this.#tryAgain();
  }

  /**
   * Takes what the other side's `send` was given; resolves when it has been applied, or was refused, which is an `error` event, or at the end.
   * One at a time: a second signal waits for the first.
   */
  receive(signal: Negotiation): Promise<void> {
    return (this.#queue = this.#queue.then(() => Promise.race([this.#apply(signal), this.#closed])));
  }

  close(): void {
    if (this.#state === "closed") return;
    clearTimeout(this.#deadline);
    this.#trickle.clear();
    this.#channel.onopen = this.#channel.onclose = this.#channel.onmessage = null;
    this.#control.close();
    this.#pc.onnegotiationneeded = this.#pc.onicecandidate = this.#pc.onconnectionstatechange = this.#pc.ontrack = null;
    this.#pc.ondatachannel = null;
    this.#pc.close();
    this.#setState("closed");
  }

  #complete(said: Described): Described {
    const offer = said.description.type === "offer" ? this.#offers : this.#answering;
    return { ...said, ...(offer === undefined ? {} : { offer }), ...this.#tracks.announce() };
  }

  async #offer(): Promise<void> {
    try {
      this.#makingOffer = true;
      this.#trickle.flush(); // while it is the last one that was made
      this.#offers++;
      await this.#describe();
    } catch (cause) {
      this.#refused("cannot make an offer", cause);
    } finally {
      this.#makingOffer = false;
    }
  }

  async #apply(signal: Negotiation): Promise<void> {
    if (this.#state === "closed") return;
    if ("candidates" in signal) return this.#addCandidates(signal.candidates).catch((cause: unknown) => this.#fail(misfit, cause));
    await this.#applyDescription(signal).catch((cause: unknown) => this.#refused(misfit, cause));
  }

  /** Perfect negotiation (the WebRTC specification, section 10.7). */
  async #applyDescription({ description, offer, ...announcement }: Described): Promise<void> {
    const pc = this.#pc;
    const answer = description.type === "answer";
    // To an offer that was sent twice, or rolled back. Who does not say to which answers the last one.
    if (answer && (pc.signalingState !== "have-local-offer" || (offer ?? this.#offers) !== this.#offers)) return;
    const collision = !answer && (this.#makingOffer || pc.signalingState !== "stable");
    this.#ignoringOffer = collision && !this.#polite;
    if (this.#ignoringOffer) return;

    this.#met = true;
    if (!answer) {
      if (!collision) this.#trickle.flush(); // an answer that waits is to the offer before
      this.#answering = offer;
    }
    await pc.setRemoteDescription(description);
    if (collision) this.#trickle.clear(); // our own offer, which is rolled back
    const early = this.#early;
    this.#early = [];
    await this.#addCandidates(early).catch((cause: unknown) => this.#fail(misfit, cause));
    this.#tracks.hear(readAnnouncement(announcement));
    if (!answer) await this.#describe();
    this.#tracks.settled();
  }

  async #addCandidates(candidates: readonly RTCIceCandidateInit[]): Promise<void> {
    if (this.#ignoringOffer) return; // they belong to the offer that was not taken
    if (!this.#pc.remoteDescription) {
      this.#early.push(...candidates.slice(0, maxEarly - this.#early.length));
      return;
    }
    let refused: unknown;
    for (const candidate of candidates) {
      await this.#pc.addIceCandidate(candidate).catch((cause: unknown) => (refused = cause));
    }
    if (refused !== undefined) throw refused;
  }

  async #describe(): Promise<void> {
    this.#trickle.flush();
    await this.#pc.setLocalDescription();
    if (this.#state !== "closed") this.#trickle.describe();
  }

  #fail(message: string, cause: unknown): void {
    if (this.#state !== "closed") this.emit("error", new ParleyError("bad-signal", message, { cause }));
  }

  #refused(message: string, cause: unknown): void {
    this.#fail(message, cause);
    if (this.#state !== "closed") this.emit("stuck", undefined);
  }

  #connectionChanged(): void {
    switch (this.#pc.connectionState) {
      case "connected":
        clearTimeout(this.#deadline);
        this.#attempt = 0;
        this.#wasConnected = true;
        this.#setState("connected");
        return;
      case "disconnected":
        this.#setState(this.#wasConnected ? "reconnecting" : "connecting");
        this.#armDeadline();
        return;
      case "failed":
        this.#tryAgain();
        return;
      case "closed":
        this.close();
    }
  }

  #tryAgain(): void {
    clearTimeout(this.#deadline);
    if (++this.#attempt > attempts) {
      this.#setState("failed");
      return;
    }
    this.#setState(this.#wasConnected ? "reconnecting" : "connecting");
    this.#armDeadline();
    // While an offer waits for its answer nothing can be negotiated anew: the offer may have been lost.
    if (this.#pc.signalingState === "have-local-offer") this.#trickle.describe();
    else this.#pc.restartIce();
  }

  #armDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#tryAgain(), patience);
  }

  #setState(state: PeerState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.emit("state", state);
  }
}
