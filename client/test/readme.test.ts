import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type {
  Call, CallEvents, CallOptions, CallState, Channel, ChannelEvents, ChannelOptions, ClientReason, Devices,
  DevicesEvents, DevicesOptions, KnockOptions, Lobby, LobbyEvents, Meter, Monitor, MonitorEvents, Peer,
  PeerEvents, PeerOptions, PeerState, Publication, PublishOptions, RemotePeer, RemoteTrack, Room, RoomEvents,
  RoomOptions, SendOptions, ServerReason, Transfer, TransferEvents, Transport, TransportEvents,
  TransportOptions,
} from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const comingFrom = readFileSync(new URL("../../docs/coming-from.md", import.meta.url), "utf8");

/** The rows of the first table after these words, without its head. */
function table(words: string): string[][] {
  const rows: string[][] = [];
  expect(readme, words).toContain(words);
  for (const line of readme.slice(readme.indexOf(words) + words.length).split("\n")) {
    if (line.startsWith("|")) rows.push(line.split("|"));
    else if (rows.length > 0) break;
  }
  return rows.slice(2);
}

const code = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, words]) => words!);

/** What is in the first column of the table that follows these words. */
const documented = (words: string): string[] => table(words).flatMap((row) => code(row[1]!));

/** The compiler has these lists complete, and says of each option whether it may be left out. */
type Options<T, K extends keyof T = keyof T> = { [One in K]-?: object extends Pick<T, One> ? "optional" : "required" };

const call: Options<CallOptions> = {
  url: "optional",
  transport: "optional",
  room: "required",
  name: "optional",
  stream: "optional",
  uplink: "optional",
  data: "optional",
  knock: "optional",
  pass: "optional",
  resumeOnly: "optional",
  signal: "optional",
  timeout: "optional",
  token: "optional",
  WebSocket: "optional",
  RTCPeerConnection: "optional",
};
const room: Options<RoomOptions> = {
  room: "required",
  peer: "optional",
  data: "optional",
  pass: "optional",
  resumeOnly: "optional",
  signal: "optional",
};
const transport: Options<TransportOptions> = { token: "optional", timeout: "optional", WebSocket: "optional" };
const knock: Options<KnockOptions> = { room: "required", peer: "optional", data: "optional", signal: "optional" };
const channel: Options<ChannelOptions> = { ordered: "optional", maxRetransmits: "optional", maxPacketLifeTime: "optional", maxSize: "optional" };
const send: Options<SendOptions> = { to: "optional", signal: "optional", onProgress: "optional" };
const publish: Options<PublishOptions> = {
  name: "optional",
  kind: "optional",
  stream: "optional",
  codecs: "optional",
  degradation: "optional",
  maxBitrate: "optional",
  priority: "optional",
};
const peer: Options<PeerOptions> = { polite: "required", ice: "required", send: "required", RTCPeerConnection: "optional" };
const devices: Options<DevicesOptions> = { audio: "optional", video: "optional", remember: "optional", signal: "optional" };

/** So are these, of what a page calls, reads and hears; `on` is said once for all. */
type Members<T, Events = {}> = [members: Record<Exclude<keyof T, "on" | "carry" | "giveBack" | "see">, true>, events: Record<keyof Events, true>];

const members: {
  Call: Members<Call, CallEvents>;
  RemotePeer: Members<RemotePeer>;
  RemoteTrack: Members<RemoteTrack>;
  Publication: Members<Publication>;
  Channel: Members<Channel, ChannelEvents>;
  Transfer: Members<Transfer, TransferEvents>;
  Devices: Members<Devices, DevicesEvents>;
  Monitor: Members<Monitor, MonitorEvents>;
  Meter: Members<Meter>;
  Room: Members<Room, RoomEvents>;
  Lobby: Members<Lobby, LobbyEvents>;
  Transport: Members<Transport, TransportEvents>;
  Peer: Members<Peer, PeerEvents>;
} = {
  Call: [
    {
      state: true, name: true, role: true, room: true, seats: true, locked: true, peers: true, waiting: true, publications: true,
      publish: true, unpublish: true, shareScreen: true, setStream: true, send: true, broadcast: true, channel: true,
      update: true, act: true, admit: true, deny: true, kick: true, lock: true, unlock: true, refresh: true,
      retry: true, renew: true, leave: true,
    },
    {
      state: true, peer: true, "peer-state": true, "peer-updated": true, "peer-left": true, "peer-away": true,
      "peer-back": true, stream: true, track: true, "track-removed": true, "track-muted": true, published: true,
      unpublished: true, channel: true, message: true, broadcast: true, knock: true, "knock-left": true, locked: true,
      role: true, kicked: true, custom: true, error: true,
    },
  ],
  RemotePeer: [
    {
      name: true, data: true, role: true, state: true, away: true, tracks: true, streams: true, connection: true,
    },
    {},
  ],
  RemoteTrack: [
    { name: true, kind: true, track: true, stream: true, muted: true },
    {},
  ],
  Publication: [
    {
      name: true, kind: true, track: true, muted: true, replaceTrack: true, mute: true, unmute: true, limit: true,
    },
    {},
  ],
  Channel: [
    { name: true, send: true, close: true },
    { message: true, incoming: true, open: true, close: true },
  ],
  Transfer: [
    { peer: true, name: true, type: true, size: true, received: true, cancel: true },
    { progress: true, done: true, cancelled: true },
  ],
  Devices: [
    {
      stream: true, cameras: true, microphones: true, speakers: true, camera: true, microphone: true, speaker: true,
      enabled: true, problems: true, enable: true, disable: true, use: true, attach: true, close: true,
    },
    { change: true, plugged: true, unplugged: true, lost: true, error: true },
  ],
  Monitor: [
    { stats: true, quality: true, speakers: true },
    { stats: true, quality: true, speaking: true, speakers: true },
  ],
  Meter: [
    { track: true, level: true, close: true },
    {},
  ],
  Room: [
    {
      name: true, lobby: true, state: true, self: true, role: true, seats: true, locked: true, peers: true, ice: true, signal: true,
      bypass: true, passed: true, broadcast: true, update: true, act: true, kick: true, report: true, renew: true,
      lock: true, refresh: true, leave: true,
    },
    {
      state: true, "peer-joined": true, "peer-updated": true, "peer-left": true, "peer-lost": true, "peer-back": true,
      locked: true, role: true, kicked: true, signal: true, broadcast: true, custom: true, ice: true, error: true,
    },
  ],
  Lobby: [
    { waiting: true, admit: true, deny: true, refresh: true, close: true },
    { knock: true, "knock-left": true },
  ],
  Transport: [
    { state: true, open: true, request: true, post: true, renew: true, close: true },
    { state: true, frame: true, error: true, refused: true },
  ],
  Peer: [
    {
      state: true, streams: true, tracks: true, connection: true, met: true, offering: true, publish: true,
      shape: true, sendMessage: true, sendFrame: true, setICE: true, restart: true, receive: true, close: true,
    },
    {
      state: true, message: true, channel: true, frame: true, control: true, datachannel: true, error: true,
      stuck: true, stream: true, track: true, "track-removed": true, "track-muted": true,
    },
  ],
};

/** What there is at all, in a page. */
const exports: Record<keyof typeof import("../src/index.ts"), true> = {
  Call: true, Devices: true, Emitter: true, Lobby: true, Meter: true, Monitor: true, ParleyError: true, Peer: true, Room: true, Transport: true,
  diagnose: true, explain: true, knock: true, openMedia: true, parsePeerSignal: true, selectSpeaker: true,
};
const react: Record<keyof typeof import("../src/react/index.ts"), true> = {
  Audio: true, Video: true, useCall: true, useDevices: true, useEvent: true, usePeers: true, usePublications: true, useQuality: true,
  useRole: true, useSpeakers: true, useSpeaking: true, useStats: true, useTracks: true, useWaiting: true,
};

const codes: Record<ServerReason, true> = {
  "bad-json": true, "unknown-action": true, "bad-request": true, "too-large": true, unauthorized: true, forbidden: true, "not-in-room": true,
  "no-such-peer": true, "name-taken": true, "room-full": true, "room-locked": true, "resume-expired": true, "mail-full": true,
  "rate-limited": true, "over-budget": true, internal: true,
};
const states: Record<CallState | PeerState, true> = {
  joined: true, reconnecting: true, left: true, connecting: true, connected: true, failed: true, closed: true,
};

const reasons: Record<ClientReason, true> = {
  "bad-url": true,
  "no-token": true,
  kicked: true,
  replaced: true,
  denied: true,
  "socket-closed": true,
  timeout: true,
  "queue-full": true,
  aborted: true,
  "bad-frame": true,
  "bad-signal": true,
  "bad-ice": true,
  "no-webrtc": true,
  "media-insecure": true,
  "media-denied": true,
  "media-system": true,
  "media-missing": true,
  "media-busy": true,
};

describe("README.md", () => {
  test.each([
    ["`Devices.open(options?)`:", devices],
    ["`Call.join(options)`:", call],
    ["`Room.join(transport, options)`:", room],
    ["`new Transport(url, options?)`, which `open()` connects:", transport],
    ["`knock(transport, options)`:", knock],
    ["`call.publish(track, options?)`:", publish],
    ["`call.channel(name, options?)`, which count when the name is first asked for:", channel],
    ["`channel.send(data, options?)`:", send],
    ["`new Peer(options)`:", peer],
  ])("has each option of %s", (words, options) => {
    expect(documented(words)).toEqual(Object.entries(options).map(([name, is]) => (is === "optional" ? `${name}?` : name)));
  });

  test.each(Object.entries(members))("names all that a %s has and tells", (name, [own, events]) => {
    const row = table("## What there is").find(([, first]) => first!.trim().split(/\W/)[0] === name)!;
    const names = (cell: string): string[] => code(cell).map((words) => /^[\w-]+/.exec(words)![0]);
    expect(names(row[2]!).sort()).toEqual(Object.keys(own).sort());
    expect(names(row[3]!).sort()).toEqual(Object.keys(events).sort());
  });

  test("names all that can be imported", () => {
    const [, part] = readme.split("## What there is\n");
    for (const name of Object.keys(exports)) expect(part!.split("\n## ")[0]).toMatch(new RegExp(`\\b${name}\\b`));
    const names = documented("## React").map((words) => /\w+/.exec(words)![0]);
    expect(names.filter((name) => name in react).sort()).toEqual(Object.keys(react));
  });

  test("explains each reason of the SDK's own", () => {
    expect(documented("or one of the SDK's own:")).toEqual(Object.keys(reasons));
  });
});

test("what docs/coming-from.md maps to exists", () => {
  const types = { call: "Call", room: "Room", channel: "Channel", devices: "Devices", publication: "Publication" } as const;
  const all = [exports, react, reasons, codes, states, call, publish, ...Object.values(members).flat()].flatMap((one) => Object.keys(one));
  const cells = [...comingFrom.matchAll(/^\|.*\| (.*) \|$/gm)].map(([, cell]) => cell!);
  const spans = cells.flatMap(code);
  expect(spans.length).toBeGreaterThan(60);
  for (const span of spans) {
    for (const [, object, member] of span.matchAll(/\b(call|room|channel|devices|publication)\.(?!on\()(\w+)/g)) {
      expect(Object.keys(members[types[object as "call"]][0]), span).toContain(member);
    }
    for (const [, object, event] of span.matchAll(/\b(call|room|channel)\.on\("([^"]+)"/g)) {
      expect(Object.keys(members[types[object as "call"]][1]), span).toContain(event);
    }
    const [, name] = /^(?:new )?"?([\w-]+)"?(?:\(.*\))?$/.exec(span) ?? [];
    if (name) expect(all, span).toContain(name);
  }
});
