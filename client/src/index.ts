export * from "./room/index.ts";
export { Call } from "./call/call.ts";
export type { CallEvents, CallState } from "./call/call-events.ts";
export type { CallOptions } from "./call/invitation.ts";
export type { RemotePeer } from "./call/member.ts";
export { Peer, type PeerConnectionConstructor, type PeerEvents, type PeerOptions, type PeerState } from "./call/peer.ts";
export { type Negotiation, parsePeerSignal, type PeerSignal } from "./call/signal.ts";
export { openMedia } from "./media/open.ts";
