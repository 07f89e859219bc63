export { Emitter } from "../emitter.ts";
export { type ClientReason, ParleyError, type Reason, type ServerReason } from "../errors.ts";
export type { WebSocketConstructor } from "./line.ts";
export { knock, type KnockOptions, Lobby, type LobbyEvents } from "./lobby.ts";
export type { OrLater } from "./own-data.ts";
export type { CustomFrame, Json, Knock, LeaveReason, RelayFrame, Role, RosterEntry } from "./protocol.ts";
export { Room, type RoomOptions } from "./room.ts";
export type { RoomEvents, RoomState } from "./room-events.ts";
export { Transport, type TransportEvents, type TransportOptions, type TransportState } from "./transport.ts";
