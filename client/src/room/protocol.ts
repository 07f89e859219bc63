// The wire protocol parley.v1 as far as this SDK speaks it: one JSON object a text frame. Client frames have `action`,
// server frames `type`. The server is trusted to mean well, not to be well: every field that is used is checked here.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Hosts may moderate. A token says who is one, or the order of coming; who has none is as a guest. */
export type Role = "host" | "guest";

/** Someone else in the room. `data` is what that peer said about itself; `address` makes a signal to it cheap. */
export interface RosterEntry {
  readonly peer: string;
  readonly address?: string;
  readonly data?: Json;
  readonly role?: Role;
  /** Its socket is gone, and its seat is kept until then: epoch ms by the server's clock, not yours. */
  readonly lost?: number;
}

export interface ClientFrame {
  readonly action: "join" | "leave" | "signal" | "broadcast" | "update" | "roster" | "report" | "kick" | "lock" | "unlock" | "knock" | "admit" | "deny" | "ice" | "ping";
  readonly room?: string | undefined;
  readonly peer?: string | undefined;
  readonly to?: string | undefined;
  readonly address?: string | undefined;
  readonly data?: Json | undefined;
  readonly n?: number | undefined;
  /** The latest revision of the room that is known. */
  readonly rev?: number | undefined;
  readonly reason?: string | undefined;
  readonly resume?: string | undefined;
  readonly pass?: string | undefined;
}

/** Somebody who waits to be let into a room, as hosts see them. */
export interface Knock {
  readonly peer: string;
  readonly data?: Json;
}

/** A request for an action that is the service's own. */
export interface CustomRequest {
  readonly action: string;
  readonly room: string;
  readonly [field: string]: Json;
}

export interface JoinedFrame {
  readonly type: "joined";
  readonly id?: string;
  readonly room: string;
  readonly peer: string;
  /** One's own. */
  readonly role?: Role;
  readonly rev: number;
  readonly peers: readonly RosterEntry[];
  readonly ice: readonly RTCIceServer[];
  readonly seats: number;
  readonly locked: boolean;
  /** Takes the seat back on another connection; once. */
  readonly resume?: string;
  /** For hosts: who waits to be let in. */
  readonly waiting: readonly Knock[];
}
export interface RosterFrame {
  readonly type: "roster";
  readonly id?: string;
  readonly room: string;
  /** One's own. */
  readonly role?: Role;
  readonly rev: number;
  readonly peers: readonly RosterEntry[];
  readonly locked: boolean;
  /** For hosts: who waits to be let in. */
  readonly waiting: readonly Knock[];
}
/** To hosts, and `admitted` and `denied` also to who knocked: then with a `pass`, and without a `peer`. */
export type LobbyFrame =
  | ({ readonly type: "knocked"; readonly room: string } & Knock)
  | { readonly type: "knock-left"; readonly room: string; readonly peer: string }
  | { readonly type: "admitted"; readonly room: string; readonly peer: string; readonly by: string; readonly pass?: string }
  | { readonly type: "denied"; readonly room: string; readonly peer?: string; readonly by: string; readonly reason?: string };
export type LeaveReason = "left" | "lost" | "kicked";
export type PresenceFrame =
  | { readonly type: "peer-joined" | "peer-back"; readonly room: string; readonly rev: number; readonly entry: RosterEntry }
  | { readonly type: "peer-lost"; readonly room: string; readonly rev: number; readonly peer: string; readonly until: number }
  | { readonly type: "peer-updated"; readonly room: string; readonly rev: number; readonly peer: string; readonly data?: Json }
  | { readonly type: "peer-left"; readonly room: string; readonly rev: number; readonly peer: string; readonly reason: LeaveReason }
  | { readonly type: "room-locked" | "room-unlocked"; readonly room: string; readonly rev: number; readonly by: string };
/** A host has removed us from that room, or a newer connection of ours has the seat. The socket goes on if it has others. */
export interface KickedFrame {
  readonly type: "kicked";
  readonly room: string;
  readonly by: string;
  readonly reason?: string;
}
export interface RelayFrame {
  readonly type: "signal" | "broadcast";
  readonly room: string;
  readonly from: string;
  readonly data?: Json;
  readonly n?: number;
}
export interface ICEFrame {
  readonly type: "ice";
  readonly id?: string;
  readonly servers: readonly RTCIceServer[];
  /** Epoch seconds. */
  readonly expires?: number;
}
export interface DoneFrame {
  readonly type: "ok" | "pong";
  readonly id?: string;
  /** The signal waits for a lost peer. */
  readonly queued?: boolean;
  /** What else the answer says: that of an action that is the service's own. */
  readonly fields?: { readonly [field: string]: Json };
}
/** A frame of a type that this SDK does not know, as it came: what an action that is the service's own tells. */
export interface CustomFrame {
  readonly type: string;
  readonly room: string;
  readonly from?: string;
  readonly [field: string]: Json | undefined;
}
export interface ErrorFrame {
  readonly type: "error";
  readonly id?: string;
  readonly action?: string;
  readonly code: string;
  readonly message: string;
  readonly retry: boolean;
}
export type ServerFrame = JoinedFrame | RosterFrame | PresenceFrame | LobbyFrame | KickedFrame | RelayFrame | ICEFrame | DoneFrame | ErrorFrame | { readonly type: "custom"; readonly room: string; readonly frame: CustomFrame };

/** The largest frame API Gateway takes, in bytes: a browser sends a message as one frame, and a larger one closes the socket. */
export const maxFrameBytes = 32_768;

type Fields = Record<string, unknown>;
type Read = (value: unknown, frame: Fields) => unknown;

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const words = (value: unknown): string | undefined => text(value) || undefined;
const count = (value: unknown): number | undefined => (Number.isFinite(value) ? (value as number) : undefined);
const list = (read: Read): Read => (value) =>
  Array.isArray(value) ? value.map((each) => (isObject(each) ? read(each, each) : undefined)).filter((each) => each !== undefined) : [];
const servers = list((server, { urls }) => ([urls].flat().every((url) => typeof url === "string") ? server : undefined));
const entry: Read = (_, frame) => pick(frame, "peer address? role? data? lost?");

// How a field is read; undefined is not there.
const readers: Readonly<Record<string, Read>> = {
  id: text,
  room: text,
  peer: text,
  from: text,
  action: text,
  reason: (value, { type }) => (type !== "peer-left" ? text(value) : value === "lost" || value === "kicked" ? value : "left"),
  address: words,
  pass: words,
  resume: words,
  rev: count,
  n: count,
  lost: count,
  expires: count,
  until: (value) => count(value) ?? 0,
  seats: (value) => count(value) ?? 0,
  by: (value) => text(value) ?? "",
  code: (value) => text(value) ?? "internal",
  message: (value, { code }) => text(value) ?? text(code) ?? "internal",
  role: (value) => (value === "host" || value === "guest" ? value : undefined),
  data: (value) => value,
  retry: (value) => value === true,
  locked: (value) => value === true,
  queued: (value) => value === true || undefined,
  fields: (_, { type, id, queued, ...fields }) => (Object.keys(fields).length > 0 ? fields : undefined),
  entry,
  peers: list(entry),
  waiting: list((_, knock) => pick(knock, "peer data?")),
  ice: servers,
  servers,
};

// What frames have, by type; what has no ? is needed.
const shapes: Readonly<Record<string, string>> = {
  ok: "id? queued? fields?",
  pong: "id?",
  error: "id? action? code message retry",
  ice: "id? servers expires?",
  joined: "id? room peer role? rev peers ice seats resume? locked waiting",
  roster: "id? room role? rev peers locked waiting",
  "peer-joined": "room rev entry",
  "peer-back": "room rev entry",
  "peer-lost": "room rev peer until",
  "peer-updated": "room rev peer data?",
  "peer-left": "room rev peer reason",
  "room-locked": "room rev by",
  "room-unlocked": "room rev by",
  kicked: "room by reason?",
  signal: "room from data? n?",
  broadcast: "room from data? n?",
  knocked: "room peer data?",
  "knock-left": "room peer",
  admitted: "room peer by pass?",
  denied: "room peer? by reason?",
};

/**
 * Reads one frame. `unknown` is a frame of a type that this SDK does not know and that is about no room, which is to be ignored;
 * `broken` is one that is not parley.v1 at all.
 */
export function parseFrame(json: string): ServerFrame | "unknown" | "broken" {
  let frame: unknown;
  try {
    frame = JSON.parse(json);
  } catch {
    return "broken";
  }
  if (!isObject(frame)) return "broken";
  const { type, room, message } = frame;
  // API Gateway's own failures ({"message": "Internal server error", …}) have no type.
  if (typeof type !== "string") {
    return typeof message === "string" ? { type: "error", code: "internal", message, retry: true } : "broken";
  }
  const shape = Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (shape === undefined) return typeof room === "string" ? { type: "custom", room, frame: frame as CustomFrame } : "unknown";
  const read = pick(frame, shape);
  return read ? ({ type, ...read } as unknown as ServerFrame) : "broken";
}

/** The fields of that shape; undefined when one is missing. */
function pick(frame: Fields, shape: string): Fields | undefined {
  const picked: Fields = {};
  for (const field of shape.split(" ")) {
    const name = field.replace("?", "");
    const value = readers[name]!(frame[name], frame);
    if (value !== undefined) picked[name] = value;
    else if (name === field) return undefined;
  }
  return picked;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
