import type { RemotePeer } from "../call/member.ts";
import { Emitter } from "../emitter.ts";
import type { Json } from "../room/protocol.ts";
import type { Head } from "./framing.ts";

export type Received = Json | ArrayBuffer | Blob;

export interface TransferEvents {
  /** More of it is there. */
  progress: Transfer;
  done: Received;
  /** The other side gave it up, or has left, or you did. */
  cancelled: undefined;
}

/** A message on its way here that is too large for one frame. */
export interface Transfer extends Pick<Emitter<TransferEvents>, "on"> {
  readonly peer: RemotePeer;
  readonly name: string | undefined;
  readonly type: string | undefined;
  /** In bytes. */
  readonly size: number;
  readonly received: number;
  /** Refuses the rest, and forgets what is there. */
  cancel(): void;
}

// What has come is handed to the browser in such portions, which may keep it on disk.
const fold = 1_048_576;
const foldParts = 1_024;

export class Incoming extends Emitter<TransferEvents> implements Transfer {
  readonly peer: RemotePeer;
  readonly id: number;
  readonly name: string | undefined;
  readonly type: string | undefined;
  readonly size: number;
  readonly cancel: () => void;
  received = 0;
  readonly kind: Head["kind"];
  #blobs: Blob[] = [];
  #parts: ArrayBuffer[] = [];
  #folded = 0;

  constructor(peer: RemotePeer, { id, kind, size, name, type }: Head, cancel: (transfer: Incoming) => void) {
    super();
    this.peer = peer;
    this.id = id;
    this.kind = kind;
    this.size = size;
    this.name = name;
    this.type = type;
    this.cancel = () => cancel(this);
  }

  take(part: ArrayBuffer): void {
    this.#parts.push(part);
    this.received += part.byteLength;
    if (this.received - this.#folded >= fold || this.#parts.length >= foldParts) this.#fold();
    this.emit("progress", this);
  }

  /** Rejects when it is not what it was to be. */
  async read(): Promise<Received> {
    this.#fold();
    const { name, type = "" } = this;
    const blob = name === undefined ? new Blob(this.#blobs, { type }) : new File(this.#blobs, name, { type });
    if (this.kind === "blob") return blob;
    return this.kind === "binary" ? blob.arrayBuffer() : (JSON.parse(await blob.text()) as Json);
  }

  /** Tells the end of it. */
  end(data?: Received): void {
    this.#blobs = this.#parts = [] as never[];
    if (data === undefined) this.emit("cancelled", data);
    else this.emit("done", data);
  }

  #fold(): void {
    this.#blobs.push(new Blob(this.#parts));
    this.#parts = [];
    this.#folded = this.received;
  }
}
