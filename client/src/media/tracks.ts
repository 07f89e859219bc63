import type { Control } from "../call/control.ts";
import { Emitter } from "../emitter.ts";
import type { Share } from "./allotment.ts";
import { type Announcement, readAnnouncement } from "./announcement.ts";
import { type RemoteTrack, RemoteTracks, type RemoteTracksEvents } from "./remote-tracks.ts";
import { type Outgoing, Senders } from "./senders.ts";

export interface TracksEvents extends RemoteTracksEvents {
  /** A stream of the other side, once for each. */
  stream: MediaStream;
}

/** The media of one RTCPeerConnection: what goes, what comes, and what the two sides tell each other about it. */
export class Tracks extends Emitter<TracksEvents> {
  readonly #senders: Senders;
  readonly #remote: RemoteTracks;
  readonly #control: Control;
  readonly #streams = new Set<MediaStream>();
  #rev = 0;
  #told = "{}";

  constructor(pc: RTCPeerConnection, control: Control, fail: (cause: unknown) => void) {
    super();
    this.#senders = new Senders(pc, fail);
    this.#remote = new RemoteTracks(pc);
    this.relay(this.#remote, "track", "track-removed", "track-muted");
    this.#control = control;
    control.on("open", () => this.#tell());
    control.on("frame", (frame) => this.hear(readAnnouncement(frame)));
    pc.ontrack = ({ track, streams: [stream] }) => {
      this.#remote.arrived(track, stream);
      if (stream) this.#arrived(stream);
    };
  }

  get streams(): readonly MediaStream[] {
    return [...this.#streams];
  }

  get remote(): ReadonlyMap<string, RemoteTrack> {
    return this.#remote.all;
  }

  /** Makes these what is sent, and resolves when they are, with those that the browser refused. */
  async send(wanted: readonly Outgoing[]): Promise<readonly Outgoing[]> {
    const refused = await this.#senders.set(wanted);
    this.#tell();
    return refused;
  }

  shape(shares: ReadonlyMap<Outgoing, Share>): void {
    this.#senders.shape(shares);
    this.#tell();
  }

  /** What a description that is about to go says about its tracks. */
  announce(): Announcement {
    const tracks = this.#senders.tracks;
    const text = JSON.stringify(tracks);
    if (text !== this.#told) this.#rev++;
    this.#told = text;
    return { tracks, rev: this.#rev };
  }

  hear(announcement: Announcement | undefined): void {
    if (announcement) this.#remote.hear(announcement);
  }

  /** A negotiation is over. */
  settled(): void {
    this.#remote.update();
  }

  /** What has changed without a description, or before one: at once where that is possible, else with the next. */
  #tell(): void {
    if (JSON.stringify(this.#senders.tracks) === this.#told) return;
    if (!this.#control.send({ ...this.announce() })) this.#told = "";
  }

  #arrived(stream: MediaStream): void {
    if (this.#streams.has(stream)) return;
    this.#streams.add(stream);
    stream.addEventListener("removetrack", () => {
      if (stream.getTracks().length === 0) this.#streams.delete(stream);
    });
    this.emit("stream", stream);
  }
}
