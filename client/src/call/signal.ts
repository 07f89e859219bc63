import { type Announcement, readAnnouncement } from "../media/announcement.ts";
import { isCount, isObject } from "../room/protocol.ts";

/**
 * What two RTCPeerConnections have to tell each other. `offer` numbers the offers of one of them, and says which an answer is to: the same
 * may be sent twice.
 */
export type Negotiation =
  | ({ readonly description: RTCSessionDescriptionInit & { readonly sdp: string }; readonly offer?: number } & Partial<Announcement>)
  | { readonly candidates: readonly RTCIceCandidateInit[] };

/**
 * What two peers of this SDK send each other through `signal`. `session` names one RTCPeerConnection of the sender, `for` the
 * one of the receiver that it is meant for, once that is known: what was meant for a connection that has been replaced is not
 * applied to its successor.
 */
export type PeerSignal = Negotiation & { readonly session: string; readonly for?: string };

// What comes in parts has no more (parcel.ts), and what comes in one frame has less.
const maxSDP = 240_000;
const maxCandidates = 256;
const maxCandidate = 2_048;
const types = new Set(["offer", "answer"]);

/** Reads what a peer sent: undefined when it is not ours, malformed or too large. Nothing else of it is kept. */
export function parsePeerSignal(data: unknown): PeerSignal | undefined {
  if (!isObject(data) || !isName(data["session"])) return undefined;
  if (data["for"] !== undefined && !isName(data["for"])) return undefined;
  const head = { session: data["session"], ...(data["for"] === undefined ? {} : { for: data["for"] }) };

  const description = data["description"];
  if (description !== undefined) {
    if (!isObject(description) || data["candidates"] !== undefined) return undefined;
    const { type, sdp } = description;
    if (typeof type !== "string" || !types.has(type)) return undefined;
    if (typeof sdp !== "string" || sdp.length > maxSDP) return undefined;
    return { ...head, description: { type: type as "offer" | "answer", sdp }, ...(isCount(data["offer"]) ? { offer: data["offer"] } : {}), ...readAnnouncement(data) };
  }
  const candidates = data["candidates"];
  if (!Array.isArray(candidates) || candidates.length > maxCandidates) return undefined;
  const read = candidates.map(readCandidate);
  return read.includes(undefined) ? undefined : { ...head, candidates: read as RTCIceCandidateInit[] };
}

function readCandidate(value: unknown): RTCIceCandidateInit | undefined {
  if (!isObject(value)) return undefined;
  const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = value;
  if (typeof candidate !== "string" || candidate.length > maxCandidate) return undefined;
  if (sdpMid !== undefined && sdpMid !== null && !isName(sdpMid)) return undefined;
  if (sdpMLineIndex !== undefined && sdpMLineIndex !== null && !isIndex(sdpMLineIndex)) return undefined;
  if (usernameFragment !== undefined && usernameFragment !== null && !isName(usernameFragment)) return undefined;
  return {
    candidate,
    ...(sdpMid === undefined ? {} : { sdpMid }),
    ...(sdpMLineIndex === undefined ? {} : { sdpMLineIndex }),
    ...(usernameFragment === undefined ? {} : { usernameFragment }),
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= 256;
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1_000;
}
