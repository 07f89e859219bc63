import { Emitter } from "../emitter.ts";
import { ParleyError } from "../errors.ts";
import { type Changed, kindOf, type Publication, Published, type PublishOptions } from "./publication.ts";

export interface PublicationsEvents {
  published: Publication;
  unpublished: Publication;
}

/** What one sends in a call, by name. */
export class Publications extends Emitter<PublicationsEvents> {
  readonly #changed: Changed;
  readonly #all = new Map<string, Published>();
  readonly #ends = new Map<Published, () => void>();
  readonly #streamed = new Set<Published>(); // by setStream()
  readonly #others: MediaStream[] = []; // what the others have for streams that were named
  #home: MediaStream | undefined; // the one stream that they see, whatever streams the tracks come from
  #screen: MediaStream | undefined;
  #closed = false;

  constructor(changed: Changed) {
    super();
    this.#changed = changed;
  }

  get all(): ReadonlyMap<string, Published> {
    return this.#all;
  }

  /** A track that is sent already stays as it is. Throws `name-taken`. `end` is called when it is sent no more. */
  publish(track: MediaStreamTrack, options: PublishOptions = {}, end?: () => void): Published {
    const there = this.#find(track);
    if (there) return there;
    if (this.#closed) throw new ParleyError("aborted", "the call is over");
    const { kind = kindOf(track) } = options;
    const { name = this.#free(kind) } = options;
    if (this.#all.has(name)) throw new ParleyError("name-taken", `${name} is published already`);
    const publication = new Published(track, this.#streamFor(kind, options.stream), name, options, this.#changed);
    this.#all.set(name, publication);
    if (end) this.#ends.set(publication, end);
    void this.#changed();
    this.emit("published", publication);
    return publication;
  }

  unpublish(what: Publication | MediaStreamTrack): void {
    const publication = this.#find(what);
    if (!publication) return;
    this.#all.delete(publication.name);
    this.#streamed.delete(publication);
    void this.#changed();
    this.emit("unpublished", publication);
    const end = this.#ends.get(publication);
    this.#ends.delete(publication);
    end?.();
  }

  /** Makes the tracks of `stream` what is sent beside that which was published by name; in the places of the former, where it can, and muted where they are. */
  setStream(stream: MediaStream | undefined): void {
    if (this.#closed) return;
    this.#home ??= stream;
    const wanted = stream?.getTracks() ?? [];
    const free = [...this.#streamed].filter(({ track }) => !wanted.includes(track));
    for (const track of wanted.filter((track) => !this.#find(track))) {
      const at = free.findIndex((publication) => publication.track.kind === track.kind);
      if (at >= 0) free.splice(at, 1)[0]!.take(track);
      else this.#streamed.add(this.publish(track));
    }
    for (const publication of free) this.unpublish(publication);
    void this.#changed();
  }

  close(): void {
    this.#closed = true;
    for (const publication of [...this.#all.values()]) this.unpublish(publication);
  }

  #find(what: Publication | MediaStreamTrack): Published | undefined {
    return [...this.#all.values()].find((publication) => publication === what || publication.track === what);
  }

  #free(kind: string): string {
    let name = kind;
    for (let n = 2; this.#all.has(name); n++) name = `${kind}-${n}`;
    return name;
  }

  /** Sections of a description belong to their stream for good: streams are used again, so that there are not more and more. */
  #streamFor(kind: string, own: MediaStream | undefined): MediaStream {
    if (!own) return kind.startsWith("screen") ? (this.#screen ??= new MediaStream()) : (this.#home ??= new MediaStream());
    const all = [...this.#all.values()];
    const stream = all.find((publication) => publication.own === own)?.stream
      ?? this.#others.find((stream) => !all.some((publication) => publication.stream === stream))
      ?? new MediaStream();
    if (!this.#others.includes(stream)) this.#others.push(stream);
    return stream;
  }
}
