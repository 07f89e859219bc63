import { Emitter } from "../emitter.ts";
import type { Announcement, TrackInfo } from "./announcement.ts";
import { kindOf } from "./publication.ts";

/** A track that somebody sends us. */
export interface RemoteTrack {
  readonly name: string;
  /** `camera`, `microphone`, `screen`, `screen-audio`, or their own word. */
  readonly kind: string;
  readonly track: MediaStreamTrack;
  /** The tracks that it is played with. */
  readonly stream: MediaStream;
  /** They have muted it, or their line is too thin for it. */
  readonly muted: boolean;
}

export interface RemoteTracksEvents {
  track: RemoteTrack;
  "track-removed": RemoteTrack;
  "track-muted": RemoteTrack;
}

type Entry = { -readonly [field in keyof RemoteTrack]: RemoteTrack[field] };

/** What comes over one RTCPeerConnection, by what has been negotiated and what the other side says about it. */
export class RemoteTracks extends Emitter<RemoteTracksEvents> {
  readonly #pc: RTCPeerConnection;
  readonly #streams = new Map<MediaStreamTrack, MediaStream>();
  readonly #entries = new Map<string, Entry>(); // by mid
  #said: Announcement | undefined;

  constructor(pc: RTCPeerConnection) {
    super();
    this.#pc = pc;
  }

  /** By name. */
  get all(): ReadonlyMap<string, RemoteTrack> {
    return new Map([...this.#entries.values()].map((entry) => [entry.name, entry]));
  }

  /** The browser says which stream a track belongs to. */
  arrived(track: MediaStreamTrack, stream: MediaStream = new MediaStream([track])): void {
    this.#streams.set(track, stream);
  }

  /** The other side says what it sends. What it has said since, on a quicker way, holds. */
  hear(said: Announcement): void {
    if (this.#said && said.rev < this.#said.rev) return;
    this.#said = said;
    this.update();
  }

  /** Looks what comes now, when a negotiation is over or something else is said about it. */
  update(): void {
    const coming = this.#coming();
    for (const [mid, entry] of this.#entries) {
      const next = coming.get(mid);
      if (next?.name === entry.name && next.kind === entry.kind && next.stream === entry.stream) continue;
      this.#entries.delete(mid);
      this.emit("track-removed", entry);
    }
    for (const [mid, next] of coming) {
      const entry = this.#entries.get(mid);
      if (!entry) {
        this.#entries.set(mid, next);
        this.emit("track", next);
      } else if (entry.muted !== next.muted) {
        entry.muted = next.muted;
        this.emit("track-muted", entry);
      }
    }
  }

  #coming(): Map<string, Entry> {
    const coming = new Map<string, Entry>();
    const names = new Set<string>();
    for (const { mid, currentDirection, receiver } of this.#pc.getTransceivers()) {
      const { track } = receiver;
      const stream = this.#streams.get(track);
      if (mid === null || !stream || !currentDirection?.includes("recv")) continue;
      const said = this.#said?.tracks;
      const info = !said ? unsaid(track, mid, names) : Object.hasOwn(said, mid) ? said[mid] : undefined;
      if (!info || names.has(info.name)) continue;
      names.add(info.name);
      coming.set(mid, { ...info, track, stream });
    }
    return coming;
  }
}

/** For who does not say what it sends. */
function unsaid(track: MediaStreamTrack, mid: string, taken: ReadonlySet<string>): TrackInfo {
  const kind = kindOf(track);
  return { name: taken.has(kind) ? `${kind}-${mid}` : kind, kind, muted: false };
}
