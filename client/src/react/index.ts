"use client";

export { useCall, type CallHandle } from "./use-call.ts";
export { usePeers, usePublications, useRole, useTracks, useWaiting, type PeerTrack } from "./peers.ts";
export { useQuality, useSpeakers, useSpeaking, useStats } from "./monitor.ts";
export { useDevices, type DevicesHandle } from "./devices.ts";
export { Audio, Video, type AudioProps, type MediaProps, type VideoProps } from "./media.ts";
export { useEvent } from "./reading.ts";
