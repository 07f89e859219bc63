import { isObject } from "../room/protocol.ts";

/** What somebody says about a track that they send. */
export interface TrackInfo {
  readonly name: string;
  readonly kind: string;
  /** Nothing is sent for now. */
  readonly muted: boolean;
}

/** All that one side sends over an RTCPeerConnection, by the `mid` of the section. Of two that come, the one with the higher `rev` holds. */
export interface Announcement {
  readonly tracks: { readonly [mid: string]: TrackInfo };
  readonly rev: number;
}

const maxTracks = 256;
const maxName = 64;

/** What of a signal or a frame is an announcement; undefined when there is none, or it is malformed. */
export function readAnnouncement({ tracks, rev }: { readonly [field: string]: unknown }): Announcement | undefined {
  if (!isObject(tracks) || !Number.isSafeInteger(rev)) return undefined;
  const entries = Object.entries(tracks);
  if (entries.length > maxTracks) return undefined;
  const read: [string, TrackInfo][] = [];
  for (const [mid, info] of entries) {
    if (!isObject(info) || !isName(info["name"]) || !isName(info["kind"])) return undefined;
    read.push([mid, { name: info["name"], kind: info["kind"], muted: info["muted"] === true }]);
  }
  return { tracks: Object.fromEntries(read), rev: rev as number };
}

export function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= maxName;
}
