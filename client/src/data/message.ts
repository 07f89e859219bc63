import { toJSON } from "../room/json.ts";
import type { Json } from "../room/protocol.ts";
import { type Kind, maxFrame, maxName } from "./framing.ts";

/** Bytes come as an ArrayBuffer, a Blob as a Blob, and a File as a File. */
export type Sendable = Json | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob;

/** Something to send, as it is when it is handed over, and the same for all who get it. */
export interface Message {
  readonly kind: Kind;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  /** All of it, if one frame takes it, and how many bytes it has then. */
  readonly frame?: string | Uint8Array<ArrayBuffer> | undefined;
  readonly weight?: number;
  readonly body: () => Blob;
}

export function pack(data: Sendable): Message {
  if (data instanceof Blob) {
    const { name, type } = data as Partial<File>;
    return { kind: "blob", name: name?.slice(0, maxName), type: type?.slice(0, maxName) || undefined, body: () => data };
  }
  const view = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
  if (ArrayBuffer.isView(view)) {
    const weight = view.byteLength;
    const small = weight <= maxFrame;
    const copy = small ? new Uint8Array(view.buffer, view.byteOffset, weight).slice() : new Blob([view]);
    const frame = small ? (copy as Uint8Array<ArrayBuffer>) : undefined;
    return { kind: "binary", frame, weight, body: () => new Blob([copy]) };
  }
  const json = toJSON(view);
  const frame = `{"json":${json}}`;
  const weight = new TextEncoder().encode(frame).length;
  return { kind: "json", frame: weight <= maxFrame ? frame : undefined, weight, body: () => new Blob([json]) };
}
