import type { Json } from "../../client/src/index.ts";

/** What a tile says about somebody. */
export interface Profile {
  readonly name: string;
  readonly mic: boolean;
  readonly camera: boolean;
}

/** What somebody calls themselves in their `data`, which may be anything. */
export function readName(peer: string, data: Json | undefined): string {
  const fields = typeof data === "object" && data !== null && !Array.isArray(data) ? data : {};
  return (typeof fields["name"] === "string" ? fields["name"].trim().slice(0, 40) : "") || peer;
}

export const nameOf = ({ name, data }: { readonly name: string; readonly data: Json | undefined }): string => readName(name, data);

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
