/**
 * `@parley-rtc/client/react`: hooks and elements for React 18 and 19.
 * @module react
 */
"use client";

export { useCall, type CallHandle } from "./use-call.ts";
export { usePeers, usePublications, useRole, useTracks, useWaiting, type PeerTrack } from "./peers.ts";
export { useQuality, useSpeakers, useSpeaking, useStats } from "./monitor.ts";
export { useDevices, type DevicesHandle } from "./devices.ts";
export { Audio, Video, type AudioProps, type MediaProps, type VideoProps } from "./media.ts";
export { type EventsOf, useEvent } from "./reading.ts";
