import { clip } from "./format.ts";
import { object } from "./json.ts";
import { word } from "./words.ts";

const shown = 3; // of values side by side, or of the names of an object's members

/** Values in a few words: numbers and short strings as they are, of objects the names of their members. */
export const summaries = (values: readonly unknown[]): string => clip(few(values.slice(0, shown).map(summary), values.length), 80);

function summary(value: unknown): string {
  if (typeof value === "string") return `"${word(value, 16)}"`;
  if (Array.isArray(value)) return `[${value.length}]`;
  const members = object(value);
  if (!members) return String(value);
  const names = Object.keys(members);
  return members["_placeholder"] === true ? "binary" : `{${few(names.slice(0, shown).map((name) => word(name, 16)), names.length)}}`;
}

function few(words: readonly string[], all: number): string {
  return [...words.slice(0, shown), ...(all > shown ? [`+${all - shown}`] : [])].join(", ");
}
