import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CallOptions, ChannelOptions, ClientReason, DevicesOptions, KnockOptions, PeerOptions, RoomOptions, SendOptions, TransportOptions } from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** What is in the first column of the table that follows these words. */
function documented(words: string): string[] {
  const rows: string[] = [];
  for (const line of readme.slice(readme.indexOf(words) + words.length).split("\n").slice(2)) {
    if (!line.startsWith("|")) break;
    rows.push(line);
  }
  return rows.slice(2).flatMap((row) => [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

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
  signal: "optional",
  timeout: "optional",
  token: "optional",
  WebSocket: "optional",
  RTCPeerConnection: "optional",
};
const room: Options<RoomOptions> = { room: "required", peer: "optional", data: "optional", pass: "optional", signal: "optional" };
const transport: Options<TransportOptions> = { token: "optional", timeout: "optional", WebSocket: "optional" };
const knock: Options<KnockOptions> = { room: "required", peer: "optional", data: "optional", signal: "optional" };
const channel: Options<ChannelOptions> = { ordered: "optional", maxRetransmits: "optional", maxPacketLifeTime: "optional", maxSize: "optional" };
const send: Options<SendOptions> = { to: "optional", signal: "optional", onProgress: "optional" };
const peer: Options<PeerOptions> = { polite: "required", ice: "required", send: "required", RTCPeerConnection: "optional" };
const devices: Options<DevicesOptions> = { audio: "optional", video: "optional", remember: "optional", signal: "optional" };

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
    ["`call.channel(name, options?)`, which count when the name is first asked for:", channel],
    ["`channel.send(data, options?)`:", send],
    ["`new Peer(options)`:", peer],
  ])("has each option of %s", (words, options) => {
    expect(documented(words)).toEqual(Object.entries(options).map(([name, is]) => (is === "optional" ? `${name}?` : name)));
  });

  test("explains each reason of the SDK's own", () => {
    expect(documented("or one of the SDK's own:")).toEqual(Object.keys(reasons));
  });
});
