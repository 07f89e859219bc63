import type { PeerErrorType } from "peerjs";
import type { Words } from "../words.ts";

export const noServer: Words = {
  title: "The server cannot be reached",
  advice: "This page keeps trying. If it is yours: is localdev still running, and is this client in DIALECTS, if that is set?",
};

export const lostServer: Words = {
  title: "The server has been lost",
  advice: "Who is connected stays connected, and nothing is lost; nobody new comes in. This page keeps trying.",
};

/** What the line at the top of the document says. */
export const documentStatus = {
  idle: "",
  joining: "Connecting to the server…",
  joined: "Connected",
  reconnecting: "Server lost, reconnecting… What you write is kept.",
} as const;

/** What the line at the top of the call says. */
export const callStatus = {
  idle: "",
  joining: "Asking for an id…",
  joined: "Can be called",
  reconnecting: "Server lost, reconnecting… Your call goes on.",
} as const;

type Trouble = `${PeerErrorType}`;

export const unreachable: Words = {
  title: "The server cannot be reached",
  advice: "Check your connection, then try again. If it is yours: is localdev still running, and is this client in DIALECTS, if that is set?",
};

/** PeerJS's error types. */
const troubles: Readonly<Record<Trouble, Words>> = {
  "browser-incompatible": {
    title: "This browser makes no calls",
    advice: "Turn off what blocks WebRTC, an extension or a setting, or take another browser.",
  },
  disconnected: {
    title: "There is no server right now",
    advice: `Nobody can be called without it. Wait until the line at the top says “${callStatus.joined}”.`,
  },
  "invalid-id": {
    title: "That is no id that PeerJS takes",
    advice: "Letters and digits, with single spaces, - or _ between them. Change id= in the address, or leave it out.",
  },
  "invalid-key": {
    title: "The server does not take this page’s key",
    advice: "Whoever runs it knows which: PEERJS_KEY, or a token.",
  },
  network: unreachable,
  "peer-unavailable": {
    title: "Nobody has that id now",
    advice: "Ids end with their page. Ask for a new link, or check what you typed.",
  },
  "ssl-unavailable": unreachable,
  "server-error": {
    title: "The server gave no id, or refused this page",
    advice: "If it is yours: localdev has to run with its front door (not -front=false), and serve peerjs.",
  },
  "socket-error": unreachable,
  "socket-closed": unreachable,
  "unavailable-id": {
    title: "Somebody else has that id",
    advice: "Change id= in the address, or leave it out and get one. If it was you a moment ago, try again.",
  },
  webrtc: {
    title: "A connection could not be negotiated",
    advice: "Hang up and call again. If that does not help, try another browser.",
  },
};

export function troubleWords(type: string): Words {
  return troubles[type as Trouble] ?? troubles.webrtc;
}

export const declinedWords: Words = {
  title: "They declined",
  advice: "Whoever opened that page said no. Ask them, and call again.",
};
export const noWayThrough: Words = {
  title: "There is no way through to that page",
  advice: "The id is there, but no connection came about. Try another network, or turn a VPN off.",
};
export const ownIdWords: Words = {
  title: "That is this page’s own id",
  advice: "Open the link in another tab, and call from there.",
};

/** What a user of y-webrtc changes. */
export const documentCode = (room: string, url: string): string => `new WebrtcProvider("${room}", doc, {
  signaling: ["${url}"],
  filterBcConns: false,
  peerOpts: { config: { iceServers: [] } },
});`;

/** What a user of PeerJS changes. */
export const callCode = ({ host, port, path }: { host: string; port: number; path: string }): string => `new Peer({
  host: "${host}",
  port: ${port},
  path: "${path}",
  config: { iceServers: [] },
});`;
