/**
 * `@parley-rtc/client/room`: signaling alone, for who has an RTCPeerConnection of their own. All of it is in `@parley-rtc/client` too.
 * @module room
 */
export { Emitter } from "../emitter.ts";
export { type ClientReason, ParleyError, type Reason, type ServerReason } from "../errors.ts";
export type { RequestOptions, WebSocketConstructor } from "./line.ts";
export { knock, type KnockOptions, Lobby, type LobbyEvents } from "./lobby.ts";
export type { OrLater } from "./own-data.ts";
export type { Bypassed } from "./post.ts";
export type {
  ClientFrame, CustomFrame, CustomRequest, DoneFrame, ErrorFrame, ICEFrame, JoinedFrame, Json, KickedFrame, Knock, LeaveReason, LobbyFrame,
  PresenceFrame, RelayFrame, Role, RosterEntry, RosterFrame, ServerFrame,
} from "./protocol.ts";
export { Room, type RoomOptions } from "./room.ts";
export type { RoomEvents, RoomState } from "./room-events.ts";
export { Transport, type TransportEvents, type TransportOptions, type TransportState } from "./transport.ts";
