import type { ParleyError } from "../errors.ts";
import type { CustomFrame, LeaveReason, RelayFrame, Role, RosterEntry } from "./protocol.ts";

/** `joined`; `away` while the connection is lost or the seat not yet taken again; `left` for good. */
export type RoomState = "joined" | "away" | "left";

export interface RoomEvents {
  state: RoomState;
  "peer-joined": RosterEntry;
  /** What it says about itself changed, or its role. */
  "peer-updated": RosterEntry;
  "peer-left": { peer: string; reason: LeaveReason };
  /** Its socket is gone. It keeps its seat, and its place in `peers`, until it is back or `until` is over (the server's clock). */
  "peer-lost": { peer: string; until: number };
  /** It was lost and is not any more. */
  "peer-back": RosterEntry;
  /** A host locked the room, or unlocked it: which one is not known where that was while the connection was lost. */
  locked: { locked: boolean; by?: string | undefined };
  /** One's own changed, since the host before has left. */
  role: Role | undefined;
  /** A host has removed you. An `error` that says so follows. */
  kicked: { by: string; reason?: string | undefined };
  signal: RelayFrame;
  broadcast: RelayFrame;
  /** A frame of a type that this SDK does not know: what an action that is the service's own tells. */
  custom: CustomFrame;
  ice: readonly RTCIceServer[];
  /** What went wrong with no call to reject. After one with the reason of a failed rejoin, the state is `left`. */
  error: ParleyError;
}
