import type { InputKind } from "../media/open.ts";

/** What there is of a `Call` that sends a track under a name. */
export interface Publisher {
  readonly publications: ReadonlyMap<string, Published>;
  publish(track: MediaStreamTrack, options: { readonly name: string; readonly kind: string }): Published;
}

export interface Published {
  readonly track: MediaStreamTrack | undefined;
  readonly muted: boolean;
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  mute(): void;
  unmute(): void;
}

/** What a call is to send of one's devices. What was published once is not taken back but muted: nothing has to be negotiated. */
export class Attachment {
  readonly #call: Publisher;
  readonly #given = new Map<InputKind, MediaStreamTrack>();

  constructor(call: Publisher) {
    this.#call = call;
  }

  async show(kind: InputKind, track: MediaStreamTrack | undefined, on: boolean): Promise<void> {
    const { publications } = this.#call;
    const fresh = track !== undefined && this.#given.get(kind) !== track; // else the page may have put its own in that place
    if (fresh) this.#given.set(kind, track);
    if (!track && !publications.has(kind)) return;
    const publication = publications.get(kind) ?? this.#call.publish(track!, { name: kind, kind });
    const replaced = fresh && publication.track !== track ? publication.replaceTrack(track) : undefined;
    if (publication.muted && on && track) publication.unmute();
    else if (!publication.muted && !(on && track)) publication.mute();
    await replaced;
  }
}
