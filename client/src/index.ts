export { Call, type CallEvents, type CallOptions, type CallState, type RemotePeer } from "./call.ts";
export { Emitter } from "./emitter.ts";
export { type ClientReason, ParleyError, type Reason, type ServerReason } from "./errors.ts";
export { openMedia } from "./media.ts";
export { Peer, type PeerConnectionConstructor, type PeerEvents, type PeerOptions, type PeerState } from "./peer.ts";
export type { CustomFrame, Json, LeaveReason, RelayFrame, RosterEntry } from "./protocol.ts";
export { Room, type RoomEvents, type RoomOptions, type RoomState } from "./room.ts";
export { type Negotiation, parsePeerSignal, type PeerSignal } from "./signal.ts";
export { Transport, type TransportEvents, type TransportOptions, type TransportState, type WebSocketConstructor } from "./transport.ts";
