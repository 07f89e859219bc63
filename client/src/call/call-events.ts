import type { ParleyError } from "../errors.ts";
import type { Publication } from "../media/publication.ts";
import type { RemoteTrack } from "../media/remote-tracks.ts";
import type { RemotePeer } from "./member.ts";
import type { CustomFrame, Json, Knock, LeaveReason, Role } from "../room/protocol.ts";

/** `reconnecting` is about the server: peers that are connected stay so, but nobody can join or leave meanwhile. */
export type CallState = "joined" | "reconnecting" | "left";

export interface CallEvents {
  state: CallState;
  peer: RemotePeer;
  "peer-state": RemotePeer;
  /** The peer's `data` changed, or its `role`. */
  "peer-updated": RemotePeer;
  "peer-left": { peer: RemotePeer; reason: LeaveReason };
  /** The peer's connection to the server was lost, or is there again. */
  "peer-away": RemotePeer;
  "peer-back": RemotePeer;
  stream: { peer: RemotePeer; stream: MediaStream };
  /** A peer sends something more, or no longer. */
  track: { peer: RemotePeer; track: RemoteTrack };
  "track-removed": { peer: RemotePeer; track: RemoteTrack };
  /** The track's `muted` changed. */
  "track-muted": { peer: RemotePeer; track: RemoteTrack };
  /** Something more is sent by oneself, or no longer: also when the person stops sharing a screen by the browser's button. */
  published: Publication;
  unpublished: Publication;
  /** Whether messages reach this peer. */
  channel: { peer: RemotePeer; open: boolean };
  message: { peer: RemotePeer; text: string };
  /** What a peer had the server tell everybody. */
  broadcast: { peer: RemotePeer; data: Json | undefined };
  /** For hosts: somebody waits to be let in, or says something else about themselves. */
  knock: Knock;
  /** For hosts: they wait no more. A host, or oneself, has decided (`by`), or they have gone. */
  "knock-left": { peer: string; by?: string | undefined };
  /** A host locked the room, or unlocked it: which one is not known where that was while the connection was lost. */
  locked: { locked: boolean; by?: string | undefined };
  /** One's own changed: the host before has left. */
  role: Role | undefined;
  /** A host has removed you, from this room. An `error` that says so follows. */
  kicked: { by: string; reason?: string | undefined };
  /** What an action that is the service's own tells. */
  custom: CustomFrame;
  /** What failed on its own, not in a call of yours. The call goes on unless `state` says `left`. */
  error: ParleyError;
}
