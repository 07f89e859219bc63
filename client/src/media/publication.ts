import { ParleyError } from "../errors.ts";
import { isName } from "./announcement.ts";

/** What a track shows. Own words are as good: those here decide what a thin line carries first, and where a default comes from. */
export type TrackKind = "camera" | "microphone" | "screen" | "screen-audio" | (string & {});

export interface Limits {
  /** Bits per second that it may take at most. */
  readonly maxBitrate?: number;
  /** What has more gets all it can use before what has less gets more than enough. Else 3 for sound, 2 for a screen and 1. */
  readonly priority?: number;
}

export interface PublishOptions extends Limits {
  /** By which the others know it, unique among yours, at most 64 characters; the kind, with a number if need be, without it. */
  readonly name?: string;
  /** `camera` or `microphone` without it. */
  readonly kind?: TrackKind;
  /** What a thin line takes away from a picture first. A screen keeps its size, a camera loses some of both. */
  readonly degradation?: RTCDegradationPreference;
  /** Which codecs to use before others, such as `["AV1", "VP9"]`, where both browsers have them. */
  readonly codecs?: readonly string[];
  /** Tracks of one stream are played together; camera and microphone without it, or screen and its sound. */
  readonly stream?: MediaStream;
}

/** A track that is sent to everybody in a call. */
export interface Publication {
  readonly name: string;
  readonly kind: TrackKind;
  readonly track: MediaStreamTrack;
  /** Its track is not enabled: silence, or black, is sent. */
  readonly muted: boolean;
  /**
   * Sends another track of the same sort in its place, with nothing to negotiate. What is muted stays so. Resolves when all get it;
   * rejects with `bad-signal`, and who does not, where the browser refuses it.
   */
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  /** Disables the track, the picture in one's own page too, and lets the others know. */
  mute(): void;
  unmute(): void;
  /** Changes what it may take of the line, to everybody or on the way to one. */
  limit(limits: Limits, peer?: string): void;
}

/** Brings what has changed to the others, and resolves when it is in place; rejects if `one` is not. */
export type Changed = (one?: Published) => Promise<unknown>;

/** What it is to the SDK. */
export class Published implements Publication {
  readonly name: string;
  readonly kind: TrackKind;
  /** What the others have it belong to. */
  readonly stream: MediaStream;
  /** What it is to belong to, if that was said. */
  readonly own: MediaStream | undefined;
  readonly codecs: readonly string[];
  readonly degradation: RTCDegradationPreference;
  track: MediaStreamTrack;
  readonly #changed: Changed;
  #limits: Limits & { readonly priority: number };
  readonly #byPeer = new Map<string, Limits>();

  /** `changed` brings what has changed to the others. */
  constructor(track: MediaStreamTrack, stream: MediaStream, name: string, options: PublishOptions, changed: Changed) {
    const { kind = kindOf(track), codecs = [], degradation, maxBitrate, priority } = options;
    if (!isName(name) || !isName(kind)) throw new ParleyError("bad-request", "names and kinds have 1 to 64 characters");
    this.track = track;
    this.name = name;
    this.kind = kind;
    this.stream = stream;
    this.own = options.stream;
    this.codecs = codecs;
    this.degradation = degradation ?? (kind === "screen" ? "maintain-resolution" : "balanced");
    this.#changed = changed;
    this.#watch();
    this.#limits = {
      priority: priority ?? (track.kind === "audio" ? 3 : kind === "screen" ? 2 : 1),
      ...(maxBitrate === undefined ? {} : { maxBitrate }),
    };
  }

  get muted(): boolean {
    return !this.track.enabled;
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    if (track.kind !== this.track.kind) throw new ParleyError("bad-request", `${track.kind} in the place of ${this.track.kind}`);
    this.take(track);
    await this.#changed(this);
  }

  /** Has another track in its place, of which nobody knows yet. */
  take(track: MediaStreamTrack): void {
    if (this.muted) track.enabled = false;
    this.track = track;
    this.#watch();
  }

  mute(): void {
    this.#enable(false);
  }

  unmute(): void {
    this.#enable(true);
  }

  limit(limits: Limits, peer?: string): void {
    if (peer === undefined) this.#limits = { ...this.#limits, ...limits };
    else this.#byPeer.set(peer, { ...this.#byPeer.get(peer), ...limits });
    void this.#changed();
  }

  /** What holds on the way to `peer`. */
  limitsFor(peer: string): Limits & { readonly priority: number } {
    return { ...this.#limits, ...this.#byPeer.get(peer) };
  }

  /** The others are told when its device is gone. */
  #watch(): void {
    this.track.addEventListener("ended", () => void this.#changed());
  }

  #enable(enabled: boolean): void {
    this.track.enabled = enabled;
    void this.#changed();
  }
}

export function kindOf({ kind }: { readonly kind: string }): string {
  return kind === "audio" ? "microphone" : "camera";
}
