import { word } from "./words.ts";

type Members = Readonly<Record<string, unknown>>;

// What a protocol calls the verb of a frame, whom it is for, who it is from, and where it belongs.
const verbs = ["action", "type", "messageType"];
const targets = ["to", "dst", "recipientClientId"];
const sources = ["from", "src", "senderClientId"];
const places = ["room", "topic", "topics"];
const named = ["peer", "code"]; // whom or what else it is about

/** A frame of JSON in a few words: its verb, and whom it names. The emulator may have kept its beginning only. */
export function jsonLabel(frame: string): string | undefined {
  const value = parse(frame);
  if (typeof value === "string") return word(value);
  if (Array.isArray(value)) return typeof value[0] === "string" ? word(value[0]) : undefined;
  const members = object(value);
  if (!members) return undefined;
  const verb = first(members, verbs);
  if (!verb) return failure(members);
  const words = [verb, ...kinds(members), first(members, named)];
  const [to, from, place] = [first(members, targets), first(members, sources), first(members, places)];
  if (to) words.push(`→ ${to}`);
  if (from) words.push(`from ${from}`);
  if (place) words.push(`in ${place}`);
  return words.filter(Boolean).join(" ");
}

/** Reads JSON, or of an object that is cut off the strings at its beginning. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return beginning(text);
  }
}

export const object = (value: unknown): Members | undefined => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : undefined);

function beginning(text: string): Members | undefined {
  const open = /^\s*\{/.exec(text);
  if (!open || text.trimEnd().endsWith("}")) return undefined; // not an object, or not cut off but wrong
  const members: Record<string, string> = {};
  const member = /\s*"((?:[^"\\]|\\.){0,64})"\s*:\s*"((?:[^"\\]|\\.){0,256})"\s*,/y;
  member.lastIndex = open[0].length;
  for (let found = member.exec(text); found; found = member.exec(text)) members[unescape(found[1])] = unescape(found[2]);
  return members;
}

function unescape(inside = ""): string {
  try {
    return String(JSON.parse(`"${inside}"`));
  } catch {
    return inside;
  }
}

/** The first of the members that is a name, or a list of names. */
function first(members: Members, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = members[name];
    if (typeof value === "string" && value) return word(value);
    if (Array.isArray(value) && typeof value[0] === "string") return value.length > 1 ? `${word(value[0])} +${value.length - 1}` : word(value[0]);
  }
  return undefined;
}

/** What is carried: an announcement, an offer, a candidate, as far as it is not sealed. */
function kinds(members: Members): string[] {
  const inner = object(members["data"]) ?? object(members["payload"]);
  if (!inner) return [];
  const found = [first(inner, ["type"]), first(object(inner["signal"]) ?? {}, ["type"]), first(object(inner["description"]) ?? {}, ["type"])];
  const kind = found.filter((one) => one !== undefined);
  return kind.length === 0 && inner["candidate"] ? ["candidate"] : kind;
}

/** API Gateway's own frame, where a function failed. */
function failure(members: Members): string | undefined {
  const { message, connectionId } = members;
  return typeof message === "string" && typeof connectionId === "string" ? `API Gateway: ${word(message)}` : undefined;
}
