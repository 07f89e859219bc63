import { isCount, isObject, type Json } from "../room/protocol.ts";

/** What a message is to the other side: JSON, an ArrayBuffer, or a Blob (a File where it has a name). */
export type Kind = "json" | "binary" | "blob";

/** Announces a message that does not fit one frame: its bytes follow, once they are asked for. */
export interface Head {
  readonly id: number;
  readonly kind: Kind;
  /** In bytes. */
  readonly size: number;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
}

/** A text frame. `at` goes back to the sender: how many bytes are there, which asks for the rest; the size says that all are. */
export type Frame =
  | { readonly json: Json }
  | Head
  | { readonly id: number; readonly at: number }
  | { readonly id: number; readonly cancel: true };

export const prefix = "parley:";
export const protocol = "parley.1";
/** The largest frame that is sent, in bytes, unless the other side takes less. */
export const maxFrame = 65_536;
export const maxName = 256;

/** Whether all comes, and in order. Only there can a message have several frames. */
export function isReliable(options: { ordered?: boolean; maxRetransmits?: number | null; maxPacketLifeTime?: number | null }): boolean {
  return options.ordered !== false && (options.maxRetransmits ?? options.maxPacketLifeTime ?? null) === null;
}

/** Undefined for what is no frame. */
export function parseFrame(data: unknown): Frame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(data as string);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { json, id, at, cancel, kind, size, name, type } = value;
  if (json !== undefined) return { json: json as Json };
  if (!isCount(id)) return undefined;
  if (cancel === true) return { id, cancel };
  if (isCount(at)) return { id, at };
  const known = kind === "json" || kind === "binary" || kind === "blob";
  return known && isCount(size) && isWord(name) && isWord(type) ? { id, kind, size, name, type } : undefined;
}

function isWord(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === "string" && value.length <= maxName);
}
