import { Emitter } from "../emitter.ts";
import { isObject } from "../room/protocol.ts";

/** Something the two pages tell each other, by its fields. What is in it comes from the other page: check it. */
export type Frame = { readonly [field: string]: unknown };

export interface ControlEvents {
  /** Frames can be sent from now on (true), or no longer (false). */
  open: boolean;
  frame: Frame;
}

/** In bytes. Every implementation takes that much in one message of a data channel (RFC 8831, section 6.6); larger ones are not portable. */
export const maxMessage = 16_384;

/** Frames from page to page, past the server, over a data channel that both sides have from the start. */
export class Control extends Emitter<ControlEvents> {
  readonly #channel: RTCDataChannel;

  constructor(pc: RTCPeerConnection) {
    super();
    this.#channel = pc.createDataChannel("parley.control", { negotiated: true, id: 1 });
    this.#channel.onopen = () => this.emit("open", true);
    this.#channel.onclose = () => this.emit("open", false);
    this.#channel.onmessage = ({ data }: MessageEvent) => this.#take(data);
  }

  /** False when the channel is not open, or the frame is larger than 16 KB. */
  send(frame: Frame): boolean {
    const text = JSON.stringify(frame);
    if (this.#channel.readyState !== "open" || new TextEncoder().encode(text).length > maxMessage) return false;
    this.#channel.send(text);
    return true;
  }

  close(): void {
    this.#channel.onopen = this.#channel.onclose = this.#channel.onmessage = null;
  }

  #take(data: unknown): void {
    if (typeof data !== "string" || data.length > maxMessage) return;
    let frame: unknown;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (isObject(frame)) this.emit("frame", frame);
  }
}
