import { ParleyError, type CallState, type PeerState, type QualityReason, type Reason } from "../../client/src/index.ts";

/** What a person is told: what happened, and what to do about it. */
export interface Words {
  readonly title: string;
  readonly advice: string;
}

const again: Words = { title: "Something went wrong", advice: "Try again in a moment." };

const words: Readonly<Record<Reason, Words>> = {
  "bad-json": again,
  "unknown-action": again,
  "bad-frame": {
    title: "That server does not speak this page’s language",
    advice: "Check the server’s address, or reload the page: it may be older than the server.",
  },
  "bad-request": {
    title: "The server did not accept that",
    advice: "Check your name and the room’s name: letters, digits and . _ ~ : @ - only.",
  },
  "bad-signal": {
    title: "A connection could not be negotiated",
    advice: "If someone stays black or silent, leave and join again.",
  },
  "bad-ice": {
    title: "Some of this service’s relays cannot be used",
    advice: "The call goes on without them. If someone stays black or silent, tell whoever runs the service that its ICE servers are wrong.",
  },
  "no-webrtc": {
    title: "This browser makes no calls",
    advice: "Turn off what blocks WebRTC, an extension or a setting, or take another browser.",
  },
  "bad-url": {
    title: "The server’s address is not right",
    advice: "It has to begin with wss://, or ws:// on your own computer.",
  },
  "too-large": { title: "That is too large to send", advice: "Shorten it and send again." },
  unauthorized: { title: "You are not let in", advice: "Ask whoever invited you for a new link." },
  forbidden: { title: "You are not allowed to do that", advice: "Ask whoever invited you for a link with more rights." },
  "not-in-room": { title: "You are no longer in the room", advice: "Join again." },
  "no-such-peer": { title: "That person has just left", advice: "They can come back with the same link." },
  "name-taken": {
    title: "Someone here already has that name",
    advice: "Choose another one. If it was you a moment ago, wait half a minute and try again.",
  },
  "room-full": { title: "The room is full", advice: "Wait until somebody leaves, or start another room." },
  "room-locked": { title: "The room is locked", advice: "Ask someone inside to let you in." },
  "resume-expired": { title: "You are no longer in the call", advice: "You were away for too long, or a host removed you. Join again to come back." },
  "mail-full": { title: "Someone is out of reach", advice: "Wait until they are back." },
  "rate-limited": { title: "That was a little fast", advice: "Wait a few seconds and try again." },
  "over-budget": { title: "This service takes no more calls this month", advice: "Whoever runs it has set a limit to what it may cost." },
  internal: { title: "The server failed", advice: "Try again in a moment." },
  "no-token": { title: "You could not be identified", advice: "Sign in again, or try again in a moment." },
  denied: { title: "You were not let in", advice: "Ask the host whether you may come in." },
  kicked: { title: "You were removed from the room", advice: "Ask the host whether you may come back." },
  replaced: { title: "You joined from another page", advice: "The call goes on there. Close this page, or join again to bring the call back here." },
  "queue-full": { title: "Someone is out of reach", advice: "Wait until they are back." },
  "socket-closed": {
    title: "The server cannot be reached",
    advice: "Check your internet connection, then try again. If others have the same trouble, the server may be down.",
  },
  timeout: { title: "The server does not answer", advice: "Your connection may be slow. Try again in a moment." },
  aborted: again,
  "media-insecure": {
    title: "Camera and microphone need a secure page",
    advice: "Open this page over https://, or on localhost. You can still join to watch and listen.",
  },
  "media-denied": {
    title: "Camera and microphone are blocked",
    advice:
      "Allow them beside the page’s address, and in your system’s privacy settings, then try again. You " +
      "can still join to watch and listen.",
  },
  "media-system": {
    title: "The system keeps camera and microphone from this browser",
    advice: "Allow them in the system’s privacy settings, then start the browser again. You can still join to watch and listen.",
  },
  "media-missing": {
    title: "No camera or microphone found",
    advice: "Plug one in and try again. You can still join to watch and listen.",
  },
  "media-busy": {
    title: "Camera or microphone is in use",
    advice: "Close the other program or tab that uses it, then try again. You can still join to watch and listen.",
  },
};

/** After a reload. */
export const outsideWords: Words = { title: "You were not in the call yet", advice: "This page was loaded anew before that. Press Join to ask again." };

export function errorWords(error: unknown): Words {
  return error instanceof ParleyError ? words[error.reason] : again;
}

const nouns = { camera: "Your camera", microphone: "Your microphone" } as const;

/** The same about a camera or a microphone alone, where the other is there. */
export function mediaWords(error: unknown, missing: readonly ("camera" | "microphone")[]): Words {
  const { title, advice } = errorWords(error);
  const [kind] = missing;
  if (missing.length !== 1 || !kind) return { title, advice };
  const noun = nouns[kind];
  return {
    title: title.replace(/^Camera (and|or) microphone (are|is)/, `${noun} is`),
    advice: advice.replace("Allow them", "Allow it").replace(" You can still join to watch and listen.", ""),
  };
}

export const peerWords: Readonly<Record<PeerState, string>> = {
  connecting: "connecting…",
  connected: "connected",
  reconnecting: "reconnecting…",
  failed: "failed: no way through. Try another network, or turn a VPN off.",
  closed: "left",
};

export const qualityWords: Readonly<Record<QualityReason, string>> = {
  "packet-loss": "much is lost on the way",
  "low-bandwidth": "the line is thin",
  "round-trip": "the way is long",
  relayed: "by way of a relay",
};

export const awayWords = "lost the connection: waiting…";
export const lostWords = "lost the server";

/** What the line at the top says about the server; the first three come before there is a call. */
export const statusWords: Readonly<Record<CallState | "idle" | "joining" | "waiting" | "ended", string>> = {
  idle: "",
  joining: "Joining…",
  waiting: "Waiting to be let in…",
  joined: "Connected",
  reconnecting: "Server lost, reconnecting… Your call goes on.",
  left: "You left",
  ended: "Call ended",
};
