import type { Json } from "../../client/src/index.ts";

/** What this page's peers say about themselves in their `data`. */
export interface Profile {
  readonly name: string;
  readonly mic: boolean;
  readonly camera: boolean;
}

export function toJson({ name, mic, camera }: Profile): Json {
  return { name, mic, camera };
}

/** Reads a peer's `data`, which may be anything. */
export function readProfile(peer: string, data: Json | undefined): Profile {
  const fields = typeof data === "object" && data !== null && !Array.isArray(data) ? data : {};
  const name = typeof fields["name"] === "string" ? fields["name"].trim().slice(0, 40) : "";
  return { name: name || peer, mic: fields["mic"] !== false, camera: fields["camera"] !== false };
}

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const letters = name.split(/[\s._-]+/).map((word) => [...word][0] ?? "").filter((letter) => /\p{L}|\p{N}/u.test(letter));
  return letters.slice(0, 2).join("").toUpperCase() || "?";
}

/** One of a few quiet colours, always the same for one name. */
export function tint(name: string): number {
  let sum = 0;
  for (const char of name) sum = (sum * 31 + char.codePointAt(0)!) % 997;
  return sum % 6;
}
