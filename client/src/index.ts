/**
 * `@parley-rtc/client`: calls, and all that is in them.
 * @module client
 */
export * from "./room/index.ts";
export { Call } from "./call/call.ts";
export type { CallEvents, CallState } from "./call/call-events.ts";
export type { Frame as ControlFrame } from "./call/control.ts";
export type { CallOptions, Invitation } from "./call/invitation.ts";
export type { RemotePeer } from "./call/member.ts";
export { Peer, type PeerConnectionConstructor, type PeerEvents, type PeerOptions, type PeerState } from "./call/peer.ts";
export type { Announcement, TrackInfo } from "./media/announcement.ts";
export type { Limits, Publication, PublishOptions, TrackKind } from "./media/publication.ts";
export type { RemoteTrack } from "./media/remote-tracks.ts";
export type { Outgoing } from "./media/senders.ts";
export type { Share } from "./media/allotment.ts";
export { type Negotiation, parsePeerSignal, type PeerSignal } from "./call/signal.ts";
export type { Channel, ChannelEvents, ChannelOptions, SendOptions } from "./data/channel.ts";
export type { Sendable } from "./data/message.ts";
export type { Received, Transfer, TransferEvents } from "./data/transfer.ts";
export type { DeviceKind } from "./devices/choices.ts";
export { Devices, type DevicesEvents, type DevicesOptions } from "./devices/devices.ts";
export type { DevicePublication, Publisher } from "./devices/publisher.ts";
export { selectSpeaker } from "./devices/speaker.ts";
export { type InputKind, openMedia } from "./media/open.ts";
export { Meter } from "./stats/meter.ts";
export { Monitor, type MonitorEvents, type MonitorOptions, type Watched } from "./stats/monitor.ts";
export type { Quality, QualityReason } from "./stats/quality.ts";
export type { Path, PeerStats } from "./stats/summary.ts";
export { diagnose, type DiagnoseOptions } from "./diagnosis/diagnose.ts";
export { type Diagnosis, type DiagnosisCode, explain } from "./diagnosis/explain.ts";
export type { Candidates, Facts, PeerFacts, Probe } from "./diagnosis/facts.ts";
