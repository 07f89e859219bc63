import type { Share } from "./allotment.ts";
import type { TrackInfo } from "./announcement.ts";

/** A Publication, as far as one RTCPeerConnection is concerned. */
export interface Outgoing {
  readonly name: string;
  readonly kind: string;
  readonly track: MediaStreamTrack;
  readonly muted: boolean;
  readonly stream: MediaStream;
  readonly codecs: readonly string[];
  readonly degradation: RTCDegradationPreference;
}

interface Slot {
  readonly transceiver: RTCRtpTransceiver;
  /** What its section of the description says: Chromium lets a sender go to other streams, and back when that is negotiated. */
  readonly stream: MediaStream;
  codecs: string;
  outgoing: Outgoing | undefined;
  paused: boolean;
  shape: string;
}

/**
 * What one RTCPeerConnection sends. A sender that has had a track is given the next one of its kind: adding and removing would add a
 * section to each description for ever, since a sender that was removed is never used again by the browser.
 */
export class Senders {
  readonly #pc: RTCPeerConnection;
  readonly #fail: (cause: unknown) => void;
  #slots: Slot[] = [];
  #wanted: readonly Outgoing[] = [];
  #queue: Promise<readonly Outgoing[]> = Promise.resolve([]);

  constructor(pc: RTCPeerConnection, fail: (cause: unknown) => void) {
    this.#pc = pc;
    this.#fail = fail;
  }

  /**
   * Makes these what is sent; of what is wanted meanwhile the last counts. Negotiates only if there are more or fewer of a kind than before.
   * Resolves with those that the browser refused.
   */
  set(wanted: readonly Outgoing[]): Promise<readonly Outgoing[]> {
    this.#wanted = wanted;
    return (this.#queue = this.#queue.then(() => this.#place()).catch((cause) => (this.#fail(cause), wanted)));
  }

  /** What is sent, by section. */
  get tracks(): { [mid: string]: TrackInfo } {
    const tracks: { [mid: string]: TrackInfo } = {};
    for (const { transceiver, outgoing, paused } of this.#slots) {
      if (!outgoing || transceiver.mid === null) continue;
      const muted = outgoing.muted || paused || outgoing.track.readyState === "ended";
      tracks[transceiver.mid] = { name: outgoing.name, kind: outgoing.kind, muted };
    }
    return tracks;
  }

  /** Gives each its share of the line. */
  shape(shares: ReadonlyMap<Outgoing, Share>): void {
    for (const slot of this.#slots) {
      const share = slot.outgoing && shares.get(slot.outgoing);
      if (!share) continue;
      slot.paused = share.paused;
      const { sender, receiver } = slot.transceiver;
      const { paused, ...encoding } = share;
      const degradation = receiver.track.kind === "video" ? { degradationPreference: slot.outgoing!.degradation } : {};
      const shape = JSON.stringify([share, degradation]);
      const parameters = sender.getParameters();
      // There are none before it is negotiated, in some browsers.
      if (slot.shape === shape || !parameters.encodings[0]) continue;
      slot.shape = shape;
      Object.assign(parameters.encodings[0], encoding, { active: !paused });
      sender.setParameters(Object.assign(parameters, degradation)).catch(() => (slot.shape = "")); // changed meanwhile: the next time
    }
  }

  async #place(): Promise<readonly Outgoing[]> {
    const refused: Outgoing[] = [];
    if (this.#pc.signalingState === "closed") return refused;
    const refuse = (outgoing: Outgoing, cause: unknown): void => {
      refused.push(outgoing);
      this.#fail(cause);
    };
    this.#slots = this.#slots.filter(({ transceiver }) => transceiver.direction !== "stopped"); // the other side refused them
    const wanted = new Set(this.#wanted);
    for (const slot of this.#slots) if (slot.outgoing && !wanted.delete(slot.outgoing)) slot.outgoing = undefined;
    for (const outgoing of wanted) {
      try {
        this.#give(outgoing, wanted);
      } catch (cause) {
        refuse(outgoing, cause);
      }
    }
    const replaced: Promise<void>[] = [];
    for (const { transceiver, outgoing } of this.#slots) {
      const { sender } = transceiver;
      if (!outgoing) {
        if (sender.track) this.#pc.removeTrack(sender);
        continue;
      }
      if (sender.track !== outgoing.track) replaced.push(sender.replaceTrack(outgoing.track).catch((cause) => refuse(outgoing, cause)));
      transceiver.direction = "sendrecv";
    }
    await Promise.all(replaced);
    return refused;
  }

  #give(outgoing: Outgoing, wanted: Set<Outgoing>): void {
    const { track, stream, codecs } = outgoing;
    const free = this.#slots.filter((slot) => !slot.outgoing && slot.stream === stream && slot.transceiver.receiver.track.kind === track.kind);
    const alike = free.filter((slot) => slot.codecs === `${codecs}`);
    const sends = ({ transceiver }: Slot): boolean => transceiver.sender.track !== null;
    // For those that send already nothing has to be negotiated, which other codecs need.
    const slot = alike.find(sends) ?? alike[0] ?? free.find((slot) => !sends(slot)) ?? this.#add(track, stream, wanted);
    slot.outgoing = outgoing;
    const former = slot.codecs;
    slot.codecs = `${codecs}`;
    if (slot.codecs !== former) prefer(slot.transceiver, codecs);
  }

  /** Not addTransceiver(), whose sections would not be matched with those that the other side has for us. */
  #add(track: MediaStreamTrack, stream: MediaStream, wanted: Set<Outgoing>): Slot {
    const pc = this.#pc;
    // A track is added once, but may take the place of any other.
    const copy = pc.getSenders().some((sender) => sender.track === track) ? track.clone() : undefined;
    copy?.stop();
    const sender = pc.addTrack(copy ?? track, stream);
    const transceiver = pc.getTransceivers().find((transceiver) => transceiver.sender === sender)!;
    // It may be one that has never sent, from the slot of another stream.
    const former = this.#slots.find((slot) => slot.transceiver === transceiver);
    if (former?.outgoing) wanted.add(former.outgoing);
    const slot: Slot = { transceiver, stream, codecs: "", outgoing: undefined, paused: false, shape: "" };
    this.#slots = [...this.#slots.filter((slot) => slot !== former), slot];
    return slot;
  }
}

/** Has these codecs come first in the next description. */
function prefer(transceiver: RTCRtpTransceiver, codecs: readonly string[]): void {
  const all = RTCRtpReceiver.getCapabilities(transceiver.receiver.track.kind)?.codecs ?? [];
  const rank = ({ mimeType }: { mimeType: string }): number => {
    const at = codecs.findIndex((codec) => mimeType.toLowerCase().endsWith(`/${codec.toLowerCase()}`));
    return at < 0 ? codecs.length : at;
  };
  transceiver.setCodecPreferences?.(codecs.length === 0 ? [] : [...all].sort((a, b) => rank(a) - rank(b)));
}
