import type { RemotePeer } from "../call/member.ts";
import { ParleyError, type Reason } from "../errors.ts";
import { type Frame, type Head, isReliable, parseFrame } from "./framing.ts";
import { Incoming, type Received } from "./transfer.ts";

/** Takes what comes over one channel. */
export interface Sink {
  /** The largest message of that kind to take, in bytes. */
  maxSize(kind: Head["kind"]): number;
  take(peer: RemotePeer, data: Received, transfer?: Incoming): void;
  begin(transfer: Incoming): void;
}

/** What one person has sent that nobody has asked for, over all channels. */
export interface Shelf {
  held: { readonly inlet: Inlet; readonly data: Received; readonly bytes: number }[];
  full?: boolean;
}

const maxHeld = 64;
const maxHeldBytes = 1_048_576;

/**
 * Reads what one other person sends over one channel, and puts together what comes in several frames, over the RTCDataChannels that serve
 * it one after the other. Until somebody asks, holds a little of it, and has nothing large sent.
 */
export class Inlet {
  readonly #peer: RemotePeer;
  readonly #shelf: Shelf;
  readonly #failed: (error: ParleyError) => void;
  #sink: Sink | undefined;
  #channel: RTCDataChannel | undefined;
  #transfer: Incoming | undefined;
  // What bytes are: messages of their own, parts of the transfer, or such of one that was refused and whose end is not yet told.
  #bytesAre: "messages" | "parts" | "refused" = "messages";
  #last: (Frame & { readonly id: number }) | undefined; // what was said at the end of one, in case the other side does not get to know

  constructor(peer: RemotePeer, shelf: Shelf, failed: (error: ParleyError) => void) {
    this.#peer = peer;
    this.#shelf = shelf;
    this.#failed = failed;
  }

  attach(channel: RTCDataChannel): void {
    this.#channel?.close();
    this.#channel = channel;
    this.#bytesAre = "messages";
    channel.binaryType = "arraybuffer";
    channel.onmessage = ({ data }: MessageEvent) => channel === this.#channel && this.#take(data);
  }

  /** Hands what is there and what comes to `sink`; undefined: nobody asks any more. */
  ask(sink: Sink | undefined): void {
    this.#sink = sink;
    if (!sink) return this.#transfer?.cancel();
    const { held } = this.#shelf;
    this.#shelf.held = held.filter(({ inlet }) => inlet !== this);
    this.#shelf.full = false;
    for (const { inlet, data } of held) if (inlet === this) sink.take(this.#peer, data);
    if (this.#transfer) this.#offer(this.#transfer, sink);
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#end();
  }

  #take(data: string | ArrayBuffer): void {
    if (data instanceof ArrayBuffer) return this.#takeBytes(data);
    const frame = parseFrame(data);
    if (!frame || "at" in frame) this.#misfit();
    else if ("json" in frame) this.#message(frame.json, data.length);
    else if ("size" in frame) this.#begin(frame);
    else if (frame.id === this.#transfer?.id || frame.id === this.#last?.id) {
      this.#bytesAre = "messages";
      this.#end();
    }
  }

  #message(data: Received, bytes: number): void {
    if (this.#sink) return this.#sink.take(this.#peer, data);
    const shelf = this.#shelf;
    if (shelf.held.length < maxHeld && shelf.held.reduce((sum, entry) => sum + entry.bytes, bytes) <= maxHeldBytes) {
      shelf.held.push({ inlet: this, data, bytes });
    } else if (!shelf.full) {
      shelf.full = true;
      this.#fail("queue-full", "sends to channels that nobody asks for");
    }
  }

  #begin(head: Head): void {
    if (this.#bytesAre !== "messages" || !isReliable(this.#channel as never)) return this.#misfit();
    const { id, size } = head;
    if (id === this.#last?.id) return this.#say(this.#last);
    const sink = this.#sink;
    let transfer = this.#transfer;
    if (transfer?.id === id && transfer.size === size) return sink && this.#accept(transfer);
    this.#end();
    transfer = this.#transfer = new Incoming(this.#peer, head, (transfer) => this.#refuse(transfer));
    if (sink) this.#offer(transfer, sink);
  }

  #offer(transfer: Incoming, sink: Sink): void {
    if (transfer.size > sink.maxSize(transfer.kind)) {
      this.#refuse(transfer);
      return this.#fail("too-large", `sends ${transfer.size} bytes`);
    }
    sink.begin(transfer);
    if (this.#transfer === transfer) this.#accept(transfer);
  }

  #accept(transfer: Incoming): void {
    const { id, received, size } = transfer;
    if (received < size) {
      this.#bytesAre = "parts";
      this.#say({ id, at: received });
    } else if (size === 0) void this.#finish(transfer); // else it is being read, which ends with an answer
  }

  #takeBytes(bytes: ArrayBuffer): void {
    const transfer = this.#transfer;
    const { byteLength } = bytes;
    if (this.#bytesAre === "messages") return this.#message(bytes, byteLength);
    if (!transfer || this.#bytesAre === "refused") return;
    const left = transfer.size - transfer.received - byteLength;
    if (left < 0) return this.#misfit();
    if (left === 0) this.#bytesAre = "messages";
    transfer.take(bytes);
    if (left === 0) void this.#finish(transfer);
  }

  async #finish(transfer: Incoming): Promise<void> {
    const { id, size } = transfer;
    let data: Received;
    try {
      data = await transfer.read();
    } catch (cause) {
      if (this.#refuse(transfer)) this.#fail("bad-signal", "sent something that cannot be read", cause);
      return;
    }
    if (this.#transfer !== transfer) return;
    this.#transfer = undefined;
    this.#last = { id, at: size };
    this.#sink?.take(this.#peer, data, transfer);
    transfer.end(data);
    this.#say(this.#last);
  }

  #refuse(transfer: Incoming): boolean {
    if (this.#transfer !== transfer) return false;
    this.#last = { id: transfer.id, cancel: true };
    if (this.#bytesAre === "parts") this.#bytesAre = "refused";
    this.#say(this.#last);
    this.#end();
    return true;
  }

  #end(): void {
    const transfer = this.#transfer;
    this.#transfer = undefined;
    transfer?.end();
  }

  /** What speaks another language, or none, is not listened to. */
  #misfit(): void {
    this.close();
    this.#fail("bad-signal", "sent something that is no message");
  }

  #fail(reason: Reason, what: string, cause?: unknown): void {
    this.#failed(new ParleyError(reason, `${this.#peer.name} ${what}`, { cause }));
  }

  #say(frame: Frame): void {
    if (this.#channel?.readyState === "open") this.#channel.send(JSON.stringify(frame));
  }
}
