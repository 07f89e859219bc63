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
  readonly room?: string;
  readonly peer?: string;
  readonly to?: string;
  readonly address?: string;
  readonly data?: Json;
  readonly n?: number;
  /** The latest revision of the room that is known. */
  readonly rev?: number;
  readonly reason?: string;
  readonly resume?: string;
  readonly pass?: string;
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
  readonly role: Role | undefined;
  readonly rev: number;
  readonly peers: readonly RosterEntry[];
  readonly ice: readonly RTCIceServer[];
  readonly seats: number;
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
  readonly role: Role | undefined;
  readonly rev: number;
  readonly peers: readonly RosterEntry[];
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

/**
 * Reads one frame. `unknown` is a frame of a type that this SDK does not know and that is about no room, which is to be ignored;
 * `broken` is one that is not parley.v1 at all.
 */
export function parseFrame(text: string): ServerFrame | "unknown" | "broken" {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "broken";
  }
  if (!isObject(value)) return "broken";
  // API Gateway's own failures ({"message": "Internal server error", …}) have no type.
  if (typeof value["type"] !== "string") {
    return typeof value["message"] === "string"
      ? { type: "error", code: "internal", message: value["message"], retry: true }
      : "broken";
  }
  return read(value["type"], value) ?? "broken";
}

function read(type: string, f: Fields): ServerFrame | "unknown" | undefined {
  const id = optionalString(f["id"]);
  const withID = id === undefined ? {} : { id };
  switch (type) {
    case "ok": {
      const { type: _, id: __, queued, ...fields } = f;
      const own = Object.keys(fields).length > 0 ? { fields: fields as Record<string, Json> } : {};
      return { type, ...withID, ...(queued === true ? { queued } : {}), ...own };
    }
    case "pong":
      return { type, ...withID };
    case "error": {
      const action = optionalString(f["action"]);
      const code = optionalString(f["code"]) ?? "internal";
      const message = optionalString(f["message"]) ?? code;
      return { type, ...withID, ...(action === undefined ? {} : { action }), code, message, retry: f["retry"] === true };
    }
    case "ice": {
      const expires = f["expires"];
      return { type, ...withID, servers: readServers(f["servers"]), ...(isNumber(expires) ? { expires } : {}) };
    }
    case "joined":
    case "roster":
    case "peer-joined":
    case "peer-updated":
    case "peer-left":
    case "peer-lost":
    case "peer-back":
    case "room-locked":
    case "room-unlocked":
    case "kicked":
    case "signal":
    case "broadcast":
      return readRoomFrame(type, f, withID);
    case "knocked":
    case "knock-left":
    case "admitted":
    case "denied":
      return readLobbyFrame(type, f);
    default:
      return typeof f["room"] === "string" ? { type: "custom", room: f["room"], frame: f as CustomFrame } : "unknown";
  }
}

function readLobbyFrame(type: LobbyFrame["type"], f: Fields): LobbyFrame | undefined {
  const { room, peer } = f;
  if (typeof room !== "string") return undefined;
  const by = optionalString(f["by"]) ?? "";
  if (type === "denied") {
    const reason = optionalString(f["reason"]);
    return { type, room, by, ...(typeof peer === "string" ? { peer } : {}), ...(reason === undefined ? {} : { reason }) };
  }
  if (typeof peer !== "string") return undefined;
  if (type === "knock-left") return { type, room, peer };
  if (type === "knocked") return { type, room, peer, ...(f["data"] === undefined ? {} : { data: f["data"] as Json }) };
  const pass = optionalString(f["pass"]);
  return { type, room, peer, by, ...(pass ? { pass } : {}) };
}

function readKnocks(value: unknown): Knock[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((entry): entry is Fields & { peer: string } => isObject(entry) && typeof entry["peer"] === "string")
    .map(({ peer, data }) => ({ peer, ...(data === undefined ? {} : { data: data as Json }) }));
}

function readRoomFrame(
  type: "joined" | "roster" | "kicked" | PresenceFrame["type"] | RelayFrame["type"],
  f: Fields,
  withID: { id?: string },
): ServerFrame | undefined {
  const room = f["room"];
  if (typeof room !== "string") return undefined;
  const data = f["data"] === undefined ? {} : { data: f["data"] as Json };

  if (type === "signal" || type === "broadcast") {
    if (typeof f["from"] !== "string") return undefined;
    return { type, room, from: f["from"], ...data, ...(isNumber(f["n"]) ? { n: f["n"] } : {}) };
  }
  if (type === "kicked") {
    const reason = optionalString(f["reason"]);
    return { type, room, by: optionalString(f["by"]) ?? "", ...(reason === undefined ? {} : { reason }) };
  }
  const rev = f["rev"];
  if (!isNumber(rev)) return undefined;
  if (type === "room-locked" || type === "room-unlocked") return { type, room, rev, by: optionalString(f["by"]) ?? "" };
  const role = readRole(f["role"]);
  if (type === "roster") return { type, ...withID, room, role, rev, peers: readPeers(f["peers"]), waiting: readKnocks(f["waiting"]) };

  const peer = f["peer"];
  if (typeof peer !== "string") return undefined;
  switch (type) {
    case "joined": {
      const seats = isNumber(f["seats"]) ? f["seats"] : 0;
      const resume = optionalString(f["resume"]);
      const peers = readPeers(f["peers"]);
      return { type, ...withID, room, peer, role, rev, peers, ice: readServers(f["ice"]), seats, waiting: readKnocks(f["waiting"]), ...(resume ? { resume } : {}) };
    }
    case "peer-lost":
      return { type, room, rev, peer, until: isNumber(f["until"]) ? f["until"] : 0 };
    case "peer-joined":
    case "peer-back": {
      const entry = readEntry(f);
      return entry && { type, room, rev, entry };
    }
    case "peer-updated":
      return { type, room, rev, peer, ...data };
    case "peer-left": {
      const reason = f["reason"] === "lost" || f["reason"] === "kicked" ? f["reason"] : "left";
      return { type, room, rev, peer, reason };
    }
  }
}

function readPeers(value: unknown): RosterEntry[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry) => (isObject(entry) ? readEntry(entry) : undefined)).filter((entry) => entry !== undefined);
}

function readEntry(f: Fields): RosterEntry | undefined {
  if (typeof f["peer"] !== "string") return undefined;
  const address = optionalString(f["address"]);
  const role = readRole(f["role"]);
  return {
    peer: f["peer"],
    ...(address ? { address } : {}),
    ...(role ? { role } : {}),
    ...(f["data"] === undefined ? {} : { data: f["data"] as Json }),
    ...(isNumber(f["lost"]) ? { lost: f["lost"] } : {}),
  };
}

function readRole(value: unknown): Role | undefined {
  return value === "host" || value === "guest" ? value : undefined;
}

function readServers(value: unknown): RTCIceServer[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (server): server is RTCIceServer =>
      isObject(server) &&
      (typeof server["urls"] === "string" ||
        (Array.isArray(server["urls"]) && server["urls"].every((url) => typeof url === "string"))),
  );
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function optionalString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
