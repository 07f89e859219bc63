import type { InputKind } from "../media/open.ts";

/** What there is of a `Publication` that shows what a device gives. */
export interface DevicePublication {
  readonly track: MediaStreamTrack;
  readonly muted: boolean;
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  mute(): void;
  unmute(): void;
}

/** What there is of a `Call` that sends a track under a name. */
export interface Publisher {
  readonly state: string;
  readonly publications: ReadonlyMap<string, DevicePublication>;
  publish(track: MediaStreamTrack, options: { readonly name: string; readonly kind: string }): DevicePublication;
}

/** What a call is to send of one's devices. What was published once is not taken back but muted: nothing has to be negotiated. */
export class Attachment {
  readonly #call: Publisher;
  readonly #shown = new Map<InputKind, { readonly track: MediaStreamTrack | undefined; readonly live: boolean }>();

  constructor(call: Publisher) {
    this.#call = call;
  }

  async show(kind: InputKind, track: MediaStreamTrack | undefined, on: boolean): Promise<void> {
    const { publications, state } = this.#call;
    if (state === "left" || (!track && !publications.has(kind))) return;
    const live = on && track !== undefined;
    const there = publications.get(kind);
    const former = this.#shown.get(kind) ?? { track: undefined, live: !there?.muted };
    this.#shown.set(kind, { track: track ?? former.track, live });
    const publication = there ?? this.#call.publish(track!, { name: kind, kind });
    // Where nothing has changed here, the page may have put a track of its own in that place.
    const fresh = track !== undefined && track !== former.track && track !== publication.track;
    const replaced = fresh ? publication.replaceTrack(track) : undefined;
    if (live !== former.live) live ? publication.unmute() : publication.mute();
    await replaced;
  }
}
